"""95 % intervals for shares and scores, and the rule that chooses between them.

Korn-Graubard keeps its promise near 0 and 1 and for few answers; Wilson is a little narrower in the middle. An
interval must never leave the possible range and never exclude its own estimate. Sources: Korn and Graubard 1998 (as
in R's survey::svyciprop(method = "beta")); Wilson 1927.
"""

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit

from councils.indicators.rules.arrays import BoolArray, FloatArray

LEVEL = 0.95
# Wilson is used where the share is away from the ends and the answers carry a normal approximation.
WILSON_FROM, WILSON_TO, WILSON_N_EFF = 0.2, 0.8, 30.0
# A hair of rounding must not turn "nobody" into "almost nobody".
NOBODY = 1e-9
# What is left of a variance of zero after rounding is not uncertainty.
NO_VARIANCE = 1e-18


def korn_graubard_size(
    *, share: FloatArray, variance: FloatArray, n: FloatArray, n_eff: FloatArray, df: FloatArray
) -> FloatArray:
    """Effective sample n* = min(n, p(1-p)/var * (t_{n-1}/t_df)^2), arrays of one shape.

    Where everybody or nobody chose the answer the variance says nothing: there n* is `n_eff`, Kish's.
    """
    tail = 1 - (1 - LEVEL) / 2
    ratio = (stdtrit(np.maximum(n - 1, 1.0), tail) / stdtrit(np.maximum(df, 1.0), tail)) ** 2
    spread = share * (1 - share)
    size = np.divide(
        spread, variance, out=np.array(n_eff, dtype=np.float64), where=(variance > NO_VARIANCE) & (spread > 0)
    )
    limited: FloatArray = np.minimum(n, size * ratio)
    return limited


def korn_graubard(*, share: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Clopper-Pearson limits of `share` with (fractional) `size` answers. size 0: the whole range 0..1."""
    alpha = 1 - LEVEL
    known = size > NOBODY
    safe = np.where(known, size, 1.0)
    hits, misses = share * safe, (1 - share) * safe
    low = np.where(hits > NOBODY, betaincinv(np.maximum(hits, NOBODY), misses + 1, alpha / 2), 0.0)
    high = np.where(misses > NOBODY, betaincinv(hits + 1, np.maximum(misses, NOBODY), 1 - alpha / 2), 1.0)
    return np.where(known, np.minimum(low, share), 0.0), np.where(known, np.maximum(high, share), 1.0)


def wilson(*, share: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wilson's score limits of `share` with (fractional) `size` answers. size 0: the whole range 0..1."""
    known = size > NOBODY
    safe = np.where(known, size, 1.0)
    z = float(ndtri(1 - (1 - LEVEL) / 2))
    scale = 1 + z**2 / safe
    middle = (share + z**2 / (2 * safe)) / scale
    half = z * np.sqrt(share * (1 - share) / safe + z**2 / (4 * safe**2)) / scale
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return np.where(known, np.minimum(low, share), 0.0), np.where(known, np.maximum(high, share), 1.0)


def share_limits(
    *, share: FloatArray, variance: FloatArray, n: FloatArray, n_eff: FloatArray, df: FloatArray, credited: bool = False
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Limits of shares and where Wilson was used (True): 0.2 < p < 0.8 and n_eff >= 30; Korn-Graubard elsewhere.
    Arrays of one shape.

    Wilson's size is `n_eff`, or, where the variance is `credited` with what calibration explains (Kish's size knows
    nothing of that), the n* of Korn and Graubard.
    """
    use: BoolArray = np.asarray((share > WILSON_FROM) & (share < WILSON_TO) & (n_eff >= WILSON_N_EFF))
    known = korn_graubard_size(share=share, variance=variance, n=n, n_eff=n_eff, df=df) if credited else n_eff
    low, high = wilson(share=share, size=known)
    # Beta quantiles cost a hundred times more than roots: only where they are used.
    rest = ~use
    size = korn_graubard_size(share=share[rest], variance=variance[rest], n=n[rest], n_eff=n_eff[rest], df=df[rest])
    low[rest], high[rest] = korn_graubard(share=share[rest], size=size)
    return low, high, use


def score_limits(*, mean: float, se: float, df: int, lowest: float, highest: float) -> tuple[float, float]:
    """Student limits of a mean score, cut at the ends of its scale. df < 1: the whole scale."""
    if df < 1:
        return lowest, highest
    half = float(stdtrit(df, 1 - (1 - LEVEL) / 2)) * se
    return max(lowest, mean - half), min(highest, mean + half)
