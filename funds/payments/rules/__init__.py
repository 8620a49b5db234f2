"""What is true about card payments without asking anybody: amounts, currencies, facts that Stripe tells, patience.

Nothing here may read the clock, the database or the network, and nothing may round or guess an amount.
"""

from funds.payments.rules.account import BalanceFact, MovementFact, PayoutFact, PayoutStatus
from funds.payments.rules.amounts import AmountError, Limits, Refusal, limits, parse_amount
from funds.payments.rules.currencies import UnknownCurrencyError, from_stripe, to_stripe
from funds.payments.rules.facts import (
    Charge,
    Checkout,
    CheckoutStatus,
    Event,
    Payment,
    PaymentStatus,
    UnexpectedFactError,
)
from funds.payments.rules.monthly import InvoiceFact, SubscriptionFact, SubscriptionStatus
from funds.payments.rules.patience import LEASE, next_attempt, reads_on
from funds.payments.rules.returns import DisputeFact, DisputeStatus, RefundFact, RefundStatus, WarningFact

__all__ = [
    "LEASE",
    "AmountError",
    "BalanceFact",
    "Charge",
    "Checkout",
    "CheckoutStatus",
    "DisputeFact",
    "DisputeStatus",
    "Event",
    "InvoiceFact",
    "Limits",
    "MovementFact",
    "Payment",
    "PaymentStatus",
    "PayoutFact",
    "PayoutStatus",
    "RefundFact",
    "RefundStatus",
    "Refusal",
    "SubscriptionFact",
    "SubscriptionStatus",
    "UnexpectedFactError",
    "UnknownCurrencyError",
    "WarningFact",
    "from_stripe",
    "limits",
    "next_attempt",
    "parse_amount",
    "reads_on",
    "to_stripe",
]
