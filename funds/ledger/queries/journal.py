"""The ledger as a journal: every transaction with all its entries, for exports. Chunks by keyset, constant memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from funds.ledger.queries.pages import ALL, Chosen, lines_of
from funds.ledger.queries.periods import ENDLESS
from funds.ledger.queries.prepared import fetch_planned
from funds.ledger.states import Kind

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Leg:
    """One entry: account code, currency, amount (a debit is positive) and the account's balance after it."""

    account: str
    currency: str
    earmark_id: UUID | None
    earmark: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A transaction with its entries in the order they were written. `log_index`: its place in the town's log."""

    seq: int
    id: UUID
    kind: Kind
    effective_date: date
    booked_at: datetime
    memo: str
    subject_id: UUID | None
    reverses: int | None
    log_index: int
    legs: tuple[Leg, ...]


_JOURNAL = """
SELECT t.seq, t.id, t.kind, t.effective_date, t.booked_at, t.memo, t.subject_id,
       (SELECT u.seq FROM ledger_transaction u WHERE u.id = t.reverses_id), t.log_index,
       a.code, e.currency, a.earmark_id, coalesce(m.label, ''), e.amount_minor, e.balance_after
  FROM ({lines}) t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
  LEFT JOIN ledger_earmark m ON m.id = a.earmark_id
 ORDER BY t.seq, e.line
"""


@lru_cache(maxsize=64)
def _statement(*, kind: Kind | None, earmark: bool) -> str:
    return _JOURNAL.format(lines=lines_of(order="ASC", kind=kind, earmark=earmark))


def _bookings(rows: list[tuple[Any, ...]]) -> Iterator[Booking]:
    for _seq, lines in groupby(rows, key=itemgetter(0)):
        mine = list(lines)
        head = mine[0]
        facts = (*head[:2], Kind(head[2]), *head[3:9], tuple(Leg(*line[9:]) for line in mine))
        yield Booking(*facts)


def journal(*, fund_id: UUID, chosen: Chosen = ALL) -> Iterator[Booking]:
    """The chosen transactions from the first one on. One query per five hundred of them."""
    above = chosen.span.first - 1
    statement = _statement(kind=chosen.kind, earmark=chosen.earmark_id is not None)
    more = [] if chosen.earmark_id is None else [chosen.earmark_id]
    below = min(chosen.span.last + 1, ENDLESS)
    while rows := fetch_planned(statement, [fund_id, above, below, CHUNK, *more]):
        yield from _bookings(rows)
        above = rows[-1][0]
