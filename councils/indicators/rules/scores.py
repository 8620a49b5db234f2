"""What an answer is worth: a formula of the catalogue is a score per option, the figure their weighted mean.

Top-two-box is 1 for the two best answers and 0 otherwise, a balance is +1 and -1, a mean score counts the steps of
the scale. A score must never be given to an answer that is not on the scale ("hard to say"): such answers leave the
base.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from councils.indicators.rules.arrays import FloatArray
from councils.indicators.states import Unit


class Measure(StrEnum):
    """How a formula reads answers.

    `top2(q)`: share of the two best answers. `share(q, a, b)`: share of the named answers. `balance(q)`: best minus
    worst, two answers each, one each on a scale of three. `mean(q)`: mean of the scale, the worst answer counting 1.
    """

    TOP2 = "top2"
    SHARE = "share"
    BALANCE = "balance"
    MEAN = "mean"


MIN_MEAN_SCALE, MIN_BALANCE_SCALE, MIN_TOP2_SCALE = 2, 3, 4

UNIT_OF_MEASURE: dict[Measure, Unit] = {
    Measure.TOP2: Unit.SHARE,
    Measure.SHARE: Unit.SHARE,
    Measure.BALANCE: Unit.BALANCE,
    Measure.MEAN: Unit.SCORE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """Scores (K,) of the K answers of the base, best first, and the ends of the scale they lie on."""

    scores: FloatArray
    lowest: float
    highest: float
    unit: Unit


def scoring(*, measure: Measure, scale: tuple[str, ...], chosen: tuple[str, ...] = ()) -> Scoring:
    """Scores of `scale` (answers of the base, best first). `chosen` names the answers that `share` counts.

    Raises ValueError when the scale is too short for the measure or an answer is not on it.
    """
    size = len(scale)
    if len(set(scale)) != size or not set(chosen) <= set(scale):
        raise ValueError("answers must be different and chosen from the scale")
    if measure is Measure.SHARE:
        if not chosen or len(chosen) == size:
            raise ValueError("a share names some answers, not none and not all")
        return Scoring(np.array([float(name in chosen) for name in scale]), 0.0, 1.0, Unit.SHARE)
    if chosen:
        raise ValueError(f"{measure} takes no answers")
    if measure is Measure.MEAN:
        if size < MIN_MEAN_SCALE:
            raise ValueError("a mean needs two steps")
        return Scoring(np.arange(size, 0, -1, dtype=np.float64), 1.0, float(size), Unit.SCORE)
    scores = np.zeros(size)
    if measure is Measure.BALANCE:
        if size < MIN_BALANCE_SCALE:
            raise ValueError("a balance needs three answers")
        box = 1 if size == MIN_BALANCE_SCALE else 2
        scores[:box], scores[-box:] = 1.0, -1.0
        return Scoring(scores, -1.0, 1.0, Unit.BALANCE)
    if size < MIN_TOP2_SCALE:
        raise ValueError("the two best of three answers are not a verdict: top2 needs four")
    scores[:2] = 1.0
    return Scoring(scores, 0.0, 1.0, Unit.SHARE)
