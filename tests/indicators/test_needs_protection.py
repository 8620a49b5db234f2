"""Shares of needs are protected together: nobody who reads all that is published can place a hidden count."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from councils.indicators.rules.disclosure import Release, audit
from councils.indicators.rules.needs_protection import NeedCounts, NeedProtection, needs_table, protect_needs
from councils.indicators.rules.suppression import K_CROSS, K_TOWN
from councils.indicators.states import Withheld


def answered(seed: int, people: int, needs: int) -> NeedCounts:
    """What `people` invented residents say: up to three needs, the first the most urgent, severity and income."""
    dice = np.random.default_rng(seed)
    likely = dice.dirichlet(np.full(needs, 0.8))
    named, first = np.zeros((people, needs), dtype=bool), np.zeros(people, dtype=np.int64)
    for person in range(people):
        chosen = dice.choice(
            needs, size=dice.integers(1, min(3, needs) + 1), replace=False, p=(likely + 0.01) / (likely + 0.01).sum()
        )
        named[person, chosen], first[person] = True, chosen[0]
    income, severity = dice.choice(3, size=people, p=(0.3, 0.6, 0.1)), dice.choice(3, size=people, p=(0.6, 0.3, 0.1))
    return NeedCounts(
        named=named.sum(axis=0),
        base=people,
        most=3,
        income=np.array([[(named[:, n] & (income == side)).sum() for side in (0, 1)] for n in range(needs)]),
        people=np.array([(income == side).sum() for side in (0, 1)]),
        severity=np.array([[((first == n) & (severity == side)).sum() for side in (0, 1)] for n in range(needs)]),
    )


Rows = list[tuple[dict[int, float], float]]


def places(size: int) -> list[list[int]]:
    """Unknowns of each need: v, w, u (poor, not, not said) and a, b, h (severe, not severe, others who named it)."""
    return [[6 * need + one for one in range(6)] for need in range(size)]


def known(counts: NeedCounts, verdict: NeedProtection) -> tuple[Rows, Rows]:
    """What a reader knows who is told every total and every published share exactly: equations, and limits."""
    at, (poor, other) = places(len(counts.named)), counts.people.tolist()
    unsaid = counts.base - poor - other
    equal: Rows = [({row[3 + n]: 1.0 for row in at}, float(counts.severity[:, n].sum())) for n in (0, 1)]
    below: Rows = []
    for need, (v, w, u, a, b, h) in enumerate(at):
        equal.append(({v: 1, w: 1, u: 1, a: -1, b: -1, h: -1}, 0.0))
        told = (
            (verdict.named, {v: 1.0, w: 1.0, u: 1.0}, counts.named[need]),
            *((verdict.income, {one: 1.0}, n) for one, n in zip((v, w), counts.income[need], strict=True)),
            *((verdict.severity, {one: 1.0}, n) for one, n in zip((a, b), counts.severity[need], strict=True)),
        )
        equal += [(row, float(n)) for reasons, row, n in told if reasons[need] is None]
        below += [({v: 1}, poor), ({w: 1}, other), ({u: 1}, unsaid)]
    for parts, total in (((0, 1, 2), counts.base), ((0,), poor), ((1,), other), ((2,), unsaid)):
        every = {row[part]: 1.0 for row in at for part in parts}
        below += [(every, 3.0 * total), (dict.fromkeys(every, -1.0), -float(total))]
    return equal, below


def matrix(rows: Rows, size: int) -> tuple[np.ndarray, list[float]]:
    found = np.zeros((len(rows), 6 * size))
    for number, (row, _level) in enumerate(rows):
        found[number, list(row)] = list(row.values())
    return found, [level for _row, level in rows]


def promised(counts: NeedCounts, verdict: NeedProtection) -> Iterator[tuple[dict[int, float], int, int]]:
    """Each hidden count as a sum of unknowns, with its truth and k. Shares hidden whole were promised nothing."""
    beside = None in (*verdict.income, *verdict.severity)
    for need, (v, w, u, a, b, _h) in enumerate(places(len(counts.named))):
        if verdict.named[need] is not None:
            yield {v: 1.0, w: 1.0, u: 1.0}, int(counts.named[need]), K_TOWN
        if beside and verdict.income[need] is not None:
            yield from (({one: 1.0}, int(counts.income[need, n]), K_CROSS) for n, one in enumerate((v, w)))
        if beside and verdict.severity[need] is not None:
            yield from (({one: 1.0}, int(counts.severity[need, n]), K_CROSS) for n, one in enumerate((a, b)))


def lowest(cost: np.ndarray, below: tuple[np.ndarray, list[float]], equal: tuple[np.ndarray, list[float]]) -> float:
    solved = linprog(cost, *below, *equal, method="highs")
    assert solved.fun is not None
    return float(solved.fun)


def betrayed(counts: NeedCounts, verdict: NeedProtection) -> list[str]:
    """The hidden counts that a reader can place within k; written without the table that protects them."""
    size = len(counts.named)
    equal, below = (matrix(rows, size) for rows in known(counts, verdict))
    found = []
    for goal, truth, k in promised(counts, verdict):
        cost = np.zeros(6 * size)
        cost[list(goal)] = list(goal.values())
        low, high = (lowest(cost, below, equal), -lowest(-cost, below, equal))
        if low > truth - k + 1e-6 and high < truth + k - 1e-6:
            found.append(f"{truth} within {low:.1f} to {high:.1f}")
    return found


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), people=st.integers(11, 260), needs=st.integers(2, 6))
def test_nothing_hidden_can_be_worked_out(seed: int, people: int, needs: int) -> None:
    counts = answered(seed, people, needs)
    verdict = protect_needs(counts=counts)
    if any(reason is None for reason in verdict.named):
        assert betrayed(counts, verdict) == []


def test_hiding_only_what_is_small_would_tell_it() -> None:
    """Severity of one need alone is hidden: the town's total and the others give it away, so another goes with it."""
    counts = NeedCounts(
        named=np.array([60, 60, 60]),
        base=90,
        most=3,
        income=np.array([[30, 30], [30, 30], [30, 30]]),
        people=np.array([45, 45]),
        severity=np.array([[4, 26], [15, 15], [15, 15]]),
    )
    verdict = protect_needs(counts=counts)
    assert verdict.named == (None, None, None)
    assert verdict.severity[0] is Withheld.SMALL_CELL
    assert Withheld.PROTECTS_OTHERS in verdict.severity[1:]
    naive = NeedProtection(verdict.named, (Withheld.SMALL_CELL, None, None), verdict.income)
    assert betrayed(counts, verdict) == []
    assert betrayed(counts, naive) != []


def test_its_own_reader_agrees() -> None:
    """The rooms' audit finds the same: nothing after protection, something without."""
    counts = answered(3, 180, 5)
    verdict = protect_needs(counts=counts)
    table = needs_table(counts=counts)
    hidden = table.never.copy()
    for place, reasons in (
        (0, verdict.named),
        (1, verdict.income),
        (2, verdict.income),
        (4, verdict.severity),
        (5, verdict.severity),
    ):
        hidden[place * 5 : place * 5 + 5] = [reason is not None for reason in reasons]
    assert audit(release=Release.exact(table=table, hidden=hidden)) == ()


def test_of_nine_people_nothing_is_told() -> None:
    verdict = protect_needs(counts=answered(1, 9, 3))
    assert verdict == NeedProtection(*((Withheld.FEW_ANSWERS,) * 3,) * 3)
    nobody = NeedCounts(np.zeros(2, int), 0, 3, np.zeros((2, 2), int), np.zeros(2, int), np.zeros((2, 2), int))
    assert protect_needs(counts=nobody).named == (Withheld.NO_ANSWERS,) * 2


@pytest.mark.parametrize("people", [11, 320])
def test_zero_is_published_and_a_share_goes_before_what_is_made_of_it(people: int) -> None:
    counts = answered(7, people, 6)
    verdict = protect_needs(counts=counts)
    for need in range(6):
        if counts.named[need] == 0:
            assert verdict.named[need] is None
        if verdict.named[need] is not None:
            assert verdict.income[need] is not None
            assert verdict.severity[need] is not None
