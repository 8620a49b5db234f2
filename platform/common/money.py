"""Money as whole minor units and a currency. Never a float, never two currencies in one sum."""

from dataclasses import dataclass

# Minor units per ISO 4217 for the currencies that a ledger may hold. Stripe's own exponents live in funds.payments.
EXPONENTS: dict[str, int] = {"KZT": 2, "EUR": 2, "USD": 2}
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
