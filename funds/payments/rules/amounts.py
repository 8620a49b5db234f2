"""What a person typed as an amount, and how much one gift may be. It never guesses: `1,000` in German is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.money import EXPONENTS, Money
from funds.payments.rules.currencies import carries

_LONGEST: Final = 40
_SPACES: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f'\u2019]")
_MINUS: Final = "-\u2212"
_GROUP: Final = 3
# How people write a currency beside an amount, besides its code.
_SIGNS: Final[Mapping[str, tuple[str, ...]]] = {
    "KZT": ("₸", "тенге", "теңге", "тг"),
    "EUR": ("€", "euro", "евро"),
    "USD": ("us$", "$"),
    "RUB": ("₽", "рублей", "руб.", "руб"),
    "GBP": ("£",),
    "CHF": ("fr.", "fr"),
    "PLN": ("zł",),
    "CZK": ("kč",),
    "HUF": ("ft",),
    "TRY": ("₺", "tl"),
    "ILS": ("₪",),
    "CAD": ("ca$", "c$", "$"),
    "AED": ("د.إ", "dh"),
    "UZS": ("so'm", "som", "сум"),
    "KGS": ("сом", "som"),
    "KRW": ("₩", "원"),
    "JPY": ("¥", "円", "元"),
    "ISK": ("kr.", "kr"),
    "UGX": ("ush", "sh"),
    "KWD": ("د.ك", "kd"),
}
# In these languages this sign groups thousands, so that `1.000` is a thousand in German and unreadable in Russian.
_GROUP_SIGN: Final = {"de": ".", "en": ","}


class Refusal(StrEnum):
    """Why what was typed is not an amount that can be given."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    TOO_MANY_DECIMALS = "too_many_decimals"
    NOT_THAT_FINE = "not_that_fine"
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


# Stripe's own minimum is about 0.50 USD after conversion and unnamed for many currencies; ours lie well above it and
# keep card testers away. The ceilings are ours too: whoever wishes to give more should speak with the fund first.
# Whole units: about a dollar, and about ten thousand.
_WHOLE: Final[Mapping[str, tuple[int, int]]] = {
    "KZT": (500, 5_000_000),
    "EUR": (1, 10_000),
    "USD": (1, 10_000),
    "RUB": (100, 900_000),
    "GBP": (1, 9_000),
    "CHF": (1, 10_000),
    "PLN": (5, 40_000),
    "CZK": (25, 240_000),
    "HUF": (400, 4_000_000),
    "TRY": (50, 400_000),
    "ILS": (5, 35_000),
    "CAD": (2, 14_000),
    "AED": (5, 37_000),
    "UZS": (12_000, 120_000_000),
    "KGS": (100, 900_000),
    "KRW": (1_500, 14_000_000),
    "JPY": (150, 1_500_000),
    "ISK": (150, 1_400_000),
    "UGX": (4_000, 38_000_000),
    "KWD": (1, 3_000),
}
_LIMITS: Final = {
    code: Limits(*(Money(whole * 10 ** EXPONENTS[code], code) for whole in bounds)) for code, bounds in _WHOLE.items()
}


def limits(currency: str) -> Limits:
    """Floor and ceiling of one gift in `currency` (ISO 4217, of common.money.CURRENCIES): about 1 and 10,000 USD."""
    return _LIMITS[currency]


def parse_amount(text: str, currency: str, language: str, *, within: Limits | None = None) -> Money:
    """`1 000`, `1000,50`, `1000.50`, `1 000 ₸`: the amount of a gift in `currency`.

    Spaces of all kinds group thousands; so does a point in German and a comma in English before exactly three digits;
    any other single point or comma begins the decimals. Raises `AmountError`: empty, not a number, more decimals than
    the currency has, finer than cards can carry (three decimals whose last is not 0), below the floor (zero and
    negative amounts included), above the ceiling. `within`: other bounds than a card's, for what no card carries.
    """
    allowed = within or limits(currency)
    bare = _SPACES.sub("", text[:_LONGEST]).lower()
    for sign in (currency.lower(), *_SIGNS[currency]):
        if bare != (bare := bare.removeprefix(sign).removesuffix(sign)):
            break
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
    if within is None and not carries(Money(minor, currency)):
        raise AmountError(Refusal.NOT_THAT_FINE, allowed)
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
