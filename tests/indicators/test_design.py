"""Survey designs against R's package survey 4.1-1, digit for digit, and against fractions worked by hand."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from councils.indicators.rules.design import (
    Deff,
    Design,
    DesignError,
    Lonely,
    Method,
    Rule,
    SurveyEstimate,
    by,
    contrast,
    degrees_of_freedom,
    mean,
    proportion,
    quantile,
    ratio,
    survey_design,
    total,
)
from tests.indicators.samples import Columns, answers, columns, designs

R = answers()
DESIGNS = designs()
NAMES = sorted(DESIGNS)


def agrees(case: str, found: SurveyEstimate) -> None:
    """Values, then errors."""
    said = R[case]
    half = len(said) // 2
    assert found.values == pytest.approx(said[:half], rel=1e-10)
    assert found.se == pytest.approx(said[half:], rel=1e-8, abs=1e-7)


def types(data: Columns) -> np.ndarray:
    return np.stack([data["stype"] == letter for letter in "EHM"], axis=1).astype(np.float64)


@pytest.mark.parametrize("name", NAMES)
def test_means_totals_and_ratios_of_r(name: str) -> None:
    design, data = DESIGNS[name]
    both = np.stack([data["api00"], data["api99"]], axis=1)
    agrees(f"{name}_mean", mean(design=design, values=both))
    assert mean(design=design, values=both).covariance.ravel() == pytest.approx(R[f"{name}_vcov"], rel=1e-9)
    agrees(f"{name}_total", total(design=design, values=data["api00"]))
    agrees(f"{name}_ratio", ratio(design=design, numerator=data["api00"], denominator=data["api99"]))
    agrees(f"{name}_stype", mean(design=design, values=types(data)))


@pytest.mark.parametrize("name", NAMES)
def test_design_effects_and_degrees_of_freedom_of_r(name: str) -> None:
    design, data = DESIGNS[name]
    for case, found in (
        ("deff", mean(design=design, values=data["api00"], deff=Deff.FINITE)),
        ("deff_replace", mean(design=design, values=data["api00"], deff=Deff.REPLACE)),
        ("total_deff", total(design=design, values=data["api00"], deff=Deff.FINITE)),
        ("domain_deff", mean(design=design, values=data["api00"], domain=data["api99"] < 600, deff=Deff.FINITE)),
    ):
        assert found.deff is not None
        assert found.deff == pytest.approx(R[f"{name}_{case}"], rel=1e-9)
    assert [degrees_of_freedom(design=design)] == R[f"{name}_degf"]
    assert [degrees_of_freedom(design=design, domain=data["api99"] < 600)] == R[f"{name}_domain_degf"]


@pytest.mark.parametrize("name", NAMES)
def test_domains_of_r(name: str) -> None:
    design, data = DESIGNS[name]
    weak = data["api99"] < 600
    agrees(f"{name}_domain", mean(design=design, values=data["api00"], domain=weak))
    agrees(f"{name}_domain_total", total(design=design, values=data["api00"], domain=weak))
    parts = by(
        design=design,
        groups=data["stype"],
        statistic=lambda inside: mean(design=design, values=data["api00"], domain=inside),
    )
    assert list(parts) == ["E", "H", "M"]
    found = [float(part.values[0]) for part in parts.values()] + [float(part.se[0]) for part in parts.values()]
    assert found == pytest.approx(R[f"{name}_by"], rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", [method for method in Method if method is not Method.KORN_GRAUBARD])
def test_limits_of_shares_of_r(name: str, method: Method) -> None:
    design, data = DESIGNS[name]
    found = proportion(design=design, chosen=data["sch_wide"] == "Yes", method=method)
    # R fits the logit by iteration and draws a spline through the likelihood.
    near = {Method.LOGIT: 1e-6, Method.LIKELIHOOD: 2e-5}.get(method, 1e-9)
    assert (found.share, found.low, found.high) == pytest.approx(tuple(R[f"{name}_share_{method}"]), rel=near)


def test_korn_and_graubard_never_count_more_answers_than_there_are() -> None:
    """The share that met its target in the stratified schools has an effective size of 240 in R: 200 are the limit."""
    design, data = DESIGNS["strat"]
    beta, capped = (
        proportion(design=design, chosen=data["sch_wide"] == "Yes", method=method)
        for method in (Method.BETA, Method.KORN_GRAUBARD)
    )
    # svy 0.35 prints the same limits.
    assert [capped.low, capped.high] == pytest.approx([0.7683642587, 0.8775297900], abs=1e-9)
    assert capped.low < beta.low < beta.high < capped.high


@pytest.mark.parametrize("name", NAMES)
def test_the_share_of_a_domain_of_r(name: str) -> None:
    design, data = DESIGNS[name]
    found = proportion(design=design, chosen=data["sch_wide"] == "Yes", domain=data["api99"] < 600)
    assert (found.share, found.low, found.high) == pytest.approx(tuple(R[f"{name}_domain_beta"]), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rule", list(Rule))
def test_quantiles_of_r(name: str, rule: Rule) -> None:
    design, data = DESIGNS[name]
    found = [quantile(design=design, values=data["api00"], at=at, rule=rule) for at in (0.25, 0.5, 0.9)]
    said = np.array(R[f"{name}_quantile_{rule}"]).reshape(3, 4).tolist()
    assert [[q.value, q.low, q.high, q.se] for q in found] == [pytest.approx(row, rel=1e-9) for row in said]


@pytest.mark.parametrize("name", NAMES)
def test_limits_of_medians_of_r(name: str) -> None:
    design, data = DESIGNS[name]
    for case, interval in (("beta", Method.BETA), ("xlogit", Method.LOGIT), ("asin", Method.ASIN)):
        found = quantile(design=design, values=data["api00"], at=0.5, interval=interval)
        assert [found.value, found.low, found.high, found.se] == pytest.approx(R[f"{name}_median_{case}"], rel=1e-9)


def test_the_printed_answers() -> None:
    """What R's own documentation prints of these samples."""
    design, data = DESIGNS["strat"]
    found = mean(design=design, values=data["api00"], deff=Deff.FINITE)
    assert found.deff is not None
    assert [float(found.values[0]), float(found.se[0])] == pytest.approx([662.2873632, 9.4089408], abs=5e-8)
    assert found.deff == pytest.approx([1.20446], abs=5e-6)
    awards = proportion(design=design, chosen=data["awards"] == "Yes")
    assert [awards.share, awards.se] == pytest.approx([0.638936064, 0.034405918], abs=5e-10)
    assert [awards.low, awards.high] == pytest.approx([0.567219, 0.706355], abs=5e-7)
    assert [awards.share, awards.se, awards.low, awards.high] == pytest.approx(R["strat_awards"], rel=1e-9)


def test_a_textbook_sample_with_every_kind_of_population() -> None:
    data = columns("fpc")
    drawn = partial(survey_design, strata=data["stratid"], clusters=data["psuid"], nest=True)
    free = drawn(weights=data["weight"])
    agrees("fpc_mean", mean(design=free, values=data["x"]))
    agrees("fpc_total", total(design=free, values=data["x"]))
    sized = drawn(population=data["Nh"])
    agrees("fpc_sized", mean(design=sized, values=data["x"]))
    agrees("fpc_sized_total", total(design=sized, values=data["x"]))
    agrees("fpc_part", total(design=drawn(population=data["nh"] / data["Nh"]), values=data["x"]))
    with pytest.raises(DesignError, match="a cluster lies in two strata"):
        survey_design(weights=data["weight"], strata=data["stratid"], clusters=data["psuid"])


def test_two_stages_exactly_and_one_of_them_without_correction() -> None:
    data = columns("mu284")
    units = [data["id1"], data["id2"]]
    design = survey_design(clusters=units, population=[data["n1"], data["n2"]])
    found = total(design=design, values=data["y1"], deff=Deff.FINITE)
    agrees("mu284_total", found)
    assert found.deff == pytest.approx(R["mu284_deff"], rel=1e-9)
    agrees("mu284_mean", mean(design=design, values=data["y1"]))
    half = survey_design(weights=10 * data["n2"] / 3, clusters=units, population=[data["n1"], np.full(15, np.inf)])
    agrees("mu284_half", total(design=half, values=data["y1"]))


@pytest.mark.parametrize("lonely", [Lonely.CERTAINTY, Lonely.REMOVE, Lonely.ADJUST, Lonely.AVERAGE])
def test_a_stratum_of_one_is_worth_what_it_is_told(lonely: Lonely) -> None:
    design, data = lonely_sample(lonely)
    agrees(f"lonely_{lonely}", mean(design=design, values=data["api00"]))
    agrees(f"lonely_domain_{lonely}", mean(design=design, values=data["api00"], domain=data["stype"] != "E"))


def lonely_sample(lonely: Lonely) -> tuple[Design, Columns]:
    """The stratified schools with one high school left."""
    data = columns("apistrat")
    high = np.flatnonzero(data["stype"] == "H")
    kept = np.setdiff1d(np.arange(200), high[1:])
    data = {name: values[kept] for name, values in data.items()}
    design = survey_design(weights=data["pw"], strata=data["stype"], population=data["fpc"], lonely=lonely)
    return design, data


def test_a_stratum_of_one_is_refused_unless_it_was_taken_whole() -> None:
    design, data = lonely_sample(Lonely.FAIL)
    with pytest.raises(DesignError, match="stratum H has one cluster at stage 1"):
        mean(design=design, values=data["api00"])
    whole = survey_design(strata=[0, 0, 1], population=[10, 10, 1])
    # Stratum 1 has nothing left to chance: (1 - 2/10) * 2 * ((1 - 2)^2 + (3 - 2)^2) / 4 with weights of 5.
    assert float(total(design=whole, values=[1.0, 3.0, 7.0]).covariance[0, 0]) == pytest.approx(0.8 * 2 * 2 * 25)
    with pytest.raises(DesignError, match="there is no average"):
        mean(design=survey_design(strata=[0, 1], lonely=Lonely.AVERAGE), values=[1.0, 2.0])


def test_by_hand() -> None:
    """Weights 1, 2, 3 on values 0, 1, 1: mean 5/6, u = w (y - 5/6) / 6 = (-5/36, 2/36, 3/36), var = 3/2 * 38/1296."""
    found = mean(design=survey_design(weights=[1.0, 2.0, 3.0]), values=[0.0, 1.0, 1.0])
    assert float(found.values[0]) == pytest.approx(float(Fraction(5, 6)), abs=1e-15)
    assert float(found.covariance[0, 0]) == pytest.approx(float(Fraction(3, 2) * Fraction(38, 1296)), abs=1e-15)


def test_a_domain_keeps_the_design() -> None:
    """Strata of 2 and 2, domain = three of four: the stranger counts as a zero, so its stratum still has two units."""
    design = survey_design(weights=np.ones(4), strata=[0, 0, 1, 1])
    found = mean(design=design, values=[1.0, 0.0, 1.0, 9.0], domain=[True, True, True, False])
    # u = ((1/3), (-2/3), (1/3), 0) / 3; stratum variances 2 * (1/6)^2 * 2 and 2 * (1/18)^2 * 2
    expected = 2 * 2 * Fraction(1, 6) ** 2 + 2 * 2 * Fraction(1, 18) ** 2
    assert float(found.covariance[0, 0]) == pytest.approx(float(expected), abs=1e-15)
    assert (found.n, found.df) == (3, 1)


def test_a_contrast_is_the_difference_and_its_error() -> None:
    design, data = DESIGNS["clus1"]
    both = mean(design=design, values=np.stack([data["api00"], data["api99"]], axis=1))
    apart = contrast(estimate=both, coefficients=[1, -1])
    grown = mean(design=design, values=data["api00"] - data["api99"])
    assert apart.values == pytest.approx(grown.values, rel=1e-12)
    assert apart.se == pytest.approx(grown.se, rel=1e-9)
    low, high = grown.limits()
    assert (high - low) == pytest.approx(2 * 2.144786687917 * grown.se, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "arrays of one length"),
        ({"weights": [1.0, 2.0], "strata": [1, 2, 3]}, "arrays of one length"),
        ({"weights": [1.0, -2.0]}, "missing, negative"),
        ({"weights": [1.0, np.nan]}, "missing, negative"),
        ({"weights": [1.0, 2.0], "probabilities": [0.5, 0.5]}, "not both"),
        ({"probabilities": [0.5, 1.5]}, "outside 0 to 1"),
        ({"population": [1.0, 1.5]}, "more units in the sample"),
        ({"population": [0.5, 3.0]}, "populations must all be"),
        ({"weights": [1.0, 1.0], "strata": [[1, 2], [1, 2]]}, "more strata or populations"),
    ],
)
def test_data_that_are_no_design_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(DesignError, match=words):
        survey_design(**given)  # type: ignore[arg-type]


def test_values_that_cannot_be_estimated_are_refused() -> None:
    design = survey_design(weights=[1.0, 1.0, 1.0])
    with pytest.raises(DesignError, match="leave such answers out"):
        mean(design=design, values=[1.0, np.nan, 2.0])
    present = np.array([True, False, True])
    assert float(mean(design=design, values=[1.0, np.nan, 2.0], domain=present).values[0]) == 1.5
    for domain, words in (([False] * 3, "nobody"), ([1, 0, 1], "one True or False")):
        with pytest.raises(DesignError, match=words):
            mean(design=design, values=[1.0, 2.0, 3.0], domain=domain)
    with pytest.raises(DesignError, match="sums to zero"):
        ratio(design=design, numerator=[1.0, 2.0, 3.0], denominator=[0.0, 0.0, 0.0])
    with pytest.raises(DesignError, match="one row"):
        total(design=design, values=[1.0, 2.0])
    with pytest.raises(DesignError, match="quantile needs"):
        quantile(design=design, values=[1.0, 2.0, 3.0], at=1.5)
