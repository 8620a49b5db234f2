"""Protection of those who named needs: which shares of the order of needs may be published together.

A need's three shares tell how many named it, how many of those live on little, and for how many of those who put it
first it is severe. All of them hang together (nobody names more than `most` needs, every first need is one of the
named), so they are one table with one attack. What it hides must never be published elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import BoolArray, FloatArray, IntArray
from councils.indicators.rules.disclosure import DisclosureError, Table
from councils.indicators.rules.disclosure import protect as protected
from councils.indicators.rules.suppression import K_CROSS, K_TOWN, telling
from councils.indicators.states import Withheld

# Cells of one need, in order: how many named it; of them poor, not poor, income unknown; of those who put it first
# severe, not severe; all others who named it. Then those missing to each town total, which nobody publishes.
_NAMED, _POOR, _OTHER, _UNKNOWN, _SEVERE, _MILD, _REST = range(7)
_BLOCKS = 7


@dataclass(frozen=True, slots=True, eq=False)
class NeedCounts:
    """Exact counts of J needs: `named` (J,) of `base` people who named at most `most` each; (J, 2) of `income` (poor,
    not poor) among those who named it, and of `severity` (severe, not) among those who put it first. `people` (2,):
    poor and not poor among all who named anything.
    """

    named: IntArray
    base: int
    most: int
    income: IntArray
    people: IntArray
    severity: IntArray


@dataclass(frozen=True, slots=True)
class NeedProtection:
    """For each need None (publish) or the reason for hiding its share, its severity, its share of poor."""

    named: tuple[Withheld | None, ...]
    severity: tuple[Withheld | None, ...]
    income: tuple[Withheld | None, ...]


def protect_needs(*, counts: NeedCounts) -> NeedProtection:
    """Hide the fewest shares with which a reader who knows every total stays k answers away from each hidden count.

    Where the three cannot be protected together, severity and income are hidden whole; where that is not enough, so
    are the shares.
    """
    size = len(counts.named)
    nobody = Withheld.FEW_ANSWERS if counts.base else Withheld.NO_ANSWERS
    if counts.base < 2 * K_TOWN:
        return NeedProtection((nobody,) * size, (nobody,) * size, (nobody,) * size)
    sensitive = _sensitive(counts)
    if not any(flags.any() for flags in sensitive):
        return NeedProtection((None,) * size, (None,) * size, (None,) * size)
    for whole in (False, True):
        try:
            release = protected(table=needs_table(counts=counts, only_shares=whole))
        except DisclosureError:
            continue
        hidden = release.hidden[: _BLOCKS * size].reshape(_BLOCKS, size)
        everything = np.ones(size, dtype=bool)
        return NeedProtection(
            _reasons(hidden[_NAMED], sensitive[0]),
            _reasons(everything if whole else hidden[_SEVERE], sensitive[1]),
            _reasons(everything if whole else hidden[_POOR], sensitive[2]),
        )
    return NeedProtection(*((Withheld.PROTECTS_OTHERS,) * size,) * 3)


def needs_table(*, counts: NeedCounts, only_shares: bool = False) -> Table:
    """All counts as one table with their sums. With `only_shares` severity and income are never shown and not promised.

    The totals of the town are shown. What is missing to a limit (nobody names a need twice, nor more than `most`) is a
    cell of its own, never shown.
    """
    size = len(counts.named)
    named, base, people = counts.named, counts.base, counts.people
    unknown = named - counts.income.sum(axis=1)
    rest = named - counts.severity.sum(axis=1)
    blocks = [named, *counts.income.T, unknown, *counts.severity.T, rest]
    everybody = np.array([base, *people, base - people.sum()])
    inner = _BLOCKS * size
    cells = np.arange(inner).reshape(_BLOCKS, size)
    values = [np.concatenate(blocks), everybody, counts.severity.sum(axis=0)]
    totals = inner + np.arange(6)  # people, poor, others, unknown; severe, mild
    sums: list[dict[int, float]] = []
    for need in range(size):
        whole = {int(cells[_NAMED, need]): -1.0}
        sums.append(whole | {int(cells[part, need]): 1.0 for part in (_POOR, _OTHER, _UNKNOWN)})
        sums.append(whole | {int(cells[part, need]): 1.0 for part in (_SEVERE, _MILD, _REST)})
    for part, total in ((_SEVERE, totals[4]), (_MILD, totals[5])):
        sums.append({int(total): -1.0} | {int(cell): 1.0 for cell in cells[part]})
    at, missing = int(totals[-1]) + 1, []
    for part, total, people_there in zip((_NAMED, _POOR, _OTHER, _UNKNOWN), totals, everybody.tolist(), strict=False):
        own = blocks[part]
        limits = [({int(cell): 1.0}, people_there - int(own[need]), 1) for need, cell in enumerate(cells[part])]
        every = {int(cell): 1.0 for cell in cells[part]}
        limits.append((every, counts.most * people_there - int(own.sum()), counts.most))
        limits.append((dict.fromkeys(every, -1.0), int(own.sum()) - people_there, -1))
        for row, left, times in limits:
            if left >= 0:  # a questionnaire that allowed more has no such limit
                sums.append(row | {at: 1.0, int(total): -float(times)})
                missing.append(left)
                at += 1
    values.append(np.array(missing))
    return _table(counts, np.concatenate(values).astype(np.float64), sums, cells, only_shares=only_shares)


def _table(
    counts: NeedCounts, values: FloatArray, sums: list[dict[int, float]], cells: IntArray, *, only_shares: bool
) -> Table:
    size, count = cells.shape[1], len(values)
    equations = np.zeros((len(sums), count))
    for number, row in enumerate(sums):
        equations[number, list(row)] = list(row.values())
    few_named, few_severe, few_poor = _sensitive(counts)
    sensitive, never, fixed = (np.zeros(count, dtype=bool) for _ in range(3))
    slack, lowest, switch = np.zeros(count), np.zeros(count), np.arange(count)
    sensitive[cells[_NAMED]], slack[cells[_NAMED]] = few_named, K_TOWN
    lowest[cells[_NAMED]] = np.minimum(values[cells[_NAMED]], 1.0)
    fixed[cells[_NAMED]] = values[cells[_NAMED]] == 0
    for first, second, few in ((_POOR, _OTHER, few_poor), (_SEVERE, _MILD, few_severe)):
        pair = cells[[first, second]]
        switch[pair] = cells[first]
        if only_shares:
            never[pair] = True
        else:
            sensitive[pair], slack[pair] = few, K_CROSS
    inner = cells.size
    never[cells[_UNKNOWN]] = never[cells[_REST]] = True
    fixed[inner : inner + 6] = True
    never[inner + 6 :] = True
    pairs = [(int(cells[_NAMED, need]), int(cells[part, need])) for need in range(size) for part in (_POOR, _SEVERE)]
    return Table(
        names=tuple(f"cell {number}" for number in range(count)),
        values=values,
        equations=equations,
        sensitive=sensitive,
        fixed=fixed,
        never=never,
        switch=switch,
        slack=slack,
        lowest=lowest,
        implies=tuple(pairs),
    )


def _sensitive(counts: NeedCounts) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Which shares, severities and shares of poor betray few people, those they count or the rest of the town."""
    named = [telling(n=int(n), total=counts.base, k=K_TOWN) for n in counts.named]
    return np.array(named), _few(counts.severity, counts.severity.sum(axis=0)), _few(counts.income, counts.people)


def _few(pairs: IntArray, town: IntArray) -> BoolArray:
    found = []
    for own in pairs:
        rest = town - own
        small = own.sum() < K_CROSS and own.sum() > 0
        found.append(small or any(telling(n=int(part[0]), total=int(part.sum()), k=K_CROSS) for part in (own, rest)))
    return np.array(found, dtype=bool)


def _reasons(hidden: BoolArray, small: BoolArray) -> tuple[Withheld | None, ...]:
    reasons = {True: Withheld.SMALL_CELL, False: Withheld.PROTECTS_OTHERS}
    return tuple(reasons[few] if off else None for off, few in zip(hidden.tolist(), small.tolist(), strict=True))
