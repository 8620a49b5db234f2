"""The ledger's own clients: `post` one by one, or 500 at a time, on one fund or spread over all. Run by the bench.

A posting is a gift of three lines with a key that was never booked. Nothing here may write but through `post`.
"""

import os
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import django

django.setup()

from django.db import connection  # noqa: E402 - models need the set-up above

from common.money import Money  # noqa: E402
from funds.ledger.actions import post  # noqa: E402
from funds.ledger.models import Fund  # noqa: E402
from funds.ledger.rules import Line, Posting  # noqa: E402
from funds.ledger.states import AccountCode, Kind  # noqa: E402
from tests.bench import ledger_load  # noqa: E402

BATCH = 500
DAY = date(2026, 11, 1)


def gift(fund: UUID, key: str, minor: int) -> Posting:
    """Three lines: part of the gift stands at the processor, part at the bank, all of it is income."""
    return Posting(
        fund=fund,
        kind=Kind.GIFT,
        effective_date=DAY,
        key=key,
        lines=(
            Line(AccountCode.STRIPE, Money(minor, "KZT")),
            Line(AccountCode.BANK, Money(50, "KZT")),
            Line(AccountCode.GIFTS, Money(-minor - 50, "KZT")),
        ),
    )


class Poster:
    """Books `size` gifts a step, each on a fund drawn from `funds` (`together`: the whole step on one of them)."""

    def __init__(self, *, index: int, size: int, spread: bool, together: bool) -> None:
        funds = list(Fund.objects.order_by("pk").values_list("pk", flat=True))
        self._funds = funds if spread else funds[:1]
        self._size, self._together = size, together
        self._random = random.Random(f"{index} {os.getpid()}")
        self._prefix, self._number = uuid4().hex, 0
        connection.ensure_connection()
        self.backend: int = connection.connection.info.backend_pid

    def step(self) -> int:
        one = self._random.choice(self._funds)
        postings = []
        for _ in range(self._size):
            self._number += 1
            fund = one if self._together else self._random.choice(self._funds)
            postings.append(gift(fund, f"bench:{self._prefix}:{self._number}", 100 + self._number % 5000))
        post(postings=postings, now=datetime.now(UTC))
        return self._size


def maker(case: str) -> Callable[[int], Poster]:
    """A case is words: one | batch, hot | spread, and optionally together."""
    words = case.split()
    return lambda index: Poster(
        index=index, size=BATCH if "batch" in words else 1, spread="spread" in words, together="together" in words
    )


if __name__ == "__main__":
    ledger_load.serve(maker)
