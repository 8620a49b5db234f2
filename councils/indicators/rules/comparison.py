"""What changed between two waves of a town, in four words that its data can carry.

A z test of every difference, Benjamini and Hochberg over the town's indicators, so that of the changes it reports one
in twenty is chance, not one in twenty of all indicators. Figures whose wording, margins or weighting differ must
never be compared: they are not comparable, and say so. Sources: Benjamini and Hochberg 1995.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from scipy.special import ndtr, ndtri

from councils.indicators.rules.arrays import FloatArray
from councils.indicators.rules.intervals import LEVEL

ALPHA = 0.05
Key = TypeVar("Key", bound=Hashable)
_Z = float(ndtri(1 - (1 - LEVEL) / 2))


class Change(StrEnum):
    """A trend in words."""

    ROSE = "rose"
    FELL = "fell"
    NO_CLEAR_CHANGE = "no_clear_change"
    NOT_COMPARABLE = "not_comparable"


class Obstacle(StrEnum):
    """Why two figures cannot be compared."""

    MISSING = "missing"
    WORDING = "wording"
    MARGINS = "margins"
    WEIGHTING = "weighting"


@dataclass(frozen=True, slots=True)
class WaveFigure:
    """An indicator as published in one wave: value, error and limits in its unit.

    `wording` names question and version, `margins` the population table, `weighting` the method.
    """

    value: float
    se: float
    low: float
    high: float
    wording: str
    margins: str
    weighting: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`difference` after less before with limits, `p` of the z test, `q` adjusted over the town. None: not compared."""

    change: Change
    obstacle: Obstacle | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None


def compare(
    *, before: Mapping[Key, WaveFigure | None], after: Mapping[Key, WaveFigure | None], alpha: float = ALPHA
) -> dict[Key, Comparison]:
    """Every figure of `after`, by its key; all of them are one family of tests. None is a figure that was withheld.

    People who answered twice are not known, so waves count as independent: that is careful, not bold.
    """
    obstacles = {code: _obstacle(before.get(code), figure) for code, figure in after.items()}
    pairs = {
        code: (old, new)
        for code, new in after.items()
        if obstacles[code] is None and new is not None and (old := before.get(code)) is not None
    }
    apart = np.array([new.value - old.value for old, new in pairs.values()])
    error = np.array([np.hypot(_error(old), _error(new)) for old, new in pairs.values()])
    z = np.divide(np.abs(apart), error, out=np.zeros(len(apart)), where=error > 0)
    p: FloatArray = 2 * ndtr(-z)
    q = adjusted(p=p)
    found = {}
    for place, code in enumerate(pairs):
        change = Change.NO_CLEAR_CHANGE
        if q[place] <= alpha:
            change = Change.ROSE if apart[place] > 0 else Change.FELL
        half = _Z * float(error[place])
        middle = float(apart[place])
        found[code] = Comparison(change, None, middle, middle - half, middle + half, float(p[place]), float(q[place]))
    nothing = (None, None, None, None, None)
    return {code: found.get(code, Comparison(Change.NOT_COMPARABLE, obstacles[code], *nothing)) for code in after}


def adjusted(*, p: FloatArray) -> FloatArray:
    """Benjamini and Hochberg's adjusted p values (M,): min over larger ones of p * M / rank."""
    order = np.argsort(p)
    stepped = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    return np.minimum(found, 1.0)


def _obstacle(old: WaveFigure | None, new: WaveFigure | None) -> Obstacle | None:
    if old is None or new is None:
        return Obstacle.MISSING
    for obstacle, one, other in (
        (Obstacle.WORDING, old.wording, new.wording),
        (Obstacle.WEIGHTING, old.weighting, new.weighting),
        (Obstacle.MARGINS, old.margins, new.margins),
    ):
        if one != other:
            return obstacle
    return None


def _error(figure: WaveFigure) -> float:
    """The error, or, where everybody agreed and it is 0, what the interval says."""
    return figure.se or (figure.high - figure.low) / (2 * _Z)
