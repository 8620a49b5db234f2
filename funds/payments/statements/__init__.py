"""Statements of banks and Kaspi: bytes in, lines out, or a refusal that names the place and says what to do.

What a file is, is told by its content and never by its name. Nothing here knows the database.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext_lazy as _

from funds.payments.statements.camt_files import read_camt
from funds.payments.statements.columns import Columns, Row, guessed, recalled, remembered
from funds.payments.statements.facts import (
    MAX_BYTES,
    ParsedStatement,
    StatementLine,
    fingerprints,
    refusal,
)
from funds.payments.statements.letters import text_of
from funds.payments.statements.mt940_files import looks_like_mt940, read_mt940
from funds.payments.statements.sheets import csv_rows, xlsx_rows
from funds.payments.statements.tables import read_table
from funds.payments.states import StatementFormat

__all__ = [
    "MAX_BYTES",
    "Columns",
    "ParsedStatement",
    "Row",
    "StatementLine",
    "Table",
    "fingerprints",
    "guessed",
    "joined",
    "open_file",
    "read_table",
    "recalled",
    "remembered",
]

_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV or XLSX: its rows, before anybody has said what its columns are."""

    format: StatementFormat
    rows: list[Row]


def open_file(data: bytes) -> Table | list[ParsedStatement]:
    """A table whose columns are still to be told, or the statements of a format that tells everything itself."""
    if len(data) > MAX_BYTES:
        raise refusal(
            "statement_too_big",
            _("A statement can have at most %(limit)s MB. Download it in shorter periods."),
            limit=MAX_BYTES // 1024 // 1024,
        )
    if not data.strip():
        raise refusal("statement_empty", _("This file is empty. Choose it again, or another one."))
    if data.startswith(_OLD_EXCEL):
        raise refusal(
            "statement_old_excel", _("This is the old Excel format. Save it as XLSX or CSV UTF-8 and choose that file.")
        )
    if data.startswith(b"%PDF-"):
        raise refusal(
            "statement_pdf", _("A PDF cannot be imported. Download the statement as XLSX, CSV, MT940 or CAMT.053.")
        )
    if data.startswith(b"PK\x03\x04"):
        return Table(StatementFormat.XLSX, xlsx_rows(data))
    head = data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1]
    if head == b"<":
        return read_camt(data)
    if looks_like_mt940(text_of(data)):
        return read_mt940(data)
    return Table(StatementFormat.CSV, csv_rows(data))


def joined(statements: list[ParsedStatement], *, number: str, currency: str) -> ParsedStatement:
    """The statements of one account in one file as one. Refuses another account's, another currency's, and a gap."""
    ours = [one for one in statements if _same_account(one.account, number)]
    if not ours:
        raise refusal(
            "statement_other_account",
            _("This statement is of another account: %(told)s. This page imports for: %(number)s."),
            told=", ".join(sorted({one.account for one in statements})),
            number=number,
        )
    for one in ours:
        for told in {money.currency for money in (one.opening, one.closing) if money is not None} | {
            line.amount.currency for line in one.lines
        }:
            if told != currency:
                raise refusal(
                    "statement_currency_differs",
                    _("This statement is in %(told)s, but this account is in %(currency)s."),
                    told=told,
                    currency=currency,
                )
    if not _in_order(ours):
        ours.reverse()  # some banks put the newest statement first
    if not _in_order(ours):
        raise refusal(
            "statement_gap",
            _("Between two statements of this file one is missing: their balances do not follow one another."),
        )
    lines = tuple(line for one in ours for line in one.lines)
    if not lines:
        raise refusal("statement_empty", _("This statement has no lines. There is nothing to import."))
    return ParsedStatement(ours[0].format, ours[0].account, ours[0].opening, ours[-1].closing, lines)


def _in_order(statements: list[ParsedStatement]) -> bool:
    return all(
        before.closing is None or after.opening is None or before.closing == after.opening
        for before, after in pairwise(statements)
    )


def _same_account(told: str, number: str) -> bool:
    """German MT940 writes bank code and account number in place of the IBAN that ends with them."""
    plain, ours = ("".join(sign for sign in one.upper() if sign.isalnum()) for one in (told, number))
    if not plain or plain == ours:
        return bool(plain)
    bank, slash, account = told.partition("/")
    if slash:
        digits = "".join(sign for sign in account if sign.isdigit())
        return bool(digits) and ours.startswith("DE") and ours[4:] == bank.strip() + digits.zfill(10)
    return ours.startswith("DE") and plain.isdigit() and ours[4:] == plain
