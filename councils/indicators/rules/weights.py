"""Weights: how many residents an answer of each raking cell stands for.

Raking (iterative proportional fitting), post-stratification, trimming and Kish's design effect, all on the table of
cells, so re-weighting never touches a response. A weight must never be made up: margins that cannot be met are
refused with a typed reason. Sources: Deming and Stephan 1940 (IPF); Kish 1965 (design effect); Potter 1990
(trimming).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import FloatArray, IntArray
from councils.indicators.rules.margins import SMALL_CATEGORY, SMALL_STRATUM, Margin, check, collapse
from councils.indicators.rules.refusals import WeightingRefusedError
from councils.indicators.states import Weighting, WeightingRefusal

RAKE_FROM = 150
POST_STRATIFY_FROM = 50
TRIM_MEDIANS = 5.0
TRIM_MEANS = 8.0
_SWEEPS = 2000
# Cutting and raking alternate until the excess over the limit is gone, or stops shrinking: then no weights can do both.
_TRIM_ROUNDS = 50
_TRIM_TOLERANCE = 1e-12
_TRIM_PROGRESS = 0.98


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of one town and wave, and how they came about.

    `cells` (C,) residents per answer, 0 for a cell without answers; `unknown` the same for answers without sex or age
    (the mean weight). `cap` is the trimming limit (infinite when nothing was cut), `capped` the answers that sit on
    it, `missed` by how much the worst margin category is missed because of it (share of its total; 0 when every
    margin is met). `refusal` says why there are no weights. `targets` are the margins that were met, as the category
    (C,) of each cell: what they explain of an answer does not vary.
    """

    cells: FloatArray
    unknown: float
    method: Weighting
    refusal: WeightingRefusal | None
    merged: tuple[tuple[str, ...], ...]
    cap: float
    capped: int
    missed: float
    targets: tuple[IntArray, ...] = ()

    @property
    def columns(self) -> FloatArray:
        """Weights (C + 1,) for the columns of a count cube, whose last one holds the answers without a cell."""
        return np.append(self.cells, self.unknown)


@dataclass(frozen=True, slots=True)
class Kish:
    """Kish's design effect and the effective number of answers: deff = n sum w^2 / (sum w)^2, n_eff = n / deff."""

    n: int
    deff: float
    n_eff: float


def kish(*, counts: IntArray, weights: FloatArray) -> Kish:
    """Design effect of weighting for `counts` (C,) answers with `weights` (C,). No answers: n_eff 0, deff 1."""
    n = int(counts.sum())
    total = float((counts * weights).sum())
    if n == 0 or total <= 0:
        return Kish(n=n, deff=1.0, n_eff=0.0)
    deff = n * float((counts * weights**2).sum()) / total**2
    return Kish(n=n, deff=deff, n_eff=n / deff)


def rake(
    *, counts: IntArray, margins: Sequence[Margin], start: FloatArray | None = None, tolerance: float = 1e-13
) -> FloatArray:
    """Weights (C,) with which `counts` (C,) reproduce every margin to `tolerance` of its totals.

    Cells without answers get 0. One margin is post-stratification. `start` (C,) are design weights, 1 by default.
    Raises WeightingRefusedError for inconsistent or damaged margins, a category with residents but no answers,
    answers in a category without residents, and margins that cannot be met.
    """
    check(margins=margins)
    for margin in margins:
        answers = margin.count(values=counts)
        for label in np.array(margin.labels)[(answers == 0) & (margin.totals > 0)]:
            raise WeightingRefusedError(code=WeightingRefusal.EMPTY_CATEGORY, detail=f"{margin.name}: {label}")
        for label in np.array(margin.labels)[(answers > 0) & (margin.totals == 0)]:
            raise WeightingRefusedError(code=WeightingRefusal.NO_POPULATION, detail=f"{margin.name}: {label}")
    weights = np.where(counts > 0, 1.0 if start is None else start, 0.0)
    # One row per category: the answers of its cells. Categories without residents have no answers here and fall away.
    tables = [
        (
            np.equal.outer(filled := np.flatnonzero(margin.totals), margin.category_of_cell) * counts,
            margin.totals[filled],
        )
        for margin in margins
    ]
    for _ in range(_SWEEPS):
        miss = 0.0
        for table, totals in tables:
            factor = totals / (table @ weights)
            miss = max(miss, float(np.abs(factor - 1).max()))
            weights = weights * (factor @ (table > 0))
        if miss <= tolerance:
            return weights
    raise WeightingRefusedError(
        code=WeightingRefusal.NOT_CONVERGED,
        detail=f"off by {worst_miss(counts=counts, weights=weights, margins=margins):.2%} after {_SWEEPS} sweeps",
    )


def worst_miss(*, counts: IntArray, weights: FloatArray, margins: Sequence[Margin]) -> float:
    """Largest deviation of a weighted category from its population total, as a share of that total."""
    misses = [
        float(np.max(np.abs(margin.count(values=counts * weights) - margin.totals)[kept] / margin.totals[kept]))
        for margin in margins
        if np.any(kept := margin.totals > 0)
    ]
    return max(misses, default=0.0)


def trim_limit(*, counts: IntArray, weights: FloatArray) -> float:
    """Largest weight allowed: min(5 x median, 8 x mean) over the answers."""
    per_answer = np.repeat(weights, counts)
    return float(min(TRIM_MEDIANS * np.median(per_answer), TRIM_MEANS * per_answer.mean()))


def weigh(
    *,
    counts: IntArray,
    margins: Sequence[Margin],
    coarse: Margin | None,
) -> Weights:
    """Weights by the ladder: rake to `margins` from 150 answers, post-stratify to `coarse` from 50, none below that.

    `coarse` is sex x age in three bands. `counts` (C,) answers per cell; answers without sex or age do not count for
    the ladder and get the mean weight. Small categories are merged first, weights above the limit are cut and the
    rest is raked again. Raises WeightingRefusedError; the caller then publishes raw figures with that reason.
    """
    n = int(counts.sum())
    if n < POST_STRATIFY_FROM:
        return unweighted(cells=len(counts), refusal=WeightingRefusal.TOO_FEW)
    wanted = list(margins) if n >= RAKE_FROM else [m for m in (coarse,) if m is not None]
    check(margins=wanted)
    minimum = SMALL_CATEGORY if n >= RAKE_FROM else SMALL_STRATUM
    steps = [collapse(counts=counts, margin=margin, minimum=minimum) for margin in wanted]
    targets = [step.margin for step in steps]
    weights = rake(counts=counts, margins=targets)
    weights, cap = _trimmed(counts, weights, targets)
    return Weights(
        cells=weights,
        unknown=float((counts * weights).sum()) / n,
        method=Weighting.RAKED if n >= RAKE_FROM else Weighting.POST_STRATIFIED,
        refusal=None,
        merged=tuple(group for step in steps for group in step.merged),
        cap=cap,
        capped=int(counts[weights >= cap * (1 - 1e-9)].sum()),
        missed=worst_miss(counts=counts, weights=weights, margins=targets) if np.isfinite(cap) else 0.0,
        targets=tuple(target.category_of_cell for target in targets),
    )


def unweighted(*, cells: int, refusal: WeightingRefusal) -> Weights:
    """Every answer counts once; `refusal` says why."""
    return Weights(
        cells=np.ones(cells),
        unknown=1.0,
        method=Weighting.UNWEIGHTED,
        refusal=refusal,
        merged=(),
        cap=float("inf"),
        capped=0,
        missed=0.0,
    )


def _trimmed(counts: IntArray, weights: FloatArray, margins: Sequence[Margin]) -> tuple[FloatArray, float]:
    """Cut and rake in turn until both hold; where no weights can do both, the limit wins.

    A category that needs more than the limit stays short of its total: a handful of answers must not speak for a
    quarter of the town.
    """
    cap = trim_limit(counts=counts, weights=weights)
    if weights.max() <= cap:
        return weights, float("inf")
    excess = float("inf")
    for _ in range(_TRIM_ROUNDS):
        weights = rake(counts=counts, margins=margins, start=np.minimum(weights, cap))
        before, excess = excess, float(weights.max()) / cap - 1
        if excess <= _TRIM_TOLERANCE or excess > _TRIM_PROGRESS * before:
            break
    return np.minimum(weights, cap), cap
