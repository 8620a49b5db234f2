"""The functions that a questionnaire's expressions may call, with the meaning ODK gives them.

The table is the whole list: a function that is not in it is refused when the questionnaire is imported. Every
function is total (odd input gives NaN or "", never an exception), so that no answer of a person can break a page.
None of them may read a clock, a file or chance: the day comes with the scope.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from councils.surveys.rules import aggregates
from councils.surveys.rules.atoms import (
    TEXT_LIMIT,
    Atomic,
    moment_of,
    to_boolean,
    to_day_part,
    to_moment,
    to_number,
    to_string,
)

Argument = aggregates.Argument

_MONTHS, _DAYS = "JanFebMarAprMayJunJulAugSepOctNovDec", "MonTueWedThuFriSatSun"


class Scope(Protocol):
    """What an expression may know beside the answers. `choice_label` looks a label up in the page's language."""

    @property
    def today(self) -> date: ...

    def choice_label(self, *, value: str, path: str) -> str: ...

    def own_label(self, *, language: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes (`most` None: any number) and what it does with them.

    `takes_nodes`: a path among the arguments is given as the texts of all its nodes, else as the text of the first.
    """

    least: int
    most: int | None
    call: Callable[[Sequence[Any], Scope], Atomic]
    takes_nodes: bool = False


@lru_cache(maxsize=512)
def _pattern(source: str) -> re.Pattern[str] | None:
    try:
        return re.compile(source, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None


def readable_pattern(source: str) -> bool:
    """Whether `regex()` can use this pattern; asked at import, because later it would be false in silence."""
    return _pattern(source) is not None


def _regex(arguments: Sequence[Atomic], _scope: Scope) -> bool:
    pattern = _pattern(to_string(arguments[1]))
    return pattern is not None and pattern.fullmatch(to_string(arguments[0])) is not None


def _selected(arguments: Sequence[Atomic], _scope: Scope) -> bool:
    return to_string(arguments[1]).strip() in to_string(arguments[0]).split()


def _selected_at(arguments: Sequence[Atomic], _scope: Scope) -> str:
    chosen, index = to_string(arguments[0]).split(), to_number(arguments[1])
    if not math.isfinite(index) or not 0 <= index < len(chosen):
        return ""
    return chosen[int(index)]


def _substr(arguments: Sequence[Atomic], _scope: Scope) -> str:
    text = to_string(arguments[0])
    bounds = [to_number(bound) for bound in arguments[1:]]
    if not all(math.isfinite(bound) for bound in bounds):
        return ""
    start, *end = (int(bound) for bound in bounds)
    return text[start : end[0] if end else None]


def _round(arguments: Sequence[Atomic], _scope: Scope) -> float:
    number = to_number(arguments[0])
    digits = to_number(arguments[1]) if len(arguments) > 1 else 0.0
    if not math.isfinite(number) or not math.isfinite(digits):
        return number
    scale = 10.0 ** max(-15, min(15, int(digits)))
    return math.floor(number * scale + 0.5) / scale


def _finite(compute: Callable[..., float]) -> Callable[[Sequence[Atomic], Scope], float]:
    def call(arguments: Sequence[Atomic], _scope: Scope) -> float:
        try:
            return float(compute(*(to_number(argument) for argument in arguments)))
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            return math.nan

    return call


def _text(compute: Callable[..., str]) -> Callable[[Sequence[Atomic], Scope], str]:
    def call(arguments: Sequence[Atomic], _scope: Scope) -> str:
        return compute(*(to_string(argument) for argument in arguments))[:TEXT_LIMIT]

    return call


def _truth(compute: Callable[..., bool]) -> Callable[[Sequence[Atomic], Scope], bool]:
    def call(arguments: Sequence[Atomic], _scope: Scope) -> bool:
        return compute(*(to_string(argument) for argument in arguments))

    return call


def _translate(text: str, old: str, new: str) -> str:
    table: dict[int, str | None] = {}
    for index, letter in enumerate(old):
        table.setdefault(ord(letter), new[index] if index < len(new) else None)
    return text.translate(table)


def _format_moment(text: str, form: str) -> str:
    moment = to_moment(text.strip())
    if moment is None:
        return ""
    parts = {
        "Y": f"{moment:%Y}",
        "y": f"{moment:%y}",
        "m": f"{moment:%m}",
        "n": str(moment.month),
        "b": _MONTHS[3 * moment.month - 3 : 3 * moment.month],
        "d": f"{moment:%d}",
        "e": str(moment.day),
        "H": f"{moment:%H}",
        "h": str(moment.hour),
        "M": f"{moment:%M}",
        "S": f"{moment:%S}",
        "3": f"{moment.microsecond // 1000:03d}",
        "a": _DAYS[3 * moment.weekday() : 3 * moment.weekday() + 3],
    }
    return re.sub(r"%([YymnbdeHhMS3a])", lambda found: parts[found[1]], form)


def _date(arguments: Sequence[Atomic], _scope: Scope) -> str:
    moment = moment_of(arguments[0])
    return "" if moment is None else moment.date().isoformat()


def _date_time(arguments: Sequence[Atomic], _scope: Scope) -> str:
    moment = moment_of(arguments[0])
    return "" if moment is None else moment.isoformat(timespec="milliseconds")


def _time_of(text: str) -> float:
    """A time, or the time of a date and time, as its part of a day."""
    return to_number(text) % 1 if to_moment(text) is not None else to_day_part(text)


def _over_nodes(compute: Callable[[Sequence[Any]], Atomic]) -> Callable[[Sequence[Any], Scope], Atomic]:
    def call(arguments: Sequence[Any], _scope: Scope) -> Atomic:
        return compute(arguments)

    return call


def _coalesce(arguments: Sequence[Atomic], _scope: Scope) -> str:
    return next((text for text in map(to_string, arguments) if text), "")


def _choice_name(arguments: Sequence[Atomic], scope: Scope) -> str:
    return scope.choice_label(value=to_string(arguments[0]), path=to_string(arguments[1]).strip())


FUNCTIONS: dict[str, Function] = {
    "true": Function(0, 0, lambda _a, _s: True),
    "false": Function(0, 0, lambda _a, _s: False),
    "not": Function(1, 1, lambda a, _s: not to_boolean(a[0])),
    "boolean": Function(1, 1, lambda a, _s: to_boolean(a[0])),
    "boolean-from-string": Function(1, 1, _truth(lambda text: text.lower() in {"true", "1"})),
    "if": Function(3, 3, lambda a, _s: a[1] if to_boolean(a[0]) else a[2]),
    "coalesce": Function(1, None, _coalesce),
    "selected": Function(2, 2, _selected),
    "selected-at": Function(2, 2, _selected_at),
    "count-selected": Function(1, 1, lambda a, _s: len(to_string(a[0]).split())),
    "regex": Function(2, 2, _regex),
    "string": Function(1, 1, lambda a, _s: to_string(a[0])),
    "string-length": Function(1, 1, lambda a, _s: len(to_string(a[0]))),
    "substr": Function(2, 3, _substr),
    "contains": Function(2, 2, _truth(lambda text, part: part in text)),
    "starts-with": Function(2, 2, _truth(lambda text, part: text.startswith(part))),
    "ends-with": Function(2, 2, _truth(lambda text, part: text.endswith(part))),
    "substring-before": Function(2, 2, _text(lambda text, part: text[: max(text.find(part), 0)])),
    "substring-after": Function(2, 2, _text(lambda text, part: text.partition(part)[2] if part else text)),
    "translate": Function(3, 3, _text(_translate)),
    "normalize-space": Function(1, 1, _text(lambda text: " ".join(text.split()))),
    "concat": Function(1, None, _over_nodes(aggregates.concat), takes_nodes=True),
    "join": Function(2, None, _over_nodes(aggregates.join), takes_nodes=True),
    "number": Function(1, 1, lambda a, _s: to_number(a[0])),
    "int": Function(1, 1, _finite(math.trunc)),
    "round": Function(1, 2, _round),
    "abs": Function(1, 1, _finite(abs)),
    "pow": Function(2, 2, _finite(math.pow)),
    "sqrt": Function(1, 1, _finite(math.sqrt)),
    "exp": Function(1, 1, _finite(math.exp)),
    "log": Function(1, 1, _finite(math.log)),
    "log10": Function(1, 1, _finite(math.log10)),
    "pi": Function(0, 0, lambda _a, _s: math.pi),
    "min": Function(1, None, _over_nodes(aggregates.extreme(min)), takes_nodes=True),
    "max": Function(1, None, _over_nodes(aggregates.extreme(max)), takes_nodes=True),
    "sum": Function(1, 1, _over_nodes(aggregates.total), takes_nodes=True),
    "count": Function(1, 1, _over_nodes(aggregates.count), takes_nodes=True),
    "count-non-empty": Function(1, 1, _over_nodes(aggregates.count_non_empty), takes_nodes=True),
    "checklist": Function(3, None, _over_nodes(aggregates.checklist), takes_nodes=True),
    "weighted-checklist": Function(4, None, _over_nodes(aggregates.weighted_checklist), takes_nodes=True),
    "area": Function(1, 1, _over_nodes(aggregates.area), takes_nodes=True),
    "distance": Function(1, None, _over_nodes(aggregates.distance), takes_nodes=True),
    "geofence": Function(2, 2, _over_nodes(aggregates.geofence)),
    "digest": Function(2, 3, _over_nodes(aggregates.digest)),
    "base64-decode": Function(1, 1, _over_nodes(aggregates.base64_decode)),
    "sin": Function(1, 1, _finite(math.sin)),
    "cos": Function(1, 1, _finite(math.cos)),
    "tan": Function(1, 1, _finite(math.tan)),
    "asin": Function(1, 1, _finite(math.asin)),
    "acos": Function(1, 1, _finite(math.acos)),
    "atan": Function(1, 1, _finite(math.atan)),
    "atan2": Function(2, 2, _finite(math.atan2)),
    "exp10": Function(1, 1, _finite(lambda power: math.pow(10, power))),
    # An answer has no earlier value here: what is computed once is computed when it is judged.
    "once": Function(1, 1, lambda a, _s: to_string(a[0])),
    "today": Function(0, 0, lambda _a, s: s.today.isoformat()),
    # The hour of an answer is never known here, so now() is the beginning of the day.
    "now": Function(0, 0, lambda _a, s: f"{s.today.isoformat()}T00:00:00.000"),
    "date": Function(1, 1, _date),
    "date-time": Function(1, 1, _date_time),
    "decimal-date-time": Function(1, 1, lambda a, _s: to_number(a[0])),
    "decimal-time": Function(1, 1, lambda a, _s: _time_of(to_string(a[0]).strip())),
    "format-date": Function(2, 2, _text(_format_moment)),
    "format-date-time": Function(2, 2, _text(_format_moment)),
    "choice-name": Function(2, 2, _choice_name),
    "choice-label": Function(1, 1, lambda a, s: s.own_label(language=to_string(a[0]))),
}
