"""What was typed from a sheet, made into raw answers: numbers of boxes become options, blocks become occurrences.

It judges only whether a box of that number stands on the sheet; everything else is `judging.py`'s. The module compares
two typings of one sheet, too, and must never know who typed or who answered.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from councils.surveys.rules.paper import PaperQuestion

TICKED = "OK"
_BETWEEN = re.compile(r"[\s,;.+]+")


@dataclass(frozen=True, slots=True)
class Typed:
    """`answers` are raw and nested. `wrong` are addresses where no such box stands. `places` maps the addresses of
    `answers` (where empty blocks are left out) to those of the sheet."""

    answers: dict[str, Any] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    places: dict[str, str] = field(default_factory=dict)


def typed_answers(questions: Iterable[PaperQuestion], typed: Mapping[str, str]) -> Typed:
    """Raw answers from what was typed, by address. Of a repeated group, blocks without any answer are left out."""
    flat: dict[str, Any] = {}
    wrong: list[str] = []
    for question in questions:
        text = typed.get(question.address, "").strip()
        if not text:
            continue
        raw = _raw(question, text)
        if raw is None:
            wrong.append(question.address)
        else:
            flat[question.address] = raw
    answers: dict[str, Any] = {}
    places: dict[str, str] = {}
    indexes: dict[str, dict[str, int]] = {}  # block of the sheet -> its place among those that have answers
    for address, raw in flat.items():
        *above, name = address.split("/")
        where, own, walked = answers, "", ""
        for repeat, index in zip(above[::2], above[1::2], strict=True):
            walked += f"{repeat}/"
            taken = indexes.setdefault(walked, {})
            place = taken.setdefault(index, len(taken))
            walked += f"{index}/"
            own += f"{repeat}/{place}/"
            blocks = where.setdefault(repeat, [])
            if place == len(blocks):
                blocks.append({})
            where = blocks[place]
        where[name] = raw
        places[own + name] = address
    return Typed(answers=answers, wrong=tuple(wrong), places=places)


def on_sheet(address: str, places: Mapping[str, str]) -> str:
    """The address on the sheet of an address of the answers, also where nothing was typed."""
    if address in places:
        return places[address]
    block = address.rpartition("/")[0] + "/"
    for own, there in places.items():
        if own.startswith(block) and block != "/":
            return there[: len(there) - len(own) + len(block)] + address.rpartition("/")[2] if "/" in there else address
    return address


def flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Canonical values by address."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            for index, one in enumerate(value):
                flat.update(flattened(one, f"{prefix}{name}/{index}/"))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def differing(first: Mapping[str, Any], second: Mapping[str, Any], *, asked: frozenset[str]) -> list[str]:
    """The addresses at which two typings of a sheet differ. Canonical values; `asked` are the names of questions that
    people answer: what is calculated follows from them and is left out."""
    one, other = flattened(first), flattened(second)
    fields = [address for address in dict.fromkeys([*one, *other]) if address.rpartition("/")[2] in asked]
    return [address for address in fields if one.get(address) != other.get(address)]


def shown(question: PaperQuestion, value: Any) -> str:
    """A canonical value as it is typed on the screen."""
    if value is None:
        return ""
    numbers = {box.value: str(box.number) for box in question.boxes}
    if isinstance(value, list):
        return " ".join(numbers.get(str(one), str(one)) for one in value)
    if question.type == "acknowledge":
        return "1" if value == TICKED else ""
    return numbers.get(str(value), str(value)) if question.boxes else str(value)


def _raw(question: PaperQuestion, text: str) -> Any:
    """The raw answer; None when a number names no box."""
    if question.type == "acknowledge":
        return TICKED if text == "1" else None
    if not question.boxes:
        return text
    by_number = {str(box.number): box.value for box in question.boxes}
    chosen = [by_number.get(part.lstrip("0")) for part in _BETWEEN.split(text) if part]
    if None in chosen or not chosen:
        return None
    if question.type == "select_one":
        return chosen[0] if len(chosen) == 1 else None
    return chosen
