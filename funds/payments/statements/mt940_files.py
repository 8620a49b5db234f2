"""MT940: several statements in one file, each from `:20:` to its closing balance. A file without that end is refused.

The library reads the fields; which mark means money in or out, and whether everything is there, is decided here.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from mt940.models import Transaction, Transactions
from mt940.options import Options

from common.money import Money
from funds.payments.statements.cells import amount_of_cell
from funds.payments.statements.facts import (
    ParsedStatement,
    StatementLine,
    bounded,
    check_balances,
    cut_off,
    known_currency,
    refusal,
    words,
)
from funds.payments.statements.letters import text_of
from funds.payments.states import StatementFormat

_BEGIN: Final = re.compile(r"^:20:", re.MULTILINE)
_END: Final = re.compile(r"^:62[FM]:[CD]\d{6}[A-Z]{3}[\d,]+\s*$", re.MULTILINE)
_OPEN: Final = re.compile(r"^:60[FM]:", re.MULTILINE)
_LINE: Final = re.compile(r"^:61:\d{6}(\d{4}|\s{4})?R?[DC][A-Z]?\d[\d,]*", re.IGNORECASE)
_TAG: Final = re.compile(r"^(:\d{2}[A-Z]?:|-\}?|\{)")
_ENVELOPE: Final = re.compile(r"\{1:(?:(?!\{1:).)*?\{4:\s*", re.DOTALL)
_DAMAGED: Final = (RuntimeError, ValueError, InvalidOperation, AttributeError, KeyError, TypeError, IndexError)
_REVERSED: Final = ("RC", "RD")


def looks_like_mt940(text: str) -> bool:
    """Whether this begins as MT940 does, with or without the envelope of SWIFT."""
    return bool(_BEGIN.search(text[:2000])) and ":25:" in text[:4000]


def read_mt940(data: bytes) -> list[ParsedStatement]:
    """Every statement of the file. Raises `DomainError`: statement_cut_off, statement_row, statement_balances ..."""
    text = _ENVELOPE.sub("", text_of(data).replace("\r\n", "\n").replace("\r", "\n"))
    starts = [found.start() for found in _BEGIN.finditer(text)]
    if not starts:
        raise refusal("statement_not_mt940", _("This file is no MT940 statement. Nothing was imported."))
    parsed: list[ParsedStatement] = []
    bounded(len(starts))
    rows, lines = text.count("\n", 0, starts[0]), 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        parsed.append(_statement(text[start:end], rows_before=rows))
        rows, lines = rows + text.count("\n", start, end), lines + len(parsed[-1].lines)
        bounded(lines)
    return parsed


def _statement(block: str, *, rows_before: int) -> ParsedStatement:
    if not _END.search(block) or not _OPEN.search(block):
        raise cut_off()
    places = _places(block, rows_before)
    found: Any = Transactions(options=Options.all())
    try:
        found.parse(block)
        facts = found.data
        opening = facts.get("final_opening_balance") or facts.get("intermediate_opening_balance")
        closing = facts.get("final_closing_balance") or facts.get("intermediate_closing_balance")
        before, after = _balance(opening), _balance(closing)
        lines = tuple(_line(one, before.currency, row) for one, row in zip(found.transactions, places, strict=True))
    except _DAMAGED as error:
        raise refusal(
            "statement_row",
            _("The statement that begins at line %(row)s cannot be read. Nothing was imported."),
            row=rows_before + 1,
        ) from error
    check_balances(opening=before, closing=after, lines=lines)
    account = str(facts.get("account_identification") or "")
    return ParsedStatement(StatementFormat.MT940, account, before, after, lines)


def _places(block: str, rows_before: int) -> list[int]:
    """The file's line of each `:61:`; refuses one that is not whole."""
    places = []
    for number, row in enumerate(block.split("\n"), start=rows_before + 1):
        if not row.startswith(":61:"):
            continue
        if not _LINE.match(row):
            raise refusal(
                "statement_row", _("Line %(row)s of the file cannot be read. Nothing was imported."), row=number
            )
        places.append(number)
    return places


def _balance(told: Any) -> Money:
    return _money(told.amount.amount, told.amount.currency)


def _money(amount: Decimal, currency: str) -> Money:
    found = amount_of_cell(amount, known_currency(currency))
    if found is None:
        raise ValueError("an amount that the currency does not have")
    return found


def _line(one: Transaction, currency: str, row: int) -> StatementLine:
    told = one.data
    mark = str(told["status"]).upper()
    amount = _money(abs(told["amount"].amount), currency)
    booked = told.get("entry_date") or told["date"]
    purpose = told.get("purpose") or told.get("transaction_details") or told.get("extra_details") or ""
    reference = told.get("end_to_end_reference") or ""
    reference = "" if reference == "NOTPROVIDED" else reference
    taken_back = "(R)" if mark in _REVERSED else ""
    return StatementLine(
        booked_date=date(booked.year, booked.month, booked.day),
        # C and RD came in, D and RC went out: R takes back what had gone the other way.
        amount=amount if mark in ("C", "RD") else -amount,
        counterparty=words(told.get("applicant_name"), limit=200),
        counterparty_number=words(told.get("applicant_iban") or told.get("gvc_applicant_iban"), limit=40),
        purpose=words(taken_back, purpose, told.get("additional_purpose"), reference, limit=500),
        bank_reference=words(told.get("bank_reference") or told.get("customer_reference"), limit=80),
        row=row,
    )
