"""What Stripe tells about the card account: its movements, its transfers to the bank, what it holds."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from common.money import Money


@dataclass(frozen=True, slots=True)
class MovementFact:
    """A balance transaction: `net = amount - fee`, minor units of `currency` (upper case) as our ledger counts them.

    Where no ledger here holds the currency, the numbers are Stripe's own and `trouble` says so: such a movement is kept
    and shown, never booked. Where the amount is finer than the ledger's minor unit, the numbers are cut off towards
    zero, `trouble` has the exact ones, and what is no charge is held as not yet explained.

    `payment_id` is the payment intent behind its source, "" where that is not known. `exchange_rate` turns the
    payment's currency into `currency`.
    """

    id: str
    type: str
    category: str
    amount_minor: int
    fee_minor: int
    currency: str
    created_at: datetime
    available_at: datetime
    source_id: str = ""
    payment_id: str = ""
    exchange_rate: Decimal | None = None
    description: str = ""
    trouble: str = ""

    @property
    def net_minor(self) -> int:
        """What the balance changed by."""
        return self.amount_minor - self.fee_minor


class PayoutStatus(StrEnum):
    """Where a transfer to the bank stands, in Stripe's own words."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class PayoutFact:
    """A transfer to the bank. Stripe names the members of `automatic` ones alone, once `reconciled`.

    `amount` is in the currency of the card account's balance; `movement_id` is its balance transaction,
    `failure_movement_id` the one that brought the money back.
    """

    id: str
    amount: Money
    status: PayoutStatus
    automatic: bool
    reconciled: bool
    arrival_date: date
    created_at: datetime
    trace_id: str = ""
    movement_id: str = ""
    failure_movement_id: str = ""
    failure_code: str = ""


@dataclass(frozen=True, slots=True)
class BalanceFact:
    """What the card account holds per currency; `total` is what the ledger has to equal. Unknown currencies: raw."""

    available: dict[str, int]
    pending: dict[str, int]

    @property
    def total(self) -> dict[str, int]:
        """Available and pending together, minor units by currency."""
        both = self.available.keys() | self.pending.keys()
        return {code: self.available.get(code, 0) + self.pending.get(code, 0) for code in sorted(both)}
