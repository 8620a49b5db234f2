"""Numbers, money and dates as people read them: pure functions of the value and the language.
Babel's CLDR gives dates; money and numbers have one form of our own, because CLDR prints KZT for the tenge sign.
Never rounds money, never guesses a time zone, never reads the active language: the caller names it."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from babel.dates import format_date, format_timedelta

from common import money as ledger_money
from common.clock import KAZAKHSTAN, day_of

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
EN_DASH: Final = "\u2013"

SYMBOLS: Final = {"KZT": "₸", "EUR": "€", "USD": "$", "RUB": "₽", "GBP": "£", "JPY": "¥", "UAH": "₴"}

# ISO 4217: decimals of a currency's minor unit where they are not two (statements may name any currency).
# Stripe's differ; its boundary converts.
EXPONENTS: Final = {
    **ledger_money.EXPONENTS,
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

_LOCALES: Final = {"kk": "kk", "ru": "ru", "de": "de", "en": "en_GB"}
_PERCENT: Final = {"kk": "%", "ru": NBSP + "%", "de": NBSP + "%", "en": "%"}  # CLDR's percent patterns
_NEAR_DAYS: Final = {
    "kk": ("кеше", "бүгін", "ертең"),
    "ru": ("вчера", "сегодня", "завтра"),
    "de": ("gestern", "heute", "morgen"),
    "en": ("yesterday", "today", "tomorrow"),
}


def decimals(currency: str) -> int:
    """How many decimals the minor unit of a currency has: 2 for KZT, 0 for JPY, 3 for KWD."""
    return EXPONENTS.get(currency, 2)


@lru_cache(maxsize=8192, typed=True)
def money(minor: int, currency: str) -> str:
    """`12 500 ₸`: minor units as an amount, the same in all languages, with no-break spaces and a comma.

    Decimals stand only when they are not zero (`1 250,50 €`). An unknown currency keeps its code. Refuses floats."""
    if not isinstance(minor, int):
        raise TypeError("minor units are whole numbers")
    places = decimals(currency)
    whole, rest = divmod(abs(minor), 10**places)
    text = _grouped(whole) + (f",{rest:0{places}d}" if rest else "")
    return f"{MINUS if minor < 0 else ''}{text}{NBSP}{SYMBOLS.get(currency, currency)}"


def number(value: float | Decimal, language: str, digits: int | None = None) -> str:
    """`12 500` or `61,1` (`61.1` in English): thousands by no-break spaces, so that no comma is read as a point.

    `digits` rounds half up to that many decimals; without it the value keeps the decimals it came with."""
    return _number(str(value), language, digits)


def percent(share: float | Decimal, language: str, digits: int = 0) -> str:
    """`61 %` for a share of 0.61, `61%` where the language writes no space."""
    return number(Decimal(str(share)) * 100, language, digits) + _PERCENT[language]


def percent_range(low: float | Decimal, high: float | Decimal, language: str, digits: int = 0) -> str:
    """`57–64 %` for an interval of two shares."""
    return f"{number(Decimal(str(low)) * 100, language, digits)}{EN_DASH}{percent(high, language, digits)}"


def date_long(day: date, language: str) -> str:
    """`22 ноября 2026 г.`, as CLDR writes it. A moment counts as the day it falls on in Kazakhstan."""
    return _date(_day(day), "long", language)


def date_short(day: date, language: str) -> str:
    """`22.11.2026` for narrow columns, `22/11/2026` in English."""
    return _date_short(_day(day), language)


def date_time(moment: datetime, language: str) -> str:
    """`22 ноября 2026 г., 14:05` in Kazakhstan's time. Refuses a moment without a zone."""
    return f"{date_long(moment, language)}, {moment.astimezone(KAZAKHSTAN):%H:%M}"


def relative_day(day: date, today: date, language: str) -> str:
    """`today`, `tomorrow`, `in 3 days`, `12 days ago`: how far a deadline is, counted in calendar days."""
    days = (_day(day) - _day(today)).days
    if -1 <= days <= 1:
        return _NEAR_DAYS[language][days + 1]
    return _relative(days, language)


def _grouped(whole: int) -> str:
    return f"{whole:,}".replace(",", NBSP)


def _day(day: date) -> date:
    if not isinstance(day, datetime):
        return day
    if day.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be written down")
    return day_of(day)


@lru_cache(maxsize=8192)
def _number(written: str, language: str, digits: int | None) -> str:
    # Keyed by what is written: 9, 9.0 and Decimal("9.00") are equal, yet read differently.
    exact = Decimal(written)
    if digits is not None:
        exact = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    whole, _, rest = f"{abs(exact):f}".partition(".")
    text = _grouped(int(whole)) + (f"{'.' if language == 'en' else ','}{rest}" if rest else "")
    return MINUS + text if exact < 0 else text


@lru_cache(maxsize=4096)
def _date(day: date, width: str, language: str) -> str:
    return format_date(day, width, locale=_LOCALES[language])


@lru_cache(maxsize=4096)
def _date_short(day: date, language: str) -> str:
    return f"{day:{'%d/%m/%Y' if language == 'en' else '%d.%m.%Y'}}"


@lru_cache(maxsize=1024)
def _relative(days: int, language: str) -> str:
    return format_timedelta(
        timedelta(days=days), granularity="day", threshold=10**9, add_direction=True, locale=_LOCALES[language]
    )
