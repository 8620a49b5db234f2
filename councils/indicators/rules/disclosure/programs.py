"""Many linear programs over the same constraints, solved as one: a reader asks about every hidden cell at once.

Copies of the program stand side by side as blocks of a sparse matrix, one for every goal; their sum is the best when
each is. A program without an answer must never look like one with: it is reported as None. Solver: scipy's HiGHS.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, kron

from councils.indicators.rules.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """`equal` (R, n) @ x = `level`, `below` (S, n) @ x <= `room`, `lower` <= x <= `upper`; all finite."""

    equal: FloatArray
    level: FloatArray
    below: FloatArray
    room: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """For each of G goals the smallest `value` (G,), and what a unit more of each row would change: (G, R), (G, S)."""

    value: FloatArray
    by_level: FloatArray
    by_room: FloatArray


def smallest(*, system: System, goals: FloatArray) -> Solved | None:
    """The smallest goals (G, n) @ x, each for itself. None when nothing fits."""
    free = np.flatnonzero(system.upper > system.lower)
    fixed = np.where(system.upper > system.lower, 0.0, system.lower)
    level, room = system.level - system.equal @ fixed, system.room - system.below @ fixed
    # Rows without a free cell hold by themselves: the truth satisfies them.
    rows, caps = (np.flatnonzero(np.abs(matrix[:, free]).sum(axis=1) > 0) for matrix in (system.equal, system.below))
    found = Solved(goals @ fixed, np.zeros((len(goals), len(level))), np.zeros((len(goals), len(room))))
    if not len(free) or not len(goals):
        return found
    many = eye_array(len(goals))
    ends = np.stack([system.lower[free], system.upper[free]], axis=1)
    limits: Any = csr_array(kron(many, csr_array(system.below[np.ix_(caps, free)])))
    sums: Any = csr_array(kron(many, csr_array(system.equal[np.ix_(rows, free)])))
    solved = linprog(
        goals[:, free].ravel(),
        A_ub=limits,
        b_ub=np.tile(room[caps], len(goals)),
        A_eq=sums,
        b_eq=np.tile(level[rows], len(goals)),
        bounds=[(low, high) for low, high in np.tile(ends, (len(goals), 1)).tolist()],
        method="highs",
    )
    if solved.x is None:
        return None
    value = found.value + (goals[:, free] * solved.x.reshape(len(goals), -1)).sum(axis=1)
    found.by_level[:, rows] = solved.eqlin.marginals.reshape(len(goals), -1)
    found.by_room[:, caps] = solved.ineqlin.marginals.reshape(len(goals), -1)
    return Solved(value, found.by_level, found.by_room)
