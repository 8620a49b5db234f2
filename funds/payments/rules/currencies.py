"""Stripe's own table of currencies: how many decimals each is sent with, and which amounts it refuses.

The exponents are not those of ISO 4217: UGX and ISK are sent times 100 though they have no minor unit. So they must
never be derived from a general table, and an amount that Stripe cannot carry is refused, never rounded.
Source: Stripe's page on supported currencies; the three-decimal list stands in its version of 2022-12-31.
"""

from typing import Final

from common.money import EXPONENTS, Money

ZERO_DECIMAL: Final = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
THREE_DECIMAL: Final = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
WHOLE_UNITS_ONLY: Final = frozenset({"ugx", "isk"})  # sent with two decimals that must be 00
WHOLE_PAYOUTS_ONLY: Final = frozenset({"huf", "twd"})
"""Charged with two decimals, sent to the bank in whole units alone: what is finer stays on the card account."""
ENABLED: Final = tuple(EXPONENTS)  # what a ledger may hold is what we accept


class UnknownCurrencyError(ValueError):
    """Stripe names a currency that no ledger here may hold."""


def decimals(code: str) -> int:
    """With how many decimals Stripe counts `code` (lower case): 0, 2 or 3."""
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def step(code: str) -> int:
    """What an amount sent to Stripe must be a multiple of: 100 for UGX and ISK, 10 for three decimals, else 1."""
    if code in WHOLE_UNITS_ONLY:
        return 100
    return 10 if code in THREE_DECIMAL else 1


def leaves_whole(money: Money) -> bool:
    """Whether Stripe can send exactly this amount to a bank."""
    return money.currency.lower() not in WHOLE_PAYOUTS_ONLY or money.minor % 10 ** EXPONENTS[money.currency] == 0


def to_stripe(money: Money) -> tuple[int, str]:
    """The whole number and the lower-case code that Stripe expects. Refuses what it could carry only by rounding."""
    code = money.currency.lower()
    ours, theirs = EXPONENTS[money.currency], decimals(code)
    amount, lost = divmod(money.minor * 10**theirs, 10**ours)
    if lost or amount % step(code):
        raise ValueError(f"Stripe cannot carry {money.minor} minor units of {money.currency} exactly")
    return amount, code


def carries(money: Money) -> bool:
    """Whether Stripe can carry exactly this amount: false for 5.124 KWD, whose last digit must be 0."""
    try:
        to_stripe(money)
    except ValueError:
        return False
    return True


def whole_units(amount: int, code: str) -> int:
    """Our minor units for Stripe's whole number of a known currency; what is finer is cut off towards zero."""
    ours, theirs = EXPONENTS[code.upper()], decimals(code)
    whole: int = abs(amount) * 10**ours // 10**theirs
    return whole if amount >= 0 else -whole


def from_stripe(amount: int, code: str) -> Money:
    """Our money for Stripe's whole number and lower-case code."""
    currency = code.upper()
    if currency not in EXPONENTS:
        raise UnknownCurrencyError(f"Stripe speaks of {currency}, which this ledger does not hold")
    minor, lost = divmod(amount * 10 ** EXPONENTS[currency], 10 ** decimals(code))
    if lost:
        raise ValueError(f"{amount} {code} is finer than the ledger's minor unit")
    return Money(minor, currency)


def left_for_bank(amount: int, code: str) -> Money:
    """The money of a transfer to a bank. Refuses (ValueError) parts of a forint or Taiwan dollar: no bank gets them."""
    money = from_stripe(amount, code)
    if not leaves_whole(money):
        raise ValueError(f"{amount} {code} is not whole units, and only those are sent to banks")
    return money
