"""How an official figure is written for a reader: never with more certainty than its source gives.

A value whose source states no unit is written bare; "more than 70" never becomes 70; an inferred year says so.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from common.formats import EN_DASH, NBSP, date_long, number

_PLAIN: Final = re.compile(r"-?\d+(\.\d+)?")
_RANGE: Final = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_OBLAST_TOWN: Final = re.compile(r"\d{4}10000")

# The sign before a number, by qualifier; read by everybody, in no language.
_SIGNS: Final = {"exact": "", "about": "≈", "more_than": ">", "less_than": "<", "at_least": "≥", "at_most": "≤"}


def significance(kato: str) -> str:
    """ "oblast" or "district", from a town's nine-digit KATO code.

    In the classifier a code of the form AABB10000 is the seat of a town administration BB directly under oblast AA; any
    other town (AABB20100, AABB21100) lies in district BB. Refuses what is not nine digits.
    """
    if not re.fullmatch(r"\d{9}", kato):
        raise ValueError(f"not a KATO code: {kato!r}")
    return "oblast" if _OBLAST_TOWN.fullmatch(kato) else "district"


def check_value(text: str, qualifier: str) -> None:
    """Refuse a value that does not have the form its qualifier promises."""
    bare = text.removeprefix(">").removeprefix("<")
    fits = {
        "range": _RANGE.fullmatch(text) is not None,
        "words": _PLAIN.fullmatch(bare) is None and _RANGE.fullmatch(text) is None,
        "more_than": _PLAIN.fullmatch(bare) is not None and not text.startswith("<"),
        "less_than": _PLAIN.fullmatch(bare) is not None and not text.startswith(">"),
    }.get(qualifier, _PLAIN.fullmatch(text) is not None)
    if not fits or qualifier not in {*_SIGNS, "range", "words"}:
        raise ValueError(f"{text!r} is not a value of the kind {qualifier!r}")


def number_of(text: str, qualifier: str) -> Decimal | None:
    """The number one may compute with, or None: only an exact or an about value has one."""
    return Decimal(text) if qualifier in ("exact", "about") else None


def value_words(text: str, qualifier: str, language: str, *, phrase: str = "") -> str:
    """A value for reading, without its unit: "4 279,1", "> 70", "3–3,5", "−0,1", or the translated `phrase`.

    Keeps the decimals that the source prints.
    """
    check_value(text, qualifier)
    if qualifier == "words":
        return phrase or text
    if qualifier == "range":
        low, high = _RANGE.fullmatch(text).groups()  # type: ignore[union-attr]  # check_value has matched it
        return f"{number(Decimal(low), language)}{EN_DASH}{number(Decimal(high), language)}"
    sign = _SIGNS[qualifier]
    plain = number(Decimal(text.lstrip("<>")), language)
    return f"{sign}{NBSP}{plain}" if sign else plain


def with_unit(value: str, pattern: str) -> str:
    """A written value inside its unit's phrase; the space before a sign such as % does not break."""
    return pattern.replace("{value}", value).replace(f"{value} ", f"{value}{NBSP}", 1)


def year_words(text: str, language: str) -> str:
    """ "2021" as it is, "2014-08-01" as a written date."""
    return text if len(text) == 4 else date_long(date.fromisoformat(text), language)  # noqa: PLR2004


def year_of(text: str) -> int:
    """The year of "2021" or "2014-08-01". Refuses anything else."""
    if re.fullmatch(r"\d{4}", text):
        return int(text)
    return date.fromisoformat(text).year


def people_words(population: int, *, approximate: bool, language: str) -> str:
    """ "171 609", or "≈ 47 000" where no source stands behind the number."""
    written = number(population, language)
    return f"≈{NBSP}{written}" if approximate else written
