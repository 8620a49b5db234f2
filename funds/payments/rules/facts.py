"""What Stripe tells about payments, in our own words: small frozen facts. Nothing above this room knows its objects.

What goes back stands in `returns.py`, the card account in `account.py`, monthly payments in `monthly.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.money import Money
from funds.payments.rules.account import MovementFact


class UnexpectedFactError(Exception):
    """Stripe says something that this site does not book. The text is for the operator and holds no secrets.

    It is never guessed around: the event stays in the inbox as failed, with this text, and is tried again.
    """


class PaymentStatus(StrEnum):
    """Where a payment stands. A failed one may still succeed with another card."""

    WAITING = "waiting"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"


class CheckoutStatus(StrEnum):
    """Where the hosted payment page stands."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment intent with its latest charge. `reference` is our own row's id, None when the payment names none.

    `charge_id` and `paid_at` are known once it succeeded; `movement`, what it did to the card account, arrives later
    still. `email` is what was typed on the payment page, "" where nothing was. `amount` is None for a payment of
    somebody else in a currency that no ledger here holds. `whole`: the one charge brought all of it.
    """

    id: str
    reference: UUID | None
    status: PaymentStatus
    amount: Money | None
    charge_id: str = ""
    paid_at: datetime | None = None
    movement: MovementFact | None = None
    whole: bool = True
    email: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge. `payment_id` is its payment intent, "" when it has none; amounts in the currency of the payment."""

    id: str
    payment_id: str
    reference: UUID | None
    amount: Money
    refunded: Money
    disputed: bool
    movement: MovementFact | None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted payment page. `url` is empty once nobody can pay there; `payment` is None before the first try.

    `subscription_id` and `customer_id` are set once a page for a monthly gift is complete.
    """

    id: str
    reference: UUID | None
    status: CheckoutStatus
    url: str
    payment: Payment | None
    payment_id: str = ""
    subscription_id: str = ""
    customer_id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A delivered event whose signature was right. It is a trigger: the object is fetched anew.

    `payment_id` is the payment intent that the object itself is or names, "" when there is none.
    """

    id: str
    type: str
    object_id: str
    object_type: str
    payment_id: str
    created: int
    api_version: str
