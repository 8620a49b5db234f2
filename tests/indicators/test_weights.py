"""Raking against R's package survey, the ladder, the limits, and every loud refusal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.indicators.rules.margins import (
    CellSpace,
    Margin,
    collapse,
    education_margin,
    population_table,
    sex_age_margin,
)
from councils.indicators.rules.refusals import WeightingRefusedError
from councils.indicators.rules.weights import kish, rake, trim_limit, weigh, worst_miss
from councils.indicators.states import Weighting, WeightingRefusal

SPACE = CellSpace(("female", "male"), ("a", "b", "c"))
FULL = CellSpace(("female", "male"), ("a", "b", "c"), ("school", "college"))
PEOPLE = np.array([[3000.0, 4000.0, 3500.0], [3100.0, 3800.0, 2600.0]])


def margin(name: str, category: list[int], totals: list[float]) -> Margin:
    return Margin(
        name=name,
        labels=tuple(f"{name}{k}" for k in range(len(totals))),
        category_of_cell=np.array(category),
        totals=np.array(totals),
        blocks=np.zeros(len(totals), dtype=np.int64),
    )


def refusal_of(counts: list[int], *margins: Margin) -> WeightingRefusal:
    with pytest.raises(WeightingRefusedError) as caught:
        rake(counts=np.array(counts), margins=margins)
    return caught.value.code


def test_the_raking_of_r(apiclus1: dict[str, np.ndarray]) -> None:
    """rake(dclus1, list(~stype, ~sch.wide)): six weights, mean of api00, Kish's design effect."""
    cell = apiclus1["stratum"] * 2 + apiclus1["met"]
    counts = np.bincount(cell, minlength=6)
    stype = margin("stype", [0, 0, 1, 1, 2, 2], [4421.0, 755.0, 1018.0])
    met = margin("sch.wide", [0, 1, 0, 1, 0, 1], [1072.0, 5122.0])
    weights = rake(counts=counts, margins=[stype, met])
    printed = [29.870675, 36.791025, 39.839236, 49.069072, 50.329401, 67.125529]
    assert sorted(weights.tolist()) == pytest.approx(printed, abs=5e-7)
    score = np.bincount(cell, weights=apiclus1["api00"], minlength=6)
    assert (weights * score).sum() / (weights * counts).sum() == pytest.approx(641.230321, abs=5e-7)
    found = kish(counts=counts, weights=weights)
    # Forty digits of raking give 1.05165669560383; R prints ...57 because its raking stops a little earlier.
    assert found.deff == pytest.approx(1.0516566957, abs=1e-10)
    assert found.deff == pytest.approx(1.05165669560383, abs=1e-12)
    assert found.n_eff == pytest.approx(183 / 1.0516566957, abs=1e-7)


def test_kish_by_hand() -> None:
    """Two answers of weight 1 and one of weight 2: n sum w^2 / (sum w)^2 = 3 * 6 / 16."""
    found = kish(counts=np.array([2, 1]), weights=np.array([1.0, 2.0]))
    assert (found.n, found.deff) == (3, 18 / 16)
    assert found.n_eff == pytest.approx(8 / 3)
    assert kish(counts=np.zeros(2, dtype=np.int64), weights=np.ones(2)).n_eff == 0.0


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, list[Margin]]:
    """A table of answers with every cell filled, and margins that some population really has."""
    counts = np.array(draw(st.lists(st.integers(1, 400), min_size=12, max_size=12)))
    people = np.array(draw(st.lists(st.floats(50, 9000), min_size=12, max_size=12)))
    by_sex_age = people.reshape(2, 3, 2).sum(axis=2)
    return counts, [
        sex_age_margin(space=FULL, population=by_sex_age),
        education_margin(space=FULL, totals=people.reshape(6, 2).sum(axis=0)),
    ]


@given(table=tables())
def test_raked_weights_meet_every_margin(table: tuple[np.ndarray, list[Margin]]) -> None:
    counts, margins = table
    weights = rake(counts=counts, margins=margins)
    assert np.all(weights > 0)
    for one in margins:
        assert one.count(values=counts * weights) == pytest.approx(one.totals, rel=1e-9)
    assert kish(counts=counts, weights=weights).n_eff <= counts.sum() * (1 + 1e-12)


@given(table=tables(), order=st.permutations(range(12)))
def test_the_order_of_cells_does_not_matter(table: tuple[np.ndarray, list[Margin]], order: list[int]) -> None:
    counts, margins = table
    shuffled = [Margin(one.name, one.labels, one.category_of_cell[order], one.totals, one.blocks) for one in margins]
    weights = rake(counts=counts, margins=margins)
    assert rake(counts=counts[order], margins=shuffled) == pytest.approx(weights[order], rel=1e-8)


def test_refusals() -> None:
    halves = margin("sex", [0, 0, 1, 1], [50.0, 50.0])
    ages = margin("age", [0, 1, 0, 1], [60.0, 40.0])
    assert refusal_of([5, 5, 5, 5]) is WeightingRefusal.NO_MARGINS
    assert refusal_of([5, 5, 5, 5], halves, margin("age", [0, 1, 0, 1], [60.0, 41.0])) is (
        WeightingRefusal.INCONSISTENT_MARGINS
    )
    assert refusal_of([5, 5, 0, 0], halves, ages) is WeightingRefusal.EMPTY_CATEGORY
    assert refusal_of([5, 5, 5, 5], margin("sex", [0, 0, 1, 1], [100.0, 0.0])) is WeightingRefusal.NO_POPULATION
    for bad in ([50.0, -1.0], [50.0, float("nan")], [0.0, 0.0]):
        assert refusal_of([5, 5, 5, 5], margin("sex", [0, 0, 1, 1], bad)) is WeightingRefusal.BAD_MARGIN
    # Women answered only young, men only old: 50 women cannot be 60 young people.
    assert refusal_of([5, 0, 0, 5], halves, ages) is WeightingRefusal.NOT_CONVERGED


def test_the_refusal_names_margin_and_category() -> None:
    with pytest.raises(WeightingRefusedError, match=r"^empty_category: sex_age: male c$"):
        rake(counts=np.array([9, 9, 9, 9, 9, 0]), margins=[sex_age_margin(space=SPACE, population=PEOPLE)])


def test_population_by_category_name() -> None:
    counts = {"female_a": 10, "female_b": 20, "female_c": 30, "male_a": 40, "male_c": 60}
    assert population_table(space=FULL, counts=counts).tolist() == [[10, 20, 30], [40, 0, 60]]
    with pytest.raises(WeightingRefusedError, match="unknown category f_18_29"):
        population_table(space=SPACE, counts={"f_18_29": 5})
    with pytest.raises(WeightingRefusedError, match="shape"):
        sex_age_margin(space=SPACE, population=np.ones((2, 4)))
    with pytest.raises(WeightingRefusedError, match="education"):
        education_margin(space=SPACE, totals=np.ones(2))


def test_bands_join_neighbouring_ages() -> None:
    banded = sex_age_margin(space=FULL, population=PEOPLE, bands=[[0, 1], [2]])
    assert banded.labels == ("female a+b", "female c", "male a+b", "male c")
    assert banded.totals.tolist() == [7000, 3500, 6900, 2600]
    assert banded.category_of_cell.tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3]
    with pytest.raises(ValueError, match="every age group"):
        sex_age_margin(space=FULL, population=PEOPLE, bands=[[0], [2]])


def test_small_categories_merge_with_the_smaller_neighbour() -> None:
    full = sex_age_margin(space=SPACE, population=PEOPLE)
    found = collapse(counts=np.array([40, 10, 25, 50, 60, 12]), margin=full)
    assert found.merged == (("female b", "female c"), ("male b", "male c"))
    assert found.margin.labels == ("female a", "female b / female c", "male a", "male b / male c")
    assert found.margin.totals.tolist() == [3000, 7500, 3100, 6400]
    assert found.margin.category_of_cell.tolist() == [0, 1, 1, 2, 3, 3]


def test_a_category_without_residents_merges() -> None:
    people = PEOPLE.copy()
    people[:, 0] = 0.0
    found = collapse(counts=np.array([30, 40, 50, 30, 40, 50]), margin=sex_age_margin(space=SPACE, population=people))
    assert found.merged == (("female a", "female b"), ("male a", "male b"))


def test_nearly_no_men_leave_a_margin_of_age_alone() -> None:
    found = collapse(counts=np.array([60, 60, 60, 5, 5, 5]), margin=sex_age_margin(space=SPACE, population=PEOPLE))
    assert found.margin.labels == ("female a / male a", "female b / male b", "female c / male c")
    assert found.margin.totals.tolist() == [6100, 7800, 6100]


def fitted(counts: list[int]) -> tuple[np.ndarray, Margin, Margin]:
    return (
        np.array(counts),
        sex_age_margin(space=SPACE, population=PEOPLE),
        sex_age_margin(space=SPACE, population=PEOPLE, bands=[[0, 1], [2]]),
    )


def test_the_ladder() -> None:
    for counts, method in (
        ([25, 25, 25, 25, 25, 25], Weighting.RAKED),
        ([25, 25, 25, 25, 25, 24], Weighting.POST_STRATIFIED),
        ([8, 8, 8, 8, 9, 9], Weighting.POST_STRATIFIED),
        ([8, 8, 8, 8, 8, 9], Weighting.UNWEIGHTED),
    ):
        table, fine, coarse = fitted(counts)
        assert weigh(counts=table, margins=[fine], coarse=coarse).method is method


def test_raked_from_150_post_stratified_below() -> None:
    table, fine, coarse = fitted([40, 30, 20, 25, 25, 20])
    raked = weigh(counts=table, margins=[fine], coarse=coarse)
    assert raked.cells == pytest.approx((PEOPLE.ravel() / table).tolist(), rel=1e-12)
    assert (raked.merged, raked.cap, raked.capped, raked.missed) == ((), float("inf"), 0, 0.0)
    assert raked.unknown == pytest.approx(20000 / 160)
    assert raked.columns.tolist() == [*raked.cells.tolist(), raked.unknown]

    table, fine, coarse = fitted([20, 10, 10, 10, 10, 10])
    strata = weigh(counts=table, margins=[fine], coarse=coarse)
    expected = [7000 / 30, 7000 / 30, 350, 6900 / 20, 6900 / 20, 260]
    assert strata.cells.tolist() == pytest.approx(expected, rel=1e-12)


def test_few_answers_are_not_weighted_and_say_so() -> None:
    table, fine, coarse = fitted([8, 8, 8, 8, 8, 9])
    found = weigh(counts=table, margins=[fine], coarse=coarse)
    assert (found.refusal, found.cells.tolist(), found.unknown) == (WeightingRefusal.TOO_FEW, [1.0] * 6, 1.0)


@pytest.mark.parametrize("counts", [[20, 20, 20, 20, 20, 20], [40, 40, 40, 40, 40, 40]])
def test_without_population_figures_nothing_is_weighted(counts: list[int]) -> None:
    with pytest.raises(WeightingRefusedError) as caught:
        weigh(counts=np.array(counts), margins=[], coarse=None)
    assert caught.value.code is WeightingRefusal.NO_MARGINS


def test_the_limit_by_hand() -> None:
    """99 answers of weight 1 and one of 500: 5 x median = 5, 8 x mean = 47.9."""
    assert trim_limit(counts=np.array([99, 1]), weights=np.array([1.0, 500.0])) == 5.0
    # Half the answers weigh 0.1, half 10: median 5.05 gives 25.25, mean 5.05 gives 40.4.
    assert trim_limit(counts=np.array([50, 50]), weights=np.array([0.1, 10.0])) == pytest.approx(25.25)


def test_a_category_that_needs_more_than_the_limit_is_cut_and_reported() -> None:
    """20 men of group c would have to stand for 9,000 people, others for 10 each: the limit is 5 medians = 50."""
    counts = np.array([100, 100, 100, 100, 100, 20])
    people = np.array([[1000.0, 1000.0, 1000.0], [1000.0, 1000.0, 9000.0]])
    found = weigh(counts=counts, margins=[sex_age_margin(space=SPACE, population=people)], coarse=None)
    assert found.cells.tolist() == pytest.approx([10, 10, 10, 10, 10, 50])
    assert found.cap == pytest.approx(50)
    assert found.capped == 20
    assert found.missed == pytest.approx(1 - 1000 / 9000)


def test_where_limit_and_margins_agree_both_hold() -> None:
    """One cell of 12 is over the limit; its neighbours can carry the rest, so no margin is missed."""
    counts = np.array([100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 2, 100])
    people = np.full((2, 3), 2000.0)
    margins = [
        sex_age_margin(space=FULL, population=people),
        education_margin(space=FULL, totals=np.array([8400.0, 3600.0])),
    ]
    raw = rake(counts=counts, margins=margins)
    limit = trim_limit(counts=counts, weights=raw)
    found = weigh(counts=counts, margins=margins, coarse=None)
    assert raw.max() > limit
    assert found.cap == pytest.approx(limit)
    assert found.cells.max() <= found.cap
    assert worst_miss(counts=counts, weights=found.cells, margins=margins) < 1e-9


@given(table=tables())
def test_weights_of_the_ladder_are_positive_and_bounded(table: tuple[np.ndarray, list[Margin]]) -> None:
    counts, margins = table
    coarse = sex_age_margin(space=FULL, population=margins[0].totals.reshape(2, 3), bands=[[0], [1], [2]])
    found = weigh(counts=counts, margins=margins, coarse=coarse)
    assert np.all(found.cells[counts > 0] > 0)
    assert np.all(found.cells <= found.cap)
    assert kish(counts=counts, weights=found.cells).n_eff <= counts.sum() * (1 + 1e-12)
