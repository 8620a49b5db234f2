"""How a monthly gift stands, when it is asked after, and how long a fund may stand idle."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common.money import Money
from funds.donations.rules.monthly import idle_months, next_look, next_standing, standing_of
from funds.donations.states import MonthlyState
from funds.payments.rules import SubscriptionFact, SubscriptionStatus

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def fact(status: str, *, paused: bool = False) -> SubscriptionFact:
    return SubscriptionFact(
        id="sub_1",
        reference=None,
        status=SubscriptionStatus(status),
        customer_id="cus_1",
        amount=Money(20_00, "EUR"),
        item_id="si_1",
        product_id="prod_1",
        period_ends_at=NOW,
        paused=paused,
    )


@pytest.mark.parametrize(
    ("status", "paused", "state"),
    [
        ("incomplete", False, MonthlyState.PENDING),
        ("incomplete_expired", False, MonthlyState.CANCELLED),
        ("trialing", False, MonthlyState.ACTIVE),
        ("active", False, MonthlyState.ACTIVE),
        ("active", True, MonthlyState.PAUSED),
        ("past_due", False, MonthlyState.PAST_DUE),
        ("past_due", True, MonthlyState.PAUSED),
        ("unpaid", False, MonthlyState.PAST_DUE),
        ("paused", False, MonthlyState.PAUSED),
        ("canceled", False, MonthlyState.CANCELLED),
        ("canceled", True, MonthlyState.CANCELLED),
    ],
)
def test_what_stripe_says_in_our_words(status: str, paused: bool, state: MonthlyState) -> None:
    assert standing_of(fact(status, paused=paused)) == state


@pytest.mark.parametrize("told", list(MonthlyState))
def test_an_end_is_final_and_a_beginning_is_not_taken_back(told: MonthlyState) -> None:
    assert next_standing(MonthlyState.CANCELLED, told) == MonthlyState.CANCELLED
    for old in (MonthlyState.ACTIVE, MonthlyState.PAST_DUE, MonthlyState.PAUSED):
        assert next_standing(old, told) == (old if told == MonthlyState.PENDING else told)
    assert next_standing(MonthlyState.PENDING, told) == told


def test_one_that_waits_is_asked_after_soon_and_then_more_rarely() -> None:
    waits = [
        next_look(state=MonthlyState.PENDING, since=NOW - timedelta(minutes=age), now=NOW) for age in (0, 10, 10_000)
    ]
    assert waits == [NOW + timedelta(minutes=2), NOW + timedelta(minutes=10), NOW + timedelta(days=1)]
    assert next_look(state=MonthlyState.ACTIVE, since=NOW, now=NOW) == NOW + timedelta(days=1)
    assert next_look(state=MonthlyState.CANCELLED, since=NOW, now=NOW) is None


@pytest.mark.parametrize(
    ("last", "months"),
    [
        (date(2026, 11, 22), 0),
        (date(2026, 12, 1), 0),
        (date(2026, 10, 23), 0),
        (date(2026, 10, 22), 1),
        (date(2026, 8, 23), 2),
        (date(2026, 8, 22), 3),
        (date(2025, 11, 22), 12),
    ],
)
def test_whole_months_since_the_last_payment(last: date, months: int) -> None:
    assert idle_months(last_payment=last, today=date(2026, 11, 22)) == months
