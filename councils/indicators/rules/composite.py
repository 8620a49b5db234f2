"""A summary of several indicators, only ever as a band.

Every indicator is placed between two goalposts, those of a pillar count equally (arithmetic mean), the pillars by their
geometric mean, so that one good pillar does not buy off a bad one; the band is what survey error leaves of it. There
is no value in the result: a single number would be read as a rank. Source: UNDP, technical notes of the Human
Development Report (goalposts, geometric mean).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from statistics import NormalDist, fmean

from councils.indicators.rules.intervals import LEVEL

# A geometric mean with a zero in it is zero whatever the rest: the worst goalpost counts as a hundredth.
FLOOR = 0.01
# The figures of one survey err together: the same people gave them, and how far together nobody publishes. The band
# takes them to err all to one side, so it holds whatever the truth of that, and anybody can compute it by hand.
_REACH = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True, slots=True)
class Placed:
    """An indicator with its standard error and goalposts in its unit: `worst` counts 0, `best` 1 (either way round)."""

    value: float
    se: float
    worst: float
    best: float

    def between(self, reach: float) -> float:
        """Its place between the goalposts, FLOOR..1, `reach` standard errors towards the best."""
        place = (self.value - self.worst) / (self.best - self.worst) + reach * self.se / abs(self.best - self.worst)
        return min(max(place, FLOOR), 1.0)


@dataclass(frozen=True, slots=True)
class Band:
    """At least 95 % of what the composite may be, 0..1, and the pillars (0..1, low and high) it is made of."""

    low: float
    high: float
    pillars: Mapping[str, tuple[float, float]]


def composite(*, pillars: Mapping[str, Sequence[Placed]]) -> Band:
    """The band of some pillars of indicators. Raises ValueError for a pillar without any, or goalposts that agree."""
    if not pillars or not all(pillars.values()):
        raise ValueError("every pillar needs an indicator")
    for name, own in pillars.items():
        if any(one.worst == one.best or one.se < 0 for one in own):
            raise ValueError(f"{name}: goalposts that agree, or a negative error")
    low, high = (
        {name: fmean(one.between(reach) for one in own) for name, own in pillars.items()} for reach in (-_REACH, _REACH)
    )
    return Band(_mean(low), _mean(high), {name: (low[name], high[name]) for name in pillars})


def _mean(pillars: Mapping[str, float]) -> float:
    return float(prod(pillars.values()) ** (1 / len(pillars)))
