"""What Stripe tells about monthly payments: subscriptions and their invoices."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.money import Money


class SubscriptionStatus(StrEnum):
    """Where a subscription stands, in Stripe's own words."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class SubscriptionFact:
    """A monthly payment. `reference` is our own row's id; `amount` is what a month costs.

    `period_ends_at` is when the next one is due. `paused`: invoices are voided until `resumes_at` (None: until somebody
    resumes). `item_id` and `product_id` are what a new amount is written to.
    """

    id: str
    reference: UUID | None
    status: SubscriptionStatus
    customer_id: str
    amount: Money
    item_id: str
    product_id: str
    period_ends_at: datetime | None
    paused: bool = False
    resumes_at: datetime | None = None
    ends_at_period: bool = False
    ended_at: datetime | None = None
    latest_invoice_id: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """The bill of one month. `reference` is that of its subscription; `payment_id` the payment that paid it, "" before.

    `attempts` counts the tries of the card; `next_attempt_at` is None when Stripe gives up. `pay_url` is a page where
    the giver can pay it, or authenticate, by hand.
    """

    id: str
    subscription_id: str
    reference: UUID | None
    status: str
    amount_due: Money
    amount_paid: Money
    created_at: datetime
    payment_id: str = ""
    attempts: int = 0
    next_attempt_at: datetime | None = None
    pay_url: str = ""
    billing_reason: str = ""

    @property
    def paid(self) -> bool:
        """Whether it was paid, whole or (status paid, nothing due) by being nothing."""
        return self.status == "paid"
