"""Texts, numbers, truths and moments as ODK's XPath converts them into each other.

Every conversion is total: odd input gives NaN, "" or None, never an exception, so that no answer of a person can break
a page. None of them may read a clock, a file or chance.
"""

import math
import re
from datetime import date, datetime, time, timedelta

Atomic = bool | int | float | str
Nodes = tuple[str, ...]  # the texts of a set of nodes, in the order of the document

EPOCH = date(1970, 1, 1)
TEXT_LIMIT = 10_000  # characters; longer results are cut, so that no expression can fill the memory

_MOST_DAYS = 700_000  # from 1970: about the years 53 to 3886
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
_BEGINS_AS_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:$|[T ])")


def to_string(value: Atomic) -> str:
    """XPath's string(): whole numbers without a point, booleans as true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)[:TEXT_LIMIT]


def to_number(value: Atomic) -> float:
    """XPath's number(); a date counts as days since 1970-01-01, a time as its part of a day. Else NaN."""
    if not isinstance(value, str):
        return float(value)
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    moment = to_moment(text)
    if moment is None:
        return to_day_part(text)
    return (moment - datetime.combine(EPOCH, time())) / timedelta(days=1)


def to_boolean(value: Atomic) -> bool:
    """XPath's boolean(): a text is true when it is not empty, a number when it is neither 0 nor NaN."""
    if isinstance(value, float):
        return not (math.isnan(value) or value == 0)
    return bool(value)


def to_moment(text: str) -> datetime | None:
    """An ISO date or date and time (a zone is dropped: the wall clock counts), or None."""
    if not _BEGINS_AS_DATE.match(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def to_day_part(text: str) -> float:
    """The part of a day that has passed at an ISO time, 0.5 at noon; NaN when it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return math.nan
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return (hours * 3600 + minutes * 60 + seconds) / 86_400


def moment_of(value: Atomic) -> datetime | None:
    """The moment that a text or a number of days since 1970-01-01 means, or None."""
    if isinstance(value, str) and (moment := to_moment(value.strip())) is not None:
        return moment
    days = to_number(value)
    if not math.isfinite(days) or abs(days) > _MOST_DAYS:
        return None
    return datetime.combine(EPOCH, time()) + timedelta(days=days)


def is_equal(left: Atomic, right: Atomic) -> bool:
    """XPath 1.0's `=` of two values: as booleans if one is, as texts if both are, else as numbers."""
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) is to_boolean(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left) == to_number(right)


def divide(left: float, right: float) -> float:
    """`div`, with the infinities of IEEE 754."""
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def remainder(left: float, right: float) -> float:
    """`mod`, with the sign of the left side."""
    return math.nan if right == 0 or math.isinf(left) or math.isnan(left + right) else math.fmod(left, right)
