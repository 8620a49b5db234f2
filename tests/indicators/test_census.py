"""A synthetic census with known truth: what a biased draw does, and whether intervals keep their word."""

import numpy as np
import pytest

from councils.indicators.rules.estimates import credit, estimate
from councils.indicators.rules.margins import CellSpace, sex_age_margin
from councils.indicators.rules.scores import Measure, scoring
from councils.indicators.rules.weights import kish, weigh

SPACE = CellSpace(("female", "male"), ("16_17", "18_29", "30_44", "45_64", "65_plus"))
BANDS = [[0, 1], [2], [3, 4]]
PEOPLE = np.array([[600.0, 3600.0, 5600.0, 5600.0, 2600.0], [650.0, 3900.0, 5600.0, 5000.0, 1500.0]])
# Who would stay: few of the young, most of the old. Who answers an online survey: young women far more than older men.
STAY = np.array([[0.20, 0.25, 0.55, 0.75, 0.90], [0.15, 0.20, 0.45, 0.70, 0.85]]).ravel()
ANSWERS = np.array([[1.5, 3.0, 1.5, 0.6, 0.25], [0.8, 1.6, 0.8, 0.35, 0.2]]).ravel()
TRUTH = float((PEOPLE.ravel() * STAY).sum() / PEOPLE.sum())
SCORING = scoring(measure=Measure.SHARE, scale=("stay", "leave"), chosen=("stay",))
FINE = sex_age_margin(space=SPACE, population=PEOPLE)
COARSE = sex_age_margin(space=SPACE, population=PEOPLE, bands=BANDS)


def draws(*, n: int, times: int, eagerness: np.ndarray, share: np.ndarray, seed: int) -> np.ndarray:
    """For each draw: raw share, weighted share, its limits, effective number of answers; shape (times, 5)."""
    rng = np.random.default_rng(seed)
    chance = PEOPLE.ravel() * eagerness
    found = []
    for _ in range(times):
        answers = rng.multinomial(n, chance / chance.sum())
        stay = rng.binomial(answers, share)
        counts = np.stack([stay, answers - stay])
        weights = weigh(counts=answers, margins=[FINE], coarse=COARSE)
        raw = estimate(counts=counts, base=answers, weights=np.ones(10), scoring=SCORING)
        # As a cube has it: a last column for those whose cell is unknown, here nobody.
        weighted = estimate(
            counts=np.pad(counts, ((0, 0), (0, 1))),
            base=np.append(answers, 0),
            weights=weights.columns,
            scoring=SCORING,
            credited=credit(respondents=np.append(answers, 0), targets=weights.targets),
        )
        assert raw is not None
        assert weighted is not None
        found.append((raw.value, weighted.value, weighted.low, weighted.high, weighted.n_eff))
    return np.array(found)


def test_on_a_biased_draw_weighting_takes_most_of_the_error_away() -> None:
    found = draws(n=800, times=60, eagerness=ANSWERS, share=STAY, seed=1)
    raw, weighted = (np.abs(found[:, column] - TRUTH).mean() for column in (0, 1))
    assert raw > 0.12
    assert weighted < 0.04
    assert np.all(np.abs(found[:, 1] - TRUTH) < np.abs(found[:, 0] - TRUTH))


def test_on_a_fair_draw_weighting_changes_little() -> None:
    found = draws(n=800, times=60, eagerness=np.ones(10), share=STAY, seed=2)
    assert np.abs(found[:, 1] - found[:, 0]).mean() < 0.02
    assert found[:, 4].min() > 700


def test_raw_counts_of_a_biased_draw_promise_what_they_do_not_keep() -> None:
    """The raw interval of 800 answers is 7 points wide and never holds the truth: so it never stands alone."""
    rng = np.random.default_rng(3)
    chance = PEOPLE.ravel() * ANSWERS
    held = 0
    for _ in range(40):
        answers = rng.multinomial(800, chance / chance.sum())
        stay = rng.binomial(answers, STAY)
        found = estimate(counts=np.stack([stay, answers - stay]), base=answers, weights=np.ones(10), scoring=SCORING)
        assert found is not None
        held += found.low <= TRUTH <= found.high
    assert held == 0


def covered(found: np.ndarray, truth: float) -> float:
    return float(((found[:, 2] <= truth) & (truth <= found[:, 3])).mean())


def truth_of(share: np.ndarray) -> float:
    return float((PEOPLE.ravel() * share).sum() / PEOPLE.sum())


# A mild lean, as reminders and paper forms leave it: effective sizes of about 0.8 n.
LEAN = ANSWERS**0.4


@pytest.mark.parametrize(("n", "level"), [(60, 1.0), (200, 1.0), (200, 0.25)])
def test_intervals_keep_their_word(n: int, level: float) -> None:
    share = STAY * level
    found = draws(n=n, times=300, eagerness=LEAN, share=share, seed=n)
    assert 0.92 <= covered(found, truth_of(share)) <= 0.98


@pytest.mark.soak
@pytest.mark.parametrize("n", [50, 60, 80, 100, 149, 150, 200, 240])
@pytest.mark.parametrize("level", [1.0, 0.5, 0.25])
def test_intervals_keep_their_word_over_2000_draws(n: int, level: float) -> None:
    """Also at level 1, where age explains most of who stays: what the margins explain is taken off the error."""
    share = STAY * level
    found = draws(n=n, times=2000, eagerness=LEAN, share=share, seed=n)
    rate = covered(found, truth_of(share))
    assert 0.93 <= rate <= 0.97
    assert 30 <= found[:, 4].mean() <= 200


def test_the_effective_size_is_what_the_lean_costs() -> None:
    answers = np.random.default_rng(4).multinomial(400, PEOPLE.ravel() * LEAN / (PEOPLE.ravel() * LEAN).sum())
    weights = weigh(counts=answers, margins=[FINE], coarse=COARSE)
    assert 280 <= kish(counts=answers, weights=weights.cells).n_eff <= 380
