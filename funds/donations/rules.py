"""How a gift moves, which accounts it posts to, and how patiently it is asked after. Pure.

A gift that was received never goes back to a lesser state, whatever arrives late: returned money will be transactions
of its own. Nothing here may round, convert or split an amount.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from common.money import Money
from funds.donations.states import GiftState
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind

# A declined card may be followed by another one on the same page; even an expired page may have been paid before.
_MOVES: Final = {
    GiftState.PENDING: frozenset({GiftState.SUCCEEDED, GiftState.FAILED, GiftState.EXPIRED}),
    GiftState.FAILED: frozenset({GiftState.SUCCEEDED, GiftState.EXPIRED}),
    GiftState.EXPIRED: frozenset({GiftState.SUCCEEDED}),
    GiftState.SUCCEEDED: frozenset[GiftState](),
}

# What most people give, in minor units; every other amount can be typed.
SUGGESTED: Final = {
    "KZT": (2_000_00, 5_000_00, 10_000_00, 50_000_00),
    "EUR": (10_00, 25_00, 50_00, 100_00),
    "USD": (10_00, 25_00, 50_00, 100_00),
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


def gift_posting(
    *, fund: UUID, gift: UUID, project: UUID | None, amount: Money, payment_id: str, day: date, donor: str = ""
) -> Posting:
    """Debit what the card processor owes us, credit gifts, tied to the project if there is one.

    `donor` is the name that was given: the public log gets a commitment to it, which only the receipt can open.
    """
    return Posting(
        fund=fund,
        kind=Kind.GIFT,
        effective_date=day,
        key=f"stripe:{payment_id}:succeeded",
        lines=(Line(AccountCode.STRIPE, amount), Line(AccountCode.GIFTS, -amount, earmark=project)),
        subject=gift,
        personal=(("donor", donor),) if donor else (),
        late=True,
    )


def fee_posting(*, fund: UUID, gift: UUID, project: UUID | None, fee: Money, charge_id: str, day: date) -> Posting:
    """Debit fees, credit what the card processor owes us. `project` None: the fund as a whole bears the fee."""
    return Posting(
        fund=fund,
        kind=Kind.FEE,
        effective_date=day,
        key=f"stripe:{charge_id}:fee",
        lines=(Line(AccountCode.FEES, fee, earmark=project), Line(AccountCode.STRIPE, -fee)),
        subject=gift,
        late=True,
    )


def submission_key(nonce: UUID, content: str) -> UUID:
    """The identity of one sending: the same form sent twice is one gift, the same form with other content another."""
    return uuid5(nonce, content)


def next_check(*, since: datetime, now: datetime) -> datetime:
    """When to ask after a gift again: 2 minutes after `since`, then twice as late each time, at most 6 hours apart."""
    return now + max(_FIRST_CHECK, min(now - since, _RARELY))


def reload_seconds(*, waited: timedelta) -> int | None:
    """After how many seconds a waiting receipt page looks again; None when it is no use any more."""
    if waited < _SOON:
        return 3
    return 15 if waited < _LATER else None
