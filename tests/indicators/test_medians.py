"""Medians of grades: by hand, against drawing respondents one by one, and their promises; shares by channel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from councils.indicators.rules.channels import by_channel
from councils.indicators.rules.medians import ordered_quantile
from councils.indicators.states import Withheld


def test_by_hand() -> None:
    """10, 30, 40, 20 of 100: the 50th answer is a 3, a quarter into the 40 of it, so 2.5 + 10/40."""
    found = ordered_quantile(counts=np.array([[10], [30], [40], [20]]), weights=np.ones(1), seed=1)
    assert (int(found.grade), float(found.position)) == (3, 2.75)
    assert int(found.low) in (2, 3)
    assert int(found.high) == 3
    assert float(found.position_low) < 2.75 < float(found.position_high)


def test_weights_move_the_median() -> None:
    counts = np.array([[40, 0], [10, 10], [0, 40]])
    raw, weighted = (
        ordered_quantile(counts=counts, weights=weights, seed=1) for weights in (np.ones(2), np.array([1.0, 9.0]))
    )
    assert (int(raw.grade), int(weighted.grade)) == (2, 3)


def test_exactly_half_takes_the_lower_grade() -> None:
    found = ordered_quantile(counts=np.array([[50], [50]]), weights=np.full(1, 0.1), seed=1)
    assert (int(found.grade), float(found.position)) == (1, 1.5)
    # The draws fall on either side about equally often.
    assert 0.4 < float(found.certainty) < 0.6
    assert (int(found.low), int(found.high)) == (1, 2)


def test_the_cube_says_what_redrawing_respondents_says() -> None:
    """300 people with weights of their cells, each drawn Poisson(1) times: the same limits but for chance."""
    rng = np.random.default_rng(5)
    counts = rng.integers(5, 40, (5, 3))
    weights = np.array([0.5, 1.0, 2.5])
    option, cell = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
    positions = []
    for _ in range(2000):
        times = rng.poisson(1.0, len(option)) * weights[cell]
        totals = np.bincount(option, weights=times, minlength=5)
        upto = np.cumsum(totals)
        place = int(np.searchsorted(upto, upto[-1] / 2))
        positions.append(place + 0.5 + (upto[-1] / 2 - (upto[place] - totals[place])) / totals[place])
    found = ordered_quantile(counts=counts, weights=weights, seed=2, draws=2000)
    low, high = np.quantile(positions, [0.025, 0.975])
    assert float(found.position_low) == pytest.approx(low, abs=0.04)
    assert float(found.position_high) == pytest.approx(high, abs=0.04)


def test_the_limits_keep_their_word() -> None:
    """Samples of 200 from grades whose median position is known: 95 % limits hold it in 92 to 98 of 100."""
    chances = np.array([0.15, 0.25, 0.35, 0.25])
    truth = 2.5 + 0.10 / 0.35
    rng = np.random.default_rng(9)
    counts = rng.multinomial(200, chances, size=400)[:, :, None]
    found = ordered_quantile(counts=counts, weights=np.ones(1), seed=3, draws=400)
    held = ((found.position_low <= truth) & (truth <= found.position_high)).mean()
    assert 0.92 <= held <= 0.98


@settings(max_examples=40)
@given(counts=arrays(np.int64, (4, 3), elements=st.integers(0, 30)), at=st.sampled_from([0.1, 0.5, 0.9]))
def test_promises(counts: np.ndarray, at: float) -> None:
    found = ordered_quantile(counts=counts, weights=np.array([1.0, 0.3, 2.0]), seed=4, at=at, draws=30)
    if not counts.any():
        assert (int(found.grade), float(found.certainty)) == (0, 0.0)
        assert np.isnan(found.position)
        return
    assert 1 <= found.low <= found.grade <= found.high <= 4
    assert 0.5 <= found.position_low <= found.position <= found.position_high <= 4.5
    assert counts[int(found.grade) - 1].any()


def test_the_same_seed_finds_the_same_limits() -> None:
    counts = np.random.default_rng(1).integers(0, 20, (6, 5, 4))
    one, other = (ordered_quantile(counts=counts, weights=np.ones(4), seed=8, draws=50) for _ in range(2))
    assert np.array_equal(one.position_low, other.position_low)
    assert one.grade.shape == (6,)


def test_channels_say_their_share_and_hide_the_few() -> None:
    found = by_channel(respondents={"web": 620, "odk": 240, "paper": 140})
    assert [(one.channel, one.share) for one in found.shares] == [("web", 0.62), ("odk", 0.24), ("paper", 0.14)]
    assert found.base == 1000
    few = by_channel(respondents={"web": 620, "odk": 240, "paper": 3}).shares
    assert [one.withheld for one in few] == [None, Withheld.PROTECTS_OTHERS, Withheld.SMALL_CELL]
    assert [one.share is None for one in few] == [False, True, True]
    assert by_channel(respondents={}).shares == ()
    assert [one.withheld for one in by_channel(respondents={"web": 0}).shares] == [Withheld.NO_ANSWERS]
