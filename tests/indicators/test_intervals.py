"""Korn-Graubard and Wilson against printed answers, and what every interval must hold to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from councils.indicators.rules.intervals import korn_graubard, korn_graubard_size, score_limits, share_limits, wilson


def arrays(*values: float) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


def test_korn_graubard_of_r() -> None:
    """svyciprop(~awards, dstrat, method = "beta"): .567219 to .706355, from share, SE, n = 200 and df = 197."""
    share, variance, n, n_eff, df = arrays(0.638936064, 0.034405918**2, 200.0, 190.0, 197.0)
    size = korn_graubard_size(share=share, variance=variance, n=n, n_eff=n_eff, df=df)
    assert size[0] == pytest.approx(194.8594, abs=1e-4)
    low, high = korn_graubard(share=share, size=size)
    assert (low[0], high[0]) == (pytest.approx(0.567219, abs=5e-7), pytest.approx(0.706355, abs=5e-7))


def test_korn_graubard_with_whole_numbers_is_clopper_pearson() -> None:
    share, size = np.array([0.0, 0.25, 1.0]), np.array([20.0, 20.0, 20.0])
    low, high = korn_graubard(share=share, size=size)
    assert low == pytest.approx([0.0, beta.ppf(0.025, 5, 16), 0.025 ** (1 / 20)], abs=1e-12)
    assert high == pytest.approx([1 - 0.025 ** (1 / 20), beta.ppf(0.975, 6, 15), 1.0], abs=1e-12)


def test_the_effective_size_never_exceeds_the_answers() -> None:
    share, variance, n, n_eff, df = arrays(0.5, 1e-6, 80.0, 80.0, 79.0)
    assert korn_graubard_size(share=share, variance=variance, n=n, n_eff=n_eff, df=df)[0] == 80.0


def test_few_clusters_cost_size() -> None:
    share, variance, n, n_eff = arrays(0.3, 0.3 * 0.7 / 100, 183.0, 150.0)
    few = korn_graubard_size(share=share, variance=variance, n=n, n_eff=n_eff, df=np.array([14.0]))
    many = korn_graubard_size(share=share, variance=variance, n=n, n_eff=n_eff, df=np.array([182.0]))
    # (t_182 / t_14)^2 = (1.97308 / 2.14479)^2
    assert few[0] == pytest.approx(100 * (1.973084 / 2.144787) ** 2, rel=1e-5)
    assert many[0] == pytest.approx(100.0)


def test_wilson_by_hand() -> None:
    """p = 1/2, n = 100: centre 1/2, half-width z sqrt(n/4 + z^2/4) / (n + z^2)."""
    low, high = wilson(share=np.array([0.5]), size=np.array([100.0]))
    assert (low[0], high[0]) == (pytest.approx(0.403832, abs=5e-7), pytest.approx(0.596168, abs=5e-7))


@pytest.mark.parametrize(
    ("share", "n_eff", "expected"), [(0.5, 30.0, True), (0.5, 29.9, False), (0.2, 300.0, False), (0.8, 300.0, False)]
)
def test_which_interval(share: float, n_eff: float, expected: bool) -> None:
    p, variance, n, size, df = arrays(share, share * (1 - share) / n_eff, 400.0, n_eff, 399.0)
    low, high, by_wilson = share_limits(share=p, variance=variance, n=n, n_eff=size, df=df)
    chosen = wilson(share=p, size=size) if expected else korn_graubard(share=p, size=size * 1.0)
    assert by_wilson.tolist() == [expected]
    assert (low[0], high[0]) == (pytest.approx(chosen[0][0], abs=1e-12), pytest.approx(chosen[1][0], abs=1e-12))


@given(
    share=st.floats(0, 1),
    n=st.integers(1, 100_000),
    deff=st.floats(1, 50),
    variance=st.floats(0, 0.25),
    df=st.integers(0, 500),
)
def test_an_interval_holds_its_share_and_stays_in_range(
    share: float, n: int, deff: float, variance: float, df: int
) -> None:
    p, v, size, n_eff, free = arrays(share, variance, float(n), n / deff, float(df))
    low, high, _ = share_limits(share=p, variance=v, n=size, n_eff=n_eff, df=free)
    assert 0.0 <= low[0] <= share <= high[0] <= 1.0
    assert high[0] > low[0]


def test_nobody_asked_means_nothing_known() -> None:
    zero = np.zeros(1)
    low, high, by_wilson = share_limits(share=zero, variance=zero, n=zero, n_eff=zero, df=-np.ones(1))
    assert (low[0], high[0], by_wilson.tolist()) == (0.0, 1.0, [False])


def test_score_limits() -> None:
    # t_{199, .975} = 1.971957
    assert score_limits(mean=3.2, se=0.1, df=199, lowest=1, highest=5) == pytest.approx(
        (3.0028043, 3.3971957), abs=1e-6
    )
    assert score_limits(mean=4.95, se=0.1, df=199, lowest=1, highest=5)[1] == 5
    assert score_limits(mean=3.0, se=0.0, df=0, lowest=1, highest=5) == (1, 5)
