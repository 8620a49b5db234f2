"""Medians and other quantiles of ordered answers, with a Poisson bootstrap of the count cube.

Drawing every respondent Poisson(1) times anew is drawing every cell's count from Poisson(n), so a thousand draws cost
a thousand small tables and no response is read. Weights are held: what calibration would have smoothed is not
credited. A draw must never depend on the hour: the seed is given, so that anybody finds the same limits. Sources:
Efron 1979; Chamandy and others 2012 (Poisson bootstrap).
"""

from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import FloatArray, IntArray
from councils.indicators.rules.intervals import LEVEL

DRAWS = 1000
_HAIR = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class OrderedQuantile:
    """A quantile of grades 1..K in the order given, arrays over the questions (...).

    `grade` is the first grade that reaches the share, `low` and `high` the same over the draws; `certainty` the part
    of draws with this very grade. `position` lies between the grades (a grade g spans g - 0.5 to g + 0.5), with its
    own limits. Without answers grade is 0 and position nan.
    """

    grade: IntArray
    low: IntArray
    high: IntArray
    certainty: FloatArray
    position: FloatArray
    position_low: FloatArray
    position_high: FloatArray


def ordered_quantile(
    *, counts: IntArray, weights: FloatArray, seed: int, at: float = 0.5, draws: int = DRAWS
) -> OrderedQuantile:
    """The quantile `at` of grades from `counts` (..., K, C) and `weights` (..., C); leading axes broadcast.

    Raw medians have weights of 1. Limits are the 2.5 and 97.5 % points of `draws` bootstrap draws from `seed`.
    """
    totals = (counts * weights[..., None, :]).sum(axis=-1)
    asked = totals.sum(axis=-1) > 0
    grade, position = _found(totals, at)
    grades = np.empty((draws, *grade.shape), dtype=np.int64)
    positions = np.empty((draws, *grade.shape))
    rng = np.random.default_rng(seed)
    for number in range(draws):
        drawn = (rng.poisson(counts) * weights[..., None, :]).sum(axis=-1)
        # Nobody drawn tells nothing: such a draw repeats what was found.
        drawn = np.where(drawn.sum(axis=-1, keepdims=True) > 0, drawn, totals)
        grades[number], positions[number] = _found(drawn, at)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(grades, [tail, 1 - tail], axis=0, method="inverted_cdf")
    below, above = np.quantile(positions, [tail, 1 - tail], axis=0)
    nowhere = np.full(position.shape, np.nan)
    return OrderedQuantile(
        grade=np.where(asked, grade, 0),
        low=np.where(asked, np.minimum(low, grade), 0),
        high=np.where(asked, np.maximum(high, grade), 0),
        certainty=np.where(asked, (grades == grade).mean(axis=0), 0.0),
        position=np.where(asked, position, nowhere),
        position_low=np.where(asked, np.minimum(below, position), nowhere),
        position_high=np.where(asked, np.maximum(above, position), nowhere),
    )


def _found(totals: FloatArray, at: float) -> tuple[IntArray, FloatArray]:
    """Grade (...) and place between grades (...) from totals (..., K)."""
    upto = np.cumsum(totals, axis=-1)
    goal = at * upto[..., -1:]
    place = np.argmax(upto >= goal - _HAIR * upto[..., -1:], axis=-1)
    own = np.take_along_axis(totals, place[..., None], axis=-1)[..., 0]
    before = np.take_along_axis(upto, place[..., None], axis=-1)[..., 0] - own
    part = np.divide(goal[..., 0] - before, own, out=np.full(own.shape, 0.5), where=own > 0)
    return place.astype(np.int64) + 1, place + 0.5 + np.clip(part, 0.0, 1.0)
