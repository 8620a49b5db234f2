"""Days as stretches of a fund's ledger. Lines are booked in order, so a period is a range of numbers.

A day is a day in Kazakhstan. What counts is the moment of booking, never the effective date: a late receipt belongs to
the day on which everybody could first see it, and closed days never change.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from common.clock import KAZAKHSTAN
from funds.ledger.queries.prepared import fetch

ENDLESS = 2**62


@dataclass(frozen=True, slots=True)
class Span:
    """The lines `first` to `last` of a fund, both included; empty when `last` is smaller."""

    first: int = 1
    last: int = ENDLESS

    @property
    def empty(self) -> bool:
        return self.last < self.first


EVERYTHING = Span()

_BEFORE = "SELECT ledger_seq_before($1::uuid, $2::timestamptz)"
_FROM = """SELECT coalesce((SELECT b.seq + 1
  FROM transparency_head h, ledger_seq_before($1::uuid, $2::timestamptz) AS b(seq)
 WHERE h.fund_id = $1::uuid AND b.seq < h.seq), $3::bigint)"""
# The last entry of the newest transaction up to a number. Entries of one fund are numbered in the order of booking.
_EDGE = """SELECT coalesce((SELECT max(e.id) FROM ledger_entry e WHERE e.transaction_id = (
 SELECT id FROM ledger_transaction WHERE fund_id = $1::uuid AND seq <= $2::bigint ORDER BY seq DESC LIMIT 1)), 0)"""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, KAZAKHSTAN)


def span_of(*, fund_id: UUID, since: date | None = None, until: date | None = None) -> Span:
    """The lines booked from the day `since` to the day `until`, both included; None leaves that end open."""
    first, last = 1, ENDLESS
    if since is not None:
        first = fetch(_FROM, [fund_id, _midnight(since), ENDLESS + 1])[0][0]
    if until is not None:
        last = fetch(_BEFORE, [fund_id, _midnight(until + timedelta(days=1))])[0][0]
    return Span(first, last)


def edge_of(*, fund_id: UUID, seq: int) -> int:
    """The id of the last entry that belongs to line `seq` of a fund or an earlier one; 0 when there is none."""
    return int(fetch(_EDGE, [fund_id, seq])[0][0]) if seq > 0 else 0
