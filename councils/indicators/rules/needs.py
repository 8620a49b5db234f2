"""The published shares behind the order of needs: who names a need, how severe it is, who they are that name it.

All of them pass one protection (`needs_protection`) and the one door of figures (`publication`): raw beside weighted,
with intervals, or a reason. It must never publish a share of some while that of the whole town is hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from councils.indicators.rules.arrays import IntArray
from councils.indicators.rules.catalogue import Catalogue
from councils.indicators.rules.cube import ANSWERED, Crossing, Cube, Kind, Layout
from councils.indicators.rules.needs_plan import EVERYBODY, INCOME, NAMED, SEVERE, SEVERITY, STRAINED, NeedsPlan
from councils.indicators.rules.needs_protection import NeedCounts, protect_needs
from councils.indicators.rules.publication import A_SHARE, Answers, Figure, Weighed, figure_of, figures, weighed_by
from councils.indicators.rules.suppression import Derived
from councils.indicators.rules.weights import Weights
from councils.indicators.states import Withheld

_ONE = Derived(np.array([1.0]), np.ones(1, dtype=bool))
_FIRST_OF_TWO = Derived(np.array([1.0, 0.0]), np.ones(2, dtype=bool))


def figures_with_needs(*, layout: Layout, cube: Cube, weights: Weights, catalogue: Catalogue) -> list[Figure]:
    """Every figure of a wave: the indicators and answers of `figures`, then the shares of needs.

    The share of poor in the town is protected together with the answers that it is made of. A version without the
    questions of the plan has the indicators alone.
    """
    plan = catalogue.needs
    needs = plan.needs_in(layout=layout) if plan else ()
    if plan is None or not needs:
        return figures(layout=layout, cube=cube, weights=weights, indicators=catalogue.indicators)
    strained = next(one for one in catalogue.shares_of_needs if one.code == STRAINED)
    found = figures(layout=layout, cube=cube, weights=weights, indicators=(*catalogue.indicators, strained))
    town = {one.indicator: one for one in found if not one.option}
    plain = [one for one in found if (one.indicator, one.option) != (STRAINED, "")]
    weighed = weighed_by(cube=cube, weights=weights)
    return [*plain, *_shares(layout, cube, weighed, plan, needs, town)]


def _shares(
    layout: Layout, cube: Cube, weighed: Weighed, plan: NeedsPlan, needs: tuple[str, ...], town: dict[str, Figure]
) -> list[Figure]:
    named = cube.counts[[layout.row_of[plan.question, need] for need in needs]]
    answered = cube.counts[layout.row_of[plan.question, ANSWERED]]
    severity = _pairs(layout, cube, needs, SEVERITY, plan.severity)
    income = _pairs(layout, cube, needs, INCOME, plan.strain)
    exact = NeedCounts(
        named=named.sum(axis=1),
        base=int(answered.sum()),
        most=plan.most,
        income=income.sum(axis=2),
        people=_side_totals(layout, cube, plan),
        severity=severity.sum(axis=2),
    )
    verdict = protect_needs(counts=exact)
    table = Answers(NAMED, plan.question, Kind.MANY, needs, named, answered)
    found = [
        figure_of(_only(table, at), (_ONE, A_SHARE), weighed, verdict.named[at], code=NAMED, option=need)
        for at, need in enumerate(needs)
    ]
    for code, question, pairs, reasons, whole in (
        (SEVERE, plan.severity_question, severity, verdict.severity, town[plan.hardship]),
        (STRAINED, plan.income_question, income, verdict.income, town[STRAINED]),
    ):
        for at, need in enumerate(needs):
            reason = _beside(whole, reasons[at])
            own = Answers(code, question, Kind.ONE, ("yes", "no"), pairs[at], pairs[at].sum(axis=0))
            found.append(figure_of(own, (_FIRST_OF_TWO, A_SHARE), weighed, reason, code=code, option=need))
    whole = town[STRAINED]
    found.append(
        Figure(
            STRAINED, plan.income_question, EVERYBODY, whole.raw, whole.weighted, whole.base, whole.withheld,
            whole.obs_status, whole.conf_status,
        )
    )  # fmt: skip
    return found


def _beside(whole: Figure, reason: Withheld | None) -> Withheld | None:
    """A share of some is hidden with that of the town: all of them together would tell it."""
    return Withheld.PROTECTS_OTHERS if reason is None and whole.withheld is not None else reason


def _only(table: Answers, at: int) -> Answers:
    return replace(table, options=table.options[at : at + 1], counts=table.counts[[at]])


def _pairs(layout: Layout, cube: Cube, needs: Sequence[str], crossing: str, answers: Mapping[str, bool]) -> IntArray:
    """Counts (J, 2, C + 1) of each need: answers that count, answers that do not; the others leave the base."""
    sides = [[answer for answer, counts in answers.items() if counts is side] for side in (True, False)]
    rows = [[[layout.row_of[crossing, Crossing.row(need, one)] for one in side] for side in sides] for need in needs]
    return np.array([[cube.counts[side].sum(axis=0) for side in own] for own in rows])


def _side_totals(layout: Layout, cube: Cube, plan: NeedsPlan) -> IntArray:
    """(2,): poor and not poor in the town."""
    sides = [[answer for answer, counts in plan.strain.items() if counts is side] for side in (True, False)]
    rows = [[layout.row_of[plan.income_question, answer] for answer in side] for side in sides]
    return np.array([cube.counts[side].sum() for side in rows])
