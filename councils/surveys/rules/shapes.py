"""What a person typed becomes a canonical value, or a fault: the shape of one answer, before any rule looks at it.

Canonical: select_one a value, select_multiple a list in the order of the options, rank all options in the order chosen,
integer an int, decimal and range a decimal text with a point, date, time and datetime ISO without a zone, text cleaned,
points as `latitude longitude altitude accuracy`, files by name. It must never change what an answer means.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from councils.surveys.rules.form import FILE_TYPES, CompiledForm, Question
from councils.surveys.rules.problems import Fault
from councils.surveys.states import AnswerFault

Scalar = str | int
Value = str | int | list[str] | list[dict[str, Any]]  # dicts: the occurrences of a repeated group, of the same kind
Raw = str | int | Sequence[str] | Sequence[Mapping[str, Any]]
Shaped = str | int | list[str] | Fault | None
Shaper = Callable[[Any], Shaped]

LONGEST_TEXT = 2_000  # characters of one open answer
MOST_POINTS = 2_000  # of one line or area

_HUGE = 10**18  # Python writes no number of some thousand digits, and nobody has one to say
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,10})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([0-9]{2}:[0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")
_FILE = re.compile(r"[\w.-]{1,80}")
_COORDINATE = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,20})?")
_BIGGEST = (90, 180)  # degrees of latitude and longitude
_PARTS = range(2, 5)  # latitude, longitude, altitude, accuracy
_FEWEST_POINTS = {"geopoint": 1, "geotrace": 2, "geoshape": 4}
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def shaper_of(form: CompiledForm, question: Question) -> Shaper:
    """A function from what was sent for this question to its canonical value, None when empty, or why it has none."""
    options = {choice.value: place for place, choice in enumerate(form.choices(question))}
    if question.type in {"select_multiple", "rank"}:
        # With a choice filter only those that are offered are put in order, and only judging knows which they are.
        fewest = len(options) if question.type == "rank" and question.choice_filter is None else 0
        return _several(options, is_rank=question.type == "rank", fewest=fewest)
    single = _single(question, options)

    def shape(raw: Any) -> Shaped:
        if isinstance(raw, list | tuple):
            if len(raw) > 1:
                return Fault(code=AnswerFault.ONE_ONLY)
            raw = raw[0] if raw else ""
        if not isinstance(raw, str):
            if isinstance(raw, bool) or not isinstance(raw, int | float) or abs(raw) >= _HUGE:
                return Fault(code=AnswerFault.MALFORMED)
            raw = str(raw)
        text = cleaned(raw)
        return single(text) if text else None

    return shape


def taken_as_they_are(form: CompiledForm, question: Question) -> frozenset[str]:
    """The answers of a select_one that are canonical already, so that nothing needs to be done with them."""
    if question.type != "select_one":
        return frozenset()
    return frozenset(one.value for one in form.choices(question) if one.value and cleaned(one.value) == one.value)


def instance_text(value: Value | None) -> str:
    """A canonical value of one question as the XForm's instance writes it."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def cleaned(text: str) -> str:
    """One way of writing each letter and line break, and nothing that JSON or XML cannot hold."""
    if not text.isprintable():
        text = _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def _single(question: Question, options: Mapping[str, int]) -> Callable[[str], str | int | Fault]:
    match question.type:
        case "select_one":
            return lambda text: text if text in options else Fault(code=AnswerFault.NOT_OFFERED)
        case "decimal" | "range":
            return lambda text: _number(question, text)
        case "geopoint" | "geotrace" | "geoshape":
            return lambda text: _places(text, kind=question.type)
    return _file if question.type in FILE_TYPES else _PLAIN.get(question.type, _text)


def _several(options: Mapping[str, int], *, is_rank: bool, fewest: int) -> Shaper:
    def shape(raw: Any) -> Shaped:
        parts = raw.split() if isinstance(raw, str) else raw
        if not isinstance(parts, list | tuple):
            return Fault(code=AnswerFault.NOT_OFFERED)
        if not all(isinstance(part, str) for part in parts):
            return Fault(code=AnswerFault.MALFORMED)
        # What is an option already needs no cleaning.
        written = [text for part in parts if (text := part if part in options else cleaned(part))]
        chosen = dict.fromkeys(written)
        fault: AnswerFault | None = None
        if not chosen.keys() <= options.keys():
            fault = AnswerFault.NOT_OFFERED
        elif is_rank and chosen and not fewest <= len(chosen) == len(written):
            fault = AnswerFault.NOT_ALL
        if fault is not None:
            return Fault(code=fault)
        return (list(chosen) if is_rank else sorted(chosen, key=options.__getitem__)) or None

    return shape


def _whole(text: str) -> int | Fault:
    return int(text) if _WHOLE.fullmatch(text) else Fault(code=AnswerFault.NOT_WHOLE)


def _acknowledged(text: str) -> str | Fault:
    return text if text == "OK" else Fault(code=AnswerFault.NOT_OFFERED)


def _text(text: str) -> str | Fault:
    return Fault(code=AnswerFault.TOO_LONG, limit=str(LONGEST_TEXT)) if len(text) > LONGEST_TEXT else text


def _file(text: str) -> str | Fault:
    return text if _FILE.fullmatch(text) else Fault(code=AnswerFault.NOT_A_FILE)


def _number(question: Question, text: str) -> str | Fault:
    if not _DECIMAL.fullmatch(text):
        return Fault(code=AnswerFault.NOT_A_NUMBER)
    number = Decimal(text.replace(",", "."))
    if question.bounds is not None:
        start, end, step = (
            Decimal(bound) for bound in (question.bounds.start, question.bounds.end, question.bounds.step)
        )
        if not min(start, end) <= number <= max(start, end) or (number - start) % step != 0:
            return Fault(code=AnswerFault.OUT_OF_RANGE, limit=f"{question.bounds.start}–{question.bounds.end}")
    plain = f"{number:f}"
    shortened = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if shortened in {"-0", ""} else shortened


def _date(text: str) -> str | Fault:
    # fromisoformat also takes 20260101 and week dates; the instance knows one form only.
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    return Fault(code=AnswerFault.NOT_A_DATE)


def _time(text: str) -> str | Fault:
    found = _TIME.fullmatch(text)
    try:
        return time.fromisoformat(found[1]).strftime("%H:%M") if found else Fault(code=AnswerFault.NOT_A_TIME)
    except ValueError:
        return Fault(code=AnswerFault.NOT_A_TIME)


def _datetime(text: str) -> str | Fault:
    day, _, hour = text.replace(" ", "T", 1).partition("T")
    found = _TIME.fullmatch(hour)
    if found and _DATE.fullmatch(day):
        try:
            return datetime.fromisoformat(f"{day}T{found[1]}").isoformat(timespec="minutes")
        except ValueError:
            pass
    return Fault(code=AnswerFault.NOT_A_MOMENT)


def _places(text: str, *, kind: str) -> str | Fault:
    """Points as XForms writes them, each with numbers within the earth; an area ends where it begins."""
    points = [" ".join(point.split()) for point in text.strip("; ").split(";")]
    enough = len(points) == 1 if kind == "geopoint" else _FEWEST_POINTS[kind] <= len(points) <= MOST_POINTS
    if not enough or not all(map(_is_place, points)):
        return Fault(code=AnswerFault.NOT_A_PLACE)
    if kind == "geoshape" and points[0].split()[:2] != points[-1].split()[:2]:
        return Fault(code=AnswerFault.NOT_A_PLACE)
    return ";".join(points)


def _is_place(point: str) -> bool:
    parts = point.split(" ")
    return (
        len(parts) in _PARTS
        and all(map(_COORDINATE.fullmatch, parts))
        and all(abs(Decimal(part)) <= biggest for part, biggest in zip(parts, _BIGGEST, strict=False))
    )


_PLAIN: Mapping[str, Callable[[str], str | int | Fault]] = {
    "integer": _whole,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "acknowledge": _acknowledged,
}
