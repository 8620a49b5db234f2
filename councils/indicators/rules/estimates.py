"""Estimates from the count cube: shares of every option and scores of a question, with linearised standard errors.

Weights are a function of the raking cell, so everything follows from counts per cell: no response is read. A weighted
figure must never be shown without the raw one beside it; both come from the same functions, raw with weights of 1.
Formula: var(p) = n/(n-1) [(1-2p) S2_o + p^2 S2] / W^2, S2 = sum of w^2 over the base, S2_o over those who chose the
option. With `Credit` the same of residuals: what the margins explain of an answer is taken off before, as R's survey
does after rake() and postStratify(), with n/(n-1) over all respondents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray
from councils.indicators.rules.intervals import NO_VARIANCE, score_limits, share_limits
from councils.indicators.rules.scores import Scoring
from councils.indicators.states import Interval, Unit


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of K options, arrays (..., K); `n`, `n_eff` and `deff` belong to the base, arrays (...).

    `wilson` says which interval was used. Without answers the share is 0 and its interval 0..1.
    """

    share: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    wilson: BoolArray
    n: IntArray
    n_eff: FloatArray
    deff: FloatArray


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure with its uncertainty; `value`, `se`, `low`, `high` are in 0..1, -1..1 or steps of the scale.

    `width` is the interval as a part of the whole scale, so that shares, balances and scores are flagged alike.
    """

    value: float
    se: float
    low: float
    high: float
    n: int
    n_eff: float
    deff: float
    interval: Interval
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Credit:
    """What calibration explains: `respondents` (..., C) per cell, answered or not, and `fit` (..., C, C), which turns
    means per cell into what the margins make of them. `rank` (...) is the number of categories that were met.
    """

    respondents: IntArray
    fit: FloatArray
    rank: IntArray


def credit(*, respondents: IntArray, targets: Sequence[IntArray]) -> Credit:
    """Credit for weights that meet `targets`, each the category (C - 1,) of the cells; the last of `respondents` (C,)
    are those without a cell, whose weight no margin explains.
    """
    cells = len(respondents) - 1
    known = np.concatenate([np.eye(int(one.max()) + 1)[one] for one in targets], axis=1)
    weighed = known * respondents[:cells, None]
    inverse = np.linalg.pinv(known.T @ weighed, rcond=1e-10, hermitian=True)
    fit = np.zeros((cells + 1, cells + 1))
    fit[:cells, :cells] = known @ inverse @ weighed.T
    rank = round(float(np.trace(fit)))
    return Credit(respondents=respondents, fit=fit, rank=np.array(rank))


def credits_of(*, several: Sequence[Credit]) -> Credit:
    """Credits of T towns side by side, with an axis for questions: (T, 1, C)."""
    return Credit(
        respondents=np.stack([one.respondents for one in several])[:, None],
        fit=np.stack([one.fit for one in several])[:, None],
        rank=np.stack([one.rank for one in several])[:, None],
    )


def shares(*, counts: IntArray, base: IntArray, weights: FloatArray, credited: Credit | None = None) -> Shares:
    """Shares from `counts` (..., K, C), `base` (..., C) and `weights` (..., C); leading axes broadcast.

    `base` counts everybody who answered the question; for a multiple choice it is less than the sum of the options.
    """
    answers = base.sum(axis=-1)
    total = (base * weights).sum(axis=-1)
    squares = (base * weights**2).sum(axis=-1)
    safe = np.where(total > 0, total, 1.0)[..., None]
    chosen = (counts * weights[..., None, :]).sum(axis=-1)
    chosen_squares = (counts * weights[..., None, :] ** 2).sum(axis=-1)
    # Rounding may lift a full house above 1 by one bit.
    share = np.clip(chosen / safe, 0.0, 1.0)
    if credited is None:
        spread = (1 - 2 * share) * chosen_squares + share**2 * squares[..., None]
        correction = _correction(answers, 1)[..., None]
    else:
        rest = share[..., None] + _explained(counts - share[..., None] * base[..., None, :], credited)
        own = counts * (1 - 2 * rest) + base[..., None, :] * rest**2
        absent = (credited.respondents - base)[..., None, :] * (rest - share[..., None]) ** 2
        spread = ((own + absent) * weights[..., None, :] ** 2).sum(axis=-1)
        correction = _correction(credited.respondents.sum(axis=-1), credited.rank)[..., None]
    variance = correction * spread / safe**2
    n_eff = np.divide(total**2, squares, out=np.zeros(answers.shape), where=squares > 0)
    deff = np.divide(answers, n_eff, out=np.ones(answers.shape), where=n_eff > 0)
    variance = np.where(variance > NO_VARIANCE, variance, 0.0)
    wide = np.broadcast_to
    low, high, by_wilson = share_limits(
        share=share,
        variance=variance,
        n=wide(answers[..., None], share.shape).astype(np.float64),
        n_eff=wide(n_eff[..., None], share.shape),
        df=wide(answers[..., None] - 1, share.shape).astype(np.float64),
        credited=credited is not None,
    )
    return Shares(
        share=share, se=np.sqrt(variance), low=low, high=high, wilson=by_wilson, n=answers, n_eff=n_eff, deff=deff
    )


def _explained(sums: FloatArray, credited: Credit) -> FloatArray:
    """What the margins make of deviations summed per cell (..., K, C)."""
    respondents = credited.respondents[..., None, :]
    means = np.divide(sums, respondents, out=np.zeros(np.broadcast(sums, respondents).shape), where=respondents > 0)
    explained: FloatArray = means @ np.swapaxes(credited.fit, -1, -2)
    return explained


def _correction(n: IntArray, lost: IntArray | int) -> FloatArray:
    """n / (n - lost), 1 where that is not known."""
    below = np.asarray(n - lost, dtype=np.float64)
    return np.divide(n, below, out=np.ones(below.shape), where=below > 0)


def estimate(
    *, counts: IntArray, base: IntArray, weights: FloatArray, scoring: Scoring, credited: Credit | None = None
) -> Estimate | None:
    """One figure from `counts` (K, C) of the scored options, `base` (C,) and `weights` (C,).

    None when nobody answered. Shares get Korn-Graubard or Wilson limits, balances and means Student limits of the
    linearised mean.
    """
    if not base.any():
        return None
    if scoring.unit is Unit.SHARE:
        chosen = counts[scoring.scores > 0].sum(axis=0)
        found = shares(counts=chosen[None, :], base=base, weights=weights, credited=credited)
        share, n_eff = float(found.share[0]), float(found.n_eff)
        return Estimate(
            value=share,
            se=float(found.se[0]),
            low=float(found.low[0]),
            high=float(found.high[0]),
            n=int(found.n),
            n_eff=n_eff,
            deff=float(found.deff),
            interval=Interval.WILSON if found.wilson[0] else Interval.KORN_GRAUBARD,
            width=float(found.high[0] - found.low[0]),
        )
    return _score(counts, base, weights, scoring, credited)


def _score(
    counts: IntArray, base: IntArray, weights: FloatArray, scoring: Scoring, credited: Credit | None
) -> Estimate:
    n = int(base.sum())
    total = float((base * weights).sum())
    mean = float((scoring.scores[:, None] * counts * weights).sum()) / total
    deviation = (scoring.scores - mean)[:, None]
    spread, correction = (deviation**2 * counts).sum(axis=0), n / max(1, n - 1)
    if credited is not None:
        rest = _explained((deviation * counts).sum(axis=0)[None, :], credited)[0]
        spread = ((deviation - rest) ** 2 * counts).sum(axis=0) + (credited.respondents - base) * rest**2
        correction = float(_correction(credited.respondents.sum(), credited.rank))
    variance = correction * float((spread * weights**2).sum()) / total**2
    n_eff = total**2 / float((base * weights**2).sum())
    low, high = score_limits(mean=mean, se=variance**0.5, df=n - 1, lowest=scoring.lowest, highest=scoring.highest)
    return Estimate(
        value=mean,
        se=variance**0.5,
        low=low,
        high=high,
        n=n,
        n_eff=n_eff,
        deff=n / n_eff,
        interval=Interval.LINEARISED,
        width=(high - low) / (scoring.highest - scoring.lowest),
    )
