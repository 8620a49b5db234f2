"""Who lives in a town, as totals that weights must reproduce, and how small categories are merged.

A margin is a partition of the raking cells with the number of residents in each part. It must never be invented here:
totals come from the statistics the town entered, and a damaged or contradictory table is refused aloud.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray
from councils.indicators.rules.refusals import WeightingRefusedError
from councils.indicators.states import WeightingRefusal

# Below this many answers a category is merged with its neighbour before raking.
SMALL_CATEGORY = 20
# The same for the six wide strata of post-stratification. There 20 would merge nearly everything of 50 to 149 answers:
# on a census with a biased draw of 100 it left 2.7 points of bias, 5 left 0.4, and on a fair draw neither was worse.
SMALL_STRATUM = 5


@dataclass(frozen=True, slots=True)
class CellSpace:
    """The raking cells: every combination of sex, age group and (optionally) education, counted in that order.

    Cell number = (sex * len(ages) + age) * max(1, len(educations)) + education; positions start at 0.
    """

    sexes: tuple[str, ...]
    ages: tuple[str, ...]
    educations: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.sexes) * len(self.ages) * max(1, len(self.educations))

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each cell, e.g. female_age_18_29: the answers joined by an underscore."""
        axes = [axis for axis in (self.sexes, self.ages, self.educations) if axis]
        return tuple("_".join(parts) for parts in product(*axes))

    def age_of_cell(self) -> IntArray:
        """Position of the age group of each cell, shape (C,)."""
        return np.arange(self.size) // max(1, len(self.educations)) % len(self.ages)

    def cells_of(self, *, sex: IntArray, age: IntArray, education: IntArray | None = None) -> IntArray:
        """Cell of each response from 0-based positions, shape (N,).

        -1 where any of them is outside its list (not answered).
        """
        known: BoolArray = (sex >= 0) & (sex < len(self.sexes)) & (age >= 0) & (age < len(self.ages))
        cell = sex * len(self.ages) + age
        if self.educations:
            if education is None:
                raise ValueError("this cell space needs education")
            known &= (education >= 0) & (education < len(self.educations))
            cell = cell * len(self.educations) + education
        return np.where(known, cell, -1).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """A partition of the C cells into K categories with population totals.

    `category_of_cell` (C,) holds 0..K-1; `totals` (K,) people; `blocks` (K,) says which categories may be merged with
    each other: neighbours of one block (age groups of one sex), never across blocks unless a whole block is too
    small.
    """

    name: str
    labels: tuple[str, ...]
    category_of_cell: IntArray
    totals: FloatArray
    blocks: IntArray

    def count(self, *, values: IntArray | FloatArray) -> FloatArray:
        """Sum of `values` (C,) per category, shape (K,)."""
        return np.bincount(self.category_of_cell, weights=values, minlength=len(self.labels)).astype(np.float64)


def population_table(*, space: CellSpace, counts: Mapping[str, int]) -> FloatArray:
    """People by sex and age, (sexes, ages), from `counts` by category name (female_age_18_29).

    A missing category is 0. Refuses a category that the cells do not have: its people would be lost in silence.
    """
    names = CellSpace(space.sexes, space.ages).names
    for name in counts:
        if name not in names:
            raise WeightingRefusedError(code=WeightingRefusal.BAD_MARGIN, detail=f"unknown category {name}")
    people = np.array([counts.get(name, 0) for name in names], dtype=np.float64)
    return people.reshape(len(space.sexes), len(space.ages))


def sex_age_margin(*, space: CellSpace, population: FloatArray, bands: Sequence[Sequence[int]] | None = None) -> Margin:
    """Joint margin of sex x age from `population` (sexes, ages) in people.

    `bands` joins neighbouring age groups, e.g. [[0, 1], [2, 3], [4, 5]] for the three bands of post-stratification.
    """
    if population.shape != (len(space.sexes), len(space.ages)):
        raise WeightingRefusedError(
            code=WeightingRefusal.BAD_MARGIN, detail=f"sex x age has shape {population.shape}, not that of the cells"
        )
    bands = [[age] for age in range(len(space.ages))] if bands is None else bands
    if [age for band in bands for age in band] != list(range(len(space.ages))):
        raise ValueError("bands must list every age group once, in order")
    band_of_age = np.empty(len(space.ages), dtype=np.int64)
    for number, band in enumerate(bands):
        band_of_age[list(band)] = number
    cells = np.arange(space.size)
    sex_and_age = cells // max(1, len(space.educations))
    sex, age = sex_and_age // len(space.ages), sex_and_age % len(space.ages)
    return Margin(
        name="sex_age",
        labels=tuple(f"{name} {'+'.join(space.ages[a] for a in band)}" for name in space.sexes for band in bands),
        category_of_cell=(sex * len(bands) + band_of_age[age]).astype(np.int64),
        totals=np.stack([population[:, list(band)].sum(axis=1) for band in bands], axis=1).astype(np.float64).ravel(),
        blocks=np.repeat(np.arange(len(space.sexes)), len(bands)).astype(np.int64),
    )


def education_margin(*, space: CellSpace, totals: FloatArray) -> Margin:
    """Margin of education from `totals` (educations,) in people."""
    if not space.educations or totals.shape != (len(space.educations),):
        raise WeightingRefusedError(code=WeightingRefusal.BAD_MARGIN, detail="education totals do not fit the cells")
    return Margin(
        name="education",
        labels=space.educations,
        category_of_cell=(np.arange(space.size) % len(space.educations)).astype(np.int64),
        totals=totals.astype(np.float64),
        blocks=np.zeros(len(space.educations), dtype=np.int64),
    )


def check(*, margins: Sequence[Margin], tolerance: float = 1e-6) -> None:
    """Refuse no margins, damaged totals, and margins whose sums differ by more than `tolerance` of the first one's."""
    if not margins:
        raise WeightingRefusedError(code=WeightingRefusal.NO_MARGINS, detail="no population table")
    first = float(margins[0].totals.sum())
    for margin in margins:
        total = float(margin.totals.sum())
        if not np.all(np.isfinite(margin.totals)) or np.any(margin.totals < 0) or total <= 0:
            raise WeightingRefusedError(code=WeightingRefusal.BAD_MARGIN, detail=margin.name)
        if abs(total - first) > tolerance * first:
            raise WeightingRefusedError(
                code=WeightingRefusal.INCONSISTENT_MARGINS,
                detail=f"{margins[0].name} has {first:.0f} people, {margin.name} {total:.0f}",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Collapsed:
    """A margin whose categories all have enough answers, and which labels were joined to get there."""

    margin: Margin
    merged: tuple[tuple[str, ...], ...]


def collapse(*, counts: IntArray, margin: Margin, minimum: int = SMALL_CATEGORY) -> Collapsed:
    """Merge categories with fewer than `minimum` answers or without residents with a neighbour.

    `counts` (C,) answers per cell. The smallest goes first, to the smaller neighbour of its block. When a whole block
    stays too small (nearly no men answered), the blocks are pooled position by position, so the margin becomes one of
    age alone: that is said in `merged`, not hidden.
    """
    answers = margin.count(values=counts)
    groups = [
        group
        for block in np.unique(margin.blocks)
        for group in _merge([[int(k)] for k in np.flatnonzero(margin.blocks == block)], answers, margin.totals, minimum)
    ]
    if any(_small(group, answers, margin.totals, minimum) for group in groups):
        members = [np.flatnonzero(margin.blocks == block) for block in np.unique(margin.blocks)]
        if len(members) > 1 and len({len(m) for m in members}) == 1:
            pooled = [[int(k) for k in same] for same in zip(*members, strict=True)]
            groups = _merge(pooled, answers, margin.totals, minimum)
    category = np.empty(len(margin.labels), dtype=np.int64)
    for number, group in enumerate(groups):
        category[group] = number
    return Collapsed(
        margin=Margin(
            name=margin.name,
            labels=tuple(" / ".join(margin.labels[k] for k in group) for group in groups),
            category_of_cell=category[margin.category_of_cell],
            totals=np.array([margin.totals[group].sum() for group in groups], dtype=np.float64),
            blocks=np.array([margin.blocks[group[0]] for group in groups], dtype=np.int64),
        ),
        merged=tuple(tuple(margin.labels[k] for k in group) for group in groups if len(group) > 1),
    )


def _small(group: list[int], answers: FloatArray, totals: FloatArray, minimum: int) -> bool:
    return bool(answers[group].sum() < minimum or totals[group].sum() <= 0)


def _merge(groups: list[list[int]], answers: FloatArray, totals: FloatArray, minimum: int) -> list[list[int]]:
    groups = [list(group) for group in groups]
    while len(groups) > 1:
        sizes = [float(answers[group].sum()) for group in groups]
        small = [i for i, group in enumerate(groups) if _small(group, answers, totals, minimum)]
        if not small:
            break
        at = min(small, key=lambda i: sizes[i])
        neighbours = [i for i in (at - 1, at + 1) if 0 <= i < len(groups)]
        into = min(neighbours, key=lambda i: sizes[i])
        low, high = min(at, into), max(at, into)
        groups[low : high + 1] = [groups[low] + groups[high]]
    return groups
