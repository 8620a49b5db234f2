"""The general survey mean against R's package survey (4.1-1 and later) and against fractions worked by hand."""

from fractions import Fraction

import numpy as np
import pytest

from councils.indicators.rules.design import linearised_mean

Columns = dict[str, np.ndarray]


def test_stratified_mean_with_finite_population(apistrat: Columns) -> None:
    found = linearised_mean(
        weights=apistrat["weight"],
        values=apistrat["api00"],
        strata=apistrat["stratum"],
        population=apistrat["population"],
    )
    assert found.mean == pytest.approx(662.287363577655, abs=1e-9)
    assert found.se == pytest.approx(9.408940879434, abs=1e-9)
    assert found.deff == pytest.approx(1.20446, abs=5e-6)
    assert (found.df, found.n) == (197, 200)


def test_stratified_share(apistrat: Columns) -> None:
    found = linearised_mean(
        weights=apistrat["weight"],
        values=apistrat["award"],
        strata=apistrat["stratum"],
        population=apistrat["population"],
    )
    assert found.mean == pytest.approx(0.638936067161769, abs=1e-12)
    assert found.se == pytest.approx(0.0344059182016133, abs=1e-12)


def test_stratified_mean_without_correction(apistrat: Columns) -> None:
    found = linearised_mean(weights=apistrat["weight"], values=apistrat["api00"], strata=apistrat["stratum"])
    # R was given the weights in single precision here, so seven digits agree.
    assert found.se == pytest.approx(9.53613229692516, rel=1e-7)


@pytest.mark.parametrize(("corrected", "se"), [(True, 23.5422406937812), (False, 23.7790107208869)])
def test_clustered_mean(apiclus1: Columns, corrected: bool, se: float) -> None:
    found = linearised_mean(
        weights=np.full(183, 757 / 15),
        values=apiclus1["api00"],
        clusters=apiclus1["dnum"],
        population=np.full(183, 757.0) if corrected else None,
    )
    assert found.mean == pytest.approx(644.169398907104, abs=1e-9)
    assert found.se == pytest.approx(se, abs=1e-9)
    assert found.df == 14


def test_clustered_share(apiclus1: Columns) -> None:
    for corrected, se in ((None, 0.0468025716133837), (np.full(183, 757.0), 0.0463365536499119)):
        found = linearised_mean(
            weights=np.ones(183),
            values=(apiclus1["stype"] == "E").astype(np.float64),
            clusters=apiclus1["dnum"],
            population=corrected,
        )
        assert found.mean == pytest.approx(0.78688524590164, abs=1e-12)
        assert found.se == pytest.approx(se, abs=1e-12)


def test_by_hand() -> None:
    """Weights 1, 2, 3 on values 0, 1, 1: mean 5/6, u = w (y - 5/6) / 6 = (-5/36, 2/36, 3/36), var = 3/2 * 38/1296."""
    found = linearised_mean(weights=np.array([1.0, 2.0, 3.0]), values=np.array([0.0, 1.0, 1.0]))
    assert found.mean == pytest.approx(float(Fraction(5, 6)), abs=1e-15)
    assert found.se**2 == pytest.approx(float(Fraction(3, 2) * Fraction(38, 1296)), abs=1e-15)


def test_domain_keeps_the_design() -> None:
    """Strata of 2 and 2, domain = three of four: the stranger counts as a zero, so its stratum still has two units."""
    found = linearised_mean(
        weights=np.ones(4),
        values=np.array([1.0, 0.0, 1.0, 9.0]),
        strata=np.array([0, 0, 1, 1]),
        domain=np.array([True, True, True, False]),
    )
    # u = ((1/3), (-2/3), (1/3), 0) / 3; stratum variances 2 * (1/6)^2 * 2 and 2 * (1/18)^2 * 2
    expected = 2 * 2 * Fraction(1, 6) ** 2 + 2 * 2 * Fraction(1, 18) ** 2
    assert found.mean == pytest.approx(2 / 3, abs=1e-15)
    assert found.se**2 == pytest.approx(float(expected), abs=1e-15)
    assert (found.n, found.df) == (3, 2)


def test_a_lonely_cluster_is_refused() -> None:
    with pytest.raises(ValueError, match="stratum 1 has one cluster"):
        linearised_mean(weights=np.ones(3), values=np.array([0.0, 1.0, 1.0]), strata=np.array([0, 0, 1]))
