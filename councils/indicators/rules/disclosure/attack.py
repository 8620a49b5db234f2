"""The reader with a linear program: what can be worked out from everything that is published.

Known are all sums of the table, every open cell within its printed precision, printed shares, that nobody hides a
zero, and the release before (answers are only added). An audit must never trust the pattern: it starts from what is
printed. A solver that gives up counts as a betrayal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray
from councils.indicators.rules.disclosure.programs import System, smallest
from councils.indicators.rules.disclosure.tables import Table

_HAIR = 1e-6


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed share: cells `part` of cells `whole` lies within `low`..`high`, its last digit's room."""

    part: tuple[int, ...]
    whole: tuple[int, ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What was published of a table: `hidden` (J,), printed limits of the open cells (J,) each, printed shares."""

    table: Table
    hidden: BoolArray
    low: FloatArray
    high: FloatArray
    shares: tuple[Printed, ...] = ()

    @classmethod
    def exact(cls, *, table: Table, hidden: BoolArray) -> "Release":
        """Every open cell printed to the last person: what protection assumes."""
        return cls(table=table, hidden=hidden, low=table.values.copy(), high=table.values.copy())


@dataclass(frozen=True, slots=True)
class Betrayed:
    """A hidden cell that a reader can place between `low` and `high`, both within k of the truth."""

    cell: int
    name: str
    low: float
    high: float


def rounded(*, release: Release, cells: Sequence[int], step: int) -> Release:
    """The release with some cells printed to the nearest `step` only."""
    low, high = release.low.copy(), release.high.copy()
    for cell in cells:
        shown = step * np.floor(release.table.values[cell] / step + 0.5)
        low[cell], high[cell] = max(0.0, shown - step / 2), shown + step / 2
    return Release(release.table, release.hidden, low, high, release.shares)


def printed_share(*, table: Table, part: Sequence[int], whole: Sequence[int], digits: int) -> Printed:
    """The share of some cells in others as printed with `digits` decimals (of 0..1)."""
    share = float(table.values[list(part)].sum() / table.values[list(whole)].sum())
    shown, room = round(share, digits), 0.5 * 10.0**-digits
    return Printed(tuple(part), tuple(whole), shown - room, shown + room)


def audit(*, release: Release, before: Release | None = None) -> tuple[Betrayed, ...]:
    """Try to work out every hidden cell of the release, and of the one `before` it; an empty tuple is a passed audit.

    A cell is betrayed when all that fits lies closer than its `slack` to the truth, above and below.
    """
    system = _system(release, before)
    asked = [
        (one, offset, int(cell))
        for offset, one in ((0, release), *(() if before is None else ((release.table.size, before),)))
        for cell in np.flatnonzero(one.hidden & (one.table.slack > 0))
    ]
    goals = np.zeros((len(asked), len(system.lower)))
    goals[np.arange(len(asked)), [offset + cell for _one, offset, cell in asked]] = 1.0
    ends = smallest(system=system, goals=np.vstack([goals, -goals]))
    found = []
    for number, (one, _offset, cell) in enumerate(asked):
        low, high = (0.0, 0.0) if ends is None else (float(ends.value[number]), -float(ends.value[len(asked) + number]))
        truth, slack = one.table.values[cell], one.table.slack[cell]
        if ends is None or (high < truth + slack - _HAIR and low > truth - slack + _HAIR):
            found.append(Betrayed(cell, one.table.names[cell], low, high))
    return tuple(found)


def _system(release: Release, before: Release | None) -> System:
    releases = [release] if before is None else [release, before]
    size = release.table.size
    wide = size * len(releases)
    far = max(4 * float(np.abs(one.table.values).sum() + one.table.slack.max(initial=0.0)) for one in releases)
    equal, below, lower, upper = [], [np.zeros((0, wide))], [], []
    for number, one in enumerate(releases):
        own = slice(number * size, (number + 1) * size)
        rows = np.zeros((len(one.table.equations), wide))
        rows[:, own] = one.table.equations
        equal.append(rows)
        lower.append(np.where(one.hidden, one.table.lowest, one.low))
        upper.append(np.where(one.hidden, far, one.high))
        for share in one.shares:
            for limit, sign in ((share.low, -1.0), (share.high, 1.0)):
                row = np.zeros(wide)
                row[own][list(share.part)] += sign
                row[own][list(share.whole)] -= sign * limit
                below.append(row[None, :])
    if before is not None:
        # Answers are only added: no cell of the new release is smaller than it was.
        below.append(np.hstack([-np.eye(size), np.eye(size)]))
    limits = np.vstack(below)
    return System(
        equal=np.vstack(equal),
        level=np.zeros(sum(len(rows) for rows in equal)),
        below=limits,
        room=np.zeros(len(limits)),
        lower=np.concatenate(lower),
        upper=np.concatenate(upper),
    )
