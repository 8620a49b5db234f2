"""Whose money transfers to the bank carry, and how they are booked. Pure: whole minor units, and none gets lost."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from common.money import Money
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind


def divided(amount: int, weights: Mapping[UUID, int]) -> dict[UUID, int]:
    """`amount` (0 or more) in proportion to the positive `weights`, whole units that add up to it exactly.

    Largest remainder (Hamilton); equal remainders go to the smaller id, so that the same money is always divided alike.
    Refuses (ValueError) a negative amount, and weights none of which is positive.
    """
    positive = {key: weight for key, weight in weights.items() if weight > 0}
    total = sum(positive.values())
    if amount < 0 or not total:
        raise ValueError("there is nothing to divide among")
    found = {key: amount * weight // total for key, weight in positive.items()}
    left = amount - sum(found.values())
    by_remainder = sorted(positive, key=lambda key: (-(amount * positive[key] % total), key))
    for key in by_remainder[:left]:
        found[key] += 1
    return {key: share for key, share in found.items() if share}


def sent_posting(*, fund: UUID, movement_id: str, share: Money, payout: UUID, day: date) -> Posting:
    """What leaves the card account for the bank: from now on it is on its way. A negative share comes the other way."""
    return Posting(
        fund=fund,
        kind=Kind.SENT,
        effective_date=day,
        key=f"stripe:{movement_id}:sent:{fund}",
        lines=(Line(AccountCode.TRANSIT, share), Line(AccountCode.STRIPE, -share)),
        subject=payout,
        late=True,
    )


def together_posting(*, fund: UUID, shares: Mapping[UUID, Money], key: str, day: date) -> Posting:
    """Several transfers that left for the bank, in one line: their sum alone is told. All in one currency."""
    [currency] = {share.currency for share in shares.values()}
    total = Money(sum(share.minor for share in shares.values()), currency)
    return Posting(
        fund=fund,
        kind=Kind.SENT,
        effective_date=day,
        key=key,
        lines=(Line(AccountCode.TRANSIT, total), Line(AccountCode.STRIPE, -total)),
        subject=max(shares),
        late=True,
    )


def returned_posting(*, fund: UUID, movement_id: str, share: Money, payout: UUID, sent: UUID, day: date) -> Posting:
    """A transfer that the bank sent back or that was cancelled: the exact mirror of the line that told it when it left,
    with those that it was told together with."""
    return Posting(
        fund=fund,
        kind=Kind.REVERSAL,
        effective_date=day,
        key=f"stripe:{movement_id}:returned:{fund}",
        lines=(Line(AccountCode.TRANSIT, -share), Line(AccountCode.STRIPE, share)),
        subject=payout,
        reverses=sent,
        late=True,
    )
