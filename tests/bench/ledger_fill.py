"""Fill a ledger with entries through the product's own function: nine tenths on one fund, three lines each. Run by the
bench: `ledger_fill.py ENTRIES`.

The hot fund has twenty earmarks, so that its accounts are many; its account at the processor holds a third of all
entries. Days run evenly over two years. It must only ever see a database of the bench.
"""

import sys
from datetime import UTC, datetime, timedelta

import django

django.setup()

from common.money import Money  # noqa: E402 - models need the set-up above
from funds.ledger.actions import post  # noqa: E402
from funds.ledger.models import Earmark, Fund  # noqa: E402
from funds.ledger.rules import Line, Posting  # noqa: E402
from funds.ledger.states import AccountCode, Kind  # noqa: E402

BATCH, LINES, EARMARKS = 500, 3, 20
BEGIN, DAYS = datetime(2024, 11, 1, 6, 0, tzinfo=UTC), 730


def fill(entries: int) -> None:
    """Book `entries` / 3 gifts, the oldest first."""
    funds = list(Fund.objects.order_by("pk").values_list("pk", flat=True))
    marks = [Earmark.objects.create(fund_id=funds[0], label=f"Purpose {number}").pk for number in range(EARMARKS)]
    count = entries // LINES
    for start in range(0, count, BATCH):
        now = BEGIN + timedelta(days=DAYS * start / count)
        postings = []
        for number in range(start, min(start + BATCH, count)):
            hot = number % 10 != 0
            minor = 1000 + number % 5000
            mark = marks[number % EARMARKS] if hot and number % 3 else None
            lines = (
                Line(AccountCode.STRIPE, Money(minor, "KZT")),
                Line(AccountCode.BANK, Money(50, "KZT")),
                Line(AccountCode.GIFTS, Money(-minor - 50, "KZT"), mark),
            )
            fund = funds[0] if hot else funds[1 + number // 10 % (len(funds) - 1)]
            postings.append(Posting(fund, Kind.GIFT, now.date(), f"fill:{number}", lines))
        post(postings=postings, now=now)


if __name__ == "__main__":
    fill(int(sys.argv[1]))
