"""The count cube: how many answers each option has in each raking cell, n[question, option, cell], for one wave.

Counts add up, so batches of new answers, towns and channels merge by addition, and a full recount must equal the
increments cell by cell. The cube must never keep an order, a moment or anything else of a single response.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from councils.indicators.rules.arrays import IntArray
from councils.indicators.rules.margins import CellSpace
from councils.indicators.rules.refusals import LayoutMismatchError

# The row of a question that counts everybody who answered it.
ANSWERED = ""
# The name of the column of answers without sex or age.
UNKNOWN = ""
# Responses counted at once: large enough that NumPy's own cost does not show, small enough for the processor's cache.
_BLOCK = 8192


class Kind(StrEnum):
    """How a closed question lies in the codes.

    `one`: one slot, the 1-based place of the choice, 0 not answered. `many`: a slot of 0 or 1 per option, all 0 not
    answered.
    """

    ONE = "one"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Question:
    """A closed question as the codes hold it: `options` in the order of the questionnaire version."""

    name: str
    kind: Kind
    options: tuple[str, ...]

    @property
    def slots(self) -> int:
        return 1 if self.kind is Kind.ONE else len(self.options)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two questions counted together: each answer of the multiple choice `many` by the answer to `by`.

    With `first`, a single choice among the answers of `many`, only the one counts that a person puts first there, or
    the only one that they gave. Its rows are named "answer|answer" under its own `name`.
    """

    name: str
    many: str
    by: str
    first: str = ""

    @staticmethod
    def row(option: str, by: str) -> str:
        return f"{option}|{by}"


@dataclass(frozen=True)
class Layout:
    """What the slots of `codes` mean, in order, and which cells are counted. One layout per questionnaire version."""

    questions: tuple[Question, ...]
    space: CellSpace
    crossings: tuple[Crossing, ...] = ()

    @cached_property
    def slots(self) -> int:
        return sum(question.slots for question in self.questions)

    @cached_property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """(question, option) of each row of the cube; option "" is the row of everybody who answered the question."""
        plain = [(q.name, option) for q in self.questions for option in (ANSWERED, *q.options)]
        options = {q.name: q.options for q in self.questions}
        pairs = [
            (one.name, one.row(a, b)) for one in self.crossings for a in options[one.many] for b in options[one.by]
        ]
        return (*plain, *pairs)

    @cached_property
    def row_of(self) -> dict[tuple[str, str], int]:
        return {row: number for number, row in enumerate(self.rows)}

    @cached_property
    def highest(self) -> IntArray:
        """The highest code that each slot can hold, shape (slots,)."""
        tops = [[len(q.options)] if q.kind is Kind.ONE else [1] * q.slots for q in self.questions]
        return np.array([top for own in tops for top in own], dtype=np.int64)

    @cached_property
    def row_of_code(self) -> IntArray:
        """Row of the cube that a code counts in, shape (slots, highest code + 1); past the rows for 0 and no code."""
        table = np.full((self.slots, int(self.highest.max(initial=0)) + 1), len(self.rows), dtype=np.int64)
        for question in self.questions:
            slot, row = self.first_slot[question.name], self.row_of[question.name, ANSWERED]
            places = np.arange(1, len(question.options) + 1)
            if question.kind is Kind.ONE:
                table[slot, places] = row + places
            else:
                table[slot + places - 1, 1] = row + places
        return table

    @cached_property
    def first_slot(self) -> dict[str, int]:
        starts = np.cumsum([0, *(question.slots for question in self.questions)])
        return {question.name: int(start) for question, start in zip(self.questions, starts, strict=False)}

    def positions(self, *, codes: NDArray[np.integer], question: str, order: Sequence[str]) -> IntArray:
        """Place in `order`, from 0, of each response's choice of a `one` question, shape (N,).

        -1 stands for not answered and for answers that are not in `order`.
        """
        found = next((q for q in self.questions if q.name == question and q.kind is Kind.ONE), None)
        if found is None:
            raise LayoutMismatchError(code="no_question", detail=f"{question} is not a single choice of this version")
        place = {name: number for number, name in enumerate(order)}
        table = np.array([-1, *(place.get(option, -1) for option in found.options)], dtype=np.int64)
        return table[np.asarray(codes)[:, self.first_slot[question]]]


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """`counts` (rows, C + 1): answers per row of the layout and cell; the last column is for an unknown cell.

    `respondents` (C + 1,) counts responses, whether or not they answered a question.
    """

    counts: IntArray
    respondents: IntArray

    def same(self, *, other: "Cube") -> bool:
        """Equal cell by cell: what a nightly recount must find."""
        return np.array_equal(self.counts, other.counts) and np.array_equal(self.respondents, other.respondents)


def empty(*, layout: Layout) -> Cube:
    columns = layout.space.size + 1
    return Cube(
        counts=np.zeros((len(layout.rows), columns), dtype=np.int64), respondents=np.zeros(columns, dtype=np.int64)
    )


def build(*, layout: Layout, codes: NDArray[np.integer], cells: IntArray) -> Cube:
    """Count `codes` (N, slots) with raking `cells` (N,), -1 for unknown.

    Raises LayoutMismatchError for codes or cells of another version.
    """
    cube = empty(layout=layout)
    add(layout=layout, cube=cube, codes=codes, cells=cells)
    return cube


def add(*, layout: Layout, cube: Cube, codes: NDArray[np.integer], cells: IntArray) -> None:
    """Add `codes` (N, slots) with `cells` (N,) to a cube in place, a block at a time: memory does not grow with N.

    Raises LayoutMismatchError for codes or cells of another version; the cube is then as it was.
    """
    if codes.shape != (len(cells), layout.slots):
        raise LayoutMismatchError(
            code="shape", detail=f"codes {codes.shape}, cells {cells.shape}, slots {layout.slots}"
        )
    if cells.size and (cells.min() < -1 or cells.max() >= layout.space.size):
        raise LayoutMismatchError(code="cell", detail="a cell outside the raking cells")
    _check_codes(layout, codes)
    for start in range(0, len(cells), _BLOCK):
        _add_block(layout, cube, codes[start : start + _BLOCK], cells[start : start + _BLOCK])


def _check_codes(layout: Layout, codes: NDArray[np.integer]) -> None:
    if not len(codes):
        return
    wrong = (codes.min(axis=0) < 0) | (codes.max(axis=0) > layout.highest)
    if wrong.any():
        slot = int(np.flatnonzero(wrong)[0])
        name = max((start, name) for name, start in layout.first_slot.items() if start <= slot)[1]
        raise LayoutMismatchError(code="code", detail=f"a code of {name} outside its options")


def _add_block(layout: Layout, cube: Cube, codes: NDArray[np.integer], cells: IntArray) -> None:
    columns = layout.space.size + 1
    column = np.where(cells < 0, columns - 1, cells)
    # One bincount for all slots: code 0 of every slot falls into a row of its own, which nobody reads.
    rows = layout.row_of_code[np.arange(layout.slots), codes]
    if layout.crossings:
        rows = np.hstack([rows, *(_crossed(layout, one, codes) for one in layout.crossings)])
    found = np.bincount((rows * columns + column[:, None]).ravel(), minlength=(len(layout.rows) + 1) * columns)
    table = found.reshape(-1, columns)[:-1]
    for question in layout.questions:
        row = layout.row_of[question.name, ANSWERED]
        if question.kind is Kind.ONE:
            table[row] = table[row + 1 : row + 1 + len(question.options)].sum(axis=0)
        else:
            slot = layout.first_slot[question.name]
            named = codes[:, slot : slot + question.slots].any(axis=1)
            table[row] = np.bincount(column[named], minlength=columns)
    np.add(cube.counts, table, out=cube.counts)
    np.add(cube.respondents, np.bincount(column, minlength=columns), out=cube.respondents)


def _crossed(layout: Layout, crossing: Crossing, codes: NDArray[np.integer]) -> IntArray:
    """Rows of the cube that responses count in, (N, answers of `many`) or (N, 1) with `first`; past the end: none."""
    many, by = (next(q for q in layout.questions if q.name == name) for name in (crossing.many, crossing.by))
    slot, size = layout.first_slot[many.name], len(by.options)
    start = layout.row_of[crossing.name, crossing.row(many.options[0], by.options[0])]
    other = codes[:, layout.first_slot[by.name]].astype(np.int64)[:, None]
    named = codes[:, slot : slot + many.slots] > 0
    place = np.arange(many.slots, dtype=np.int64)[None, :]
    if crossing.first:
        told = layout.positions(codes=codes, question=crossing.first, order=many.options)
        alone = np.where(named.sum(axis=1) == 1, named.argmax(axis=1), -1)
        place = np.where(told >= 0, told, alone)[:, None]
        named = np.take_along_axis(named, np.maximum(place, 0), axis=1) & (place >= 0)
    return np.where(named & (other > 0), start + place * size + other - 1, len(layout.rows))


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A cube while its wave is open: every batch of new answers up to number `through` is in it, none beyond."""

    cube: Cube
    through: int = 0


def add_batch(*, layout: Layout, counted: Counted, codes: NDArray[np.integer], cells: IntArray, number: int) -> Counted:
    """Count batch `number` (1, 2, 3 ...) once: a batch that is in already changes nothing, so it may be sent again.

    The cube grows in place. Raises LayoutMismatchError for a batch that is not the next (one before it is missing).
    """
    if number <= counted.through:
        return counted
    if number != counted.through + 1:
        raise LayoutMismatchError(code="gap", detail=f"batch {number} after {counted.through}")
    add(layout=layout, cube=counted.cube, codes=codes, cells=cells)
    return Counted(counted.cube, number)


def merge(*, cubes: Iterable[Cube], layout: Layout) -> Cube:
    """Sum of cubes of one layout: batches of a wave, or channels. Raises LayoutMismatchError for another shape."""
    total = empty(layout=layout)
    for cube in cubes:
        if cube.counts.shape != total.counts.shape:
            raise LayoutMismatchError(code="shape", detail="cubes of different layouts")
        np.add(total.counts, cube.counts, out=total.counts)
        np.add(total.respondents, cube.respondents, out=total.respondents)
    return total


def to_rows(*, layout: Layout, cube: Cube) -> list[tuple[str, str, str, int]]:
    """Counts above 0 as (question, option, name of the cell, n), sorted: what the database stores.

    Option "" counts everybody who answered the question, question "" every response, cell "" those of unknown cell.
    """
    names = [*layout.space.names, UNKNOWN]
    found = [
        (*layout.rows[row], names[column], int(cube.counts[row, column])) for row, column in np.argwhere(cube.counts)
    ]
    found += [
        ("", ANSWERED, names[column], int(cube.respondents[column])) for (column,) in np.argwhere(cube.respondents)
    ]
    return sorted(found)


def from_rows(*, layout: Layout, rows: Iterable[tuple[str, str, str, int]]) -> Cube:
    """The cube that `to_rows` wrote. Raises LayoutMismatchError for a row that the layout does not have."""
    cube = empty(layout=layout)
    column_of = {name: column for column, name in enumerate([*layout.space.names, UNKNOWN])}
    for question, option, cell, n in rows:
        if cell not in column_of or n < 0:
            raise LayoutMismatchError(code="cell", detail=f"{question}/{option} in cell {cell}: {n}")
        if (question, option) == ("", ANSWERED):
            cube.respondents[column_of[cell]] += n
        elif (question, option) in layout.row_of:
            cube.counts[layout.row_of[question, option], column_of[cell]] += n
        else:
            raise LayoutMismatchError(code="row", detail=f"{question}/{option} is not in this version")
    return cube
