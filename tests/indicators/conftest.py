"""Data and layouts that several tests of the indicators share.

`data/apistrat.csv` and `data/apiclus1.csv` hold the columns needed of California's Academic Performance Index for 2000,
the data on which R's package survey documents its results: school type, score, awards, whether a school-wide target was
met, district.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from councils.indicators.rules.catalogue import Catalogue, parse
from councils.indicators.rules.cube import Kind, Layout, Question
from councils.indicators.rules.margins import CellSpace

HERE = Path(__file__).parent
CATALOGUE = HERE.parents[1] / "councils" / "indicators" / "data" / "catalogue.toml"
STYPES = ("E", "H", "M")

# Cores are shared: a slow moment is no failure.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


def _columns(name: str) -> dict[str, np.ndarray]:
    with (HERE / "data" / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    columns["api00"] = columns["api00"].astype(np.float64)
    columns["stratum"] = np.array([STYPES.index(value) for value in columns["stype"]], dtype=np.int64)
    return columns


@pytest.fixture(scope="session")
def apistrat() -> dict[str, np.ndarray]:
    """200 schools in three strata, with `weight`, `population` of the stratum and `award` 0/1."""
    columns = _columns("apistrat.csv")
    people = {"E": 4421.0, "H": 755.0, "M": 1018.0}
    columns["population"] = np.array([people[value] for value in columns["stype"]])
    drawn = np.bincount(columns["stratum"])
    columns["weight"] = columns["population"] / drawn[columns["stratum"]]
    columns["award"] = (columns["awards"] == "Yes").astype(np.float64)
    return columns


@pytest.fixture(scope="session")
def apiclus1() -> dict[str, np.ndarray]:
    """183 schools of 15 districts (clusters), `met` 0/1 for sch.wide No/Yes."""
    columns = _columns("apiclus1.csv")
    columns["dnum"] = columns["dnum"].astype(np.int64)
    columns["met"] = (columns["sch_wide"] == "Yes").astype(np.int64)
    return columns


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return parse(text=CATALOGUE.read_text(encoding="utf-8"))


@pytest.fixture
def layout() -> Layout:
    """One single and one multiple choice over four cells."""
    return Layout(
        questions=(
            Question("water", Kind.ONE, ("good", "fair", "bad", "hard_to_say")),
            Question("needs", Kind.MANY, ("roads", "jobs")),
            Question("sex", Kind.ONE, ("female", "male")),
            Question("age", Kind.ONE, ("young", "old", "not_said")),
        ),
        space=CellSpace(("female", "male"), ("young", "old")),
    )
