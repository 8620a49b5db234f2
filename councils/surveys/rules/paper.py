"""A questionnaire as a sheet of paper: numbered questions, numbered boxes, words for skips, blocks for repeated groups.

The sheet and the screen on which it is typed in are made of the same numbers. Pictures, sounds and places cannot stand
on paper: such questions are left out, and a form that requires one is not printed (`unprintable`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from councils.surveys.rules.form import FILE_TYPES, CompiledForm, Group, Question, fill
from councils.surveys.rules.skipping import Condition, conditions_of, skips

OCCURRENCES: Final = 3  # printed of an outer repeated group
INNER_OCCURRENCES: Final = 2
MOST_OCCURRENCES: Final = 20  # of a group, when a sheet came with further pages
_NOT_ON_PAPER: Final = FILE_TYPES | {"geopoint", "geotrace", "geoshape"}


@dataclass(frozen=True, slots=True)
class Box:
    """One option: the number that is typed, its value, its words."""

    number: int
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Only:
    """Asked only where these boxes of question `number` are ticked; with `is_negated`, where they are not."""

    number: int
    labels: tuple[str, ...]
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Skip:
    """After ticking one of these, go to question `number`; 0 is the end of the sheet."""

    labels: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperQuestion:
    """One question in one place of the sheet. `address` names it as `judging.py` does: `age`, or `child/0/age`."""

    number: int
    address: str
    name: str
    type: str
    label: str
    hint: str
    boxes: tuple[Box, ...]
    is_long: bool
    is_required: bool
    only: tuple[Only, ...]
    may_be_empty: bool  # asked only under conditions that no sheet can state
    skips: tuple[Skip, ...]

    @property
    def mark(self) -> str:
        """The number as it is printed: `7`, in the second block of a repeated group `7/2`."""
        return "/".join([str(self.number), *(str(int(part) + 1) for part in self.address.split("/") if part.isdigit())])


@dataclass(frozen=True, slots=True)
class PaperBlock:
    """Questions under one heading. `occurrence` counts blocks of a repeated group from 1; a matrix is a table."""

    heading: str
    occurrence: int
    is_matrix: bool
    lines: tuple[PaperQuestion | str, ...]  # a str is a note


def unprintable(form: CompiledForm) -> tuple[Question, ...]:
    """Questions that must always be answered and cannot be on paper."""
    return tuple(one for one in form.questions if one.type in _NOT_ON_PAPER and one.required == "true()")


def sheet(form: CompiledForm, *, language: str, occurrences: Mapping[str, int] | None = None) -> tuple[PaperBlock, ...]:
    """The whole sheet. `occurrences` says how many blocks a repeated group has, by its name; else as printed."""
    return _Sheet(form, language, occurrences or {}).blocks()


def questions_of(blocks: Sequence[PaperBlock]) -> tuple[PaperQuestion, ...]:
    """The questions of a sheet in order."""
    return tuple(line for block in blocks for line in block.lines if isinstance(line, PaperQuestion))


class _Sheet:
    """Builds the blocks; numbers count questions of the form, so that a repeated one has the same number each time."""

    def __init__(self, form: CompiledForm, language: str, occurrences: Mapping[str, int]) -> None:
        self._form, self._language, self._occurrences = form, language, occurrences
        asked = [one for one in form.questions if one.is_asked and one.type not in _NOT_ON_PAPER]
        self._asked = {question.name: number for number, question in enumerate(asked, start=1)}
        self._skips = skips(form, asked)
        self._groups = {group.path: group for group in form.groups}

    def blocks(self) -> tuple[PaperBlock, ...]:
        shown = [one for one in self._form.questions if one.name in self._asked or one.type == "note"]
        return tuple(self._blocks(shown, inside=None, address="", occurrence=0))

    def _blocks(
        self, questions: Sequence[Question], *, inside: Group | None, address: str, occurrence: int
    ) -> list[PaperBlock]:
        """Runs of questions with the same heading; a run in a deeper repeated group once for each occurrence."""
        built: list[PaperBlock] = []
        start = 0
        while start < len(questions):
            key = self._key(questions[start], inside)
            end = start
            while end < len(questions) and self._key(questions[end], inside) == key:
                end += 1
            run, (repeat, group) = questions[start:end], key
            if repeat is not None:
                usual = INNER_OCCURRENCES if inside else OCCURRENCES
                for index in range(min(self._occurrences.get(repeat.name, usual), MOST_OCCURRENCES)):
                    deeper = f"{address}{repeat.name}/{index}/"
                    built += self._blocks(run, inside=repeat, address=deeper, occurrence=index + 1)
            else:
                words = group.labels if group else (inside.labels if inside else {})
                lines = tuple(self._line(one, address) for one in run)
                heading = fill(self._form.words(words, self._language), {})
                built.append(PaperBlock(heading, occurrence, group is not None and group.is_matrix, lines))
            start = end
        return built

    def _key(self, question: Question, inside: Group | None) -> tuple[Group | None, Group | None]:
        """(the repeated group to go down into, else None; the innermost plain group with words, or table)."""
        path = question.path
        around = [group for group in self._form.groups if path.startswith(f"{group.path}/")]
        around.sort(key=lambda group: len(group.path))
        below = [one for one in around if inside is None or len(one.path) > len(inside.path)]
        repeat = next((one for one in below if one.is_repeat), None)
        plain = [one for one in below if not one.is_repeat and (one.labels or one.is_matrix)]
        return (repeat, None) if repeat else (None, plain[-1] if plain else None)

    def _line(self, question: Question, address: str) -> PaperQuestion | str:
        form, language = self._form, self._language
        label = fill(form.words(question.labels, language), {})
        if question.type == "note":
            return label
        boxes = tuple(
            Box(number, choice.value, fill(form.words(choice.labels, language), {}) or choice.value)
            for number, choice in enumerate(form.choices(question), start=1)
        )
        conditions = conditions_of(form, question)
        total = len(self._asked)
        return PaperQuestion(
            number=self._asked[question.name],
            address=f"{address}{question.name}",
            name=question.name,
            type=question.type,
            label=label or question.name,
            hint=fill(form.words(question.hints, language), {}),
            boxes=boxes,
            is_long="multiline" in question.appearance.split(),
            is_required=question.required == "true()",
            only=tuple(self._only(one) for one in conditions.all),
            may_be_empty=not conditions.is_plain,
            skips=tuple(
                Skip(tuple(box.label for box in boxes if box.value in values), 0 if target >= total else target + 1)
                for values, target in self._skips.get(question.name, ())
            ),
        )

    def _only(self, condition: Condition) -> Only:
        question = self._form.question(condition.question)
        labels = tuple(
            self._form.words(choice.labels, self._language)
            for choice in self._form.choices(question)
            if choice.value in condition.values
        )
        return Only(self._asked[condition.question], labels, condition.is_negated)
