"""What is hidden, and that nobody can work it out: by hand, against every table that fits, and over random tables."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.indicators.rules.disclosure import Release
from councils.indicators.rules.disclosure import audit as attack
from councils.indicators.rules.suppression import (
    K_CROSS,
    Crossed,
    Derived,
    Recovered,
    audit,
    protect,
    protect_choices,
    question_table,
    rounded_base,
)
from councils.indicators.states import Withheld

SMALL, OTHERS, FEW, NONE = (
    Withheld.SMALL_CELL,
    Withheld.PROTECTS_OTHERS,
    Withheld.FEW_ANSWERS,
    Withheld.NO_ANSWERS,
)


def part(*options: int, of: int, base: Sequence[int] | None = None) -> Derived:
    """The share of `options` in `base` of a question with `of` options."""
    inside = np.zeros(of, dtype=bool)
    inside[list(range(of)) if base is None else list(base)] = True
    return Derived(np.array([float(k in options) for k in range(of)]), inside)


@pytest.mark.parametrize(
    ("counts", "options"),
    [
        ([40, 30, 20], (None, None, None)),
        ([40, 30, 0], (None, None, None)),
        # One hidden count is the total minus the rest: the next smallest hides with it.
        ([40, 30, 3], (None, OTHERS, SMALL)),
        # Two hidden counts that sum to 3 are 1 and 2: a third joins them.
        ([40, 30, 2, 1], (None, OTHERS, SMALL, SMALL)),
        # Two that sum to 8 lie within 3 of the truth: a third joins them.
        ([40, 30, 4, 4], (None, OTHERS, SMALL, SMALL)),
        # Two that sum to 12 leave a 4 anywhere from 1 to 11: enough.
        ([40, 30, 8, 4], (None, None, OTHERS, SMALL)),
        ([97, 3], (OTHERS, SMALL)),
        # Everything hidden, and 2 + 2 + 1 still tell too much: the question is withheld whole.
        ([2, 2, 1], (FEW, FEW, FEW)),
        ([2, 1, 1], (FEW, FEW, FEW)),
        ([0, 0], (NONE, NONE)),
    ],
)
def test_a_distribution(counts: list[int], options: tuple[Withheld | None, ...]) -> None:
    assert protect(counts=np.array(counts)).options == options


@pytest.mark.parametrize(
    ("counts", "figure", "reason"),
    [
        ([40, 30, 20, 10], part(0, 1, of=4), None),
        ([3, 1, 60, 40], part(0, 1, of=4), SMALL),
        ([60, 40, 3, 1], part(0, 1, of=4), SMALL),
        ([60, 40, 0, 0], part(0, 1, of=4), None),
        ([2, 2, 60, 40], part(0, of=4, base=(0, 1)), SMALL),
    ],
)
def test_a_derived_share(counts: list[int], figure: Derived, reason: Withheld | None) -> None:
    assert protect(counts=np.array(counts), derived=[figure]).derived == (reason,)


def test_a_published_sum_does_not_betray_its_parts() -> None:
    """Top two = 43 is published, so 3 hides with its partner 40, and 30 or 20 need not be hidden."""
    found = protect(counts=np.array([40, 3, 30, 20]), derived=[part(0, 1, of=4)])
    assert found.derived == (None,)
    assert found.options == (OTHERS, SMALL, None, None)
    assert audit(
        counts=np.array([40, 3, 30, 20]), hidden=np.array([False, True, False, True]), derived=[part(0, 1, of=4)]
    ) == (Recovered(option=1, low=3, high=3), Recovered(option=3, low=20, high=20))


def test_a_sum_gives_way_when_hiding_all_options_does_not_help() -> None:
    """3 + 3 of the top two as 6 of 46 would tell each part to within 4, so the sum goes, and so does the rest of 46."""
    found = protect(counts=np.array([3, 3, 40]), derived=[part(0, 1, of=3)])
    assert found.derived == (OTHERS,)
    assert found.options == (SMALL, SMALL, OTHERS)


def test_cross_breaks_need_ten() -> None:
    counts = np.array([60, 9])
    assert protect(counts=counts).options == (None, None)
    assert protect(counts=counts, k=K_CROSS).options == (OTHERS, SMALL)


def test_choices_are_judged_alone() -> None:
    assert protect_choices(counts=np.array([60, 3, 58, 62, 0]), base=62).options == (SMALL, SMALL, SMALL, None, None)
    assert protect_choices(counts=np.array([2, 1]), base=4).options == (FEW, FEW)
    assert protect_choices(counts=np.array([0, 0]), base=0).options == (NONE, NONE)


@pytest.mark.parametrize(
    ("n", "base"), [(0, 0), (1, 5), (2, 5), (7, 5), (8, 10), (12, 10), (13, 15), (798, 800), (1401, 1400)]
)
def test_the_base_is_rounded_to_five(n: int, base: int) -> None:
    assert rounded_base(n=n) == base


def tables_that_fit(counts: np.ndarray, hidden: np.ndarray, derived: Sequence[Derived]) -> Iterator[np.ndarray]:
    """Every table of counts that a reader cannot tell from the true one: hidden counts at least 1, all sums right."""
    places = np.flatnonzero(hidden)
    total = int(counts[hidden].sum())

    def fill(left: int, slots: int) -> Iterator[list[int]]:
        if slots == 1:
            yield [left]
            return
        for first in range(1, left - slots + 2):
            for rest in fill(left - first, slots - 1):
                yield [first, *rest]

    for values in fill(total, len(places)) if len(places) else ():
        table = counts.copy()
        table[places] = values
        if all(
            table[figure.base].sum() == counts[figure.base].sum()
            and (figure.scores * figure.base) @ table == (figure.scores * figure.base) @ counts
            for figure in derived
        ):
            yield table


questions = st.integers(2, 4).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(0, 14), min_size=size, max_size=size).map(np.array),
        st.lists(
            st.tuples(
                st.lists(st.sampled_from([0.0, 1.0]), min_size=size, max_size=size).map(np.array),
                st.lists(st.booleans(), min_size=size, max_size=size).map(np.array),
            ).map(lambda pair: Derived(*pair)),
            max_size=2,
        ),
    )
)


@settings(max_examples=40)
@given(question=questions)
def test_no_hidden_count_can_be_worked_out(question: tuple[np.ndarray, list[Derived]]) -> None:
    """Enumerate every table that fits what is published: one of them lies k = 5 from each hidden count."""
    counts, derived = question
    found = protect(counts=counts, derived=derived)
    hidden = np.array([reason is not None for reason in found.options])
    published = [figure for figure, reason in zip(derived, found.derived, strict=True) if reason is None]
    if found.options[0] in (FEW, NONE):
        assert hidden.all()
        assert not published
        return
    assert all(hidden[(counts > 0) & (counts < 5)])
    fitting = np.array(list(tables_that_fit(counts, hidden, published)))
    for option in np.flatnonzero(hidden):
        # The program may take fractions between the whole tables, so one answer less is the bound for whole ones.
        assert np.abs(fitting[:, option] - counts[option]).max() >= 4


@settings(max_examples=40)
@given(question=questions)
def test_the_audit_finds_what_enumeration_finds(question: tuple[np.ndarray, list[Derived]]) -> None:
    counts, derived = question
    hidden = counts > 0
    betrayed = {found.option: (found.low, found.high) for found in audit(counts=counts, hidden=hidden, derived=derived)}
    fitting = np.array(list(tables_that_fit(counts, hidden, derived)))
    for option in np.flatnonzero(hidden).tolist():
        low, high = fitting[:, option].min(), fitting[:, option].max()
        if option in betrayed:
            assert betrayed[option][0] <= low
            assert betrayed[option][1] >= high
        else:
            assert max(high - counts[option], counts[option] - low) >= 4


def crossed(*options: int, of: int, inside: Sequence[int], parts: int) -> Crossed:
    """The share of `options` among the people of some `parts`."""
    return Crossed(part(*options, of=of), np.isin(np.arange(parts), inside))


def test_a_cross_break_with_few_inside_or_outside_is_hidden() -> None:
    for parts, reason in (
        ([[40, 40], [40, 40]], None),
        ([[9, 60], [60, 60]], SMALL),
        ([[60, 9], [60, 60]], SMALL),
        ([[60, 60], [9, 60]], SMALL),
    ):
        counts = np.array(parts)
        found = protect(
            counts=counts.sum(axis=1), parts=counts, crossed=[crossed(0, of=2, inside=[0], parts=2)], derived=[]
        )
        assert found.crossed == (reason,)
        assert found.options == (None, None)


def test_cross_breaks_that_complete_each_other_do_not_betray_one_another() -> None:
    """Men and women are 9 and 60 of 69 who chose it: with the town's share the larger tells the smaller."""
    counts = np.array([[9, 60], [80, 70]])
    both = [crossed(0, of=2, inside=[side], parts=2) for side in (0, 1)]
    found = protect(counts=counts.sum(axis=1), parts=counts, crossed=both)
    assert found.crossed == (SMALL, SMALL)
    three = np.array([[9, 60, 50], [80, 70, 90]])
    found = protect(
        counts=three.sum(axis=1), parts=three, crossed=[crossed(0, of=2, inside=[side], parts=3) for side in range(3)]
    )
    assert found.crossed[0] is SMALL
    assert found.crossed.count(None) == 1


@settings(max_examples=25)
@given(
    parts=st.integers(2, 4).flatmap(
        lambda size: st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=size, max_size=size)
    ),
    chosen=st.sets(st.integers(0, 1), min_size=1),
)
def test_nothing_hidden_is_told_by_the_town_and_its_cross_breaks(parts: list[list[int]], chosen: set[int]) -> None:
    table = np.array(parts)
    size = len(table)
    figures = [part(*chosen, of=size), part(0, of=size, base=[0, 1])]
    broken = [crossed(*chosen, of=size, inside=inside, parts=3) for inside in ([0], [1, 2], [2])]
    given_ = {"counts": table.sum(axis=1), "derived": figures, "parts": table, "crossed": broken}
    found = protect(**given_)
    if found.options[0] in (FEW, NONE):
        assert {*found.options, *found.derived, *found.crossed} == {found.options[0]}
        return
    whole = question_table(**given_)
    hidden = whole.never.copy()
    gone = [reason is not None for reason in (*found.options, *found.derived, *found.crossed)]
    hidden[:size], hidden[size + 3 : size + 5], hidden[size + 8 : size + 11] = gone[:size], gone[size:-3], gone[-3:]
    # A base is unknown only where no figure that is made of it is shown.
    hidden[size + 5 : size + 8] = gone[-3:]
    hidden[size + 2] = gone[size + 1]
    betrayed = attack(release=Release.exact(table=whole, hidden=hidden))
    assert [one.name for one in betrayed if not one.name.startswith(("base", "crossed base"))] == []
