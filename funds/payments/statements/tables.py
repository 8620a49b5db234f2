"""Statements that are tables, CSV and XLSX alike: each row below the headings as a line.

A row that cannot be read refuses the whole file with its number: nothing is left out in silence.
"""

import re
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.money import Money
from funds.payments.statements.cells import Cell, amount_of_cell, day_of_cell, text_of_cell
from funds.payments.statements.columns import NONE, Columns, Row
from funds.payments.statements.facts import (
    ParsedStatement,
    StatementLine,
    bounded,
    check_balances,
    cut_off,
    refusal,
    words,
)
from funds.payments.states import StatementFormat

_TENGE: Final = frozenset({"тенге", "теңге", "тг", "₸", "398"})
_TOTALS: Final = re.compile(
    r"^(итого|всего|барлығы|жиыны|оборот|айналым|summe|total|остаток|исходящ|входящ|қалдық|шығыс|кіріс)"
)
_OPENING: Final = re.compile(
    r"(входящий остаток|остаток на начало|кіріс қалдық|басындағы қалдық|anfangssaldo|opening balance)"
)
_CLOSING: Final = re.compile(
    r"(исходящий остаток|остаток на конец|шығыс қалдық|соңындағы қалдық|endsaldo|closing balance)"
)


def read_table(
    *, rows: Sequence[Row], columns: Columns, currency: str, file_format: StatementFormat
) -> ParsedStatement:
    """The lines of a table in the account's currency. Raises `DomainError`: statement_row, statement_cut_off,
    statement_balances, statement_empty, statement_too_long."""
    if not columns.whole:
        raise refusal("statement_columns", _("Say which column is the day and which the amount, or debit and credit."))
    lines: list[StatementLine] = []
    balances: list[Money | None] = []
    below = columns.header + 1
    for at, row in enumerate(rows[below:], start=below):
        if not any(text_of_cell(cell) for cell in row):
            continue
        if _is_total(row, columns):
            break
        line = _line(row, columns, currency, at + 1, last=at == len(rows) - 1)
        if line.amount.minor:  # a line of nothing moves nothing
            lines.append(line)
            balances.append(amount_of_cell(_cell(row, columns.balance), currency))
        bounded(len(lines))
    if not lines:
        raise refusal("statement_empty", _("This statement has no lines. There is nothing to import."))
    opening, closing = _told(rows, _OPENING, currency), _told(rows, _CLOSING, currency)
    if opening is not None and closing is None:
        raise cut_off()
    if opening is None or closing is None:
        opening, closing = _running(lines, balances) if columns.balance != NONE else (None, None)
    check_balances(opening=opening, closing=closing, lines=lines)
    return ParsedStatement(file_format, "", opening, closing, tuple(lines))


def _cell(row: Row, at: int) -> Cell:
    return row[at] if 0 <= at < len(row) else None


def _text(row: Row, at: int, limit: int) -> str:
    return words(text_of_cell(_cell(row, at)), limit=limit)


def _is_total(row: Row, columns: Columns) -> bool:
    """A row of sums below the table: no day, and a word that says so."""
    if day_of_cell(_cell(row, columns.booked), columns.date_format) is not None:
        return False
    return any(_TOTALS.match(text_of_cell(cell).casefold()) for cell in row)


def _line(row: Row, columns: Columns, currency: str, number: int, *, last: bool) -> StatementLine:
    booked = day_of_cell(_cell(row, columns.booked), columns.date_format)
    amount = _amount(row, columns, currency)
    if booked is None or amount is None:
        needed = max(columns.booked, columns.amount, columns.debit, columns.credit)
        if last and len(row) <= needed:
            raise cut_off()
        sentence = (
            _(
                "Row %(row)s has no day that can be read: “%(cell)s”. Check which column is the day and how days are"
                " written. Nothing was imported."
            )
            if booked is None
            else _(
                "Row %(row)s has no amount that can be read: “%(cell)s”. Check which columns are the amounts. Nothing"
                " was imported."
            )
        )
        at = columns.booked if booked is None else (columns.amount if columns.amount != NONE else columns.credit)
        raise refusal("statement_row", sentence, row=number, cell=_text(row, at, 40))
    told = _text(row, columns.currency, 12)
    if told and told.upper() != currency and not (currency == "KZT" and told.casefold().rstrip(".") in _TENGE):
        raise refusal(
            "statement_row",
            _("Row %(row)s is in %(told)s, but this account is in %(currency)s. Nothing was imported."),
            row=number,
            told=told,
            currency=currency,
        )
    return StatementLine(
        booked_date=booked,
        amount=amount,
        counterparty=_text(row, columns.counterparty, 200),
        counterparty_number=_text(row, columns.number, 40),
        purpose=_text(row, columns.purpose, 500),
        bank_reference=_text(row, columns.reference, 80),
        row=number,
    )


def _amount(row: Row, columns: Columns, currency: str) -> Money | None:
    if columns.amount != NONE:
        return amount_of_cell(_cell(row, columns.amount), currency)
    pair: list[Money | None] = []
    for at in (columns.debit, columns.credit):
        if not text_of_cell(_cell(row, at)):
            pair.append(None)
            continue
        amount = amount_of_cell(_cell(row, at), currency)
        if amount is None:
            return None
        pair.append(Money(abs(amount.minor), currency))
    debit, credit = pair
    if debit is None and credit is None:
        return None
    return (credit or Money(0, currency)) - (debit or Money(0, currency))


def _told(rows: Sequence[Row], label: re.Pattern[str], currency: str) -> Money | None:
    """The balance that stands beside its name above or below the table, in the same cell or one to the right."""
    for row in rows:
        for at, cell in enumerate(row):
            text = text_of_cell(cell).casefold()
            if not label.search(text):
                continue
            _name, _colon, rest = text.rpartition(":")
            for found in (rest, *row[at + 1 :]):
                amount = amount_of_cell(found, currency)
                if amount is not None:
                    return amount
    return None


def _running(lines: Sequence[StatementLine], balances: Sequence[Money | None]) -> tuple[Money | None, Money | None]:
    """The balances before and after, from the column of balances; refuses where a row between two is missing.

    Banks list the oldest line first or the newest: whichever of the two the balances follow throughout.
    """
    known = [balance for balance in balances if balance is not None]
    if len(known) == len(lines) - 1 and balances[-1] is None:
        raise cut_off()
    if len(known) != len(lines) or len(lines) == 1:
        return None, None  # one balance alone checks nothing
    breaks = []
    for order in (1, -1):
        ordered, sums = lines[::order], known[::order]
        bad = [
            ordered[n].row
            for n in range(1, len(ordered))
            if sums[n - 1].minor + ordered[n].amount.minor != sums[n].minor
        ]
        if not bad:
            return sums[0] - ordered[0].amount, sums[-1]
        breaks.append(bad)
    worst = min(breaks, key=len)
    raise refusal(
        "statement_balances",
        _(
            "The balances do not follow one another at row %(row)s: a line is missing there, or a column is not what"
            " was said. Nothing was imported."
        ),
        row=worst[0],
    )
