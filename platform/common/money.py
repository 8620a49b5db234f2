"""Money as whole minor units and a currency. Never a float, never two currencies in one sum."""

from dataclasses import dataclass

# Minor units per ISO 4217 for the currencies that a ledger may hold. Stripe's own exponents live in funds.payments.
# The order is the order in which people are asked: what most of them have comes first.
EXPONENTS: dict[str, int] = {
    "KZT": 2, "EUR": 2, "USD": 2, "RUB": 2, "GBP": 2, "CHF": 2, "PLN": 2, "CZK": 2, "HUF": 2, "TRY": 2, "ILS": 2,
    "CAD": 2, "AED": 2, "UZS": 2, "KGS": 2, "KRW": 0, "JPY": 0, "ISK": 0, "UGX": 0, "KWD": 3,
}  # fmt: skip
CURRENCIES: tuple[str, ...] = tuple(EXPONENTS)


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies met in one operation."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` hundredths (or whatever the currency's exponent says) of `currency`, an ISO 4217 code."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("minor units are whole numbers")
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor
