"""The order of a town's needs by evidence, with the ranks that the data allow.

Key: share of residents who name the need x how severe it is x how vulnerable those are who name it, with the lower
Wilson bound in place of the share, so that a handful of voices does not lead the list. An order must never be shown
without its rank bands: most neighbours on the list cannot be told apart. Sources: Wilson 1927; limits of a product
from the limits of its factors: Zou and Donner 2008 (MOVER, on logarithms).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from councils.indicators.rules.arrays import FloatArray
from councils.indicators.rules.intervals import wilson


@dataclass(frozen=True, slots=True)
class Breadth:
    """A need as residents name it: `share` (0..1, weighted) of `n_eff` answers; `severity` 0..1; `vulnerability` is a
    factor of 1 or more (1: like everybody). The two come with their limits where they are estimates themselves.
    """

    need: str
    share: float
    n_eff: float
    severity: float
    vulnerability: float
    severity_limits: tuple[float, float] | None = None
    vulnerability_limits: tuple[float, float] | None = None

    @property
    def factors(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Severity and vulnerability as (low, value, high)."""
        severe, vulnerable = (
            (limits[0], value, limits[1]) if limits else (value, value, value)
            for value, limits in (
                (self.severity, self.severity_limits),
                (self.vulnerability, self.vulnerability_limits),
            )
        )
        return severe, vulnerable


@dataclass(frozen=True, slots=True)
class Ranked:
    """A need at its `place` (1 is first). Its rank lies within `best`..`worst`; `key` orders, `low`..`high` is the
    interval of share x severity x vulnerability, all three with their own uncertainty.
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
        severe, vulnerable = need.factors
        inside = 0 <= need.share <= 1 and severe[0] >= 0 and severe[2] <= 1 and vulnerable[0] >= 1 and need.n_eff >= 0
        if not inside or any(not low <= value <= high for low, value, high in (severe, vulnerable)):
            raise ValueError(f"{need.need}: a share, a severity or a vulnerability out of range")
    if not needs:
        return []
    shares = np.array([n.share for n in needs])
    ends = wilson(share=shares, size=np.array([n.n_eff for n in needs]))
    factors = np.array([need.factors for need in needs])  # (J, 2, 3)
    key = ends[0] * factors[:, :, 1].prod(axis=1)
    low, high = product_limits(
        low=np.column_stack([ends[0], factors[:, :, 0]]),
        value=np.column_stack([shares, factors[:, :, 1]]),
        high=np.column_stack([ends[1], factors[:, :, 2]]),
    )
    # A hair of rounding must not put a key outside its own interval.
    low, high = np.minimum(low, key), np.maximum(high, key)
    best = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    worst = len(needs) - (high[None, :] < low[:, None]).sum(axis=1)
    order = sorted(range(len(needs)), key=lambda at: (-key[at], needs[at].need))
    return [
        Ranked(needs[at].need, place, int(best[at]), int(worst[at]), float(key[at]), float(low[at]), float(high[at]))
        for place, at in enumerate(order, start=1)
    ]


def product_limits(*, low: FloatArray, value: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Limits (J,) of the product of independent factors (J, F) from the limits of each, 0 <= low <= value <= high.

    log L = sum log value - sqrt(sum (log value - log low)^2), and the same upwards. A factor of 0 gives 0 to the
    product of all upper limits.
    """
    zero = (value <= 0).any(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(value)
        down = np.sqrt(((logs - np.log(low)) ** 2).sum(axis=1))
        up = np.sqrt(((np.log(high) - logs) ** 2).sum(axis=1))
        middle = logs.sum(axis=1)
        found = np.exp(middle - down), np.exp(middle + up)
    return np.where(zero, 0.0, found[0]), np.where(zero, high.prod(axis=1), found[1])


class Standing(Protocol):
    """A need with the ranks that the evidence allows: `Ranked`, or what was kept of it."""

    @property
    def need(self) -> str: ...
    @property
    def best(self) -> int: ...
    @property
    def worst(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Departure:
    """A need that a council put at `place`, outside the ranks `best`..`worst` that the evidence allows; `place` None:
    left out of a list that it cannot be behind.
    """

    need: str
    place: int | None
    best: int
    worst: int


def departures(*, order: Sequence[Standing], decided: Sequence[str]) -> list[Departure]:
    """Where a council's list departs from the evidence: every one of them needs a written reason.

    `decided` may stop early; what it leaves out is a departure where the evidence puts it within the list for certain.
    Needs it adds that nobody was asked about are no departures and keep their places.
    """
    known = {one.need: one for one in order}
    found = []
    for place, need in enumerate(decided, start=1):
        one = known.get(need)
        if one is not None and not one.best <= place <= one.worst:
            found.append(Departure(need, place, one.best, one.worst))
    left_out = [one for one in order if one.need not in decided and one.worst <= len(decided)]
    return found + [Departure(one.need, None, one.best, one.worst) for one in left_out]
