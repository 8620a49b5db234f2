"""Confidence limits of a share by the methods of R's svyciprop.

The limits of `beta` (Korn and Graubard 1998) keep their promise near 0 and 1; `logit`, `likelihood` (Rao and Scott
1984) and `asin` bend the scale, `mean` does not and may leave 0..1. Limits must never be given for a share of
nobody: an empty domain is refused.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import betaincinv, expit, logit, stdtrit

from councils.indicators.rules.design.estimators import mean
from councils.indicators.rules.design.plan import Design

_HAIR = 1e-12
_NO_ERROR = 1e-10  # what rounding leaves of a share that calibration fixed


class Method(StrEnum):
    """Names as in svyciprop; its `xlogit` is the same as `logit` here. `korn_graubard` is `beta` with an effective
    size of at most the answers, as its authors wrote and the town figures have it; R lets it be larger.
    """

    BETA = "beta"
    KORN_GRAUBARD = "korn_graubard"
    LOGIT = "logit"
    LIKELIHOOD = "likelihood"
    ASIN = "asin"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share with its error, limits, degrees of freedom and answers."""

    share: float
    se: float
    low: float
    high: float
    df: float
    n: int


def proportion(
    *,
    design: Design,
    chosen: ArrayLike,
    domain: ArrayLike | None = None,
    method: Method = Method.BETA,
    level: float = 0.95,
    df: float | None = None,
) -> Proportion:
    """Share of weight that chose, `chosen` (N,) of True and False or 1 and 0, with limits at `level`.

    `df` replaces the design's degrees of freedom (not those inside `beta`, as in R). Where the variance is 0, as when
    everybody or nobody chose, `beta` takes the exact limits of the answers, the others their point.
    """
    found = mean(design=design, values=np.asarray(chosen, dtype=np.float64), domain=domain)
    share, se = float(found.values[0]), float(found.se[0])
    n = rows_counted(design=design, domain=domain, method=method, n=found.n)
    low, high = limits(
        share=share, se=se, n=n, df=found.df if df is None else df, own_df=found.df, method=method, level=level
    )
    return Proportion(share, se, low, high, found.df if df is None else df, found.n)


def rows_counted(*, design: Design, domain: ArrayLike | None, method: Method, n: int) -> int:
    """Answers that the limits rest on: `n` with a weight in the domain. R's `beta` counts those without weight too,
    and of a calibrated design all rows, whatever the domain.
    """
    if method is not Method.BETA:
        return n
    return design.size if domain is None or design.adjustments else int(np.count_nonzero(domain))


def limits(
    *, share: float, se: float, n: int, df: float, own_df: float, method: Method, level: float
) -> tuple[float, float]:
    """Limits of a share whose error is known."""
    quantile = float(stdtrit(df, (1 + level) / 2))
    if method in (Method.BETA, Method.KORN_GRAUBARD):
        return _beta(share, se, n, own_df, level, most=np.inf if method is Method.BETA else n)
    if method is Method.MEAN or se == 0:
        return share - quantile * se, share + quantile * se
    if method is Method.LOGIT:
        half = quantile * se / (share * (1 - share))
        return float(expit(logit(share) - half)), float(expit(logit(share) + half))
    if method is Method.ASIN:
        middle, half = float(np.arcsin(np.sqrt(share))), quantile * se / (2 * np.sqrt(share * (1 - share)))
        return float(np.sin(middle - half) ** 2), float(np.sin(middle + half) ** 2)
    return _likelihood(share, se, n, quantile)


def _beta(share: float, se: float, n: int, df: float, level: float, *, most: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    size = float(n) if se <= _NO_ERROR else share * (1 - share) / se**2
    if df > 0:
        size *= float(stdtrit(n - 1, tail) / stdtrit(df, tail)) ** 2 if n > 1 else 1.0
    size = min(size, most)
    hits, misses = share * size, (1 - share) * size
    low = 0.0 if hits <= _HAIR else float(betaincinv(hits, misses + 1, tail))
    high = 1.0 if misses <= _HAIR else float(betaincinv(hits + 1, misses, 1 - tail))
    return low, high


def _likelihood(share: float, se: float, n: int, quantile: float) -> tuple[float, float]:
    """Where the deviance, scaled by the design effect and by the dispersion n/(n-1) of R's fit, is t^2."""
    scale = 2 * share * (1 - share) / se**2 * (n - 1) / n

    def excess(x: float) -> float:
        apart = share * np.log(share / x) + (1 - share) * np.log((1 - share) / (1 - x))
        return float(scale * apart - quantile**2)

    # So little is known that no share is too far: the limit is the end of the scale.
    low = 0.0 if excess(_HAIR) <= 0 else brentq(excess, _HAIR, share, xtol=1e-14)
    high = 1.0 if excess(1 - _HAIR) <= 0 else brentq(excess, share, 1 - _HAIR, xtol=1e-14)
    return low, high
