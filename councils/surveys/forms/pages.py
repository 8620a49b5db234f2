"""A page of questions as templates draw it: fields in the order of the sheet, tables, repeated groups as a tree.

It shows what was typed, right or wrong, and the faults that the rules found. It decides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from councils.surveys.forms.fields import Field, field_of
from councils.surveys.forms.places import at
from councils.surveys.rules import CompiledForm, Fault, Item, RepeatState

MOST_COLUMNS = 11  # of a table; with more options its questions stand one below the other


@dataclass(frozen=True, slots=True)
class Note:
    """Words between questions: a note, or an answer that was computed or cannot be changed here."""

    label: str
    value: str
    hint: str
    media: Mapping[str, str]
    kind: str = "note"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Questions that share their options, as one table."""

    columns: tuple[str, ...]
    rows: tuple[Field, ...]
    kind: str = "matrix"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One round of a repeated group. `address` is what the button that removes it sends."""

    address: str
    label: str
    number: int
    blocks: "tuple[Block, ...]"
    can_go: bool


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeated group with its rounds and, where the respondent adds them, the button for one more."""

    address: str
    label: str
    occurrences: tuple[Occurrence, ...]
    is_fixed: bool
    fault: str = ""
    kind: str = "repeat"

    @property
    def anchor(self) -> str:
        return f"id_a-{self.address}"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page under the headings that begin with it."""

    headings: tuple[str, ...]
    part: Field | Note | Matrix | Repeat


class SectionPage:
    """One section: `blocks` to draw, `fields` in one row for summaries, `shown` for what was on the page."""

    def __init__(
        self,
        *,
        form: CompiledForm,
        items: Sequence[Item],
        repeats: Sequence[RepeatState],
        answers: Mapping[str, Any],
        faults: Mapping[str, Fault],
    ) -> None:
        self._answers = answers
        self._faults = faults
        self._order = {question.name: place for place, question in enumerate(form.questions)}
        self._firsts = _first_questions(form)
        self.repeats: list[Repeat] = []
        self.fields: list[Field] = []
        self.blocks = self._tree(items, repeats, inside="", labels=frozenset())
        self.shown = " ".join(field.address for field in self.fields)

    @property
    def wrong(self) -> list[Field | Repeat]:
        """What the error summary names."""
        return [*(one for one in self.fields if one.fault), *(one for one in self.repeats if one.fault)]

    @property
    def has_files(self) -> bool:
        return any(field.kind == "file" for field in self.fields)

    def field(self, address: str) -> Field | None:
        """The field at an address, where the page has it."""
        return next((one for one in self.fields if one.address == address), None)

    def _tree(
        self, items: Sequence[Item], states: Sequence[RepeatState], *, inside: str, labels: frozenset[str]
    ) -> tuple[Block, ...]:
        depth = inside.count("/") // 2
        here: list[tuple[int, Item | RepeatState]] = [
            (self._order[item.question.name], item) for item in items if len(item.repeats) == depth
        ]
        here += [
            (self._firsts.get(state.name, 0), state)
            for state in states
            if state.address == f"{inside}{state.name}" and state.address.count("/") // 2 == depth
        ]
        last: tuple[str, ...] = ()
        blocks: list[Block] = []
        for part, headings in self._parts(sorted(here, key=lambda pair: pair[0]), items, states, labels):
            fresh = headings if headings != last else ()
            last = headings
            blocks.append(Block(headings=fresh, part=part))
        return tuple(blocks)

    def _parts(
        self,
        here: list[tuple[int, Item | RepeatState]],
        items: Sequence[Item],
        states: Sequence[RepeatState],
        labels: frozenset[str],
    ) -> Iterator[tuple[Field | Note | Matrix | Repeat, tuple[str, ...]]]:
        table: list[Item] = []
        for _place, one in [*here, (0, None)]:
            if table and not (isinstance(one, Item) and one.matrix == table[0].matrix and _is_row(one)):
                yield self._matrix(table), _headings(table[0], labels)
                table = []
            if isinstance(one, RepeatState):
                yield self._repeat(one, items, states, labels | {one.label}), ()
            elif isinstance(one, Item):
                if _is_row(one):
                    table.append(one)
                else:
                    yield self._single(one), _headings(one, labels)

    def _single(self, item: Item) -> Field | Note:
        if not item.question.is_asked or item.is_read_only:
            return Note(label=item.label, value=_plain(item), hint=item.hint, media=item.media)
        return self._field(item)

    def _field(self, item: Item) -> Field:
        fault = self._faults.get(item.address)
        typed = at(self._answers, item.address)
        field = field_of(item, typed=item.value if typed is None else typed, fault=fault.message if fault else "")
        self.fields.append(field)
        return field

    def _matrix(self, rows: list[Item]) -> Matrix:
        fields = tuple(self._field(row) for row in rows)
        # A row that may stay unanswered has one column more than the others.
        widest = max(fields, key=lambda field: len(field.options))
        return Matrix(columns=tuple(option.label for option in widest.options), rows=fields)

    def _repeat(
        self, state: RepeatState, items: Sequence[Item], states: Sequence[RepeatState], labels: frozenset[str]
    ) -> Repeat:
        fault = self._faults.get(state.address)
        occurrences = []
        for number in range(state.number):
            inside = f"{state.address}/{number}/"
            occurrences.append(
                Occurrence(
                    address=f"{state.address}/{number}",
                    label=state.label,
                    number=number + 1,
                    blocks=self._tree(
                        [one for one in items if one.address.startswith(inside)],
                        [one for one in states if one.address.startswith(inside)],
                        inside=inside,
                        labels=labels,
                    ),
                    can_go=not state.is_fixed,
                )
            )
        repeat = Repeat(
            address=state.address,
            label=state.label,
            occurrences=tuple(occurrences),
            is_fixed=state.is_fixed,
            fault=fault.message if fault else "",
        )
        self.repeats.append(repeat)
        return repeat


def _is_row(item: Item) -> bool:
    """Whether a question is drawn as a row of its table; where it may stay unanswered, that is one more column."""
    return (
        bool(item.matrix)
        and item.question.type in {"select_one", "select_multiple"}
        and item.question.is_asked
        and not item.is_read_only
        and 0 < len(item.options) < MOST_COLUMNS
    )


def _headings(item: Item, labels: frozenset[str]) -> tuple[str, ...]:
    """The headings of an item without those that the repeated groups around it say already."""
    return tuple(one for one in item.headings if one not in labels)


def _plain(item: Item) -> str:
    """A computed or fixed answer in words."""
    labels = dict(item.options)
    values = item.value if isinstance(item.value, list) else [] if item.value is None else [item.value]
    return "; ".join(labels.get(str(one), str(one)) for one in values)


def _first_questions(form: CompiledForm) -> dict[str, int]:
    """Where each repeated group begins, as the place of its first question in the sheet."""
    return {
        group.name: next(
            (place for place, one in enumerate(form.questions) if one.path.startswith(f"{group.path}/")), 0
        )
        for group in form.groups
        if group.is_repeat
    }
