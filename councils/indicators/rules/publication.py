"""From counts to what may be shown: raw and weighted figures, their flags, or the reason why there are none.

This is the one place that decides publication; pages, files and the API print what it says. It must never let a
weighted figure out without the raw one, nor any figure whose count is protected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from councils.indicators.rules.arrays import BoolArray, IntArray
from councils.indicators.rules.catalogue import Indicator
from councils.indicators.rules.cube import ANSWERED, Cube, Kind, Layout
from councils.indicators.rules.estimates import Credit, Estimate, credit, estimate
from councils.indicators.rules.scores import Scoring
from councils.indicators.rules.suppression import (
    K_CROSS,
    K_TOWN,
    Crossed,
    Derived,
    Protection,
    protect,
    protect_choices,
    rounded_base,
    telling,
)
from councils.indicators.rules.weights import Weights
from councils.indicators.states import ConfStatus, ObsStatus, Unit, Weighting, WeightingRefusal, Withheld

MIN_N_EFF = 30.0
WIDE = 0.30
# What a population table that is entered or mended changes: the figures are then published anew, weighted.
AWAITED = (
    WeightingRefusal.NO_MARGINS,
    WeightingRefusal.BAD_MARGIN,
    WeightingRefusal.INCONSISTENT_MARGINS,
    WeightingRefusal.NO_POPULATION,
    WeightingRefusal.NOT_CONVERGED,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What is published of one indicator (`option` "") or of one answer to its question.

    An answer stands with the first indicator of its question that has the widest scale. `raw` and `weighted` are None
    when `withheld` says why; `weighted` alone is None when the town's answers are not weighted. `base` is the number
    of answers rounded to 5: the exact `n` of an estimate stays inside.
    """

    indicator: str
    question: str
    option: str
    raw: Estimate | None
    weighted: Estimate | None
    base: int
    withheld: Withheld | None
    obs_status: ObsStatus
    conf_status: ConfStatus


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The counts of one question's answers, as far as any indicator uses them.

    `counts` (K, C + 1), `answered` (C + 1,) for the base of a multiple choice. `home` is the indicator under whose
    code the answers are published.
    """

    home: str
    question: str
    kind: Kind
    options: tuple[str, ...]
    counts: IntArray
    answered: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The weights of a town, and what their margins explain (None where no margin was met)."""

    weights: Weights
    credited: Credit | None


def figures(*, layout: Layout, cube: Cube, weights: Weights, indicators: Sequence[Indicator]) -> list[Figure]:
    """Figures of `indicators`, in order, then of every answer on their scales, question by question.

    Protection is decided for a question together with all indicators made of it, so that no published figure betrays
    a hidden one. Answers that no scale holds ("hard to say") are not published.
    """
    tables = {name: _table(layout, cube, name, indicators) for name in {i.question: None for i in indicators}}
    weighed = weighed_by(cube=cube, weights=weights)
    verdicts = {name: _verdict(layout, table, indicators) for name, table in tables.items()}
    found = []
    for indicator in indicators:
        table, verdict = tables[indicator.question], verdicts[indicator.question]
        kept = _kept(layout, indicator)
        place = _alike(indicator, indicators).index(indicator)
        if table.kind is Kind.ONE:
            reason = (verdict.crossed if indicator.ages else verdict.derived)[place]
        else:
            reason = _of_many(table, indicator, verdict, kept)
        own = replace(table, counts=table.counts * kept, answered=table.answered * kept)
        found.append(figure_of(own, _scoring_in(table, indicator), weighed, reason, code=indicator.code))
    for table in tables.values():
        for number, option in enumerate(table.options):
            single = Derived(
                (np.arange(len(table.options)) == number).astype(np.float64), np.ones(len(table.options), bool)
            )
            reason = verdicts[table.question].options[number]
            found.append(figure_of(table, (single, A_SHARE), weighed, reason, code=table.home, option=option))
    return found


def weighed_by(*, cube: Cube, weights: Weights) -> Weighed:
    """The weights together with what the margins that they meet explain of an answer."""
    targets = weights.targets
    return Weighed(weights, credit(respondents=cube.respondents, targets=targets) if targets else None)


def obs_status(*, shown: Estimate, weighted: Estimate | None, refusal: WeightingRefusal | None) -> ObsStatus:
    """U when the interval covers more than 30 % of the scale or there are too few answers for weights; P while the
    answers wait for a population table that fits; A otherwise. (B needs an earlier wave: `actions.trends`.)
    """
    if shown.width > WIDE:
        return ObsStatus.UNRELIABLE
    if weighted is not None:
        return ObsStatus.NORMAL
    return ObsStatus.PROVISIONAL if refusal in AWAITED else ObsStatus.UNRELIABLE


A_SHARE = Scoring(np.array([1.0]), 0.0, 1.0, Unit.SHARE)


def _table(layout: Layout, cube: Cube, question: str, indicators: Sequence[Indicator]) -> Answers:
    own = [indicator for indicator in indicators if indicator.question == question]
    used = {answer for indicator in own for answer in indicator.scale}
    options = tuple(option for name, option in layout.rows if name == question and option in used)
    widest = max(len(indicator.scale) for indicator in own)
    return Answers(
        home=next(indicator.code for indicator in own if len(indicator.scale) == widest),
        question=question,
        kind=own[0].kind,
        options=options,
        counts=cube.counts[[layout.row_of[question, option] for option in options]],
        answered=cube.counts[layout.row_of[question, ANSWERED]],
    )


def _alike(indicator: Indicator, indicators: Sequence[Indicator]) -> list[Indicator]:
    """The indicators of the same question that count the whole town, or those that count some ages."""
    return [one for one in indicators if one.question == indicator.question and bool(one.ages) == bool(indicator.ages)]


def _kept(layout: Layout, indicator: Indicator) -> BoolArray:
    """The columns (C + 1,) that an indicator counts; answers of unknown age only where it counts everybody."""
    space = layout.space
    if not indicator.ages:
        return np.ones(space.size + 1, dtype=bool)
    return np.append(np.isin(space.age_of_cell(), [space.ages.index(name) for name in indicator.ages]), False)


def _scoring_in(table: Answers, indicator: Indicator) -> tuple[Derived, Scoring]:
    scoring = indicator.scoring
    score_of = dict(zip(indicator.scale, scoring.scores.tolist(), strict=True))
    scores = np.array([score_of.get(option, 0.0) for option in table.options])
    return Derived(scores, np.array([option in score_of for option in table.options])), scoring


def _verdict(layout: Layout, table: Answers, indicators: Sequence[Indicator]) -> Protection:
    """One decision for a question, its whole-town figures and its cross-breaks: what one hides no other may tell."""
    counts = table.counts.sum(axis=1)
    own = [indicator for indicator in indicators if indicator.question == table.question]
    if table.kind is Kind.MANY:
        return protect_choices(counts=counts, base=int(table.answered.sum()), k=K_TOWN)
    broken = [indicator for indicator in own if indicator.ages]
    # The parts of the town that the cross-breaks tell apart: columns that the same ones count.
    sides = np.array([np.ones(table.counts.shape[1], dtype=bool), *(_kept(layout, one) for one in broken)])
    kinds, part = np.unique(sides, axis=1, return_inverse=True)
    part = part.ravel()
    parts = np.stack([table.counts[:, part == n].sum(axis=1) for n in range(int(part.max()) + 1)], axis=1)
    return protect(
        counts=counts,
        derived=[_scoring_in(table, indicator)[0] for indicator in own if not indicator.ages],
        k=K_TOWN,
        parts=parts,
        crossed=[Crossed(_scoring_in(table, one)[0], kinds[n]) for n, one in enumerate(broken, start=1)],
    )


def _of_many(table: Answers, indicator: Indicator, verdict: Protection, kept: BoolArray) -> Withheld | None:
    """One answer of a multiple choice: hidden with its option; for some ages also when they or the rest are few."""
    option = table.options.index(indicator.chosen[0])
    if indicator.ages:
        for part in (kept, ~kept):
            n, total = int(table.counts[option, part].sum()), int(table.answered[part].sum())
            if (part is kept and total < K_CROSS) or telling(n=n, total=total, k=K_CROSS):
                return Withheld.SMALL_CELL if total else Withheld.NO_ANSWERS
    return verdict.options[option]


def figure_of(
    table: Answers,
    measured: tuple[Derived, Scoring],
    weighed: Weighed,
    reason: Withheld | None,
    *,
    code: str,
    option: str = "",
) -> Figure:
    """One figure of the counts in `table`, raw and weighted, or without a value where `reason` (or too small an
    effective sample) forbids it.
    """
    derived, scoring = measured
    counts = table.counts[derived.base]
    base = table.answered if table.kind is Kind.MANY else counts.sum(axis=0)
    inner = Scoring(derived.scores[derived.base], scoring.lowest, scoring.highest, scoring.unit)
    raw = estimate(counts=counts, base=base, weights=np.ones(len(base)), scoring=inner)
    weighted = None
    if weighed.weights.method is not Weighting.UNWEIGHTED:
        columns = weighed.weights.columns
        weighted = estimate(counts=counts, base=base, weights=columns, scoring=inner, credited=weighed.credited)
    shown = weighted or raw
    if reason is None and shown is None:
        reason = Withheld.NO_ANSWERS
    if reason is None and shown is not None and shown.n_eff < MIN_N_EFF:
        reason = Withheld.SMALL_EFFECTIVE_SAMPLE
    open_ = reason is None and shown is not None
    return Figure(
        indicator=code,
        question=table.question,
        option=option,
        raw=raw if open_ else None,
        weighted=weighted if open_ else None,
        base=rounded_base(n=int(base.sum())),
        withheld=reason,
        obs_status=_status(shown, weighted, weighed) if open_ and shown else ObsStatus.SUPPRESSED,
        conf_status=_confidentiality(reason),
    )


def _status(shown: Estimate, weighted: Estimate | None, weighed: Weighed) -> ObsStatus:
    return obs_status(shown=shown, weighted=weighted, refusal=weighed.weights.refusal)


def _confidentiality(reason: Withheld | None) -> ConfStatus:
    if reason is None:
        return ConfStatus.FREE
    if reason in (Withheld.SMALL_CELL, Withheld.FEW_ANSWERS):
        return ConfStatus.PRIMARY
    return ConfStatus.SECONDARY if reason is Withheld.PROTECTS_OTHERS else ConfStatus.NOT_PUBLISHED
