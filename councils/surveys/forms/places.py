"""Where an answer stands among nested answers: `age`, or `child/0/age` in the first occurrence of a repeated group.

Addresses come from browsers, so they are never followed unless the questionnaire has such a place.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from councils.surveys.rules import CompiledForm, Group, Question
from councils.surveys.rules.form import MOST_REPEATS

Answers = dict[str, Any]


@lru_cache(maxsize=64)
def chains(form: CompiledForm) -> dict[str, tuple[str, ...]]:
    """The repeated groups around each question and each repeated group of a form, by name, outermost first."""
    groups = {group.path: group for group in form.groups}

    def around(path: str) -> tuple[str, ...]:
        return (*around(groups[path].repeat), groups[path].name) if path else ()

    nodes: list[Question | Group] = [*form.questions, *(group for group in form.groups if group.is_repeat)]
    return {node.name: around(node.repeat) for node in nodes}


def split(form: CompiledForm, address: str) -> tuple[str, tuple[int, ...]] | None:
    """The name at the end of an address and the occurrences on the way to it; None when the form has no such place."""
    *way, name = address.split("/")
    groups, numbers = tuple(way[::2]), way[1::2]
    if chains(form).get(name) != groups or len(groups) != len(numbers):
        return None
    if not all(number.isascii() and number.isdigit() and int(number) < MOST_REPEATS for number in numbers):
        return None
    return name, tuple(map(int, numbers))


def at(answers: Mapping[str, Any], address: str) -> Any:
    """What stands at an address, None when nothing does."""
    found: Any = answers
    for part in address.split("/"):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, Sequence) and not isinstance(found, str) and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def put(answers: Mapping[str, Any], changes: Mapping[str, Any]) -> Answers:
    """The answers with the values at some addresses changed; occurrences that lack are made, empty."""
    changed = dict(answers)
    for address, value in changes.items():
        *way, name = address.split("/")
        inner = changed
        for group, number in zip(way[::2], map(int, way[1::2]), strict=True):
            occurrences = _occurrences(inner, group)
            occurrences += [{} for _missing in range(number + 1 - len(occurrences))]
            occurrences[number] = dict(occurrences[number])
            inner[group] = occurrences
            inner = occurrences[number]
        inner[name] = value
    return changed


def add(answers: Mapping[str, Any], repeat: str) -> Answers:
    """One more, empty, occurrence at the end of a repeated group, at most as many as are possible."""
    inner = {repeat.rpartition("/")[2]: at(answers, repeat)}
    occurrences = _occurrences(inner, repeat.rpartition("/")[2])
    return put(answers, {repeat: [*occurrences, {}][:MOST_REPEATS]})


def remove(answers: Mapping[str, Any], occurrence: str) -> Answers:
    """Without one occurrence, `child/0`; those after it move up."""
    repeat, _slash, number = occurrence.rpartition("/")
    found = at(answers, repeat)
    occurrences = list(found) if isinstance(found, list) else []
    return put(answers, {repeat: [one for place, one in enumerate(occurrences) if place != int(number)]})


def _occurrences(answers: Mapping[str, Any], group: str) -> list[Any]:
    found = answers.get(group)
    return [one if isinstance(one, Mapping) else {} for one in found] if isinstance(found, list) else []
