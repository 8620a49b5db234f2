"""A published table as numbers and the sums among them.

Cells are everything a reader may see: inner counts, margins, sums behind a share. Equations say which are sums of
which: they are public by the table's very shape. A table must never leave out a sum that is published elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray


class DisclosureError(Exception):
    """No set of hidden cells protects everybody: the table, or the new release, must not be published.

    `code` is too_few (fewer than k changed), changed (not the table released before) or unprotectable.
    """

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """J cells. `equations` (R, J) @ `values` (J,) is 0.

    `sensitive` (J,) cells must be hidden; `fixed` (J,) ones are always shown; `never` (J,) are never shown by the
    table's nature and not promised to be secret. Cells with the same `switch` (J,) are shown and hidden together.
    `slack` (J,) is how far from the truth a reader must be left when the cell is hidden (k; 0: no promise). `lowest`
    (J,) is what a reader knows of a hidden cell at least: 1 where nobody is always printed. `implies` pairs switches:
    the first is hidden only together with the second.
    """

    names: tuple[str, ...]
    values: FloatArray
    equations: FloatArray
    sensitive: BoolArray
    fixed: BoolArray
    never: BoolArray
    switch: IntArray
    slack: FloatArray
    lowest: FloatArray
    implies: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        return len(self.names)

    def same_shape(self, *, other: "Table") -> bool:
        """Whether the other table has the same cells and sums (counts may differ)."""
        return self.names == other.names and np.array_equal(self.equations, other.equations)

    def must_hide(self, *, hidden: BoolArray) -> "Table":
        """The same with more cells that must be hidden."""
        return replace(self, sensitive=self.sensitive | (hidden & ~self.never))


def crossed(*, counts: IntArray, rows: Sequence[str], columns: Sequence[str], k: int) -> Table:
    """A two-way table (R, S) with both margins and the total. Counts and margins of 1 to k - 1 must be hidden.

    Zeros are shown. The total is always shown.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.shape != (len(rows), len(columns)):
        raise ValueError("rows and columns do not fit the counts")
    whole = np.block([[table, table.sum(axis=1)[:, None]], [table.sum(axis=0)[None, :], np.array([[table.sum()]])]])
    names = tuple(f"{row} x {column}" for row in (*rows, "all") for column in (*columns, "all"))
    place = np.arange(whole.size).reshape(whole.shape)
    equations = []
    for line in (*place, *place.T):
        row = np.zeros(whole.size)
        row[line[:-1]], row[line[-1]] = 1.0, -1.0
        equations.append(row)
    values = whole.ravel()
    fixed = np.zeros(whole.size, dtype=bool)
    fixed[-1] = True
    return Table(
        names=names,
        values=values,
        equations=np.array(equations),
        sensitive=(values > 0) & (values < k) & ~fixed,
        fixed=fixed | (values == 0),
        never=np.zeros(whole.size, dtype=bool),
        switch=np.arange(whole.size),
        slack=np.full(whole.size, float(k)),
        lowest=np.ones(whole.size),
    )
