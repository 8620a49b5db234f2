"""What movements that belong to no gift and no transfer post: fees of the account, what nobody explains yet. Pure."""

from datetime import date
from uuid import UUID

from common.money import Money
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind


def account_fee_posting(*, fund: UUID, movement_id: str, net: Money, day: date, memo: str) -> Posting:
    """A fee of the card account as a whole, `net` below zero; one that is given back goes the other way."""
    return Posting(
        fund=fund,
        kind=Kind.FEE,
        effective_date=day,
        key=f"stripe:{movement_id}:fee",
        lines=(Line(AccountCode.STRIPE, net), Line(AccountCode.FEES, -net)),
        memo=memo,
        late=True,
    )


def suspense_posting(*, fund: UUID, movement_id: str, net: Money, day: date, memo: str) -> Posting:
    """What moved the balance by `net` and is not explained: it stands in the open until somebody explains it."""
    return Posting(
        fund=fund,
        kind=Kind.SUSPENSE,
        effective_date=day,
        key=f"stripe:{movement_id}:suspense",
        lines=(Line(AccountCode.STRIPE, net), Line(AccountCode.SUSPENSE, -net)),
        memo=memo,
        late=True,
    )
