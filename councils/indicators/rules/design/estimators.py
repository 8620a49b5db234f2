"""Totals, means and ratios with their covariance, for everybody or a domain, and what can be made of them.

Each is a value and the influence of every answer on it; the design turns influences into a covariance. An estimate
must never be made of missing values in silence: they are refused, or left out as a domain. Sources: Binder 1983;
Särndal, Swensson and Wretman 1992, chapter 5; Kish 1965 (design effects).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from councils.indicators.rules.arrays import BoolArray, FloatArray
from councils.indicators.rules.design.plan import Design, DesignError, codes
from councils.indicators.rules.design.variance import covariance, degrees_of_freedom


class Deff(StrEnum):
    """What a design effect is compared with: a simple random sample `finite` (drawn without replacement from the sum
    of weights) or `replace` (drawn with replacement).
    """

    FINITE = "finite"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, eq=False)
class SurveyEstimate:
    """P estimates: `values` (P,), `covariance` (P, P), degrees of freedom, answers used, design effects or None."""

    values: FloatArray
    covariance: FloatArray
    df: int
    n: int
    deff: FloatArray | None = None

    @property
    def se(self) -> FloatArray:
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def limits(self, *, level: float = 0.95, df: float | None = None) -> tuple[FloatArray, FloatArray]:
        """Student limits with the design's degrees of freedom, or `df` (infinity: the normal ones)."""
        half = float(stdtrit(self.df if df is None else df, (1 + level) / 2)) * self.se
        return self.values - half, self.values + half


def total(
    *, design: Design, values: ArrayLike, domain: ArrayLike | None = None, deff: Deff | None = None
) -> SurveyEstimate:
    """Totals of `values` (N,) or (N, P), in their unit times people: sum w y."""
    y, inside = _columns(design, values, domain)
    kept = _weights(design, inside)
    found = _estimate(design, kept @ y, y * kept[:, None], inside)
    if deff is None:
        return found
    return _with_deff(found, _simple(kept, y, deff) * kept.sum() ** 2)


def mean(
    *, design: Design, values: ArrayLike, domain: ArrayLike | None = None, deff: Deff | None = None
) -> SurveyEstimate:
    """Means of `values` (N,) or (N, P): sum w y / sum w, influence w (y - mean) / sum w. Raises for an empty domain."""
    y, inside = _columns(design, values, domain)
    kept = _weights(design, inside)
    whole = float(kept.sum())
    if whole <= 0:
        raise DesignError("nobody is in the domain")
    values_ = kept @ y / whole
    found = _estimate(design, values_, (y - values_) * (kept / whole)[:, None], inside)
    return found if deff is None else _with_deff(found, _simple(kept, y, deff))


def ratio(
    *, design: Design, numerator: ArrayLike, denominator: ArrayLike, domain: ArrayLike | None = None
) -> SurveyEstimate:
    """Ratios r = sum w y / sum w x of (N,) or (N, P) each, influence w (y - r x) / sum w x."""
    y, inside = _columns(design, numerator, domain)
    x, _same = _columns(design, denominator, domain)
    kept = _weights(design, inside)
    below = kept @ x
    if np.any(below == 0):
        raise DesignError("a denominator sums to zero")
    values = kept @ y / below
    return _estimate(design, values, (y - values * x) * kept[:, None] / below, inside)


def by(
    *, design: Design, groups: ArrayLike, statistic: Callable[[BoolArray], SurveyEstimate]
) -> dict[str, SurveyEstimate]:
    """`statistic` of every group's domain mask, by label in sorted order: the whole design stays."""
    group, names = codes(groups)
    return {str(name): statistic(group == number) for number, name in enumerate(names)}


def contrast(*, estimate: SurveyEstimate, coefficients: ArrayLike) -> SurveyEstimate:
    """Linear combinations of estimates: `coefficients` (P,) or (R, P)."""
    rows = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    return SurveyEstimate(
        values=rows @ estimate.values, covariance=rows @ estimate.covariance @ rows.T, df=estimate.df, n=estimate.n
    )


def kish_effect(*, design: Design) -> float:
    """Kish's design effect of the weights alone: n sum w^2 / (sum w)^2."""
    weights = design.weights
    return float(len(weights) * (weights**2).sum() / weights.sum() ** 2)


def domain_mask(design: Design, domain: ArrayLike | None) -> BoolArray | None:
    """A mask (N,) of booleans, refused when it is anything else."""
    if domain is None:
        return None
    inside = np.asarray(domain)
    if inside.shape != (design.size,) or inside.dtype != np.bool_:
        raise DesignError("a domain is one True or False for every answer")
    return inside


def _columns(design: Design, values: ArrayLike, domain: ArrayLike | None) -> tuple[FloatArray, BoolArray | None]:
    y = np.asarray(values, dtype=np.float64)
    if y.shape[:1] != (design.size,):
        raise DesignError("values must have one row for every answer")
    y = y.reshape(design.size, -1)
    inside = domain_mask(design, domain)
    if inside is not None:
        y = np.where(inside[:, None], y, 0.0)
    if not np.all(np.isfinite(y)):
        raise DesignError("a value is missing: leave such answers out with domain=")
    return y, inside


def _weights(design: Design, inside: BoolArray | None) -> FloatArray:
    return design.weights if inside is None else design.weights * inside


def _estimate(design: Design, values: FloatArray, influence: FloatArray, inside: BoolArray | None) -> SurveyEstimate:
    used = design.weights != 0 if inside is None else (design.weights != 0) & inside
    return SurveyEstimate(
        values=values,
        covariance=covariance(design=design, influence=influence, inside=inside),
        df=degrees_of_freedom(design=design, domain=inside),
        n=int(np.count_nonzero(used)),
    )


def _simple(kept: FloatArray, y: FloatArray, deff: Deff) -> FloatArray:
    """Variance (P,) of a mean in a simple random sample of as many answers. nan where the weights sum to fewer."""
    n, whole = int(np.count_nonzero(kept)), float(kept.sum())
    middle = kept @ y / whole
    spread = kept @ (y - middle) ** 2 / whole * n / max(1, n - 1)
    if deff is Deff.REPLACE:
        return spread / n
    return spread * (whole - n) / (whole * n) if whole >= n else np.full(len(spread), np.nan)


def _with_deff(found: SurveyEstimate, simple: FloatArray) -> SurveyEstimate:
    variance = np.diag(found.covariance)
    # A census has no error of its own: whatever a design adds is beyond any multiple of it.
    beyond = np.where((simple == 0) & (variance > 0), np.inf, np.nan)
    effect = np.divide(variance, simple, out=beyond, where=simple > 0)
    return SurveyEstimate(found.values, found.covariance, found.df, found.n, effect)
