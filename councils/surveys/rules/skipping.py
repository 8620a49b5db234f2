"""Conditions that a person can follow on paper: "only if you ticked ... in question 3", "go to question 7".

Only plain comparisons of one question with fixed options are put into words; everything else is said to be left empty
where it does not concern the person. The computer judges what was written all the same (`judging.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from councils.surveys.rules.form import CompiledForm, Question

_PATH = r"\s*(?:current\(\)\s*/)?[\w./\-]*?([\w.\-]+)\s*"
_EQUAL = re.compile(rf"{_PATH}(=|!=)\s*(?:'([^']*)'|\"([^\"]*)\")\s*")
_SELECTED = re.compile(rf"\s*(not\s*\()?\s*selected\s*\({_PATH},\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)\s*(\))?\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """Asked where the answer to `question` is one of `values`; with `is_negated`, where it is none of them."""

    question: str
    values: frozenset[str]
    is_negated: bool = False
    # It compares all that was answered: of several boxes, that this one alone is ticked.
    is_whole: bool = field(default=False, compare=False)

    def holds(self, value: str) -> bool:
        """Whether the question is asked after this answer."""
        return (value in self.values) != self.is_negated


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a question, those of its groups among them; `is_plain` when each can be put into words."""

    all: tuple[Condition, ...] = ()
    is_plain: bool = True


def condition_of(expression: str) -> Condition | None:
    """The condition that an expression states, or None when it says more than a sheet can."""
    for word, negated in ((" or ", False), (" and ", True)):
        parts = [_single(part) for part in expression.split(word)]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts) or len({part.question for part in found}) != 1:
            continue
        if len(found) == 1 or {part.is_negated for part in found} == {negated}:
            values = frozenset(value for part in found for value in part.values)
            return Condition(found[0].question, values, found[0].is_negated, any(part.is_whole for part in found))
    return None


def conditions_of(form: CompiledForm, question: Question) -> Conditions:
    """What decides whether a question is asked."""
    groups = [group.relevant for group in form.groups if question.path.startswith(f"{group.path}/")]
    stated = [expression for expression in (*groups, question.relevant) if expression]
    found = [condition_of(expression) for expression in stated]
    plain = tuple(one for one in found if one is not None and _is_ticked(form, one))
    return Conditions(all=plain, is_plain=len(plain) == len(found))


def skips(form: CompiledForm, asked: Sequence[Question]) -> dict[str, tuple[tuple[tuple[str, ...], int], ...]]:
    """For each question after which some are jumped over: (values of the options, place of the next question).

    `asked` are the questions of the sheet in order; a place is an index into it, its length is the end of the sheet.
    """
    conditions = [conditions_of(form, question) for question in asked]
    found: dict[str, tuple[tuple[tuple[str, ...], int], ...]] = {}
    for place, question in enumerate(asked):
        if question.type != "select_one":
            continue
        targets: dict[int, list[str]] = {}
        for choice in form.choices(question):
            following = place + 1
            while following < len(asked) and any(
                one.question == question.name and not one.holds(choice.value) for one in conditions[following].all
            ):
                following += 1
            if following > place + 1:
                targets.setdefault(following, []).append(choice.value)
        if targets:
            found[question.name] = tuple((tuple(values), target) for target, values in targets.items())
    return found


def _single(part: str) -> Condition | None:
    if (equal := _EQUAL.fullmatch(part)) is not None:
        value = equal[3] if equal[3] is not None else equal[4]
        return Condition(equal[1], frozenset({value}), equal[2] == "!=", is_whole=True) if value else None
    if (selected := _SELECTED.fullmatch(part)) is not None and bool(selected[1]) == bool(selected[5]):
        value = selected[3] if selected[3] is not None else selected[4]
        return Condition(selected[2], frozenset({value}), bool(selected[1]))
    return None


def _is_ticked(form: CompiledForm, condition: Condition) -> bool:
    """Whether the condition speaks of boxes that stand on the sheet."""
    for question in form.questions:
        if question.name == condition.question:
            offered = {choice.value for choice in form.choices(question)}
            is_ticked = question.type == "select_one" or (question.type == "select_multiple" and not condition.is_whole)
            return question.is_asked and is_ticked and condition.values <= offered
    return False
