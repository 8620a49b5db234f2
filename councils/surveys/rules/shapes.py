"""What a person typed becomes a canonical value, or a fault: the shape of one answer, before any rule looks at it.

Canonical: select_one a value, select_multiple a list in the order of the options, integer an int, decimal and range a
decimal text with a point, date and time ISO, text cleaned. It must never change what an answer means.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal

from councils.surveys.rules.form import CompiledForm, Question
from councils.surveys.rules.problems import Fault
from councils.surveys.states import AnswerFault

Value = str | int | list[str]
Raw = str | int | Sequence[str]

LONGEST_TEXT = 2_000  # characters of one open answer

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,10})?")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def canonical(*, form: CompiledForm, question: Question, raw: Raw) -> Value | Fault | None:
    """The canonical value of an answer, None when it is empty, or why it has no meaning as this type."""
    if question.type == "select_multiple":
        return _several(form, question, raw.split() if isinstance(raw, str) else raw)
    if not isinstance(raw, str | int):
        if len(raw) > 1:
            return Fault(code=AnswerFault.ONE_ONLY)
        raw = raw[0] if raw else ""
    text = _cleaned(str(raw))
    return _single(form, question, text) if text else None


def _single(form: CompiledForm, question: Question, text: str) -> Value | Fault:
    match question.type:
        case "select_one":
            offered = {choice.value for choice in form.choices(question)}
            return text if text in offered else Fault(code=AnswerFault.NOT_OFFERED)
        case "integer":
            return int(text) if _WHOLE.fullmatch(text) else Fault(code=AnswerFault.NOT_WHOLE)
        case "decimal" | "range":
            return _number(question, text)
        case "date":
            return _date(text)
        case "time":
            return _time(text)
    return Fault(code=AnswerFault.TOO_LONG, limit=str(LONGEST_TEXT)) if len(text) > LONGEST_TEXT else text


def instance_text(value: Value | None) -> str:
    """A canonical value as the XForm's instance writes it."""
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)


def _cleaned(text: str) -> str:
    """One way of writing each letter and line break, and nothing that JSON or XML cannot hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNSTORABLE.sub("", lines)).strip()


def _several(form: CompiledForm, question: Question, raw: int | Sequence[str]) -> Value | Fault | None:
    if isinstance(raw, int):
        return Fault(code=AnswerFault.NOT_OFFERED)
    chosen = {text for one in raw if (text := _cleaned(str(one)))}
    ordered = [choice.value for choice in form.choices(question) if choice.value in chosen]
    if len(ordered) != len(chosen):
        return Fault(code=AnswerFault.NOT_OFFERED)
    return ordered or None


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
    try:
        # fromisoformat also takes 20260101 and week dates; the instance knows one form only.
        return date.fromisoformat(text).isoformat() if len(text) == len("2026-01-01") and text[4] == "-" else _no_date()
    except ValueError:
        return _no_date()


def _no_date() -> Fault:
    return Fault(code=AnswerFault.NOT_A_DATE)


def _time(text: str) -> str | Fault:
    if not _TIME.fullmatch(text):
        return Fault(code=AnswerFault.NOT_A_TIME)
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError:
        return Fault(code=AnswerFault.NOT_A_TIME)
