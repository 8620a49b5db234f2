"""Post-stratification, raking, regression and trimming against R's package survey 4.1-1, and every refusal."""

import numpy as np
import pytest

from councils.indicators.rules.design import (
    Deff,
    Design,
    DesignError,
    Distance,
    Method,
    calibrate,
    kish_effect,
    mean,
    post_stratify,
    proportion,
    quantile,
    rake,
    survey_design,
    total,
    trim,
)
from tests.indicators.samples import Columns, answers, columns, designs

R = answers()
DESIGNS = designs()
TYPES = {"E": 4421.0, "H": 755.0, "M": 1018.0}
WIDE = {"No": 1072.0, "Yes": 5122.0}
SCHOOLS, TYPE_TOTALS, API99 = 6194.0, [6194.0, 755.0, 1018.0], 3914069.0


def raked(name: str) -> Design:
    design, data = DESIGNS[name]
    return rake(design=design, margins=[(data["stype"], TYPES), (data["sch_wide"], WIDE)])


def columns_of(data: Columns, *, with_api99: bool) -> np.ndarray:
    """R's ~stype (+ api99): an intercept, two types, and the score of 1999."""
    found = [np.ones(len(data["api00"])), data["stype"] == "H", data["stype"] == "M"]
    return np.stack([*found, data["api99"]] if with_api99 else found, axis=1).astype(np.float64)


def regressed(name: str, *, with_api99: bool = True, distance: Distance = Distance.LINEAR) -> Design:
    design, data = DESIGNS[name]
    return calibrate(
        design=design,
        known=columns_of(data, with_api99=with_api99),
        totals=[*TYPE_TOTALS, API99] if with_api99 else TYPE_TOTALS,
        distance=distance,
    )


def twice() -> Design:
    design, data = DESIGNS["strat"]
    wide = post_stratify(design=design, groups=data["sch_wide"], totals=WIDE)
    known = np.stack([np.ones(200), data["api99"]], axis=1)
    return calibrate(design=wide, known=known, totals=[SCHOOLS, API99])


CALIBRATED = {
    "post": ("clus1", post_stratify(design=DESIGNS["clus1"][0], groups=DESIGNS["clus1"][1]["stype"], totals=TYPES)),
    "post_clus2": (
        "clus2",
        post_stratify(design=DESIGNS["clus2"][0], groups=DESIGNS["clus2"][1]["sch_wide"], totals=WIDE),
    ),
    "rake": ("clus1", raked("clus1")),
    "rake_strat": ("strat", raked("strat")),
    "rake_open2": ("open2", raked("open2")),
    "greg": ("clus1", regressed("clus1", with_api99=False)),
    "greg99": ("clus1", regressed("clus1")),
    "greg_strat": ("strat", regressed("strat")),
    "greg_raking": ("clus1", regressed("clus1", distance=Distance.RAKING)),
    "trim": ("clus1", trim(design=raked("clus1"), lower=30, upper=60, strict=True)),
    "trim_once": ("clus1", trim(design=regressed("clus1"), lower=20, upper=60)),
    "twice": ("strat", twice()),
}


@pytest.mark.parametrize("case", sorted(CALIBRATED))
def test_calibrated_samples_of_r(case: str) -> None:
    name, design = CALIBRATED[case]
    data = DESIGNS[name][1]
    present = ~np.isnan(data["enroll"])
    types = np.stack([data["stype"] == letter for letter in "EHM"], axis=1).astype(np.float64)
    api00 = mean(design=design, values=data["api00"], deff=Deff.FINITE)
    for what, found in (
        ("mean", api00),
        ("total", total(design=design, values=data["enroll"], domain=present)),
        ("stype", total(design=design, values=types)),
        ("domain", mean(design=design, values=data["api00"], domain=data["api99"] < 600)),
    ):
        said = R[f"{case}_{what}"]
        half = len(said) // 2
        assert found.values == pytest.approx(said[:half], rel=1e-9)
        assert found.se == pytest.approx(said[half:], rel=1e-7, abs=1e-7)
    assert api00.deff == pytest.approx(R[f"{case}_deff"], rel=1e-7)
    weights = sorted(set(np.round(design.weights, 6)))
    assert weights == pytest.approx(sorted(set(np.round(R[f"{case}_weights"][:-1], 6))), abs=2e-6)
    assert kish_effect(design=design) == pytest.approx(R[f"{case}_weights"][-1], rel=1e-9)
    share = proportion(design=design, chosen=data["sch_wide"] == "Yes", method=Method.LOGIT)
    assert (share.share, share.low, share.high) == pytest.approx(tuple(R[f"{case}_logit"]), rel=2e-6)
    median = quantile(design=design, values=data["api00"], at=0.5)
    assert [median.value, median.low, median.high, median.se] == pytest.approx(R[f"{case}_median"], rel=1e-9)


def test_the_printed_raking_of_r() -> None:
    """rake(dclus1, list(~stype, ~sch.wide)): mean of api00, six weights, Kish's design effect."""
    design, data = raked("clus1"), DESIGNS["clus1"][1]
    assert float(mean(design=design, values=data["api00"]).values[0]) == pytest.approx(641.230321, abs=5e-7)
    printed = [29.870675, 36.791025, 39.839236, 49.069072, 50.329401, 67.125529]
    assert sorted(set(np.round(design.weights, 8))) == pytest.approx(printed, abs=5e-7)
    # Forty digits of raking give 1.05165669560383; R prints ...57 because its raking stops a little earlier.
    assert kish_effect(design=design) == pytest.approx(1.0516566957, abs=1e-10)
    # R's own settings stop when no cell moves by one school: the same to four digits.
    loose = R["rake_loose_mean"]
    found = mean(design=design, values=data["api00"])
    assert (float(found.values[0]), float(found.se[0])) == pytest.approx((loose[0], loose[1]), rel=2e-6)


def test_the_ratio_estimator() -> None:
    """Calibrating x alone with variance x scales all weights by one factor, so its residuals are those of y / x."""
    design, data = DESIGNS["srs"]
    found = calibrate(design=design, known=data["api99"], totals=[API99], variance=data["api99"])
    assert found.weights == pytest.approx(design.weights * API99 / float(design.weights @ data["api99"]), rel=1e-12)
    estimate = total(design=found, values=data["api00"])
    ratio = float(data["api00"].sum() / data["api99"].sum())
    rest = data["api00"] - ratio * data["api99"]
    expected = (1 - 200 / 6194) * 200 / 199 * ((rest * found.weights) ** 2).sum()
    assert float(estimate.covariance[0, 0]) == pytest.approx(float(expected), rel=1e-9)


def test_one_category_of_calibration_is_post_stratification() -> None:
    one, other = CALIBRATED["post"][1], CALIBRATED["greg"][1]
    data = DESIGNS["clus1"][1]
    assert one.weights == pytest.approx(other.weights, rel=1e-10)
    assert mean(design=one, values=data["api00"]).se == pytest.approx(
        mean(design=other, values=data["api00"]).se, rel=1e-9
    )


def test_calibration_that_cannot_be_done_is_refused() -> None:
    design = survey_design(weights=[1.0, 1.0, 1.0, 1.0])
    halves, ages = ["f", "f", "m", "m"], ["x", "y", "x", "y"]
    for totals, words in (({"f": 5.0}, "m has answers and no total"), ({"f": 5.0, "m": 5.0, "d": 1.0}, "no answers")):
        with pytest.raises(DesignError, match=words):
            post_stratify(design=design, groups=halves, totals=totals)
    partial = post_stratify(design=design, groups=halves, totals={"f": 5.0, "m": 5.0, "d": 1.0}, partial=True)
    assert partial.weights.tolist() == [2.5] * 4
    with pytest.raises(DesignError, match="same total"):
        rake(design=design, margins=[(halves, {"f": 5, "m": 5}), (ages, {"x": 5, "y": 6})])
    apart = ["x", "x", "y", "y"]
    with pytest.raises(DesignError, match="did not converge"):
        rake(design=design, margins=[(halves, {"f": 5, "m": 5}), (apart, {"x": 4, "y": 6})])
    with pytest.raises(DesignError, match="sum of others"):
        calibrate(design=design, known=np.ones((4, 2)), totals=[4.0, 4.0])
    with pytest.raises(DesignError, match="no weights meet"):
        calibrate(design=design, known=[[1.0], [1.0], [1.0], [1.0]], totals=[-4.0], distance=Distance.RAKING)
    with pytest.raises(DesignError, match="one total"):
        calibrate(design=design, known=np.ones((4, 1)), totals=[4.0, 4.0])
    with pytest.raises(DesignError, match="mean weight"):
        trim(design=design, upper=0.5)
    with pytest.raises(DesignError, match="a margin"):
        rake(design=design, margins=[])
    with pytest.raises(DesignError, match="one label"):
        post_stratify(design=design, groups=["f"], totals={"f": 1.0})


def test_three_stages_post_strata_and_a_domain_together() -> None:
    data = columns("three")
    design = survey_design(
        clusters=[data["p"], data["q"], data["r"]],
        strata=data["s"],
        population=[data["N1"], data["N2"], data["N3"]],
        nest=True,
    )
    some = data["d"] == 1
    post = post_stratify(design=design, groups=data["g"].astype(int), totals={0: 6000.0, 1: 9000.0, 2: 7000.0})
    inside = mean(design=post, values=data["y"], domain=some, deff=Deff.FINITE)
    for case, found in (
        ("mean", mean(design=design, values=data["y"])),
        ("total", total(design=design, values=data["y"])),
        ("domain", mean(design=design, values=data["y"], domain=some)),
        ("post", mean(design=post, values=data["y"])),
        ("post_domain", inside),
    ):
        assert [float(found.values[0]), float(found.se[0])] == pytest.approx(R[f"three_{case}"], rel=1e-10)
    assert inside.deff == pytest.approx(R["three_post_deff"], rel=1e-9)
    assert [mean(design=design, values=data["y"], domain=some).df] == R["three_degf"]
    third = quantile(design=post, values=data["y"], at=0.3, domain=some)
    assert [third.value, third.low, third.high, third.se] == pytest.approx(R["three_post_quantile"], rel=1e-9)
