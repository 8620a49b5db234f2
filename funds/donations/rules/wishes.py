"""What a giver chooses from, who a giver is, and what makes two sendings of a form the same gift. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from common.money import EXPONENTS, Money
from funds.donations.states import DonorKind, Origin
from funds.payments.rules import Limits, limits


class Way(StrEnum):
    """How somebody gives: by card once or every month, or by a transfer of their own."""

    CARD = "card"
    MONTHLY = "monthly"
    BANK = "bank"
    KASPI = "kaspi"

    @property
    def by_card(self) -> bool:
        """Whether the card service takes the money."""
        return self in {Way.CARD, Way.MONTHLY}


# What most people give, in minor units; every other amount can be typed.
SUGGESTED: Final = {
    "KZT": (2_000_00, 5_000_00, 10_000_00, 50_000_00),
    "EUR": (10_00, 25_00, 50_00, 100_00),
    "USD": (10_00, 25_00, 50_00, 100_00),
    "RUB": (500_00, 1_000_00, 3_000_00, 10_000_00),
    "GBP": (10_00, 25_00, 50_00, 100_00),
    "CHF": (10_00, 25_00, 50_00, 100_00),
    "PLN": (50_00, 100_00, 200_00, 500_00),
    "CZK": (250_00, 500_00, 1_000_00, 2_500_00),
    "HUF": (5_000_00, 10_000_00, 20_000_00, 50_000_00),
    "TRY": (500_00, 1_000_00, 2_000_00, 5_000_00),
    "ILS": (50_00, 100_00, 200_00, 500_00),
    "CAD": (15_00, 25_00, 50_00, 100_00),
    "AED": (50_00, 100_00, 200_00, 500_00),
    "UZS": (100_000_00, 250_000_00, 500_000_00, 1_000_000_00),
    "KGS": (1_000_00, 2_000_00, 5_000_00, 10_000_00),
    "KRW": (10_000, 30_000, 50_000, 100_000),
    "JPY": (1_000, 3_000, 5_000, 10_000),
    "ISK": (1_500, 3_000, 5_000, 15_000),
    "UGX": (50_000, 100_000, 200_000, 500_000),
    "KWD": (5_000, 10_000, 20_000, 50_000),
}


def submission_key(nonce: UUID, content: str) -> UUID:
    """The identity of one sending: the same form sent twice is one gift, the same form with other content another."""
    return uuid5(nonce, content)


def transfer_limits(currency: str) -> Limits:
    """What can be announced as a transfer: from one whole unit to a thousand times what one card payment may be."""
    ceiling = limits(currency).ceiling
    return Limits(Money(10 ** EXPONENTS[currency], currency), Money(ceiling.minor * 1000, currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """Who gives beside name and address: what the register of gifts from abroad asks, and who may read the name."""

    kind: DonorKind = DonorKind.PERSON
    company_bin: str = ""
    origin: Origin = Origin.UNSAID
    country: str = ""  # ISO 3166-1, of citizenship or seat
    name_for_council: bool = False


UNKNOWN_GIVER: Final = Giver()
