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


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """A figure of some people only: `inside` (S,) picks the parts of the town that it counts."""

    figure: Derived
    inside: BoolArray

    def telling(self, *, parts: IntArray) -> bool:
        """It betrays few people (under K_CROSS) in `parts` (K, S), of those inside or of the rest of the town."""
        own, rest = (parts[:, chosen].sum(axis=1) for chosen in (self.inside, ~self.inside))
        chosen, total = int(rest[self.figure.scores == 1].sum()), int(rest[self.figure.base].sum())
        return self.figure.telling(counts=own, k=K_CROSS) or telling(n=chosen, total=total, k=K_CROSS)


@dataclass(frozen=True, slots=True)
class Protection:
    """What may be shown: for each option, derived and crossed figure None (publish) or the reason for hiding it."""

    options: tuple[Withheld | None, ...]
    derived: tuple[Withheld | None, ...]
    crossed: tuple[Withheld | None, ...] = ()


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


def protect(
    *,
    counts: IntArray,
    derived: Sequence[Derived] = (),
    k: int = K_TOWN,
    parts: IntArray | None = None,
    crossed: Sequence[Crossed] = (),
) -> Protection:
    """Decide for the unweighted `counts` (K,) of options that exclude each other and for figures `derived` from them.

    Counts 1..k-1 are hidden (0 is published), telling figures too, then the fewest others with which every hidden
    count and figure stays k away from what a reader can work out. `crossed` figures count some of the `parts` (K, S)
    of the town, with their own threshold. What cannot be protected so is hidden whole.
    """
    total = int(counts.sum())
    if total < k:
        return _whole(len(counts), len(derived), len(crossed), Withheld.FEW_ANSWERS if total else Withheld.NO_ANSWERS)
    table = question_table(counts=counts, derived=derived, k=k, parts=parts, crossed=crossed)
    try:
        hidden = protected(table=table).hidden
    except DisclosureError:
        return _whole(len(counts), len(derived), len(crossed), Withheld.FEW_ANSWERS)
    starts = np.cumsum([0, len(counts), 1 + len(derived), len(derived), len(crossed), len(crossed)])
    own, figures, cross = (slice(starts[at], starts[at + 1]) for at in (0, 2, 4))
    return Protection(*(_reasons(hidden[one], table.sensitive[one]) for one in (own, figures, cross)))


def question_table(
    *,
    counts: IntArray,
    derived: Sequence[Derived] = (),
    k: int = K_TOWN,
    parts: IntArray | None = None,
    crossed: Sequence[Crossed] = (),
) -> Table:
    """Cells: the options, their total (always shown), the bases of derived figures, the sums behind them, the same of
    crossed figures, and the options in each part of the town, which nobody publishes.

    A figure tells both its sums; its base is hidden only where the figure is.
    """
    inner = counts[:, None] if parts is None else parts
    bases = [one.base.astype(np.float64) for one in derived]
    sums = [np.where(one.base, one.scores, 0.0) for one in derived]
    cross_bases = [np.outer(one.figure.base, one.inside).ravel().astype(np.float64) for one in crossed]
    cross_sums = [np.outer(np.where(one.figure.base, one.figure.scores, 0.0), one.inside).ravel() for one in crossed]
    town = [np.repeat(row, inner.shape[1]) for row in (*np.eye(len(counts)), np.ones(len(counts)), *bases, *sums)]
    makes = np.array([*town, *cross_bases, *cross_sums])
    values = makes @ inner.ravel()
    shown = _Kinds(len(counts), len(derived), len(crossed), inner.size)
    small = (counts > 0) & (counts < k)
    few = np.array([0 < float(base @ counts) < k for base in bases], dtype=bool)
    told = np.array([one.telling(counts=counts, k=k) for one in derived], dtype=bool)
    cross_told = np.array([one.telling(parts=inner) for one in crossed], dtype=bool)
    cross_few = np.array([0 < float(base @ inner.ravel()) < K_CROSS for base in cross_bases], dtype=bool)
    lowest = [float(min(0.0, row.min()) * counts.sum()) for row in (*sums, *cross_sums)]
    return Table(
        names=shown.names,
        values=np.concatenate([values, inner.ravel()]),
        equations=np.hstack([-np.eye(len(makes)), makes]),
        sensitive=shown.cells(small, 0, few, told, cross_few, cross_told, 0),
        fixed=shown.cells(counts == 0, 1, 0, 0, 0, 0, 0),
        never=shown.cells(0, 0, 0, 0, 0, 0, 1),
        switch=shown.switches(bases=bases),
        slack=shown.numbers(k, 0, np.where(few, k, 0), k, np.where(cross_few, K_CROSS, 0), K_CROSS, 0),
        lowest=shown.numbers(1, 0, 0, lowest[: len(sums)], 0, lowest[len(sums) :], 0),
        implies=shown.implied(bases=bases),
    )


def protect_choices(*, counts: IntArray, base: int, k: int = K_TOWN) -> Protection:
    """Decide for the `counts` (K,) of a multiple choice that `base` people answered.

    Its options do not add up to anything that is published, so each is judged alone: hidden when few chose it or few
    did not. Of fewer than 2k people even the bare base would tell too much.
    """
    if base < 2 * k:
        return _whole(len(counts), 0, 0, Withheld.FEW_ANSWERS if base else Withheld.NO_ANSWERS)
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
    everything = np.concatenate([hidden, table.never[len(hidden) :]])
    found = attack(release=Release.exact(table=table, hidden=everything))
    return tuple(Recovered(option=one.cell, low=round(one.low, 6), high=round(one.high, 6)) for one in found)


def _whole(options: int, derived: int, crossed: int, reason: Withheld) -> Protection:
    return Protection((reason,) * options, (reason,) * derived, (reason,) * crossed)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """How many cells there are of each kind, in their order: options, total, bases, sums, the crossed, inner cells."""

    options: int
    derived: int
    crossed: int
    inner: int

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.options, 1, self.derived, self.derived, self.crossed, self.crossed, self.inner)

    @property
    def names(self) -> tuple[str, ...]:
        kinds = ("option", "total", "base", "figure", "crossed base", "crossed figure", "inner")
        return tuple(f"{kind} {n}" for kind, size in zip(kinds, self.sizes, strict=True) for n in range(size))

    def cells(self, *given: BoolArray | int) -> BoolArray:
        """1 or 0, or an array, for each kind, laid end to end."""
        return np.concatenate([np.broadcast_to(v, (n,)) for v, n in zip(given, self.sizes, strict=True)]).astype(bool)

    def numbers(self, *given: FloatArray | IntArray | list[float] | float) -> FloatArray:
        """The same for numbers."""
        parts = [np.broadcast_to(np.asarray(v, dtype=np.float64), (n,)) for v, n in zip(given, self.sizes, strict=True)]
        return np.concatenate(parts)

    def switches(self, *, bases: Sequence[FloatArray]) -> IntArray:
        """Every cell its own, but figures of one base share its cell's, else one would betray the other's."""
        found = np.arange(sum(self.sizes))
        start = self.options + 1
        for number, base in enumerate(bases):
            found[start + number] = start + next(n for n, other in enumerate(bases) if np.array_equal(other, base))
        return found

    def implied(self, *, bases: Sequence[FloatArray]) -> tuple[tuple[int, int], ...]:
        """A base is hidden only with the figures made of it."""
        switch, start = self.switches(bases=bases), self.options + 1
        town = [(int(switch[start + n]), start + self.derived + n) for n in range(self.derived)]
        start += 2 * self.derived
        return (*town, *((start + n, start + self.crossed + n) for n in range(self.crossed)))


def _reasons(hidden: BoolArray, small: BoolArray) -> tuple[Withheld | None, ...]:
    reasons = {True: Withheld.SMALL_CELL, False: Withheld.PROTECTS_OTHERS}
    return tuple(reasons[few] if off else None for off, few in zip(hidden.tolist(), small.tolist(), strict=True))
