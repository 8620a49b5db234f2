"""What the card service will keep, estimated before anybody pays. Pure.

An estimate is never booked and never called a fee: the real one depends on the card and arrives after the payment.
Formula: gross = ceil((net + fixed) / (1 - rate)), rounded up to what the card service can carry.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from common.money import EXPONENTS, Money
from funds.payments.rules.currencies import decimals, step

# What a payment costs beside its share, in minor units. Where nobody told: nothing, and the words say "about".
FIXED: Final = {
    "KZT": 150_00, "EUR": 25, "USD": 30, "RUB": 25_00, "GBP": 20, "CHF": 30, "PLN": 1_00, "CZK": 6_50, "HUF": 85_00,
    "TRY": 10_00, "ILS": 1_20, "CAD": 30, "AED": 1_00, "UZS": 3_500_00, "KGS": 26_00, "KRW": 400, "JPY": 40,
    "ISK": 40, "UGX": 1_100, "KWD": 100,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What is expected of the card service: `rate` of the whole payment, and a fixed part in its currency."""

    rate: Decimal
    fixed: Money

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1 or self.fixed.minor < 0:
            raise ValueError("a fee lies between nothing and the whole")

    def estimate(self, gross: Money) -> Money:
        """What will be kept of `gross`, about: never more than all of it."""
        kept = self.fixed.minor + int((gross.minor * self.rate).to_integral_value(ROUND_CEILING))
        return Money(min(kept, gross.minor), gross.currency)

    def gross_for(self, net: Money) -> Money:
        """What has to be paid so that about `net` arrives, in whole steps of the currency."""
        exact = Decimal((net + self.fixed).minor) / (1 - self.rate)
        size = _step(net.currency)
        return Money(int((exact / size).to_integral_value(ROUND_CEILING)) * size, net.currency)


def _step(currency: str) -> int:
    """The smallest step, in our minor units, in which the card service carries a currency."""
    code = currency.lower()
    ours, theirs = EXPONENTS[currency], decimals(code)
    return step(code) if ours == theirs else 1
