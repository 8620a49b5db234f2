"""Closed answers as small numbers, for counting a million responses without reading their JSON.

The layout follows the order of questions and options in the version, so codes mean something only together with it.
Open answers, numbers and dates never become codes, nor does anything inside a repeated group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from councils.surveys.rules.form import CHOICE_TYPES, CompiledForm
from councils.surveys.rules.shapes import Value


@dataclass(frozen=True, slots=True)
class Slot:
    """One position of the codes. `option` is None where the code is a 1-based option, else the ticked option.

    Of a question where options are put in order the option in the first place is counted.
    """

    index: int
    question: str
    option: str | None
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the codes of a question begin, and the 1-based place of each of its options."""

    question: str
    type: str
    start: int
    places: Mapping[str, int]


@lru_cache(maxsize=64)
def code_layout(form: CompiledForm) -> tuple[Slot, ...]:
    """Names the positions of `codes`: one per select_one and rank, one per option of each select_multiple."""
    slots: list[Slot] = []
    for question in form.questions:
        if question.type not in CHOICE_TYPES or question.repeat:
            continue
        options = tuple(choice.value for choice in form.choices(question))
        for option in options if question.type == "select_multiple" else (None,):
            slots.append(Slot(index=len(slots), question=question.name, option=option, options=options))
    return tuple(slots)


def codes(form: CompiledForm, values: Mapping[str, Value]) -> list[int]:
    """The codes of canonical values: 0 (no answer) or the option's 1-based place; of select_multiple 0 or 1 each."""
    width, closed = _closed(form)
    result = [0] * width
    for one in closed:
        value = values.get(one.question)
        if value is None:
            continue
        if value.__class__ is str:
            result[one.start] = one.places.get(value, 0)
        elif one.type == "rank" and isinstance(value, list) and value:
            result[one.start] = one.places.get(value[0], 0)  # type: ignore[arg-type]
        elif isinstance(value, list):
            for option in value:
                place = one.places.get(option, 0)  # type: ignore[arg-type]
                if place:
                    result[one.start + place - 1] = 1
    return result


@lru_cache(maxsize=64)
def _closed(form: CompiledForm) -> tuple[int, tuple[_Places, ...]]:
    """How many codes there are, and the questions that they stand for."""
    layout = code_layout(form)
    types = {question.name: question.type for question in form.questions}
    starts: dict[str, Slot] = {}
    for slot in layout:
        starts.setdefault(slot.question, slot)
    return len(layout), tuple(
        _Places(
            question=name,
            type=types[name],
            start=slot.index,
            places={option: place for place, option in enumerate(slot.options, start=1)},
        )
        for name, slot in starts.items()
    )
