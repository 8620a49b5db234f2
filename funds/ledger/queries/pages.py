"""Pages of a fund's ledger by keyset. No page counts or skips rows: it starts at a number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from funds.ledger.models import Fund
from funds.ledger.queries.totals import Overview
from funds.ledger.states import Kind

PAGE = 50
EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction as the public reads it. `change` is what it did to the fund's money (0 for a transfer)."""

    seq: int
    id: UUID
    kind: Kind
    effective_date: date
    booked_at: datetime
    memo: str
    subject_id: UUID | None
    earmark_id: UUID | None
    earmark: str
    currency: str
    change_minor: int
    volume_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows newest first; `before` and `after` are the sequence numbers that the next older and newer pages start at."""

    rows: list[Row]
    older: int | None
    newer: int | None


def head_seq(slug: str, *args: object, **kwargs: object) -> int:
    """The last sequence number of a town's fund, 0 when nothing is booked: the version of its ledger pages."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.seq FROM ledger_head h JOIN ledger_fund f ON f.id = h.fund_id"
            " JOIN towns_town t ON t.id = f.town_id WHERE t.slug = %s",
            [slug],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else 0


# The balance of a row is what the fund's asset accounts of that currency held after it: taken once for the newest row
# of the page from balance_after, then counted back row by row in Python.
_ROWS = """
SELECT t.seq, t.id, t.kind, t.effective_date, t.booked_at, t.memo, t.subject_id,
       (array_agg(a.earmark_id) FILTER (WHERE a.earmark_id IS NOT NULL))[1] AS earmark_id,
       coalesce(max(m.label), '') AS earmark, e.currency,
       coalesce(sum(e.amount_minor) FILTER (WHERE a.type = 'asset'), 0)::bigint AS change_minor,
       coalesce(max(e.amount_minor), 0) AS volume_minor, max(e.id) AS last_entry
  FROM (SELECT * FROM ledger_transaction
         WHERE fund_id = %(fund)s AND seq {bound} ORDER BY seq {order} LIMIT %(limit)s) t
  JOIN ledger_entry e ON e.transaction_id = t.id
  JOIN ledger_account a ON a.id = e.account_id
  LEFT JOIN ledger_earmark m ON m.id = a.earmark_id
 GROUP BY t.seq, t.id, t.kind, t.effective_date, t.booked_at, t.memo, t.subject_id, e.currency
 ORDER BY t.seq {order}, e.currency
"""
# BETWEEN and both columns in ORDER BY: an equality would let the planner walk the primary key backwards instead,
# through every later entry of other accounts (measured: 15,000 rows for a quiet account among 10,000 transactions).
_HELD_AT = """
SELECT a.currency, sum(l.balance_after)::bigint
  FROM ledger_account a
 CROSS JOIN LATERAL (SELECT balance_after FROM ledger_entry e
                      WHERE e.account_id BETWEEN a.id AND a.id AND e.id <= %(entry)s
                      ORDER BY e.account_id, e.id DESC LIMIT 1) l
 WHERE a.fund_id = %(fund)s AND a.type = 'asset' GROUP BY a.currency
"""


def _fetch(fund_id: UUID, *, start: int | None, upwards: bool, limit: int) -> list[tuple[Any, ...]]:
    bound = "> %(start)s" if upwards else "< %(start)s"
    statement = _ROWS.format(bound=bound if start is not None else "> 0", order="ASC" if upwards else "DESC")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"fund": fund_id, "start": start, "limit": limit})
        return list(cursor.fetchall())


def _held_at(fund_id: UUID, entry: int) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD_AT, {"fund": fund_id, "entry": entry})
        return dict(cursor.fetchall())


def _with_balances(fund_id: UUID, newest_first: list[tuple[Any, ...]], held: dict[str, int] | None = None) -> list[Row]:
    if not newest_first:
        return []
    if held is None:
        held = _held_at(fund_id, max(row[-1] for row in newest_first))
    rows = []
    for row in newest_first:
        currency, change = row[9], row[10]
        facts = (*row[:2], Kind(row[2]), *row[3:-1], held.get(currency, 0))
        rows.append(Row(*facts))
        held[currency] = held.get(currency, 0) - change
    return rows


def page(*, fund: Fund | Overview, before: int | None = None, after: int | None = None, limit: int = PAGE) -> Page:
    """One page of a fund's ledger, newest first: the rows just below `before`, or just above `after`.

    Two queries whatever the size of the ledger.
    """
    upwards = before is None and after is not None
    found = _fetch(fund.pk, start=after if upwards else before, upwards=upwards, limit=limit + 1)
    numbers = sorted({row[0] for row in found}, reverse=not upwards)
    more, shown = len(numbers) > limit, set(numbers[:limit])
    kept = [row for row in found if row[0] in shown]
    if upwards:
        kept.reverse()
    # An overview of the very same moment already knows what the newest row left behind.
    held = None
    if isinstance(fund, Overview) and kept and kept[0][0] == fund.seq:
        held = {sums.currency: sums.held.minor for sums in fund.totals}
    rows = _with_balances(fund.pk, kept, held)
    if not rows:
        return Page([], None, None)
    at_the_top = isinstance(fund, Overview) and rows[0].seq >= fund.seq
    has_newer = more if upwards else before is not None and not at_the_top
    has_older = (rows[-1].seq > 1) if upwards else more
    return Page(rows, older=rows[-1].seq if has_older else None, newer=rows[0].seq if has_newer else None)


def all_rows(*, fund: Fund) -> Iterator[Row]:
    """The whole ledger from the first transaction on, in constant memory."""
    start: int = 0
    while found := _fetch(fund.pk, start=start, upwards=True, limit=EXPORT_CHUNK):
        yield from reversed(_with_balances(fund.pk, found[::-1]))
        start = found[-1][0]
