"""Which accounts a gift and its fee post to. Pure; nothing here may round, convert or split an amount."""

from datetime import date
from uuid import UUID

from common.money import Money
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind


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
