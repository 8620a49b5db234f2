"""How the codes of a questionnaire version become a count cube: slots to questions, answers to raking cells.

The layout comes from the version itself, so codes are never read by another version's places. This module must never
guess: a version that lacks a raking question is refused.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from councils.indicators.rules.arrays import IntArray
from councils.indicators.rules.catalogue import Raking
from councils.indicators.rules.cube import Crossing, Cube, Kind, Layout, Question, build
from councils.indicators.rules.margins import CellSpace
from councils.indicators.rules.needs_plan import fitting
from councils.surveys.rules import Slot


def layout_of(*, slots: Sequence[Slot], space: CellSpace, crossings: tuple[Crossing, ...] = ()) -> Layout:
    """The layout of the codes that `slots` name, in their order, counted in the cells of `space`.

    Of `crossings` those are counted whose questions the version has.
    """
    questions = []
    for slot in slots:
        if slot.option is None:
            questions.append(Question(slot.question, Kind.ONE, slot.options))
        elif slot.option == slot.options[0]:
            questions.append(Question(slot.question, Kind.MANY, slot.options))
    plain = Layout(questions=tuple(questions), space=space)
    return replace(plain, crossings=fitting(crossings=crossings, layout=plain))


def cells_of(*, layout: Layout, raking: Raking, codes: NDArray[np.integer]) -> IntArray:
    """Raking cell of each response, shape (N,), -1 unknown. Raises LayoutMismatchError without the raking questions."""
    space = layout.space
    education = None
    if space.educations:
        education = layout.positions(codes=codes, question=raking.education, order=space.educations)
    return space.cells_of(
        sex=layout.positions(codes=codes, question=raking.sex, order=space.sexes),
        age=layout.positions(codes=codes, question=raking.age, order=space.ages),
        education=education,
    )


def count(*, layout: Layout, raking: Raking, codes: NDArray[np.integer]) -> Cube:
    """The cube of `codes` (N, slots): what a full recount and every batch of new answers do."""
    return build(layout=layout, codes=codes, cells=cells_of(layout=layout, raking=raking, codes=codes))
