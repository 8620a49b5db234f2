"""What a person typed as an amount, and how much one gift may be. It never guesses: `1,000` in German is refused."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.money import EXPONENTS, Money

_LONGEST: Final = 40
_SPACES: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f'\u2019]")
_MINUS: Final = "-\u2212"
_GROUP: Final = 3
_SIGNS: Final = {"KZT": ("₸", "kzt", "тг", "тенге", "теңге"), "EUR": ("€", "eur", "euro"), "USD": ("$", "usd")}
# In these languages this sign groups thousands, so that `1.000` is a thousand in German and unreadable in Russian.
_GROUP_SIGN: Final = {"de": ".", "en": ","}


class Refusal(StrEnum):
    """Why what was typed is not an amount that can be given."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    TOO_MANY_DECIMALS = "too_many_decimals"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Limits:
    """The smallest and the largest gift in a currency."""

    floor: Money
    ceiling: Money


class AmountError(ValueError):
    """What was typed is refused. `limits` says what would be accepted."""

    def __init__(self, refusal: Refusal, limits: Limits) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.limits = limits


# Stripe's own minimum is about 0.50 USD after conversion and unnamed for the tenge; ours lie well above it and keep
# card testers away. The ceilings are ours too: whoever wishes to give more should speak with the fund first.
_LIMITS: Final = {
    "KZT": Limits(Money(500_00, "KZT"), Money(5_000_000_00, "KZT")),
    "EUR": Limits(Money(1_00, "EUR"), Money(10_000_00, "EUR")),
    "USD": Limits(Money(1_00, "USD"), Money(10_000_00, "USD")),
}


def limits(currency: str) -> Limits:
    """Floor and ceiling of one gift in `currency` (ISO 4217, one of common.money.CURRENCIES)."""
    return _LIMITS[currency]


def parse_amount(text: str, currency: str, language: str) -> Money:
    """`1 000`, `1000,50`, `1000.50`, `1 000 ₸`: the amount of a gift in `currency`.

    Spaces of all kinds group thousands; so does a point in German and a comma in English before exactly three digits;
    any other single point or comma begins the decimals. Raises `AmountError`: empty, not a number, more decimals than
    the currency has, below the floor (zero and negative amounts included), above the ceiling.
    """
    allowed = limits(currency)
    bare = _SPACES.sub("", text[:_LONGEST]).lower()
    for sign in _SIGNS[currency]:
        bare = bare.removeprefix(sign).removesuffix(sign)
    if not bare:
        raise AmountError(Refusal.EMPTY, allowed)
    written = None if len(text) > _LONGEST else _split(bare.lstrip(_MINUS), language)
    if written is None:
        raise AmountError(Refusal.NOT_A_NUMBER, allowed)
    whole, rest = written
    exponent = EXPONENTS[currency]
    if len(rest) > exponent:
        raise AmountError(Refusal.TOO_MANY_DECIMALS, allowed)
    minor = int(whole) * 10**exponent + int(rest.ljust(exponent, "0") or "0")
    if bare.startswith(tuple(_MINUS)) or minor < allowed.floor.minor:
        raise AmountError(Refusal.TOO_SMALL, allowed)
    if minor > allowed.ceiling.minor:
        raise AmountError(Refusal.TOO_LARGE, allowed)
    return Money(minor, currency)


def _split(bare: str, language: str) -> tuple[str, str] | None:
    """Digits before and after the decimal sign; None when this is no number, or none that reads in one way."""
    signs = [character for character in bare if character in ".,"]
    if not signs:
        whole, group, rest = bare, "", ""
    elif len(set(signs)) > 1:
        whole, point, rest = bare.rpartition(signs[-1])
        group = "." if point == "," else ","
    elif len(signs) > 1 or _groups(bare, signs[0], language):
        whole, group, rest = bare, signs[0], ""
    else:
        whole, _, rest = bare.partition(signs[0])
        group = ""
    pattern = rf"[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+" if group else r"[0-9]+"
    if re.fullmatch(pattern, whole) is None or re.fullmatch(r"[0-9]*", rest) is None:
        return None
    return whole.replace(group, "") if group else whole, rest


def _groups(bare: str, sign: str, language: str) -> bool:
    """Whether the only sign in it groups thousands for readers of this language."""
    return _GROUP_SIGN.get(language) == sign and len(bare.rpartition(sign)[2]) == _GROUP
