"""The general survey mean: weights, strata, clusters, finite populations and domains, linearised by Taylor's method.

The town waves of today need none of it (no strata, no clusters: `estimates` counts from the cube); this is what they
are checked against and what a drawn sample will need. It must never be fed cell tables: one entry per answer.
Source: Binder 1983; the same numbers as R's survey::svymean (known answers in the tests).
"""

from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class DesignMean:
    """A weighted mean with its linearised standard error.

    `df` = clusters - strata; `deff` compares its variance with that of a simple random sample of the same size.
    """

    mean: float
    se: float
    df: int
    n: int
    deff: float


def linearised_mean(
    *,
    weights: FloatArray,
    values: FloatArray,
    strata: IntArray | None = None,
    clusters: IntArray | None = None,
    population: FloatArray | None = None,
    domain: BoolArray | None = None,
) -> DesignMean:
    """Mean of `values` (N,) with `weights` (N,).

    `strata` and `clusters` (N,) are any whole numbers (clusters are numbered within strata); `population` (N,) holds
    the number of sampling units in the stratum of each answer (for the finite population correction); `domain` (N,)
    picks answers without breaking the design. Raises ValueError for a stratum with one cluster: its variance is
    unknown, not zero.
    """
    n = len(values)
    inside = np.ones(n) if domain is None else domain.astype(np.float64)
    strata = np.zeros(n, dtype=np.int64) if strata is None else strata
    clusters = np.arange(n) if clusters is None else clusters
    kept = weights * inside
    total = float(kept.sum())
    mean = float((kept * values).sum()) / total
    residual = kept * (values - mean) / total

    units, unit = np.unique(np.stack([strata, clusters], axis=1), axis=0, return_inverse=True)
    score = np.bincount(unit.ravel(), weights=residual, minlength=len(units))
    variance = 0.0
    labels = np.unique(units[:, 0])
    for label in labels:
        own = score[units[:, 0] == label]
        m = len(own)
        if m == 1:
            raise ValueError(f"stratum {label} has one cluster")
        fraction = 0.0 if population is None else m / float(population[strata == label][0])
        variance += (1.0 - fraction) * m / (m - 1) * float(((own - own.mean()) ** 2).sum())

    answers = int(np.count_nonzero(inside))
    spread = float((kept * (values - mean) ** 2).sum()) / total * answers / max(1, answers - 1)
    simple = spread / answers
    if population is not None:
        simple *= max(0.0, 1.0 - answers / total)
    return DesignMean(
        mean=mean,
        se=variance**0.5,
        df=len(units) - len(labels),
        n=answers,
        deff=variance / simple if simple > 0 else 1.0,
    )
