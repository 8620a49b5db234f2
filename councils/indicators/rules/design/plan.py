"""What was drawn: weights, and for every stage its strata, sampling units and finite populations.

A design is built once, checked, and never changes; calibration returns another one. It must never accept units that
cross strata, populations smaller than the sample or weights that are no numbers: such data are refused by name.
Source: Särndal, Swensson and Wretman 1992, chapters 3 and 4; conventions of R's survey::svydesign.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from councils.indicators.rules.arrays import FloatArray, IntArray

Labels = ArrayLike | Sequence[ArrayLike]


class DesignError(ValueError):
    """Data that are no survey design. The message names stage, stratum or row."""


class Lonely(StrEnum):
    """What a stratum with one sampling unit is worth, where it was not taken whole.

    `fail` refuses it; `certainty` and `remove` count no variance for it; `adjust` measures it from the mean of all
    units instead of its own; `average` gives it the mean of the other strata.
    """

    FAIL = "fail"
    CERTAINTY = "certainty"
    REMOVE = "remove"
    ADJUST = "adjust"
    AVERAGE = "average"


class Adjustment(Protocol):
    """A calibration: what it has explained of an estimate's influences no longer varies."""

    def residual(self, influence: FloatArray) -> FloatArray:
        """Influences (N, P) less their part that the known totals explain."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage of drawing. U units, H strata (a stratum lies within one unit of the stage before).

    `unit` (N,) 0..U-1; `stratum_of_unit` (U,); `parent_of_stratum` (H,) unit of the stage before, 0 at the first;
    `drawn` (H,) units in the sample; `left` (U,) the part of the population that was not drawn, 1 - n/N, 1 without a
    finite population; `taken` (U,) n/N, 0 without one.
    """

    unit: IntArray
    stratum_of_unit: IntArray
    parent_of_stratum: IntArray
    drawn: IntArray
    left: FloatArray
    taken: FloatArray
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A survey design: `weights` (N,), stages from the outermost, and the calibrations made since, in order."""

    weights: FloatArray
    stages: tuple[Stage, ...]
    lonely: Lonely
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def size(self) -> int:
        return len(self.weights)

    def reweighted(self, *, weights: FloatArray, adjustment: Adjustment | None = None) -> "Design":
        """The same draw with other weights, and what explains them."""
        more = () if adjustment is None else (adjustment,)
        return replace(self, weights=weights, adjustments=(*self.adjustments, *more))


def survey_design(
    *,
    weights: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
    clusters: Labels | None = None,
    strata: Labels | None = None,
    population: Labels | None = None,
    nest: bool = False,
    lonely: Lonely = Lonely.FAIL,
) -> Design:
    """A design over N answers; every array is (N,), or a list of such arrays, one for each stage from the outermost.

    `clusters` are sampling units by any label (none: every answer is its own); `strata` likewise. `population` is the
    number of units in the stratum of each answer, or, all at most 1, the fraction drawn; infinity means no
    correction. Stages below the first count only where `population` is given, as they are part of the first stage's
    spread otherwise. Without weights they follow from the populations, else all are 1. `nest` numbers clusters anew in
    every stratum. Raises DesignError.
    """
    units = _stages(clusters)
    layers = _stages(strata)
    sizes = [np.asarray(one, dtype=np.float64) for one in _stages(population)]
    n = _length(weights, probabilities, *units, *layers, *sizes)
    units = units or [np.arange(n)]
    if len(layers) > len(units) or len(sizes) > len(units):
        raise DesignError("more strata or populations than stages of clusters")
    stages: list[Stage] = []
    parent = np.zeros(n, dtype=np.int64)
    for level in range(len(units) if sizes else 1):
        stratum = layers[level] if level < len(layers) else np.zeros(n, dtype=np.int64)
        size = sizes[level] if level < len(sizes) else np.full(n, np.inf)
        stages.append(_stage(level, parent, np.asarray(stratum), np.asarray(units[level]), size, nest=nest))
        parent = stages[-1].unit
    given = _weights(weights, probabilities, n)
    if given is None:
        given = np.ones(n)
        for stage in stages:
            if sizes and np.all(stage.taken > 0):
                given = given / stage.taken[stage.unit]
    return Design(weights=given, stages=tuple(stages), lonely=Lonely(lonely))


def codes(labels: ArrayLike) -> tuple[IntArray, NDArray[np.generic]]:
    """Number of each label in sorted order, and the labels."""
    found, number = np.unique(np.asarray(labels), return_inverse=True)
    return number.ravel().astype(np.int64), found


def _stage(
    level: int,
    parent: IntArray,
    strata: NDArray[np.generic],
    units: NDArray[np.generic],
    size: FloatArray,
    *,
    nest: bool,
) -> Stage:
    stratum_code, stratum_names = codes(strata)
    stratum, stratum_rows = _joint(parent, stratum_code)
    unit_code, _names = codes(units)
    # Below the first stage units belong to the unit that they were drawn from, whatever they are called.
    unit, unit_rows = _joint(stratum if nest else parent, unit_code)
    of_unit = stratum[unit_rows]
    if np.any(of_unit[unit] != stratum):
        raise DesignError(
            f"stage {level + 1}: a cluster lies in two strata; number clusters per stratum with nest=True"
        )
    drawn = np.bincount(of_unit, minlength=len(stratum_rows)).astype(np.int64)
    total = size[unit_rows]
    if np.any(np.isnan(size)) or np.any(size <= 0) or (np.any(size < 1) and np.any(size > 1)):
        raise DesignError(f"stage {level + 1}: populations must all be 1 or more, or all fractions up to 1")
    fractions = bool(np.all(size <= 1) and (np.any(size < 1) or np.any(drawn > 1)))
    whole = drawn[of_unit] / total if fractions else total
    if np.any(whole < drawn[of_unit] * (1 - 1e-9)):
        raise DesignError(f"stage {level + 1}: a stratum has more units in the sample than in the population")
    taken = np.where(np.isinf(whole), 0.0, np.minimum(drawn[of_unit] / whole, 1.0))
    return Stage(
        unit=unit,
        stratum_of_unit=of_unit,
        parent_of_stratum=parent[stratum_rows],
        drawn=drawn,
        left=1.0 - taken,
        taken=taken,
        labels=tuple(str(stratum_names[code]) for code in stratum_code[stratum_rows]),
    )


def _joint(one: IntArray, other: IntArray) -> tuple[IntArray, IntArray]:
    """Number of each pair, in order, and a row that has it."""
    key = one * (int(other.max(initial=0)) + 1) + other
    _pairs, rows, number = np.unique(key, return_index=True, return_inverse=True)
    return number.ravel().astype(np.int64), rows.astype(np.int64)


def _stages(given: Labels | None) -> list[NDArray[np.generic]]:
    if given is None:
        return []
    many = isinstance(given, (list, tuple)) and len(given) > 0 and np.ndim(given[0]) == 1
    return [np.asarray(one) for one in given] if many else [np.asarray(given)]  # type: ignore[union-attr]


def _length(*given: object) -> int:
    sizes = {len(np.asarray(one)) for one in given if one is not None}
    if len(sizes) != 1 or 0 in sizes:
        raise DesignError("a design needs arrays of one length")
    return sizes.pop()


def _weights(weights: ArrayLike | None, probabilities: ArrayLike | None, n: int) -> FloatArray | None:
    if weights is not None and probabilities is not None:
        raise DesignError("weights or probabilities, not both")
    if weights is None and probabilities is None:
        return None
    found = np.asarray(weights if probabilities is None else probabilities, dtype=np.float64)
    if found.shape != (n,) or not np.all(np.isfinite(found)) or np.any(found < 0):
        raise DesignError("a weight is missing, negative or no number")
    if probabilities is None:
        return found
    if np.any(found <= 0) or np.any(found > 1):
        raise DesignError("a probability lies outside 0 to 1")
    return 1.0 / found
