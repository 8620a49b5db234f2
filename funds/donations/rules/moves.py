"""How a gift moves, and how patiently it is asked after. Pure.

A gift that was received never goes back to a lesser state, whatever arrives late: returned money will be transactions
of its own.
"""

from datetime import datetime, timedelta
from typing import Final

from funds.donations.states import GiftState

# A declined card may be followed by another one on the same page; even an expired page may have been paid before.
_MOVES: Final = {
    GiftState.PENDING: frozenset({GiftState.SUCCEEDED, GiftState.FAILED, GiftState.EXPIRED}),
    GiftState.FAILED: frozenset({GiftState.SUCCEEDED, GiftState.EXPIRED}),
    GiftState.EXPIRED: frozenset({GiftState.SUCCEEDED}),
    GiftState.SUCCEEDED: frozenset[GiftState](),
}

# A payment page lives 24 hours; a gift whose page was never opened cannot be paid after that.
NEVER_OPENED: Final = timedelta(hours=25)

_FIRST_CHECK: Final = timedelta(minutes=2)
_RARELY: Final = timedelta(hours=6)
_SOON: Final = timedelta(minutes=2)
_LATER: Final = timedelta(minutes=30)


def may_move(old: GiftState, new: GiftState) -> bool:
    """Whether a gift may go from one state to the other. Staying is no move."""
    return new in _MOVES[old]


def next_check(*, since: datetime, now: datetime) -> datetime:
    """When to ask after a gift again: 2 minutes after `since`, then twice as late each time, at most 6 hours apart."""
    return now + max(_FIRST_CHECK, min(now - since, _RARELY))


def reload_seconds(*, waited: timedelta) -> int | None:
    """After how many seconds a waiting receipt page looks again; None when it is no use any more."""
    if waited < _SOON:
        return 3
    return 15 if waited < _LATER else None
