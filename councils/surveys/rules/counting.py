"""Closed answers as small numbers, for counting a million responses without reading their JSON.

The layout follows the order of questions and options in the version, so codes mean something only together with it.
Open answers, numbers and dates never become codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from councils.surveys.rules.form import CLOSED_TYPES, CompiledForm
from councils.surveys.rules.shapes import Value


@dataclass(frozen=True, slots=True)
class Slot:
    """One position of the codes. `option` is None for select_one (code = 1-based option), else the ticked option."""

    index: int
    question: str
    option: str | None
    options: tuple[str, ...]


def code_layout(form: CompiledForm) -> tuple[Slot, ...]:
    """Names the positions of `codes`: one per select_one, one per option of each select_multiple."""
    slots: list[Slot] = []
    for question in form.questions:
        if question.type not in CLOSED_TYPES:
            continue
        options = tuple(choice.value for choice in form.choices(question))
        for option in options if question.type == "select_multiple" else (None,):
            slots.append(Slot(index=len(slots), question=question.name, option=option, options=options))
    return tuple(slots)


def codes(form: CompiledForm, values: Mapping[str, Value]) -> list[int]:
    """The codes of canonical values: select_one 0 (no answer) or the option's 1-based place, select_multiple 0 or 1."""
    result = []
    for slot in code_layout(form):
        value = values.get(slot.question)
        if slot.option is not None:
            result.append(int(isinstance(value, list) and slot.option in value))
        else:
            result.append(slot.options.index(value) + 1 if isinstance(value, str) and value in slot.options else 0)
    return result
