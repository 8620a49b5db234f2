"""Calibration: weights that reproduce known totals, and what that explains of an estimate's variance.

Post-stratification, raking, generalised regression (linear and multiplicative) and trimming, each a new design. A
total that no answer can carry, or that no weights meet, must never be passed over: it is refused. Sources: Deville
and Särndal 1992 (calibration); Deming and Stephan 1940 (raking); Valliant 1993 and R's survey 4.1-1 (residuals).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from councils.indicators.rules.arrays import FloatArray, IntArray
from councils.indicators.rules.design.plan import Design, DesignError, codes

# Total in people (or whatever weights count) by label.
Totals = Mapping[str, float] | Mapping[int, float] | Mapping[float, float]
_RESIDUAL_SWEEPS = 10
_NEWTON_STEPS = 100


class Distance(StrEnum):
    """How far calibration may move weights: linear g = 1 + x'b (may turn negative), raking g = exp(x'b)."""

    LINEAR = "linear"
    RAKING = "raking"


@dataclass(frozen=True, slots=True, eq=False)
class PostStratified:
    """Post-strata `group` (N,), the weights `after` and `before` (N,)."""

    group: IntArray
    after: FloatArray
    before: FloatArray

    def residual(self, influence: FloatArray) -> FloatArray:
        """u - w * (mean of u/w in the post-stratum, weighted as before)."""
        weighed = influence * (self.before / self.after)[:, None]
        sums = np.stack([np.bincount(self.group, weights=column) for column in weighed.T], axis=1)
        known = np.bincount(self.group, weights=self.before)
        means = sums / np.where(known == 0, 1.0, known)[:, None]
        return influence - means[self.group] * self.after[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Raked:
    """Margins of a raking: for each the category (N,) and the weights (N,) that it left."""

    margins: tuple[tuple[IntArray, FloatArray], ...]

    def residual(self, influence: FloatArray) -> FloatArray:
        """u less its means over every margin in turn, ten times over, as R's survey does."""
        rest = influence
        for _ in range(_RESIDUAL_SWEEPS):
            for group, weights in self.margins:
                each = rest / weights[:, None]
                sums = np.stack([np.bincount(group, weights=column) for column in each.T], axis=1)
                means = sums / np.bincount(group)[:, None]
                rest = rest - weights[:, None] * means[group]
        return rest


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """Generalised regression: `basis` (N, Q) orthonormal columns of the scaled x, `scale` (N,)."""

    basis: FloatArray
    scale: FloatArray

    def residual(self, influence: FloatArray) -> FloatArray:
        """Residuals of u/scale on x, times scale."""
        each = influence / self.scale[:, None]
        return (each - self.basis @ (self.basis.T @ each)) * self.scale[:, None]


def post_stratify(*, design: Design, groups: ArrayLike, totals: Totals, partial: bool = False) -> Design:
    """Scale weights so that every post-stratum of `groups` (N,) sums to its total in people.

    `partial` lets totals without answers fall away. Raises DesignError for a group without a total and the reverse.
    """
    group, wanted = _wanted(design, groups, totals, partial=partial)
    weights = _scaled(design.weights, group, wanted)
    # A stratum whose answers weigh nothing explains nothing.
    after = np.where((weights == 0) & (design.weights == 0), 1.0, weights)
    return design.reweighted(weights=weights, adjustment=PostStratified(group, after, design.weights))


def rake(
    *, design: Design, margins: Sequence[tuple[ArrayLike, Totals]], tolerance: float = 1e-10, sweeps: int = 1000
) -> Design:
    """Weights that meet every margin (groups (N,), totals) to `tolerance` of its totals, by proportional fitting.

    Raises DesignError for margins that differ in their sum, categories without answers or without a total, and when
    `sweeps` are not enough. (R stops when no cell of the table moves by one; the limit is the same.)
    """
    if not margins:
        raise DesignError("raking needs a margin")
    found = [_wanted(design, groups, totals, partial=False) for groups, totals in margins]
    whole = [float(wanted.sum()) for _group, wanted in found]
    if max(whole) - min(whole) > 1e-6 * max(whole):
        raise DesignError("the margins do not sum to the same total")
    weights = design.weights
    for _ in range(sweeps):
        miss, left = 0.0, []
        for group, wanted in found:
            scaled = _scaled(weights, group, wanted)
            miss = max(miss, float(np.max(np.abs(scaled - weights) / np.where(weights == 0, 1.0, weights))))
            weights = scaled
            left.append((group, np.where(weights == 0, 1.0, weights)))
        if miss <= tolerance:
            return design.reweighted(weights=weights, adjustment=Raked(tuple(left)))
    raise DesignError(f"raking did not converge in {sweeps} sweeps")


def calibrate(
    *,
    design: Design,
    known: ArrayLike,
    totals: ArrayLike,
    variance: ArrayLike | None = None,
    distance: Distance = Distance.LINEAR,
    tolerance: float = 1e-10,
) -> Design:
    """Weights with which `known` (N, Q), an intercept among its columns where there is one, sums to `totals` (Q,).

    `variance` (N,) is what the residuals of the working model vary by (x itself gives the ratio estimator). Raises
    DesignError for columns that repeat each other and totals that cannot be met.
    """
    x = np.asarray(known, dtype=np.float64).reshape(design.size, -1)
    wanted = np.asarray(totals, dtype=np.float64).ravel()
    sigma = np.ones(design.size) if variance is None else np.asarray(variance, dtype=np.float64)
    if wanted.shape != (x.shape[1],) or sigma.shape != (design.size,) or np.any(sigma <= 0):
        raise DesignError("calibration needs one total for every column and variances above 0")
    weights = design.weights
    root = np.sqrt(weights)
    basis, triangle = np.linalg.qr(x * (root / np.sqrt(sigma))[:, None])
    if np.min(np.abs(np.diag(triangle))) <= 1e-10 * np.max(np.abs(np.diag(triangle))):
        raise DesignError("a calibration column is a sum of others")
    factors = _factors(x, weights, sigma, wanted, distance, tolerance)
    scale = factors * root * np.sqrt(sigma)
    calibrated = Calibrated(basis, np.where(scale == 0, 1.0, scale))
    return design.reweighted(weights=weights * factors, adjustment=calibrated)


def trim(*, design: Design, upper: float = np.inf, lower: float = 0.0, strict: bool = False) -> Design:
    """Cut weights to `lower`..`upper` and give what was cut to the others in equal parts.

    The rest may then exceed the limit again: `strict` repeats until none does. Raises DesignError when nobody is
    left to carry what was cut.
    """
    weights = design.weights
    while True:
        outside = (weights < lower) | (weights > upper)
        if not outside.any():
            return design.reweighted(weights=weights)
        if outside.all() or (strict and not lower <= weights.mean() <= upper):
            raise DesignError("the mean weight lies outside the limits")
        cut = np.clip(weights, lower, upper)
        weights = np.where(outside, cut, cut + float((weights - cut).sum()) / int((~outside).sum()))
        if not strict:
            return design.reweighted(weights=weights)


def _wanted(design: Design, groups: ArrayLike, totals: Totals, *, partial: bool) -> tuple[IntArray, FloatArray]:
    group, names = codes(groups)
    if len(group) != design.size:
        raise DesignError("groups must have one label for every answer")
    known: dict[object, float] = dict(totals.items())
    for name in names.tolist():
        if not known.get(name, 0.0) > 0 and np.any(design.weights[group == names.tolist().index(name)] > 0):
            raise DesignError(f"{name} has answers and no total")
    missing = [name for name, people in known.items() if name not in names.tolist() and people]
    if missing and not partial:
        raise DesignError(f"{missing[0]} has a total and no answers")
    return group, np.array([float(known.get(name, 0.0)) for name in names.tolist()])


def _scaled(weights: FloatArray, group: IntArray, wanted: FloatArray) -> FloatArray:
    have = np.bincount(group, weights=weights, minlength=len(wanted))
    return weights * np.divide(wanted, have, out=np.ones_like(have), where=have > 0)[group]


def _factors(
    x: FloatArray, weights: FloatArray, sigma: FloatArray, wanted: FloatArray, distance: Distance, tolerance: float
) -> FloatArray:
    """g (N,) by Newton's method; the linear distance is met in one step."""
    beta = np.zeros(x.shape[1])
    factors = np.ones(len(weights))
    for _ in range(_NEWTON_STEPS):
        miss = wanted - x.T @ (weights * factors)
        if np.all(np.abs(miss) <= tolerance * (1 + np.abs(wanted))):
            return factors
        slope = np.ones(len(weights)) if distance is Distance.LINEAR else factors
        beta = beta + np.linalg.solve(x.T @ (x * (weights * slope / sigma)[:, None]), miss)
        moved = x @ beta / sigma
        factors = 1 + moved if distance is Distance.LINEAR else np.exp(np.clip(moved, -50.0, 50.0))
    raise DesignError("no weights meet the calibration totals")
