"""How a monthly gift stands, how long it may be paused, and when a fund counts as idle. Pure.

What the card service tells now is the truth; only an end is final, whatever arrives late.
"""

from datetime import date, datetime, timedelta
from typing import Final

from funds.donations.states import MonthlyState
from funds.payments.rules import SubscriptionFact, SubscriptionStatus

LONGEST_PAUSE: Final = timedelta(days=366)

_STANDS: Final = {
    SubscriptionStatus.INCOMPLETE: MonthlyState.PENDING,
    SubscriptionStatus.INCOMPLETE_EXPIRED: MonthlyState.CANCELLED,
    SubscriptionStatus.TRIALING: MonthlyState.ACTIVE,
    SubscriptionStatus.ACTIVE: MonthlyState.ACTIVE,
    SubscriptionStatus.PAST_DUE: MonthlyState.PAST_DUE,
    SubscriptionStatus.UNPAID: MonthlyState.PAST_DUE,
    SubscriptionStatus.PAUSED: MonthlyState.PAUSED,
    SubscriptionStatus.CANCELED: MonthlyState.CANCELLED,
}

_FIRST_CHECK: Final = timedelta(minutes=2)
_DAILY: Final = timedelta(days=1)


def standing_of(fact: SubscriptionFact) -> MonthlyState:
    """Where a subscription stands, in our words. One that is paused says so even while a payment is overdue."""
    state = _STANDS[fact.status]
    if fact.paused and state in {MonthlyState.ACTIVE, MonthlyState.PAST_DUE}:
        return MonthlyState.PAUSED
    return state


def next_standing(old: MonthlyState, told: MonthlyState) -> MonthlyState:
    """What a monthly gift becomes: an end is final, and what has begun never waits for its first payment again."""
    if old == MonthlyState.CANCELLED or (told == MonthlyState.PENDING and old != MonthlyState.PENDING):
        return old
    return told


def next_look(*, state: MonthlyState, since: datetime, now: datetime) -> datetime | None:
    """When to ask the card service about a monthly gift again; None once it has ended.

    One that waits for its first payment: 2 minutes after `since`, then twice as late each time; afterwards daily.
    """
    if state == MonthlyState.CANCELLED:
        return None
    if state == MonthlyState.PENDING:
        return now + max(_FIRST_CHECK, min(now - since, _DAILY))
    return now + _DAILY


def idle_months(*, last_payment: date, today: date) -> int:
    """How many whole months lie between the day a fund last paid something and today; 0 on the same day and before."""
    months = (today.year - last_payment.year) * 12 + today.month - last_payment.month
    return max(0, months - (today.day < last_payment.day))
