"""English words, a fresh count of requests, and a ledger long enough to be turned page by page."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core.cache import cache
from django.utils.translation import override

from common.money import Money
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from tests.transparency.killing import site

__all__ = ["site"]

LENGTH = 120
# Every third line is a euro gift, every tenth a transfer to the bank account, every seventh a fee.
CURRENCY = {True: "EUR", False: "KZT"}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    cache.clear()
    with override("en"):
        yield
    cache.clear()


def shape(number: int) -> tuple[Kind, AccountCode, AccountCode, Money]:
    """Kind, what is debited, what is credited, how much: of line `number` of the long ledger."""
    money = Money(1_000_00 + number, CURRENCY[number % 3 == 0])
    if number % 10 == 0:
        return Kind.PAYOUT, AccountCode.BANK, AccountCode.STRIPE, Money(number, money.currency)
    if number % 7 == 0:
        return Kind.FEE, AccountCode.FEES, AccountCode.STRIPE, Money(number, money.currency)
    return Kind.GIFT, AccountCode.STRIPE, AccountCode.GIFTS, money


@pytest.fixture
def long_ledger(fund: Fund, now: datetime) -> Fund:
    """A hundred and twenty lines in two currencies."""
    postings = []
    for number in range(1, LENGTH + 1):
        kind, debit, credit, money = shape(number)
        lines = (Line(debit, money), Line(credit, -money))
        postings.append(
            Posting(
                fund=fund.pk,
                kind=kind,
                effective_date=now.date(),
                key=f"line:{number}",
                lines=lines,
                memo=f"memo {number}",
            )
        )
    post(postings=postings, now=now)
    return fund
