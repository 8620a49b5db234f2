"""What is true about card payments without asking anybody: amounts, currencies, facts that Stripe tells, patience.

Nothing here may read the clock, the database or the network, and nothing may round or guess an amount.
"""

from funds.payments.rules.amounts import AmountError, Limits, Refusal, limits, parse_amount
from funds.payments.rules.currencies import UnknownCurrencyError, from_stripe, to_stripe
from funds.payments.rules.facts import Checkout, CheckoutStatus, Event, Payment, PaymentStatus, UnexpectedFactError
from funds.payments.rules.patience import LEASE, next_attempt

__all__ = [
    "LEASE",
    "AmountError",
    "Checkout",
    "CheckoutStatus",
    "Event",
    "Limits",
    "Payment",
    "PaymentStatus",
    "Refusal",
    "UnexpectedFactError",
    "UnknownCurrencyError",
    "from_stripe",
    "limits",
    "next_attempt",
    "parse_amount",
    "to_stripe",
]
