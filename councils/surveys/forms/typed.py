"""What a browser sent for a page of questions, as raw answers by address. It judges nothing and loses nothing.

A question that the page did not show is not touched, and a place that the form does not have is not looked at.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from councils.surveys.forms.places import split
from councils.surveys.rules import LONGEST_TEXT, CompiledForm, Question
from councils.surveys.rules.form import FILE_TYPES
from councils.surveys.rules.keeping import coarse

PREFIX = "a"
SHOWN = "shown"
PART = "~"  # stands between a question's address and a part of its answer
_LONGEST = 4 * LONGEST_TEXT  # of one answer, as drafts keep it
_LONGEST_TRACE = 4 * _LONGEST
_POINTS = frozenset({"geotrace", "geoshape"})


def typed_answers(form: CompiledForm, section: str, data: QueryDict) -> dict[str, Any]:
    """Raw answers by address of the questions of a section that the sent page showed; files are taken elsewhere."""
    return {
        address: _read(form, question, f"{PREFIX}-{address}", data)
        for address, question in shown_questions(form, section, data).items()
        if question.type not in FILE_TYPES
    }


def shown_questions(form: CompiledForm, section: str, data: Mapping[str, str]) -> dict[str, Question]:
    """The questions of a section, by address, that the sent page says it showed."""
    asked = {question.name: question for question in form.questions_of(section) if question.is_asked}
    shown: dict[str, Question] = {}
    for address in dict.fromkeys(data.get(SHOWN, "").split()):
        place = split(form, address)
        if place and place[0] in asked:
            shown[address] = asked[place[0]]
    return shown


def tidy(raw: object) -> Any:
    """One raw answer from outside as a draft can keep it: texts, bounded, alone or in a list; "" for anything else."""
    if isinstance(raw, list):
        return [one[:_LONGEST].replace("\x00", "") for one in raw if isinstance(one, str)]
    return raw.replace("\x00", "")[:_LONGEST_TRACE] if isinstance(raw, str) else ""


def _read(form: CompiledForm, question: Question, name: str, data: QueryDict) -> Any:
    match question.type:
        case "select_multiple":
            return [_bounded(one) for one in data.getlist(name)]
        case "rank":
            return _ranked([(one.value, data.get(f"{name}{PART}{one.value}", "")) for one in form.choices(question)])
        case "geopoint":
            return _point(data.get(f"{name}{PART}lat", ""), data.get(f"{name}{PART}lon", ""))
    if question.type in _POINTS:
        return ";".join(filter(None, map(str.strip, data.get(name, "")[:_LONGEST_TRACE].splitlines())))
    return _bounded(data.get(name, ""))


def _bounded(text: str) -> str:
    return text.replace("\x00", "")[:_LONGEST]


def _ranked(places: list[tuple[str, str]]) -> list[str]:
    """The options in their places; a place that nobody or more than one has stays empty, so that it is asked again."""
    slots: list[list[str]] = [[] for _option in places]
    for value, place in places:
        if place.isascii() and place.isdigit() and 1 <= int(place) <= len(places):
            slots[int(place) - 1].append(value)
    return [slot[0] if len(slot) == 1 else "" for slot in slots] if any(slots) else []


def _point(latitude: str, longitude: str) -> str:
    """Two numbers as one place, to about a kilometre: more is never kept. What is no number stays as it was typed."""
    typed = f"{_bounded(latitude).strip()} {_bounded(longitude).strip()}".replace(",", ".").strip()
    try:
        for number in typed.split():
            Decimal(number)
        return coarse(typed)
    except InvalidOperation:
        return typed
