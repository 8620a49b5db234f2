"""Designs over eight more data sets of R's package survey, each also calibrated four ways: 1,835 of its answers.

`make soak` asks R itself, where it is installed, for the same and for its large data sets and random designs.
"""

import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.indicators.batteries import asked, said, table
from tests.indicators.samples import SURVEY

RSCRIPT = shutil.which("Rscript")
TABLE = SURVEY / "battery.csv"
# In R a design drawn with unequal probabilities keeps all its rows in a domain, and counts them.
KEEPS_ROWS = ("election_brewer_dom_share_beta", "election_brewer_trim_dom_share_beta")
# A sum of raked weights meets the share asked for to its last bit: on which side decides the quantile.
ON_THE_EDGE = ("strat_meals_rake_quantiles_hf4",)
# The share is one of the margins: no error but rounding's is left of it, and R divides by that.
FIXED = "_rake_share_"


def compared(rows: list[dict[str, str]], folder: Path, answers: dict[str, list[float]]) -> int:
    """How many cases R answered; every one of them must agree."""
    known = {
        case: values
        for case, values in answers.items()
        if case not in (*KEEPS_ROWS, *ON_THE_EDGE) and FIXED not in case
    }
    met = set()
    for row in rows:
        for case, answer in asked(row, folder):
            if case in known:
                met.add(case)
                wanted = np.array(known[case])
                # R draws a spline through its likelihood, and stops raking a little earlier.
                near = 2e-4 if "likelihood" in case else 1e-7 if "_rake_" in case else 1e-9
                scale = float(np.nanmax(np.abs(np.where(np.isfinite(wanted), wanted, 0.0))))
                same = pytest.approx(wanted, rel=near, abs=1e-9 * scale, nan_ok=True)
                assert np.asarray(answer(), dtype=np.float64) == same, case
    assert met == set(known)
    return len(met)


@pytest.mark.parametrize("data", sorted({row["data"] for row in table(TABLE) if row["keep"] == "1"}))
def test_every_answer_of_r(data: str) -> None:
    rows = [row for row in table(TABLE) if row["data"] == data]
    names = tuple(f"{row['name']}_" for row in rows)
    answers = {case: values for case, values in said(SURVEY / "battery_answers.csv").items() if case.startswith(names)}
    assert compared(rows, SURVEY, answers) > 80


def random_design(folder: Path, seed: int) -> list[dict[str, str]]:
    """Invented answers in up to three stages, some strata and clusters of one, and the designs to read them by."""
    rng = np.random.default_rng(seed)
    rows = []
    for stratum in range(int(rng.integers(1, 5))):
        schools = int(rng.integers(1 if rng.random() < 0.3 else 2, 6))
        all_schools = schools + int(rng.integers(0, 20))
        for school in range(schools):
            classes = int(rng.integers(1 if rng.random() < 0.2 else 2, 5))
            all_classes = classes + int(rng.integers(0, 9))
            for class_ in range(classes):
                pupils = int(rng.integers(2, 5))
                drawn = [stratum, school, class_, all_schools, all_classes, pupils + int(rng.integers(0, 9))]
                rows += [[*drawn, number] for number in range(pupils)]
    stages = np.array(rows)
    n = len(stages)
    group, part, share = rng.integers(0, 3, n), rng.integers(0, 5, n) > 0, rng.random(n) < 0.4
    columns = {
        **dict(zip(("stratum", "school", "class", "N1", "N2", "N3", "pupil"), stages.T, strict=True)),
        "w": rng.gamma(3, 20, n).round(3) + 0.5,
        "y": (rng.normal(50, 10, n) + 5 * stages[:, 0] + 3 * group).round(2),
        "x": rng.gamma(4, 3, n).round(2) + 1,
        "dom": part.astype(int),
        "group": group,
        "share": share.astype(int),
    }
    with (folder / f"r{seed}.csv").open("w", encoding="utf-8") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    designs = (
        ("school", "stratum", "", "w", "fail"),
        ("school", "stratum", "N1", "w", "adjust"),
        ("school+class", "stratum", "N1+N2", "w", "remove"),
        ("school+class+pupil", "stratum", "N1+N2+N3", "", "certainty"),
        ("", "stratum", "", "w", "average"),
        ("", "", "", "w", "fail"),
    )
    names = ("clusters", "strata", "population", "weights", "lonely")
    shared = {"data": f"r{seed}", "nest": "1", "y": "y", "x": "x", "large": "0", "keep": "0"}
    return [{**shared, **dict(zip(names, one, strict=True)), "name": f"r{seed}d{n}"} for n, one in enumerate(designs)]


@pytest.mark.soak
@pytest.mark.skipif(RSCRIPT is None, reason="R with its package survey is not installed (apt-get: r-cran-survey)")
def test_r_itself(tmp_path: Path) -> None:
    def run(script: str, *arguments: str) -> str:
        argv = [str(RSCRIPT), str(SURVEY / script), *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=3000).stdout

    run("sets.R", str(tmp_path))
    rows = [*table(TABLE), *(row for seed in range(5) for row in random_design(tmp_path, seed))]
    with (tmp_path / "table.csv").open("w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (tmp_path / "answers.csv").write_text(
        run("battery.R", str(tmp_path / "table.csv"), str(tmp_path)), encoding="utf-8"
    )
    assert compared(rows, tmp_path, said(tmp_path / "answers.csv")) > 3_500
