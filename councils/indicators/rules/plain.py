"""Plain tables of a questionnaire without indicators: of each closed question the share of every option, as answered.

Nothing is weighted: whoever answered chose to. A table must never tell what another one hides, so a question that is
asked of some people only is shown only where the questions that decide it hide nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from councils.indicators.rules.arrays import IntArray
from councils.indicators.rules.cube import ANSWERED, Cube, Kind, Layout, Question
from councils.indicators.rules.estimates import shares
from councils.indicators.rules.publication import MIN_N_EFF
from councils.indicators.rules.suppression import K_TOWN, protect, protect_choices, rounded_base, telling
from councils.indicators.states import Withheld
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.ordering import deciding

MOST_OPTIONS = 200  # a longer list (all villages of a region) is no table that anybody reads


@dataclass(frozen=True, slots=True)
class Asked:
    """A closed question that people answer. `decided_by` names the questions whose answers decide whether it is asked
    or which options it offers; `of_some` says that not everybody is asked.
    """

    question: str
    of_some: bool
    decided_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cell:
    """The share of one option with its 95 % interval, 0..1 with three digits, or why there is none."""

    option: str
    share: float | None = None
    low: float | None = None
    high: float | None = None
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A question's table. `base` is the number of people who answered it, rounded to 5.

    With `withheld` there is neither a base nor a cell.
    """

    question: str
    of_some: bool
    base: int | None = None
    withheld: Withheld | None = None
    cells: tuple[Cell, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether anything of it is hidden, the whole or a cell."""
        return self.withheld is not None or any(cell.withheld for cell in self.cells)

    def as_json(self) -> dict[str, Any]:
        """Plain data, as a publication keeps it; a hidden cell has no value."""
        return {
            "question": self.question,
            "of_some": self.of_some,
            "n": self.base,
            "note": self.withheld.value if self.withheld else "",
            "cells": [
                {
                    "option": cell.option,
                    "share": cell.share,
                    "low": cell.low,
                    "high": cell.high,
                    "note": cell.withheld.value if cell.withheld else "",
                }
                for cell in self.cells
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PlainTable":
        """What `as_json` gave."""
        return cls(
            question=data["question"],
            of_some=data["of_some"],
            base=data["n"],
            withheld=_reason(data["note"]),
            cells=tuple(
                Cell(one["option"], one["share"], one["low"], one["high"], _reason(one["note"]))
                for one in data["cells"]
            ),
        )


def _reason(code: str) -> Withheld | None:
    return Withheld(code) if code else None


def asked_in(form: CompiledForm) -> list[Asked]:
    """The questions of a form that people answer, outside repeated groups, in its order."""
    decided = deciding(form)
    conditional = tuple(f"{group.path}/" for group in form.groups if group.relevant is not None)
    return [
        Asked(
            question=one.name,
            of_some=one.relevant is not None or one.path.startswith(conditional),
            decided_by=decided[one.name],
        )
        for one in form.questions
        if one.is_asked and not one.repeat
    ]


def plain_tables(*, layout: Layout, cube: Cube, asked: Sequence[Asked]) -> list[PlainTable]:
    """A table for each question of `asked` that the layout counts, in the order of the layout."""
    people = int(cube.respondents.sum())
    known = {one.question: one for one in asked}
    alone = {
        question.name: _alone(layout, cube, question, known[question.name])
        for question in layout.questions
        if question.name in known
    }
    return [_beside(table, alone, known[name], _answered(layout, cube, name), people) for name, table in alone.items()]


def _answered(layout: Layout, cube: Cube, question: str) -> int:
    return int(cube.counts[layout.row_of[question, ANSWERED]].sum())


def too_few(n: int) -> Withheld | None:
    """Why no table is made of the answers of `n` people: the floors of all raw figures."""
    if n == 0:
        return Withheld.NO_ANSWERS
    if n < K_TOWN:
        return Withheld.FEW_ANSWERS
    return Withheld.SMALL_EFFECTIVE_SAMPLE if n < MIN_N_EFF else None


def _alone(layout: Layout, cube: Cube, question: Question, asked: Asked) -> PlainTable:
    """The table as if no other were published."""
    n = _answered(layout, cube, question.name)
    empty = PlainTable(question=question.name, of_some=asked.of_some)
    reason = Withheld.TOO_MANY_OPTIONS if len(question.options) > MOST_OPTIONS else too_few(n)
    if reason is not None:
        return _without(empty, reason)
    start = layout.row_of[question.name, ANSWERED] + 1
    counts = cube.counts[start : start + len(question.options)].sum(axis=1)
    verdict = protect(counts=counts) if question.kind is Kind.ONE else protect_choices(counts=counts, base=n)
    if set(verdict.options) == {Withheld.FEW_ANSWERS}:
        return _without(empty, Withheld.FEW_ANSWERS)
    cells = _cells(question.options, counts, n, verdict.options)
    return PlainTable(empty.question, empty.of_some, rounded_base(n=n), None, cells)


def _cells(options: Sequence[str], counts: IntArray, n: int, reasons: Sequence[Withheld | None]) -> tuple[Cell, ...]:
    found = shares(counts=counts[:, None], base=np.array([n]), weights=np.ones(1))
    # Rounded before they are kept: with all digits a share tells the exact number of people behind it.
    figures = np.round(np.stack([found.share, found.low, found.high], axis=1), 3).tolist()
    return tuple(
        Cell(option, withheld=reason) if reason else Cell(option, *figure)
        for option, figure, reason in zip(options, figures, reasons, strict=True)
    )


def _beside(table: PlainTable, others: Mapping[str, PlainTable], asked: Asked, n: int, people: int) -> PlainTable:
    """The table where all the others are published too.

    How many answered a question that depends on another tells how many gave the answer it depends on: nothing of it
    is shown where that one hides anything, nor where fewer than five were not asked.
    """
    if not asked.of_some and not asked.decided_by:
        return table
    if reason := too_few(people):
        return _without(table, reason)
    hidden = any(others[name].hides for name in asked.decided_by if name in others)
    if hidden or (asked.of_some and 0 < n < people and telling(n=people - n, total=people, k=K_TOWN)):
        return _without(table, Withheld.PROTECTS_OTHERS)
    return table


def _without(table: PlainTable, reason: Withheld) -> PlainTable:
    return PlainTable(question=table.question, of_some=table.of_some, withheld=reason)
