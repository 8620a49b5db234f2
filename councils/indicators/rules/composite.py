"""A summary of several indicators, only ever as a band.

Every indicator is placed between two goalposts, those of a pillar count equally (arithmetic mean), the pillars by their
geometric mean, so that one good pillar does not buy off a bad one; the band is what survey error leaves of it. There
is no value in the result: a single number would be read as a rank. Source: UNDP, technical notes of the Human
Development Report (goalposts, geometric mean).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.intervals import LEVEL

DRAWS = 10_000
# A geometric mean with a zero in it is zero whatever the rest: the worst goalpost counts as a hundredth.
FLOOR = 0.01


@dataclass(frozen=True, slots=True)
class Placed:
    """An indicator with its standard error and goalposts in its unit: `worst` counts 0, `best` 1 (either way round)."""

    value: float
    se: float
    worst: float
    best: float


@dataclass(frozen=True, slots=True)
class Band:
    """95 % of what the composite may be, 0..1, and the pillars (0..1, low and high) it is made of."""

    low: float
    high: float
    pillars: Mapping[str, tuple[float, float]]


def composite(*, pillars: Mapping[str, Sequence[Placed]], seed: int, draws: int = DRAWS) -> Band:
    """The band of some pillars of indicators. Raises ValueError for a pillar without any, or goalposts that agree."""
    if not pillars or not all(pillars.values()):
        raise ValueError("every pillar needs an indicator")
    rng = np.random.default_rng(seed)
    drawn = {}
    for name, own in pillars.items():
        if any(one.worst == one.best or one.se < 0 for one in own):
            raise ValueError(f"{name}: goalposts that agree, or a negative error")
        value, se, worst, best = (
            np.array(column) for column in zip(*((o.value, o.se, o.worst, o.best) for o in own), strict=True)
        )
        raw = value + se * rng.standard_normal((draws, len(own)))
        drawn[name] = np.clip((raw - worst) / (best - worst), FLOOR, 1.0).mean(axis=1)
    whole = np.exp(np.log(np.stack(list(drawn.values()))).mean(axis=0))
    tail = [(1 - LEVEL) / 2, 1 - (1 - LEVEL) / 2]
    ends = {name: np.quantile(values, tail) for name, values in drawn.items()}
    low, high = np.quantile(whole, tail)
    return Band(float(low), float(high), {name: (float(a), float(b)) for name, (a, b) in ends.items()})
