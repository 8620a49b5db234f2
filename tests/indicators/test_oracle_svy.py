"""Our designs against svy, a second and unrelated program, in an environment of its own (`make soak`)."""

import json
import subprocess
from pathlib import Path

import pytest

from councils.indicators.rules.design import Deff, Method, SurveyEstimate, mean, proportion, ratio, total
from tests.bench.peer_environment import peer_python
from tests.indicators.samples import SURVEY, designs

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def svy() -> dict[str, dict[str, float]]:
    argv = [str(peer_python(ROOT, "indicators")), str(Path(__file__).parent / "oracle_svy.py"), str(SURVEY)]
    ran = subprocess.run(argv, capture_output=True, text=True, check=True)
    found: dict[str, dict[str, float]] = json.loads(ran.stdout.splitlines()[-1])
    return found


def same(found: SurveyEstimate, said: dict[str, float]) -> None:
    low, high = found.limits()
    ours = {"est": found.values[0], "se": found.se[0], "lci": low[0], "uci": high[0], "df": found.df}
    if found.deff is not None:
        ours["deff"] = found.deff[0]
    assert {key: float(value) for key, value in ours.items()} == pytest.approx(said, rel=1e-8)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["strat", "free", "clus1"])
def test_svy_says_the_same(svy: dict[str, dict[str, float]], name: str) -> None:
    design, data = designs()[name]
    same(mean(design=design, values=data["api00"], deff=Deff.FINITE), svy[f"{name}_mean"])
    same(total(design=design, values=data["api00"]), svy[f"{name}_total"])
    same(ratio(design=design, numerator=data["api00"], denominator=data["api99"]), svy[f"{name}_ratio"])
    weak = mean(design=design, values=data["api00"], domain=data["api99"] < 600)
    said = svy[f"{name}_domain"]
    # svy counts a domain's degrees of freedom in its own way; the estimate and its error are the same.
    assert [float(weak.values[0]), float(weak.se[0])] == pytest.approx([said["est"], said["se"]], rel=1e-8)
    for method in (Method.KORN_GRAUBARD, Method.LOGIT):
        found = proportion(design=design, chosen=data["sch_wide"] == "Yes", method=method)
        said = svy[f"{name}_{method}"]
        assert [found.share, found.se, found.low, found.high] == pytest.approx(
            [said["est"], said["se"], said["lci"], said["uci"]], rel=1e-8
        )
