"""Protection of those who answered: which counts of a town may be published.

Scope: one question of one town, published as a distribution with its total, together with figures made of its options
(the indicators). Small counts are hidden, others are hidden with them until no hidden count can be worked out, and an
audit by linear programming tries to. Tables that share cells over towns, breakdowns or releases are beyond this
module; a figure that it hides must never be published elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray
from councils.indicators.states import Withheld

K_TOWN = 5
K_CROSS = 10
BASE_STEP = 5


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """A figure made of a question's options: `scores` (K,) added up over the options in `base` (K,).

    Whoever reads it is assumed to know both sums exactly.
    """

    scores: FloatArray
    base: BoolArray

    def telling(self, *, counts: IntArray, k: int) -> bool:
        """It betrays few people: a base under `k`, or a share that few chose or few did not."""
        total = int(counts[self.base].sum())
        if total < k:
            return True
        chosen = int(counts[self.scores == 1].sum())
        return bool(np.isin(self.scores[self.base], (0.0, 1.0)).all()) and telling(n=chosen, total=total, k=k)


@dataclass(frozen=True, slots=True)
class Protection:
    """What may be shown: for each option and each derived figure None (publish) or the reason for hiding it."""

    options: tuple[Withheld | None, ...]
    derived: tuple[Withheld | None, ...]


@dataclass(frozen=True, slots=True)
class Recovered:
    """A hidden option that a reader can work out: the lowest and highest count that fit what is published."""

    option: int
    low: float
    high: float


def rounded_base(*, n: int) -> int:
    """Number of answers as published: to the nearest 5, and never 0 for somebody."""
    return max(BASE_STEP, BASE_STEP * ((n + BASE_STEP // 2) // BASE_STEP)) if n else 0


def telling(*, n: int, total: int, k: int) -> bool:
    """A count betrays few people when few chose it or when few did not. Nobody and everybody are published."""
    return 0 < n < k or 0 < total - n < k


def protect(*, counts: IntArray, derived: Sequence[Derived] = (), k: int = K_TOWN) -> Protection:
    """Decide for the unweighted `counts` (K,) of options that exclude each other and for figures `derived` from them.

    Counts 1..k-1 are hidden (0 is published), telling figures too; then the open counts that help most, the smallest
    first, until the audit passes, and when all are hidden the figure with the smallest base. What cannot be protected
    even so is hidden whole.
    """
    total = int(counts.sum())
    if total < k:
        return _whole(len(counts), len(derived), Withheld.FEW_ANSWERS if total else Withheld.NO_ANSWERS)
    hidden: BoolArray = (counts > 0) & (counts < k)
    primary = hidden.copy()
    small = [figure.telling(counts=counts, k=k) for figure in derived]
    gone = list(small)
    while betrayed := _betrayed(counts, hidden, _open(derived, gone), k):
        candidates = [int(option) for option in np.flatnonzero(~hidden & (counts > 0))]
        left = [number for number, off in enumerate(gone) if not off]
        if candidates:
            after = {option: _betrayed(counts, _with(hidden, option), _open(derived, gone), k) for option in candidates}
            best = min(candidates, key=lambda option: (after[option], counts[option]))
            # An option that does not help is hidden all the same when nothing helps: two together may.
            hidden = _with(hidden, best if after[best] < betrayed else candidates[int(np.argmin(counts[candidates]))])
        elif left:
            gone[min(left, key=lambda number: int(counts[derived[number].base].sum()))] = True
        else:
            return _whole(len(counts), len(derived), Withheld.FEW_ANSWERS)
    for option in sorted(np.flatnonzero(hidden & ~primary), key=lambda option: -counts[option]):
        # What was hidden on the way and is not needed at the end is shown again, the most telling share first.
        if not _betrayed(counts, _with(hidden, int(option), value=False), _open(derived, gone), k):
            hidden = _with(hidden, int(option), value=False)
    return Protection(options=_reasons(hidden.tolist(), primary.tolist()), derived=_reasons(gone, small))


def protect_choices(*, counts: IntArray, base: int, k: int = K_TOWN) -> Protection:
    """Decide for the `counts` (K,) of a multiple choice that `base` people answered.

    Its options do not add up to anything that is published, so each is judged alone.
    """
    if base < k:
        return _whole(len(counts), 0, Withheld.FEW_ANSWERS if base else Withheld.NO_ANSWERS)
    small = [telling(n=int(n), total=base, k=k) for n in counts]
    return Protection(options=_reasons(small, small), derived=())


def audit(
    *, counts: IntArray, hidden: BoolArray, derived: Sequence[Derived] = (), k: int = K_TOWN
) -> tuple[Recovered, ...]:
    """Try to work out each hidden count from the total, the open counts and the published figures `derived` from them.

    The reader is assumed to know the exact totals, although they are published rounded, and that a hidden count is at
    least 1. Returns the hidden options whose possible counts span fewer than `k` answers; an empty tuple is a passed
    audit.
    """
    options = np.flatnonzero(hidden)
    facts = [np.ones(len(counts))]
    for figure in derived:
        facts += [figure.base.astype(np.float64), np.where(figure.base, figure.scores, 0.0)]
    rows = np.array(facts)
    values = rows[:, options] @ counts[options]
    found = []
    for column, option in enumerate(options):
        low, high = _range(rows[:, options], values, column)
        if high - low < k:
            found.append(Recovered(option=int(option), low=low, high=high))
    return tuple(found)


def _range(rows: FloatArray, values: FloatArray, column: int) -> tuple[float, float]:
    goal = np.zeros(rows.shape[1])
    goal[column] = 1.0
    ends = [linprog(sign * goal, A_eq=rows, b_eq=values, bounds=(1, None), method="highs") for sign in (1.0, -1.0)]
    # The true counts satisfy every equation, so both ends exist; a solver that fails must not count as a passed audit.
    low, high = (0.0 if end.x is None else round(float(end.x[column]), 6) for end in ends)
    return low, high


def _betrayed(counts: IntArray, hidden: BoolArray, derived: Sequence[Derived], k: int) -> int:
    return len(audit(counts=counts, hidden=hidden, derived=derived, k=k))


def _with(hidden: BoolArray, option: int, *, value: bool = True) -> BoolArray:
    changed = hidden.copy()
    changed[option] = value
    return changed


def _open(derived: Sequence[Derived], gone: Sequence[bool]) -> list[Derived]:
    return [figure for figure, off in zip(derived, gone, strict=True) if not off]


def _whole(options: int, derived: int, reason: Withheld) -> Protection:
    return Protection(options=(reason,) * options, derived=(reason,) * derived)


def _reasons(hidden: Sequence[bool], small: Sequence[bool]) -> tuple[Withheld | None, ...]:
    reasons = {True: Withheld.SMALL_CELL, False: Withheld.PROTECTS_OTHERS}
    return tuple(reasons[few] if off else None for off, few in zip(hidden, small, strict=True))
