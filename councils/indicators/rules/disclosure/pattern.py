"""The cheapest set of hidden cells that holds: mixed integer programming with cuts from the reader's own program.

A master program chooses what to hide; for every hidden cell the reader's linear program is solved on that choice, and
where it comes too near the truth its dual gives an inequality that every good choice must meet. This ends at the
optimum (for one direction of each cell's uncertainty). A later release keeps what was hidden. Nothing may be
published when there is no answer. Source: Fischetti and Salazar 2001, "Solving the cell suppression problem on
tabular data with linear constraints"; scipy's HiGHS.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray
from councils.indicators.rules.disclosure.attack import Release
from councils.indicators.rules.disclosure.programs import System, smallest
from councils.indicators.rules.disclosure.tables import DisclosureError, Table

_HAIR = 1e-6
_ROUNDS = 500


def protect(*, table: Table, before: Release | None = None, changed: int | None = None) -> Release:
    """The release of a table with the fewest hidden cells (then the fewest people in them), all sums known exactly.

    After an earlier release everything hidden there stays hidden, and both together are guarded. `changed` is how
    many answers differ since; fewer than the smallest slack are not released anew. Raises DisclosureError.
    """
    if before is not None:
        if not table.same_shape(other=before.table):
            raise DisclosureError(code="changed", detail="another table than the one released before")
        promised = table.slack[table.slack > 0]
        if changed is not None and changed < (float(promised.min()) if len(promised) else 0.0):
            raise DisclosureError(code="too_few", detail=f"{changed} answers changed")
        table = table.must_hide(hidden=before.hidden)
    attack = _Attack.on(table, before)
    switches = int(table.switch.max()) + 1
    forced = _switched(table.sensitive | table.never, table, switches)
    if np.any(forced & _switched(table.fixed, table, switches)):
        raise DisclosureError(code="unprotectable", detail="a cell that must be hidden is always shown")
    locked = _switched(table.fixed, table, switches)
    weight = 1.0 + np.abs(table.values) / (1.0 + float(np.abs(table.values).sum()))
    cost = np.bincount(table.switch, weights=np.where(table.never, 0.0, weight), minlength=switches)
    cuts = [_implied(pair, switches) for pair in table.implies]
    for _ in range(_ROUNDS):
        rows = np.array([cut.row for cut in cuts]) if cuts else np.zeros((1, switches))
        found = milp(
            cost,
            constraints=LinearConstraint(rows, lb=np.array([cut.least for cut in cuts]) if cuts else 0.0),
            integrality=np.ones(switches, dtype=np.int64),
            bounds=Bounds(forced.astype(float), np.where(locked, 0.0, 1.0)),
        )
        if found.x is None:
            raise DisclosureError(code="unprotectable", detail="no set of hidden cells protects all of them")
        chosen = found.x > 0.5  # noqa: PLR2004  zeros and ones, but for rounding
        new = attack.cuts(chosen)
        if not new:
            return Release.exact(table=table, hidden=chosen[table.switch])
        cuts += new
    raise DisclosureError(code="unprotectable", detail=f"not settled in {_ROUNDS} rounds")


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """`row` (switches,) @ z >= `least`."""

    row: FloatArray
    least: float


def _implied(pair: tuple[int, int], switches: int) -> _Cut:
    row = np.zeros(switches)
    row[pair[1]], row[pair[0]] = 1.0, -1.0
    return _Cut(row, 0.0)


def _switched(cells: BoolArray, table: Table, switches: int) -> BoolArray:
    found = np.zeros(switches, dtype=bool)
    found[table.switch[cells]] = True
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Attack:
    """The reader's program in deviations from the truth: the new table's cells, then those of the release before."""

    table: Table
    equal: FloatArray
    below: FloatArray
    room: FloatArray
    down: FloatArray
    up: FloatArray
    old: BoolArray
    ways: FloatArray

    @classmethod
    def on(cls, table: Table, before: Release | None) -> "_Attack":
        size, far = table.size, float(np.abs(table.values).sum() + 2 * table.slack.max(initial=0.0))
        down = np.maximum(table.values - table.lowest, 0.0)
        if before is None:
            nothing = np.zeros((0, size))
            first = cls(
                table, table.equations, nothing, np.zeros(0), down, np.full(size, far), np.zeros(0, bool), np.ones(size)
            )
            return first._directed()
        zero = np.zeros_like(table.equations)
        old = before.table
        both = cls(
            table=table,
            equal=np.block([[table.equations, zero], [zero, old.equations]]),
            # New less old must stay at or above 0: what it is now is the room.
            below=np.hstack([-np.eye(size), np.eye(size)]),
            room=table.values - old.values,
            down=np.concatenate([down, np.maximum(old.values - old.lowest, 0.0)]),
            up=np.full(2 * size, far),
            old=before.hidden,
            ways=np.ones(2 * size),
        )
        return both._directed()

    def _directed(self) -> "_Attack":
        """Down for the cells that can go down by their slack when everything is hidden, up for the rest."""
        free = np.concatenate([~self.table.fixed, self.old])
        slack = np.tile(self.table.slack, len(free) // self.table.size)
        large = np.flatnonzero(free & (slack > 0) & (self.down >= slack))
        ways = np.ones(len(free))
        if len(large):
            reach, _worth, _constant = self._reach(large, -np.ones(len(large)), free)
            ways[large[reach >= slack[large] - _HAIR]] = -1.0
        return replace(self, ways=ways)

    def cuts(self, chosen: BoolArray) -> list[_Cut]:
        """Inequalities that the choice breaks; none when every hidden cell is safe."""
        free = np.concatenate([chosen[self.table.switch], self.old])
        slack = np.tile(self.table.slack, len(free) // self.table.size)
        asked = np.flatnonzero(free & (slack > 0))
        if not len(asked):
            return []
        # A cell is safe when either way is open; the cut asks for the one that is open when all may move.
        ways = self.ways[asked]
        reach, worth, constant = self._reach(asked, ways, free)
        tight = reach < slack[asked] - _HAIR
        second = tight.copy()
        if second.any():
            other, _worth, _constant = self._reach(asked[second], -ways[second], free)
            tight[second] = other < slack[asked[second]] - _HAIR
        return [
            self._cut(int(asked[one]), worth[one], float(slack[asked[one]] - constant[one]))
            for one in np.flatnonzero(tight)
        ]

    def _reach(self, cells: IntArray, ways: FloatArray, free: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """How far each of G cells can be from the truth (G,), and from the duals: what every cell's freedom is worth
        for it (G, J), and what is given whatever is chosen (G,).
        """
        goals = np.zeros((len(cells), len(free)))
        goals[np.arange(len(cells)), cells] = -ways
        system = System(
            equal=self.equal,
            level=np.zeros(len(self.equal)),
            below=self.below,
            room=self.room,
            lower=np.where(free, -self.down, 0.0),
            upper=np.where(free, self.up, 0.0),
        )
        solved = smallest(system=system, goals=goals)
        if solved is None:
            raise DisclosureError(code="unprotectable", detail="the reader's program has no answer")
        reduced = goals - solved.by_level @ self.equal - solved.by_room @ self.below
        worth = np.where(reduced > 0, reduced * self.down, -reduced * self.up)
        size = self.table.size
        # What was hidden before is free for good: a constant, like the room between the releases.
        constant = -(solved.by_room @ self.room) + (worth[:, size:] * self.old).sum(axis=1)
        return -solved.value, worth[:, :size], constant

    def _cut(self, cell: int, worth: FloatArray, need: float) -> _Cut:
        switches = int(self.table.switch.max()) + 1
        sums = np.bincount(self.table.switch, weights=worth, minlength=switches)
        row: FloatArray = np.where(sums < _HAIR, 0.0, np.minimum(sums, need))
        if cell >= self.table.size:
            # A cell of the release before is hidden whatever is chosen now.
            return _Cut(row, need)
        row[self.table.switch[cell]] -= need
        return _Cut(row, 0.0)
