"""What weighting does, shown on a town whose truth is known: an invented census, and samples drawn with bias from it.

Young women answer most, older men least; the old want to stay, the young to leave. So raw answers say too little
staying, weighting to sex and age repairs most of it, and a page can say both with numbers. The people are invented
and must never be taken for a town's. Source of the idea: known-truth simulation, as Kott and others use it.
"""

from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.arrays import FloatArray
from councils.indicators.rules.chart import Axis, Legend, Point, Row, chart
from councils.indicators.rules.estimates import credit, estimate
from councils.indicators.rules.margins import CellSpace, sex_age_margin
from councils.indicators.rules.scores import Measure, scoring
from councils.indicators.rules.weights import weigh

SPACE = CellSpace(("female", "male"), ("16_17", "18_29", "30_44", "45_64", "65_plus"))
PEOPLE = np.array([[600.0, 3600.0, 5600.0, 5600.0, 2600.0], [650.0, 3900.0, 5600.0, 5000.0, 1500.0]])
# The share that would stay, and how readily each group answers.
STAY = np.array([[0.20, 0.25, 0.55, 0.75, 0.90], [0.15, 0.20, 0.45, 0.70, 0.85]]).ravel()
EAGER = np.array([[1.5, 3.0, 1.5, 0.6, 0.25], [0.8, 1.6, 0.8, 0.35, 0.2]]).ravel()
FINE = sex_age_margin(space=SPACE, population=PEOPLE)
COARSE = sex_age_margin(space=SPACE, population=PEOPLE, bands=[[0, 1], [2], [3, 4]])
SCORING = scoring(measure=Measure.SHARE, scale=("stay", "leave"), chosen=("stay",))


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Draws (D,) of `n` answers each: raw and weighted shares, the weighted limits, effective sizes, and the truth."""

    n: int
    truth: float
    raw: FloatArray
    weighted: FloatArray
    low: FloatArray
    high: FloatArray
    n_eff: FloatArray

    @property
    def raw_error(self) -> float:
        """Mean distance of the raw share from the truth, 0..1."""
        return float(np.abs(self.raw - self.truth).mean())

    @property
    def weighted_error(self) -> float:
        """Mean distance of the weighted share from the truth, 0..1."""
        return float(np.abs(self.weighted - self.truth).mean())

    @property
    def covered(self) -> float:
        """Part of the weighted intervals that hold the truth."""
        return float(((self.low <= self.truth) & (self.truth <= self.high)).mean())

    def figure(self, *, chart_id: str, title: str, description: str, labels: tuple[str, str], legend: Legend) -> str:
        """SVG of the first draw beside the truth: `labels` are the words for the sample and for the census.

        The raw share stands with the spread of all draws, as nothing else tells how sure it only seems.
        """
        tail = np.quantile(self.raw, [0.025, 0.975])
        weighted = _point(self.weighted[0], self.low[0], self.high[0])
        raw = _point(self.raw[0], min(tail[0], self.raw[0]), max(tail[1], self.raw[0]))
        truth = Point(self.truth, self.truth, self.truth, f"{100 * self.truth:.0f} %")
        rows = [Row(labels[0], weighted, raw), Row(labels[1], truth, None)]
        ticks = tuple((step / 4, f"{25 * step} %") for step in range(5))
        return chart(
            chart_id=chart_id, title=title, description=description, rows=rows, axis=Axis(0, 1, ticks), legend=legend
        )


def _point(value: float, low: float, high: float) -> Point:
    return Point(float(value), float(low), float(high), f"{100 * value:.0f} % ({100 * low:.0f}-{100 * high:.0f})")


def trial(*, n: int, draws: int, seed: int, eager: FloatArray = EAGER, stay: FloatArray = STAY) -> Trial:
    """Draw `draws` samples of `n` people who answer as readily as `eager` (10,) says, and weight each of them.

    Sixty draws take about 50 ms.
    """
    rng = np.random.default_rng(seed)
    chance = PEOPLE.ravel() * eager
    found = np.empty((draws, 5))
    for number in range(draws):
        answers = rng.multinomial(n, chance / chance.sum())
        staying = rng.binomial(answers, stay)
        # As a cube has it: a last column for those whose cell is unknown, here nobody.
        counts = np.pad(np.stack([staying, answers - staying]), ((0, 0), (0, 1)))
        base = np.append(answers, 0)
        weights = weigh(counts=answers, margins=[FINE], coarse=COARSE)
        explained = credit(respondents=base, targets=weights.targets) if weights.targets else None
        one = estimate(counts=counts, base=base, weights=weights.columns, scoring=SCORING, credited=explained)
        if one is None:
            raise ValueError("nobody was drawn")
        found[number] = staying.sum() / n, one.value, one.low, one.high, one.n_eff
    truth = float((PEOPLE.ravel() * stay).sum() / PEOPLE.sum())
    return Trial(n, truth, *found.T)
