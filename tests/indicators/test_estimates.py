"""Estimates from the cube: against fractions by hand, against the same answers one by one, and their own promises."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from councils.indicators.rules.design import mean, rake, survey_design
from councils.indicators.rules.estimates import credit, credits_of, estimate, shares
from councils.indicators.rules.scores import Measure, Scoring, scoring
from councils.indicators.states import Interval, Unit

SCALE = ("good", "rather_good", "rather_bad", "bad")
COUNTS = np.array([[6, 2], [3, 4], [2, 3], [1, 9]])
WEIGHTS = np.array([1.0, 2.0])


def test_shares_by_hand() -> None:
    """12 answers of weight 1 and 18 of weight 2: W = 48, S2 = 84; "good" has sum w 10 and sum w^2 14."""
    found = shares(counts=COUNTS, base=COUNTS.sum(axis=0), weights=WEIGHTS)
    p = Fraction(10, 48)
    variance = Fraction(30, 29) * ((1 - 2 * p) * 14 + p**2 * 84) / 48**2
    assert found.share[0] == pytest.approx(float(p), abs=1e-15)
    assert found.se[0] ** 2 == pytest.approx(float(variance), abs=1e-15)
    assert int(found.n) == 30
    assert float(found.n_eff) == pytest.approx(48**2 / 84)
    assert float(found.deff) == pytest.approx(30 * 84 / 48**2)


def test_scores_by_hand() -> None:
    """Top two: (6 + 3 + 2 * 6) / 48. Balance: that minus (2 + 1 + 2 * 12) / 48. Mean: steps 4, 3, 2, 1."""
    values = {}
    for measure in (Measure.TOP2, Measure.BALANCE, Measure.MEAN):
        found = estimate(
            counts=COUNTS, base=COUNTS.sum(axis=0), weights=WEIGHTS, scoring=scoring(measure=measure, scale=SCALE)
        )
        assert found is not None
        values[measure] = found
    assert values[Measure.TOP2].value == pytest.approx(21 / 48)
    assert values[Measure.BALANCE].value == pytest.approx((21 - 27) / 48)
    assert values[Measure.MEAN].value == pytest.approx((24 + 9 + 4 + 1 + 2 * (8 + 12 + 6 + 9)) / 48)
    mean = Fraction(108, 48)
    spread = sum(
        (score - mean) ** 2 * (one + 4 * two) for score, (one, two) in zip((4, 3, 2, 1), COUNTS.tolist(), strict=True)
    )
    assert values[Measure.MEAN].se ** 2 == pytest.approx(float(Fraction(30, 29) * spread / 48**2), rel=1e-12)
    assert values[Measure.MEAN].interval is Interval.LINEARISED


def test_a_scale_of_three_has_boxes_of_one() -> None:
    assert scoring(measure=Measure.BALANCE, scale=("yes", "partly", "no")).scores.tolist() == [1, 0, -1]
    assert scoring(measure=Measure.SHARE, scale=SCALE, chosen=("bad",)).scores.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("measure", "scale", "chosen"),
    [
        (Measure.TOP2, ("yes", "partly", "no"), ()),
        (Measure.BALANCE, ("yes", "no"), ()),
        (Measure.MEAN, ("yes",), ()),
        (Measure.SHARE, SCALE, ()),
        (Measure.SHARE, SCALE, SCALE),
        (Measure.SHARE, SCALE, ("unknown",)),
        (Measure.TOP2, SCALE, ("good",)),
        (Measure.MEAN, ("yes", "yes"), ()),
    ],
)
def test_scores_that_mean_nothing_are_refused(
    measure: Measure, scale: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"answers|scale|top2|steps|none"):
        scoring(measure=measure, scale=scale, chosen=chosen)


@st.composite
def cubes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    counts = draw(arrays(np.int64, (4, 5), elements=st.integers(0, 60)))
    weights = draw(arrays(np.float64, 5, elements=st.floats(0.05, 40)))
    counts[0, 0] += 2
    return counts, weights


@given(cube=cubes())
def test_the_cube_says_what_the_answers_say(cube: tuple[np.ndarray, np.ndarray]) -> None:
    """Mean score, share and their errors equal those of the general design over single answers."""
    counts, weights = cube
    option, cell = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
    for measure in Measure:
        chosen = SCALE[1:3] if measure is Measure.SHARE else ()
        score = scoring(measure=measure, scale=SCALE, chosen=chosen)
        found = estimate(counts=counts, base=counts.sum(axis=0), weights=weights, scoring=score)
        single = mean(design=survey_design(weights=weights[cell]), values=score.scores[option])
        assert found is not None
        assert found.value == pytest.approx(float(single.values[0]), abs=1e-12)
        assert found.se == pytest.approx(float(single.se[0]), abs=2e-9)
        assert found.n == single.n


@given(cube=cubes())
def test_promises_of_every_estimate(cube: tuple[np.ndarray, np.ndarray]) -> None:
    counts, weights = cube
    found = shares(counts=counts, base=counts.sum(axis=0), weights=weights)
    assert found.share.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.all((found.low >= 0) & (found.low <= found.share) & (found.share <= found.high) & (found.high <= 1))
    assert found.n_eff <= found.n * (1 + 1e-12)
    assert found.deff >= 1 - 1e-12


@given(cube=cubes(), factor=st.floats(0.001, 1000), order=st.permutations(range(5)))
def test_neither_the_scale_of_weights_nor_the_order_of_cells_matters(
    cube: tuple[np.ndarray, np.ndarray], factor: float, order: list[int]
) -> None:
    counts, weights = cube
    one = shares(counts=counts, base=counts.sum(axis=0), weights=weights)
    other = shares(counts=counts[:, order], base=counts.sum(axis=0)[order], weights=weights[order] * factor)
    assert other.share == pytest.approx(one.share, abs=1e-12)
    assert other.se == pytest.approx(one.se, abs=1e-9)
    assert other.low == pytest.approx(one.low, abs=1e-7)
    assert other.high == pytest.approx(one.high, abs=1e-7)


def test_many_towns_at_once() -> None:
    """Leading axes broadcast: three towns with their own weights give what each gives alone."""
    rng = np.random.default_rng(7)
    counts = rng.integers(0, 50, (3, 4, 5))
    weights = rng.uniform(0.2, 5, (3, 5))
    together = shares(counts=counts, base=counts.sum(axis=1), weights=weights)
    for town in range(3):
        alone = shares(counts=counts[town], base=counts[town].sum(axis=0), weights=weights[town])
        assert together.share[town].tolist() == pytest.approx(alone.share.tolist(), abs=1e-15)
        assert together.low[town].tolist() == pytest.approx(alone.low.tolist(), abs=1e-15)
        assert float(together.n_eff[town]) == pytest.approx(float(alone.n_eff))


def test_nobody_answered() -> None:
    nothing = np.zeros((4, 2), dtype=np.int64)
    empty = nothing.sum(axis=0)
    assert (
        estimate(counts=nothing, base=empty, weights=WEIGHTS, scoring=scoring(measure=Measure.TOP2, scale=SCALE))
        is None
    )
    found = shares(counts=nothing, base=empty, weights=WEIGHTS)
    assert (found.low.tolist(), found.high.tolist(), float(found.n_eff)) == ([0.0] * 4, [1.0] * 4, 0.0)


def test_everybody_agreed_is_not_certainty() -> None:
    """40 answers of 40: the variance is 0, but the interval reaches down to .025^(1/40) as Clopper and Pearson say."""
    all_one = Scoring(np.array([1.0, 0.0]), 0.0, 1.0, Unit.SHARE)
    counts = np.array([[40], [0]])
    found = estimate(counts=counts, base=counts.sum(axis=0), weights=np.ones(1), scoring=all_one)
    assert found is not None
    assert (found.value, found.se, found.high) == (1.0, 0.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 40))


def test_a_multiple_choice_has_its_own_base() -> None:
    """30 answered, 20 named roads: the share is 20/30 although another option was named 25 times."""
    counts, base = np.array([[20], [25]]), np.array([30])
    found = shares(counts=counts, base=base, weights=np.ones(1))
    assert found.share.tolist() == pytest.approx([2 / 3, 5 / 6])
    assert found.se[0] ** 2 == pytest.approx((2 / 3) * (1 / 3) / 29)


def test_the_width_is_a_part_of_the_scale() -> None:
    for measure, span in ((Measure.TOP2, 1.0), (Measure.BALANCE, 2.0), (Measure.MEAN, 3.0)):
        found = estimate(
            counts=COUNTS, base=COUNTS.sum(axis=0), weights=WEIGHTS, scoring=scoring(measure=measure, scale=SCALE)
        )
        assert found is not None
        assert found.width == pytest.approx((found.high - found.low) / span)


def answers_one_by_one(counts: np.ndarray, silent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Option (-1 for those who did not answer) and cell of every respondent."""
    option, cell = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
    return np.append(option, np.full(silent.sum(), -1)), np.append(cell, np.repeat(np.arange(len(silent)), silent))


@pytest.mark.parametrize("two_margins", [False, True])
def test_calibration_is_credited_as_the_general_design_does(two_margins: bool) -> None:
    """Six cells, some respondents silent: share and mean after raking equal those over single answers."""
    counts = np.array([[30, 12, 25, 40, 22, 9], [11, 30, 14, 9, 25, 28]])
    silent = np.array([4, 0, 3, 5, 1, 2])
    respondents = counts.sum(axis=0) + silent
    margins = [np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])] if two_margins else [np.arange(6) // 2]
    totals = (
        [np.array([900.0, 700.0]), np.array([400.0, 600.0, 600.0])] if two_margins else [np.array([500.0, 300, 800])]
    )
    option, cell = answers_one_by_one(counts, silent)
    labelled = [(one[cell], dict(enumerate(people.tolist()))) for one, people in zip(margins, totals, strict=True)]
    design = rake(design=survey_design(weights=np.ones(len(cell))), margins=labelled)
    weights = np.array([design.weights[cell == place][0] for place in range(6)])
    single = mean(design=design, values=option == 0, domain=option >= 0)
    credited = credit(respondents=np.append(respondents, 0), targets=margins)
    more = np.append(weights, 1.0)
    found = shares(
        counts=np.pad(counts, ((0, 0), (0, 1))), base=np.append(counts.sum(axis=0), 0), weights=more, credited=credited
    )
    n, rank = respondents.sum(), (4 if two_margins else 3)
    assert int(credited.rank) == rank
    assert float(found.share[0]) == pytest.approx(float(single.values[0]), abs=1e-9)
    # R divides by n - 1; the categories that were met are taken off here. It sweeps over two margins ten times only.
    assert float(found.se[0] ** 2) * (n - rank) / (n - 1) == pytest.approx(
        float(single.covariance[0, 0]), rel=1e-4 if two_margins else 1e-9
    )
    score = estimate(
        counts=np.pad(counts, ((0, 0), (0, 1))),
        base=np.append(counts.sum(axis=0), 0),
        weights=more,
        scoring=Scoring(np.array([1.0, -1.0]), -1.0, 1.0, Unit.BALANCE),
        credited=credited,
    )
    assert score is not None
    assert score.se == pytest.approx(2 * float(found.se[0]), rel=1e-9)


def test_credits_of_many_towns_stand_side_by_side() -> None:
    rng = np.random.default_rng(8)
    counts = rng.integers(5, 40, (3, 4, 2, 7))
    base = counts.sum(axis=2)
    respondents = base.max(axis=1)
    base = np.minimum(base, respondents[:, None])
    targets = [np.array([0, 0, 1, 1, 2, 2])]
    several = [credit(respondents=own, targets=targets) for own in respondents]
    weights = rng.uniform(0.5, 3, (3, 1, 7))
    together = shares(counts=counts, base=base, weights=weights, credited=credits_of(several=several))
    for town in range(3):
        for question in range(4):
            alone = shares(
                counts=counts[town, question],
                base=base[town, question],
                weights=weights[town, 0],
                credited=several[town],
            )
            assert together.se[town, question] == pytest.approx(alone.se, rel=1e-12)
            assert together.low[town, question] == pytest.approx(alone.low, rel=1e-12)
