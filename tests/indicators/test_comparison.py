"""Trends in words: z tests by hand, the adjustment against scipy's, and what is never compared."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from councils.indicators.rules.comparison import Change, Obstacle, WaveFigure, adjusted, compare


def figure(value: float, se: float = 0.02, *, wording: str = "q/1") -> WaveFigure:
    return WaveFigure(value, se, value - 1.96 * se, value + 1.96 * se, wording, "census 2021", "raked")


def test_by_hand() -> None:
    """0.50 to 0.60 with errors of .03 and .04: z = .1 / .05 = 2, p = .0455, alone q = p."""
    found = compare(before={"a": figure(0.5, 0.03)}, after={"a": figure(0.6, 0.04)})["a"]
    assert (found.change, found.obstacle) == (Change.ROSE, None)
    assert found.p == found.q == pytest.approx(0.0455002639, abs=1e-9)
    assert [found.difference, found.low, found.high] == pytest.approx([0.1, 0.1 - 0.0979982, 0.1 + 0.0979982], abs=1e-6)


def test_among_many_indicators_the_same_difference_is_not_clear() -> None:
    before = {name: figure(0.5, 0.03) for name in "abcdefgh"}
    after = {name: figure(0.5, 0.04) for name in "bcdefgh"} | {"a": figure(0.6, 0.04)}
    assert compare(before=before, after=after)["a"].change is Change.NO_CLEAR_CHANGE


def test_four_words() -> None:
    before = {"up": figure(0.3), "down": figure(0.6), "same": figure(0.5), "worded": figure(0.3), "new": None}
    after = {
        "up": figure(0.5),
        "down": figure(0.4),
        "same": figure(0.51),
        "worded": figure(0.9, wording="q/2"),
        "new": figure(0.4),
        "never": figure(0.4),
        "gone": None,
    }
    found = compare(before=before, after=after)
    assert {code: one.change.value for code, one in found.items()} == {
        "up": "rose",
        "down": "fell",
        "same": "no_clear_change",
        "worded": "not_comparable",
        "new": "not_comparable",
        "never": "not_comparable",
        "gone": "not_comparable",
    }
    assert found["worded"].obstacle is Obstacle.WORDING
    assert found["new"].obstacle is Obstacle.MISSING
    assert found["worded"].difference is None


@pytest.mark.parametrize(("other", "why"), [("margins", Obstacle.MARGINS), ("weighting", Obstacle.WEIGHTING)])
def test_other_margins_or_weights_are_not_compared(other: str, why: Obstacle) -> None:
    changed = replace(figure(0.9), **{other: "another"})  # type: ignore[arg-type]
    found = compare(before={"a": figure(0.2)}, after={"a": changed})["a"]
    assert (found.change, found.obstacle) == (Change.NOT_COMPARABLE, why)


def test_everybody_agreed_is_not_certainty() -> None:
    """An error of 0 is that of 40 of 40; the interval says how much is unknown."""
    sure = WaveFigure(1.0, 0.0, 0.912, 1.0, "q/1", "m", "raked")
    less = WaveFigure(0.97, 0.0, 0.90, 0.99, "q/1", "m", "raked")
    assert compare(before={"a": sure}, after={"a": less})["a"].change is Change.NO_CLEAR_CHANGE


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array))
def test_the_adjustment_of_scipy(p: np.ndarray) -> None:
    assert adjusted(p=p) == pytest.approx(false_discovery_control(p), abs=1e-12)


def test_chance_alone_rarely_speaks() -> None:
    """24 indicators that did not change, 400 times: a false word in at most about one town in twenty."""
    rng = np.random.default_rng(6)
    z = rng.standard_normal((400, 24))
    wrong = [bool((adjusted(p=2 * norm.sf(np.abs(row))) <= 0.05).any()) for row in z]
    assert np.mean(wrong) <= 0.08
