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


@dataclass(frozen=True)
class Layout:
    """What the slots of `codes` mean, in order, and which cells are counted. One layout per questionnaire version."""

    questions: tuple[Question, ...]
    space: CellSpace

    @cached_property
    def slots(self) -> int:
        return sum(question.slots for question in self.questions)

    @cached_property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """(question, option) of each row of the cube; option "" is the row of everybody who answered the question."""
        return tuple((q.name, option) for q in self.questions for option in (ANSWERED, *q.options))

    @cached_property
    def row_of(self) -> dict[tuple[str, str], int]:
        return {row: number for number, row in enumerate(self.rows)}

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
    if codes.shape != (len(cells), layout.slots):
        raise LayoutMismatchError(
            code="shape", detail=f"codes {codes.shape}, cells {cells.shape}, slots {layout.slots}"
        )
    if cells.size and (cells.min() < -1 or cells.max() >= layout.space.size):
        raise LayoutMismatchError(code="cell", detail="a cell outside the raking cells")
    cube = empty(layout=layout)
    columns = layout.space.size + 1
    column = np.where(cells < 0, columns - 1, cells)
    for question in layout.questions:
        slot, row = layout.first_slot[question.name], layout.row_of[question.name, ANSWERED]
        own = codes[:, slot : slot + question.slots].astype(np.int64)
        size = len(question.options)
        if own.size and (own.min() < 0 or own.max() > (size if question.kind is Kind.ONE else 1)):
            raise LayoutMismatchError(code="code", detail=f"a code of {question.name} outside its options")
        if question.kind is Kind.ONE:
            table = np.bincount(own[:, 0] * columns + column, minlength=(size + 1) * columns).reshape(size + 1, columns)
            cube.counts[row + 1 : row + 1 + size] = table[1:]
            cube.counts[row] = table[1:].sum(axis=0)
        else:
            for option in range(size):
                cube.counts[row + 1 + option] = np.bincount(column[own[:, option] == 1], minlength=columns)
            cube.counts[row] = np.bincount(column[own.any(axis=1)], minlength=columns)
    cube.respondents[:] = np.bincount(column, minlength=columns)
    return cube


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
