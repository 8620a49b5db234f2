"""Quantiles of a weighted sample by the rules of R's svyquantile, with Woodruff's limits.

The limits are the quantiles at the limits of the share below the quantile. A rule must never be changed quietly: it
decides what a median of grades is. Sources: Woodruff 1952; Hyndman and Fan 1996 (rules hf4 to hf9).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from councils.indicators.rules.arrays import FloatArray
from councils.indicators.rules.design.estimators import domain_mask, mean
from councils.indicators.rules.design.limits import Method, limits, rows_counted
from councils.indicators.rules.design.plan import Design, DesignError

_HAIR = 1e-12


class Rule(StrEnum):
    """`math`: the smallest value with at least p below or at it; `school`: the mean of two where p is met exactly;
    hf4 to hf9: weighted forms of Hyndman and Fan's. Where the lowest answer alone weighs more than the share asked
    for, `math`, `school` and `hf4` give that answer; R 4.1-1 then gives the second one, or leaves the data.
    """

    MATH = "math"
    SCHOOL = "school"
    HF4 = "hf4"
    HF5 = "hf5"
    HF6 = "hf6"
    HF7 = "hf7"
    HF8 = "hf8"
    HF9 = "hf9"


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile with its limits and error, in the values' unit. nan where a limit leaves the data."""

    value: float
    low: float
    high: float
    se: float


def quantile(
    *,
    design: Design,
    values: ArrayLike,
    at: float,
    domain: ArrayLike | None = None,
    rule: Rule = Rule.MATH,
    interval: Method = Method.MEAN,
    level: float = 0.95,
    df: float | None = None,
) -> Quantile:
    """The quantile `at` (0..1) of `values` (N,). The error is the limits' width over twice Student's quantile."""
    inside = domain_mask(design, domain)
    kept = design.weights > 0 if inside is None else (design.weights > 0) & inside
    y = np.asarray(values, dtype=np.float64)
    if not kept.any() or not np.all(np.isfinite(y[kept])) or not 0 <= at <= 1:
        raise DesignError("a quantile needs answers with a value, at a share from 0 to 1")
    value = weighted_quantile(values=y[kept], weights=design.weights[kept], at=at, rule=rule)
    below = mean(design=design, values=kept & (y <= value), domain=inside)
    share, free = float(below.values[0]), below.df if df is None else df
    n = rows_counted(design=design, domain=inside, method=interval, n=below.n)
    low, high = limits(share=share, se=float(below.se[0]), n=n, df=free, own_df=below.df, method=interval, level=level)
    ends = [
        weighted_quantile(values=y[kept], weights=design.weights[kept], at=min(max(end, 0.0), 1.0), rule=rule)
        # A limit that leaves 0..1 by its last bits alone is an end of the scale.
        if -_HAIR <= end <= 1 + _HAIR
        else np.nan
        for end in (low, high)
    ]
    half = 2 * float(stdtrit(free, (1 + level) / 2))
    return Quantile(value, ends[0], ends[1], (ends[1] - ends[0]) / half)


def weighted_quantile(*, values: FloatArray, weights: FloatArray, at: float, rule: Rule) -> float:
    """The quantile of values (N,) whose weights (N,) are all above 0."""
    order = np.argsort(values, kind="stable")
    x, w = values[order], weights[order]
    # Whether a share is met exactly must not hang on the last bit: long sums, as R carries them.
    upto = np.cumsum(w.astype(np.longdouble)).astype(np.float64)
    whole = float(upto[-1])
    if rule in (Rule.MATH, Rule.SCHOOL, Rule.HF4):
        reached = np.flatnonzero(upto <= at * whole)
        place = int(reached[-1]) if len(reached) else 0
        after = min(place + 1, len(x) - 1)
        under, over = at - upto[place] / whole, upto[after] / whole - at
        if under < 0:
            return float(x[0])
        if x[place] == x[after]:  # between two equal answers lies no rounding error
            return float(x[place])
        if rule is Rule.HF4:
            part = under / (under + over)
            return float(x[place] * (1 - part) + x[after] * part)
        if under == 0:
            return float(x[place] if rule is Rule.MATH else (x[place] + x[after]) / 2)
        return float(x[after])
    before = upto - w
    points = {
        Rule.HF5: (upto - w / 2) / upto[-1],
        Rule.HF6: upto / (upto[-1] + w[-1]),
        Rule.HF7: before / upto[-2] if len(x) > 1 else np.zeros(1),
        Rule.HF8: (before / 3 + upto * 2 / 3) / (upto[-1] + w[-1] / 3),
        Rule.HF9: (before * 3 / 8 + upto * 5 / 8) / (upto[-1] + w[-1] / 4),
    }[rule]
    # Equal places (they cannot be: weights are above 0) aside, np.interp keeps the ends, as R's approx(rule = 2).
    return float(np.interp(at, points, x))
