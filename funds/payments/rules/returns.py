"""What Stripe tells about money that goes back: refunds, disputes, early warnings of fraud."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.money import Money
from funds.payments.rules.account import MovementFact


class RefundStatus(StrEnum):
    """Where a refund stands, in Stripe's own words; one that waits for the payer's action is pending."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class RefundFact:
    """A refund. `reference` is our own row's id, None when it was begun at Stripe; `amount` in the payment's currency.

    `movement` took the money, `failure_movement` brought it back when the refund failed.
    """

    id: str
    payment_id: str
    reference: UUID | None
    amount: Money
    status: RefundStatus
    created_at: datetime
    reason: str = ""
    movement: MovementFact | None = None
    failure_movement: MovementFact | None = None


class DisputeStatus(StrEnum):
    """Where a dispute stands: `PREVENTED` ended before it took anything, `CLOSED` is an inquiry without effect."""

    WARNING = "warning"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DisputeFact:
    """A dispute. `amount` is in the payment's currency; `movements` took the money or brought it back."""

    id: str
    payment_id: str
    amount: Money
    status: DisputeStatus
    reason: str
    created_at: datetime
    movements: tuple[MovementFact, ...] = ()


@dataclass(frozen=True, slots=True)
class WarningFact:
    """The card's bank suspects fraud, before anybody disputes."""

    id: str
    payment_id: str
    created_at: datetime
    actionable: bool
