"""California's Academic Performance Index and two textbook samples, as R's package survey ships them.

`data/survey/` holds the columns used; `answers.csv` what that package says about them, written by `answers.R`.
"""

import csv
from pathlib import Path

import numpy as np

from councils.indicators.rules.design import Design, survey_design

SURVEY = Path(__file__).parent / "data" / "survey"
WORDS = ("stype", "sch_wide", "awards")
Columns = dict[str, np.ndarray]


def columns(name: str) -> Columns:
    """The columns of one data set; an empty field is nan."""
    with (SURVEY / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] if key in WORDS else float(row[key] or "nan") for row in rows]) for key in rows[0]}


def answers() -> dict[str, list[float]]:
    """What R says, by case."""
    with (SURVEY / "answers.csv").open(encoding="utf-8") as file:
        return {row["case"]: [float(value) for value in row["values"].split(";")] for row in csv.DictReader(file)}


def designs() -> dict[str, tuple[Design, Columns]]:
    """The six samples of the schools: stratified with and without correction, one and two stages, simple."""
    strat, clus1, clus2, srs = (columns(name) for name in ("apistrat", "apiclus1", "apiclus2", "apisrs"))
    two = [clus2["dnum"], clus2["snum"]]
    return {
        "strat": (survey_design(weights=strat["pw"], strata=strat["stype"], population=strat["fpc"]), strat),
        "free": (survey_design(weights=strat["pw"], strata=strat["stype"]), strat),
        "clus1": (survey_design(weights=clus1["pw"], clusters=clus1["dnum"], population=clus1["fpc"]), clus1),
        "clus2": (survey_design(clusters=two, population=[clus2["fpc1"], clus2["fpc2"]]), clus2),
        "open2": (survey_design(weights=clus2["pw"], clusters=two), clus2),
        "srs": (survey_design(population=srs["fpc"]), srs),
    }
