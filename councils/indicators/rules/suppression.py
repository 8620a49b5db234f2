"""Protection of those who answered: which counts of a town may be published.

Scope: one question of one town, published as a distribution with its total, together with figures made of its options
(the indicators), by the rules of `disclosure`: the fewest cells are hidden with which a reader who knows every sum is
left k answers or more away from each hidden one. A figure that it hides must never be published elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray
from councils.indicators.rules.disclosure import DisclosureError, Release, Table
from councils.indicators.rules.disclosure import audit as attack
from councils.indicators.rules.disclosure import protect as protected
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

    Counts 1..k-1 are hidden (0 is published), telling figures too, then the fewest others with which every hidden
    count and figure stays k away from what a reader can work out. What cannot be protected so is hidden whole.
    """
    total = int(counts.sum())
    if total < k:
        return _whole(len(counts), len(derived), Withheld.FEW_ANSWERS if total else Withheld.NO_ANSWERS)
    table = question_table(counts=counts, derived=derived, k=k)
    try:
        hidden = protected(table=table).hidden
    except DisclosureError:
        return _whole(len(counts), len(derived), Withheld.FEW_ANSWERS)
    own, figures = slice(0, len(counts)), slice(len(counts) + 1 + len(derived), None)
    return Protection(
        options=_reasons(hidden[own], table.sensitive[own]), derived=_reasons(hidden[figures], table.sensitive[figures])
    )


def question_table(*, counts: IntArray, derived: Sequence[Derived] = (), k: int = K_TOWN) -> Table:
    """Cells: the options, their total (always shown), the base of every derived figure, the sum behind it.

    A figure tells both its sums; its base is hidden only where the figure is.
    """
    size, parts = len(counts), len(derived)
    bases = [figure.base.astype(np.float64) for figure in derived]
    sums = [np.where(figure.base, figure.scores, 0.0) for figure in derived]
    makes = np.array([np.ones(size), *bases, *sums])
    values = np.concatenate([counts, makes @ counts]).astype(np.float64)
    small = (counts > 0) & (counts < k)
    few = np.array([0 < float(base @ counts) < k for base in bases], dtype=bool)
    telling_ = np.array([figure.telling(counts=counts, k=k) for figure in derived], dtype=bool)
    nothing, always = np.zeros(parts, dtype=bool), np.array([True])
    # Figures that share a base share its cell's switch, else one would betray the other's.
    base_switch = [next(n for n, other in enumerate(bases) if np.array_equal(other, base)) for base in bases]
    return Table(
        names=(
            *(f"option {n}" for n in range(size)),
            "total",
            *(f"base {n}" for n in range(parts)),
            *(f"figure {n}" for n in range(parts)),
        ),
        values=values,
        equations=np.hstack([makes, -np.eye(1 + 2 * parts)]),
        sensitive=np.concatenate([small, ~always, few, telling_]),
        fixed=np.concatenate([counts == 0, always, nothing, nothing]),
        never=np.zeros(len(values), dtype=bool),
        switch=np.array(
            [*range(size + 1), *(size + 1 + n for n in base_switch), *range(size + 1 + parts, len(values))]
        ),
        slack=np.concatenate([np.full(size, float(k)), [0.0], np.where(few, float(k), 0.0), np.full(parts, float(k))]),
        lowest=np.concatenate(
            [np.ones(size), np.zeros(1 + parts), [float(min(0.0, row.min()) * counts.sum()) for row in sums]]
        ),
        implies=tuple((size + 1 + base_switch[n], size + 1 + parts + n) for n in range(parts)),
    )


def protect_choices(*, counts: IntArray, base: int, k: int = K_TOWN) -> Protection:
    """Decide for the `counts` (K,) of a multiple choice that `base` people answered.

    Its options do not add up to anything that is published, so each is judged alone: hidden when few chose it or few
    did not. Of fewer than 2k people even the bare base would tell too much.
    """
    if base < 2 * k:
        return _whole(len(counts), 0, Withheld.FEW_ANSWERS if base else Withheld.NO_ANSWERS)
    small = np.array([telling(n=int(n), total=base, k=k) for n in counts])
    return Protection(options=_reasons(small, small), derived=())


def audit(
    *, counts: IntArray, hidden: BoolArray, derived: Sequence[Derived] = (), k: int = K_TOWN
) -> tuple[Recovered, ...]:
    """Try to work out each hidden count from the total, the open counts and the published figures `derived` from them.

    The reader is assumed to know the exact totals, although they are published rounded, and that a hidden count is at
    least 1. Returns the hidden options whose possible counts all lie within `k` of the truth; an empty tuple is a
    passed audit.
    """
    table = question_table(counts=counts, derived=derived, k=k)
    everything = np.concatenate([hidden, np.zeros(table.size - len(hidden), dtype=bool)])
    found = attack(release=Release.exact(table=table, hidden=everything))
    return tuple(Recovered(option=one.cell, low=round(one.low, 6), high=round(one.high, 6)) for one in found)


def _whole(options: int, derived: int, reason: Withheld) -> Protection:
    return Protection(options=(reason,) * options, derived=(reason,) * derived)


def _reasons(hidden: BoolArray, small: BoolArray) -> tuple[Withheld | None, ...]:
    reasons = {True: Withheld.SMALL_CELL, False: Withheld.PROTECTS_OTHERS}
    return tuple(reasons[few] if off else None for off, few in zip(hidden.tolist(), small.tolist(), strict=True))
