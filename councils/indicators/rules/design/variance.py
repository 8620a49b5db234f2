"""The linearised covariance of any estimate, from the influence of every answer.

V = sum over strata of (1 - f) n/(n-1) sum (u - mean u)^2 over sampling units, plus, for every unit, n/N times the same
of the stage below. It must never be given influences of a domain alone: rows outside count as zeros, because who
falls into the domain is left to chance. Sources: Binder 1983; Särndal, Swensson and Wretman 1992, 4.3; lonely units
as in R's survey (Lumley 2010, appendix).
"""

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray
from councils.indicators.rules.design.plan import Design, DesignError, Lonely, Stage

# What is left of a stratum that was taken whole, after rounding.
_NOTHING_LEFT = 1e-7


def covariance(*, design: Design, influence: FloatArray, inside: BoolArray | None = None) -> FloatArray:
    """Covariance (P, P) of estimates whose influences are (N, P): sums of them are the estimates' errors.

    `inside` (N,) marks the rows of a domain (their influences are 0 elsewhere). Raises DesignError for a stratum with
    one unit under `Lonely.FAIL`.
    """
    rest = influence
    for adjustment in design.adjustments:
        rest = adjustment.residual(rest)
    # A calibrated design keeps all strata of the draw; without calibration those beyond the domain are not met.
    met = None if design.adjustments else inside
    found = np.zeros((influence.shape[1], influence.shape[1]))
    factor = np.ones(1)
    for level, stage in enumerate(design.stages):
        parent = stage.parent_of_stratum if level else np.zeros_like(stage.parent_of_stratum)
        scale = _scales(stage, parent, design.lonely, met, level)
        units = len(stage.stratum_of_unit)
        totals = _sums(rest, stage.unit, units)
        means = _sums(totals, stage.stratum_of_unit, len(stage.drawn)) / stage.drawn[:, None]
        lonely = (stage.drawn == 1)[stage.stratum_of_unit]
        apart = lonely & (design.lonely is Lonely.ADJUST)
        spread = np.where(apart[:, None], totals, totals - means[stage.stratum_of_unit])
        own = factor[parent[stage.stratum_of_unit]]
        found += spread.T @ (spread * (own * scale)[:, None])
        factor = own * stage.taken
    return found


def degrees_of_freedom(*, design: Design, domain: BoolArray | None = None) -> int:
    """Sampling units less strata of the first stage, of answers with a weight above 0 (in the domain)."""
    kept = design.weights != 0 if domain is None else (design.weights != 0) & domain
    first = design.stages[0]
    units = np.unique(first.unit[kept])
    return len(units) - len(np.unique(first.stratum_of_unit[units]))


def _scales(stage: Stage, parent: IntArray, lonely: Lonely, met: BoolArray | None, level: int) -> FloatArray:
    """(1 - f) n/(n-1) of each unit (U,), with what stands for strata of one unit."""
    alone = stage.drawn == 1
    left = stage.left
    several = np.where(alone, 1.0, stage.drawn / np.maximum(stage.drawn - 1, 1))
    scale: FloatArray = left * several[stage.stratum_of_unit]
    open_ = np.zeros(len(stage.drawn), dtype=bool)
    np.logical_or.at(open_, stage.stratum_of_unit, left >= _NOTHING_LEFT)
    used = np.ones(len(stage.drawn), dtype=bool)
    if met is not None:
        used[:] = False
        used[stage.stratum_of_unit[stage.unit[met]]] = True
    unknown = alone & open_ & used
    if not unknown.any():
        return scale
    if lonely is Lonely.FAIL:
        label = stage.labels[int(np.flatnonzero(unknown)[0])]
        raise DesignError(f"stratum {label} has one cluster at stage {level + 1}")
    if lonely is Lonely.AVERAGE:
        strata = np.bincount(parent, weights=used, minlength=int(parent.max()) + 1)
        known = strata - np.bincount(parent, weights=unknown, minlength=len(strata))
        if np.any((strata > 0) & (known == 0)):
            raise DesignError(f"every stratum has one cluster at stage {level + 1}: there is no average")
        share = np.divide(strata, known, out=np.ones_like(strata), where=known > 0)
        scale = scale * np.where(unknown, 0.0, share[parent])[stage.stratum_of_unit]
    return scale


def _sums(values: FloatArray, group: IntArray, groups: int) -> FloatArray:
    columns = [np.bincount(group, weights=column, minlength=groups) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((groups, 0))
