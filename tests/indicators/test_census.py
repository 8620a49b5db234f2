"""An invented census with known truth: what a biased draw does, and whether intervals keep their word."""

import numpy as np
import pytest
from defusedxml import ElementTree

from councils.indicators.rules.chart import Legend
from councils.indicators.rules.estimates import estimate
from councils.indicators.rules.trial import EAGER, PEOPLE, SCORING, STAY, trial

# A mild lean, as reminders and paper forms leave it: effective sizes of about 0.8 n.
LEAN = EAGER**0.4


def test_on_a_biased_draw_weighting_takes_most_of_the_error_away() -> None:
    found = trial(n=800, draws=60, seed=1)
    assert found.raw_error > 0.12
    assert found.weighted_error < 0.04
    assert np.all(np.abs(found.weighted - found.truth) < np.abs(found.raw - found.truth))


def test_on_a_fair_draw_weighting_changes_little() -> None:
    found = trial(n=800, draws=60, seed=2, eager=np.ones(10))
    assert np.abs(found.weighted - found.raw).mean() < 0.02
    assert found.n_eff.min() > 700


def test_raw_counts_of_a_biased_draw_promise_what_they_do_not_keep() -> None:
    """The raw interval of 800 answers is 7 points wide and never holds the truth: so it never stands alone."""
    rng = np.random.default_rng(3)
    chance = PEOPLE.ravel() * EAGER
    truth = trial(n=800, draws=1, seed=1).truth
    held = 0
    for _ in range(40):
        answers = rng.multinomial(800, chance / chance.sum())
        stay = rng.binomial(answers, STAY)
        found = estimate(counts=np.stack([stay, answers - stay]), base=answers, weights=np.ones(10), scoring=SCORING)
        assert found is not None
        held += found.low <= truth <= found.high
    assert held == 0


def test_a_page_can_show_it() -> None:
    found = trial(n=800, draws=60, seed=1)
    drawn = found.figure(
        chart_id="trial",
        title="An invented town",
        description="Raw and weighted",
        labels=("800 answers", "Everybody"),
        legend=Legend("weighted", "as answered"),
    )
    texts = [text.text for text in ElementTree.fromstring(drawn).iter() if text.text]
    assert f"{100 * found.truth:.0f} %" in texts
    assert "Everybody" in texts


@pytest.mark.parametrize(("n", "level"), [(60, 1.0), (200, 1.0), (200, 0.25)])
def test_intervals_keep_their_word(n: int, level: float) -> None:
    assert 0.92 <= trial(n=n, draws=200, seed=n, eager=LEAN, stay=STAY * level).covered <= 0.98


@pytest.mark.soak
@pytest.mark.parametrize("n", [50, 60, 80, 100, 149, 150, 200, 215])
@pytest.mark.parametrize("level", [1.0, 0.5, 0.25])
def test_intervals_keep_their_word_over_2000_draws(n: int, level: float) -> None:
    """Also at level 1, where age explains most of who stays: what the margins explain is taken off the error."""
    found = trial(n=n, draws=2000, seed=n, eager=LEAN, stay=STAY * level)
    assert 0.93 <= found.covered <= 0.97
    assert 30 <= found.n_eff.mean() <= 200


def test_the_effective_size_is_what_the_lean_costs() -> None:
    assert 280 <= trial(n=400, draws=5, seed=4, eager=LEAN).n_eff.mean() <= 380
