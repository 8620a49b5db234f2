"""Towns like ours: types by three rules that a council can check by hand, and how sure each type is.

Dependence on the core enterprise x will of the young to stay x utilities below standard, each above or below a
threshold that is told. The probability of a type is its part of ten thousand draws of survey error. A type must never
be shown without it.
"""

from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import FloatArray, IntArray

DRAWS = 10_000
AXES = ("dependent", "young_stay", "utilities_poor")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which share (0..1) on a town counts as dependent, as one where the young stay, as poor in utilities."""

    dependence: float
    stay: float
    utilities: float


@dataclass(frozen=True, slots=True, eq=False)
class Types:
    """For T towns: `type_of` (T,) 0..7, bit 0 dependent, 1 the young stay, 2 poor utilities; `probability` (T, 8)."""

    type_of: IntArray
    probability: FloatArray

    def like(self, *, town: int) -> IntArray:
        """The other towns by how probable it is that they are of the same type as `town`, most probable first."""
        same = self.probability @ self.probability[town]
        order: IntArray = np.argsort(-same, kind="stable").astype(np.int64)
        others: IntArray = order[order != town]
        return others


def typed(*, values: FloatArray, errors: FloatArray, thresholds: Thresholds, seed: int, draws: int = DRAWS) -> Types:
    """Types of T towns from shares `values` (T, 3) in the order of AXES with standard `errors` (T, 3).

    An official figure has error 0. Draws are normal, cut to 0..1. Raises ValueError for shares out of range.
    """
    if values.shape != errors.shape or values.shape[1:] != (len(AXES),):
        raise ValueError("three shares and three errors for every town")
    if not (np.all((values >= 0) & (values <= 1)) and np.all(errors >= 0)):
        raise ValueError("a share or an error out of range")
    limits = np.array([thresholds.dependence, thresholds.stay, thresholds.utilities])
    bits = np.array([1, 2, 4])
    rng = np.random.default_rng(seed)
    drawn = np.clip(values + errors * rng.standard_normal((draws, *values.shape)), 0.0, 1.0)
    types = (drawn >= limits) @ bits
    towns = np.arange(len(values))
    counts = np.bincount((towns * 8 + types).ravel(), minlength=8 * len(values)).reshape(len(values), 8)
    return Types(type_of=(values >= limits) @ bits, probability=counts / draws)
