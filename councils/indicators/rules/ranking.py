"""The order of a town's needs by evidence, with the ranks that the data allow.

Key: share of residents who name the need x how severe it is x how vulnerable those are who name it, with the lower
Wilson bound in place of the share, so that a handful of voices does not lead the list. An order must never be shown
without its rank bands: most neighbours on the list cannot be told apart. Source: Wilson 1927.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.intervals import wilson


@dataclass(frozen=True, slots=True)
class Breadth:
    """A need as residents name it: `share` (0..1, weighted) of `n_eff` answers; `severity` 0..1; `vulnerability` is a
    factor of 1 or more (1: like everybody).
    """

    need: str
    share: float
    n_eff: float
    severity: float
    vulnerability: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A need at its `place` (1 is first). Its rank lies within `best`..`worst`; `key` orders, `low`..`high` is the
    interval of share x severity x vulnerability.
    """

    need: str
    place: int
    best: int
    worst: int
    key: float
    low: float
    high: float


def ranked(*, needs: Sequence[Breadth]) -> list[Ranked]:
    """Needs in order of their key; equal keys by name. Raises ValueError for numbers out of range."""
    for need in needs:
        if not (0 <= need.share <= 1 and 0 <= need.severity <= 1 and need.vulnerability >= 1 and need.n_eff >= 0):
            raise ValueError(f"{need.need}: a share, a severity or a vulnerability out of range")
    if not needs:
        return []
    factor = np.array([need.severity * need.vulnerability for need in needs])
    low, high = wilson(share=np.array([n.share for n in needs]), size=np.array([n.n_eff for n in needs]))
    low, high = low * factor, high * factor
    best = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    worst = len(needs) - (high[None, :] < low[:, None]).sum(axis=1)
    order = sorted(range(len(needs)), key=lambda at: (-low[at], needs[at].need))
    return [
        Ranked(needs[at].need, place, int(best[at]), int(worst[at]), float(low[at]), float(low[at]), float(high[at]))
        for place, at in enumerate(order, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Departure:
    """A need that a council put at `place`, outside the ranks `best`..`worst` that the evidence allows."""

    need: str
    place: int
    best: int
    worst: int


def departures(*, order: Sequence[Ranked], decided: Sequence[str]) -> list[Departure]:
    """Where a council's list departs from the evidence: every one of them needs a written reason.

    `decided` may stop early; needs it adds that nobody was asked about are no departures and keep their places.
    """
    known = {one.need: one for one in order}
    found = []
    for place, need in enumerate(decided, start=1):
        one = known.get(need)
        if one is not None and not one.best <= place <= one.worst:
            found.append(Departure(need, place, one.best, one.worst))
    return found
