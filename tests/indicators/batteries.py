"""The same questions that `data/survey/battery.R` asks R's package survey, asked of our designs.

A battery is a table of designs; the data lie in a folder as CSV. `asked` answers by the case names that R's output
has, so whoever compares needs no list of cases.
"""

import csv
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from councils.indicators.rules.design import (
    Deff,
    Design,
    DesignError,
    Lonely,
    Method,
    Rule,
    SurveyEstimate,
    by,
    calibrate,
    degrees_of_freedom,
    mean,
    post_stratify,
    proportion,
    quantile,
    rake,
    ratio,
    survey_design,
    total,
    trim,
)

Columns = dict[str, np.ndarray]
Answer = Callable[[], list[float]]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(path: Path) -> Columns:
    """The columns of a CSV: numbers where every field is one."""
    rows = table(path)
    found = {}
    for name in rows[0]:
        fields = [row[name] for row in rows]
        try:
            found[name] = np.array([float(field) for field in fields])
        except ValueError:
            found[name] = np.array(fields)
    return found


def said(path: Path) -> dict[str, list[float]]:
    """R's answers by case."""
    return {row["case"]: [float(value) for value in row["values"].split(";")] for row in table(path)}


def asked(row: dict[str, str], folder: Path) -> Iterator[tuple[str, Answer]]:
    """Every case of one line of the table, to be answered when it is compared."""
    data = read(folder / f"{row['data']}.csv")
    design = _design(row, data)
    for step, one in _calibrated(row, design, data):
        try:
            calibrated = one()
        except DesignError:
            continue  # a case that R answers is then missed by whoever compares
        for case, answer in _checks(row, calibrated, data):
            yield f"{row['name']}_{step}{case}", answer


def _design(row: dict[str, str], data: Columns) -> Design:
    def stages(words: str) -> list[np.ndarray] | None:
        return [data[name] for name in words.split("+")] if words else None

    return survey_design(
        clusters=stages(row["clusters"]),
        strata=stages(row["strata"]),
        population=stages(row["population"]),
        weights=data[row["weights"]] if row["weights"] else None,
        nest=row["nest"] == "1",
        lonely=Lonely(row["lonely"]),
    )


def _calibrated(row: dict[str, str], design: Design, data: Columns) -> Iterator[tuple[str, Callable[[], Design]]]:
    w, x = design.weights, data[row["x"]]

    def totals(column: str, times: tuple[float, ...]) -> dict[float, float]:
        names = np.unique(data[column]).tolist()
        return {name: float(w[data[column] == name].sum()) * times[n % len(times)] for n, name in enumerate(names)}

    def raked() -> Design:
        one, two = totals("group", (1.1,)), totals("share", (1.05, 1.1))
        apart = sum(one.values()) / sum(two.values())
        margins = [(data["group"], one), (data["share"], {name: people * apart for name, people in two.items()})]
        return rake(design=design, margins=margins, tolerance=1e-13, sweeps=5000)

    known = np.stack([np.ones(len(w)), x], axis=1)
    low, high = np.sort(w)[np.ceil(len(w) * np.array([0.2, 0.8])).astype(int) - 1]
    post = totals("group", (1.3, 0.8, 1.1))
    yield "", lambda: design
    yield "post_", lambda: post_stratify(design=design, groups=data["group"], totals=post)
    yield "greg_", lambda: calibrate(design=design, known=known, totals=[w.sum() * 1.1, (w * x).sum() * 1.15])
    yield "rake_", raked
    yield "trim_", lambda: trim(design=design, lower=low * 0.9, upper=high * 1.01)


def _checks(row: dict[str, str], design: Design, data: Columns) -> Iterator[tuple[str, Answer]]:
    y, x, chosen, part = data[row["y"]], data[row["x"]], data["share"], data["dom"] == 1
    for name, inside in (("", None), ("dom_", part)):
        yield f"{name}mean", partial(_both, mean, design=design, values=y, domain=inside)
        yield f"{name}total", partial(_both, total, design=design, values=y, domain=inside)
        yield f"{name}ratio", partial(_both, ratio, design=design, numerator=y, denominator=x, domain=inside)
        yield f"{name}deff", partial(_effects, design, y, inside)
    yield "by", partial(_by, design, data["group"], y)
    yield "degf", partial(_freedom, design, part)
    yield "covariance", partial(_covariance, design, y, x)
    for method in Method:
        name = "xlogit" if method is Method.LOGIT else str(method)
        yield f"share_{name}", partial(_share, design, chosen, method, 0.9, None)
        yield f"dom_share_{name}", partial(_share, design, chosen, method, 0.95, part)
    for rule in Rule:
        yield f"quantiles_{rule}", partial(_quantiles, design, y, (0.2, 0.5, 0.8), rule=rule)
        yield f"dom_median_{rule}", partial(_quantiles, design, y, (0.5,), rule=rule, domain=part)
    for method, name in ((Method.BETA, "beta"), (Method.LOGIT, "xlogit"), (Method.ASIN, "asin")):
        yield f"dom_median_{name}", partial(_quantiles, design, y, (0.5,), interval=method, domain=part)


def _both(statistic: Callable[..., SurveyEstimate], **given: Any) -> list[float]:
    """Values, then errors."""
    found = statistic(**given)
    return [*found.values.tolist(), *found.se.tolist()]


def _effects(design: Design, y: np.ndarray, inside: np.ndarray | None) -> list[float]:
    means = [mean(design=design, values=y, domain=inside, deff=kind) for kind in (Deff.FINITE, Deff.REPLACE)]
    sums = total(design=design, values=y, domain=inside, deff=Deff.FINITE)
    return [float(one.deff[0]) for one in (means[0], sums, means[1]) if one.deff is not None]


def _freedom(design: Design, part: np.ndarray) -> list[float]:
    return [degrees_of_freedom(design=design), degrees_of_freedom(design=design, domain=part)]


def _covariance(design: Design, y: np.ndarray, x: np.ndarray) -> list[float]:
    together: list[float] = mean(design=design, values=np.stack([y, x], axis=1)).covariance.ravel().tolist()
    return together


def _by(design: Design, groups: np.ndarray, y: np.ndarray) -> list[float]:
    def one(inside: np.ndarray) -> SurveyEstimate:
        return mean(design=design, values=y, domain=inside)

    parts = by(design=design, groups=groups, statistic=one).values()
    return [float(one.values[0]) for one in parts] + [float(one.se[0]) for one in parts]


def _share(design: Design, chosen: np.ndarray, method: Method, level: float, domain: np.ndarray | None) -> list[float]:
    found = proportion(design=design, chosen=chosen, method=method, level=level, domain=domain)
    return [found.share, found.low, found.high]


def _quantiles(design: Design, y: np.ndarray, shares: tuple[float, ...], **how: Any) -> list[float]:
    found = [quantile(design=design, values=y, at=at, **how) for at in shares]
    return [number for one in found for number in (one.value, one.low, one.high, one.se)]
