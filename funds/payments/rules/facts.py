"""What Stripe tells, in our own words: small frozen facts, so that nothing above this room knows Stripe's objects."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.money import Money


class UnexpectedFactError(Exception):
    """Stripe says something that this site does not book yet. The text is for the operator and holds no secrets.

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
    """A payment intent with its latest charge. `reference` is our own row's id, None when the payment is not ours.

    `charge_id` and `paid_at` are known once it succeeded. `settled_in` (ISO 4217) and `fee` arrive later still: "" and
    None until then. The fee is in the currency of the settlement; it stays None when that is not the payment's own.
    """

    id: str
    reference: UUID | None
    status: PaymentStatus
    amount: Money
    charge_id: str = ""
    paid_at: datetime | None = None
    settled_in: str = ""
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted payment page. `url` is empty once nobody can pay there; `payment` is None before the first try."""

    id: str
    reference: UUID | None
    status: CheckoutStatus
    url: str
    payment: Payment | None


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
