"""What happened on one account: opening balance, lines with the balance after each, closing balance.

Every balance is a `balance_after` found through the account's index; nothing is ever summed, however long the account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from funds.ledger.queries.books import Book
from funds.ledger.queries.periods import ENDLESS, EVERYTHING, Span, edge_of
from funds.ledger.queries.prepared import fetch, fetch_planned
from funds.ledger.states import Kind

LINES = 50


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry of an account. `id` orders the lines; `seq` names the transaction it belongs to."""

    id: int
    seq: int
    kind: Kind
    effective_date: date
    booked_at: datetime
    memo: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of lines, newest first, between the balance before the period and the one at its end (minor units)."""

    opening_minor: int
    closing_minor: int
    lines: list[StatementLine]
    older: int | None
    newer: int | None


# BETWEEN and both columns in ORDER BY: see queries/pages.py.
_BALANCE = """SELECT coalesce((SELECT balance_after FROM ledger_entry
 WHERE account_id BETWEEN $1::uuid AND $1::uuid AND id <= $2::bigint ORDER BY account_id DESC, id DESC LIMIT 1), 0)"""
_LINES = """SELECT e.id, t.seq, t.kind, t.effective_date, t.booked_at, t.memo, e.amount_minor, e.balance_after
  FROM (SELECT * FROM ledger_entry
         WHERE account_id BETWEEN $1::uuid AND $1::uuid AND id > $2::bigint AND id < $3::bigint
         ORDER BY account_id {order}, id {order} LIMIT $4::bigint) e
  JOIN ledger_transaction t ON t.id = e.transaction_id ORDER BY e.id {order}"""
_DOWN, _UP = _LINES.format(order="DESC"), _LINES.format(order="ASC")


def balance_at(*, account_id: UUID, entry: int = ENDLESS) -> int:
    """What the account held after the entry with this id and all before it, in minor units. One index lookup."""
    return int(fetch(_BALANCE, [account_id, entry])[0][0])


def _line(row: tuple[Any, ...]) -> StatementLine:
    return StatementLine(row[0], row[1], Kind(row[2]), *row[3:])


def _edges(fund_id: UUID, span: Span) -> tuple[int, int]:
    """The last entry before the stretch and the last one in it."""
    start = edge_of(fund_id=fund_id, seq=span.first - 1)
    return start, ENDLESS if span.last == ENDLESS else edge_of(fund_id=fund_id, seq=span.last)


def statement(
    *,
    fund_id: UUID,
    book: Book,
    span: Span = EVERYTHING,
    before: int | None = None,
    after: int | None = None,
    limit: int = LINES,
) -> Statement:
    """One page of an account's lines in a stretch of the ledger: those just below `before`, or just above `after`.

    At most five queries, each bounded by the page, whatever the length of the account.
    """
    start, end = _edges(fund_id, span)
    opening = balance_at(account_id=book.id, entry=start) if start else 0
    closing = balance_at(account_id=book.id, entry=end) if end > start else opening
    upwards = before is None and after is not None
    low = max(start, min(after, ENDLESS)) if upwards and after is not None else start
    high = min(_above(end), before if before is not None else ENDLESS)
    found = [_line(row) for row in fetch(_UP if upwards else _DOWN, [book.id, low, high, limit + 1])]
    more, lines = len(found) > limit, found[:limit]
    if upwards:
        lines.reverse()
    if not lines:
        return Statement(opening, closing, [], None, None)
    has_older = more if not upwards else bool(fetch(_DOWN, [book.id, start, lines[-1].id, 1]))
    has_newer = more if upwards else before is not None and bool(fetch(_UP, [book.id, lines[0].id, _above(end), 1]))
    return Statement(opening, closing, lines, lines[-1].id if has_older else None, lines[0].id if has_newer else None)


def _above(end: int) -> int:
    return end + 1 if end < ENDLESS else ENDLESS


def all_lines(*, fund_id: UUID, book: Book, span: Span = EVERYTHING, chunk: int = 500) -> Iterator[StatementLine]:
    """The account's lines in a stretch of the ledger, oldest first, in constant memory."""
    low, end = _edges(fund_id, span)
    while found := fetch_planned(_UP, [book.id, low, _above(end), chunk]):
        yield from map(_line, found)
        low = found[-1][0]
