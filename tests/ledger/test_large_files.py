"""Files of a large ledger: however many lines, the memory that writing them takes stays the same."""

import tracemalloc
from collections.abc import Iterator
from datetime import datetime

import pytest

from common.money import Money
from funds.ledger import queries
from funds.ledger.actions import post
from funds.ledger.models import Entry, Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.ledger.views import files

TRANSACTIONS, LINES = 10_000, 5


def _peak(pieces: Iterator[object]) -> tuple[int, int]:
    """How many pieces came, and the most memory that reading them took, in bytes."""
    tracemalloc.start()
    try:
        return sum(1 for _piece in pieces), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.soak
def test_memory_stays_flat_over_fifty_thousand_entries(committed_db: str, fund: Fund, now: datetime) -> None:
    credited = (Line(AccountCode.GIFTS, Money(-1, "KZT")),) * (LINES - 1)
    lines = (Line(AccountCode.STRIPE, Money(LINES - 1, "KZT")), *credited)
    for start in range(0, TRANSACTIONS, 500):
        post(
            postings=[
                Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=now.date(), key=f"{n}", lines=lines)
                for n in range(start, start + 500)
            ],
            now=now,
        )
    assert Entry.objects.count() == LINES * TRANSACTIONS

    def through_a_workbook() -> Iterator[int]:
        passed = 0

        def cells() -> Iterator[tuple[object, ...]]:
            nonlocal passed
            for row in queries.all_rows(fund=fund):
                passed += 1
                yield (row.seq, row.effective_date, files.Decimal2(row.balance_minor), row.kind.value)

        answer = files.xlsx_file("x", [], "x", ("seq", "date", "balance", "kind"), cells(), mark=None)
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        yield from range(passed)

    for pieces in (iter(queries.all_rows(fund=fund)), iter(queries.journal(fund_id=fund.pk)), through_a_workbook()):
        count, peak = _peak(pieces)
        assert count == TRANSACTIONS
        assert peak < 6_000_000  # fifty thousand entries at once take several times that
