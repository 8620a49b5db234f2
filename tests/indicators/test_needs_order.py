"""From published shares to an order: known products, what stands in where a share is hidden, and refusals."""

import json
from math import exp, hypot, log

import numpy as np
import pytest

from councils.indicators.rules.catalogue import Catalogue
from councils.indicators.rules.needs_order import Order, Shown, order_of
from councils.indicators.rules.needs_plan import EVERYBODY, NAMED, SEVERE, STRAINED
from councils.indicators.rules.ranking import Breadth, product_limits, ranked
from councils.indicators.states import NeedsRefusal

HARDSHIP = ("need_hardship", "")
WATER = {
    (NAMED, "water"): Shown(0.5, 0.45, 0.55, 400),
    (SEVERE, "water"): Shown(0.8, 0.7, 0.88, 100),
    (STRAINED, "water"): Shown(0.45, 0.40, 0.50, 200),
}
TOWN = {HARDSHIP: Shown(0.6, 0.55, 0.65, 400), (STRAINED, EVERYBODY): Shown(0.3, 0.25, 0.35, 400)}


def order(shown: dict[tuple[str, str], Shown], catalogue: Catalogue, *needs: str) -> Order:
    return order_of(plan=catalogue.needs, needs=needs, shown=shown)


def test_the_limits_of_a_product_by_hand() -> None:
    """.5 (.4 to .6) times .8 (.7 to .9): logarithms, their distances to the limits added as squares."""
    low, high = product_limits(low=np.array([[0.4, 0.7]]), value=np.array([[0.5, 0.8]]), high=np.array([[0.6, 0.9]]))
    assert low[0] == pytest.approx(0.4 / exp(hypot(log(0.5 / 0.4), log(0.8 / 0.7))))
    assert high[0] == pytest.approx(0.4 * exp(hypot(log(0.6 / 0.5), log(0.9 / 0.8))))
    assert (round(float(low[0]), 4), round(float(high[0]), 4)) == (0.3084, 0.497)


def test_a_factor_of_nothing_leaves_nothing_below_and_all_that_is_possible_above() -> None:
    low, high = product_limits(low=np.array([[0.0, 0.7]]), value=np.array([[0.0, 0.8]]), high=np.array([[0.1, 0.9]]))
    assert (low[0], high[0]) == pytest.approx((0.0, 0.09))


def test_uncertain_severity_widens_the_bands() -> None:
    plain = [Breadth("heat", 0.5, 900, 0.8, 1), Breadth("roads", 0.5, 900, 0.65, 1)]
    assert [(one.best, one.worst) for one in ranked(needs=plain)] == [(1, 1), (2, 2)]
    told = [Breadth(one.need, 0.5, 900, one.severity, 1, (one.severity - 0.15, one.severity + 0.15)) for one in plain]
    assert [(one.best, one.worst) for one in ranked(needs=told)] == [(1, 2), (1, 2)]


def test_the_key_is_the_lower_wilson_bound_times_severity_times_vulnerability(catalogue: Catalogue) -> None:
    """.5 of 400: Wilson from .4512; severe for .8; 45 % poor where the town has 30 %: half as much again."""
    [place] = order(WATER | TOWN, catalogue, "water").places
    assert (place.severity, place.vulnerability) == pytest.approx((0.8, 1.5))
    assert place.key == pytest.approx(0.4512 * 0.8 * 1.5, abs=1e-4)
    assert place.low < place.key < 0.5 * 0.8 * 1.5 < place.high
    assert (place.own_severity, place.own_vulnerability) == (True, True)


def test_the_town_stands_in_where_a_share_is_hidden(catalogue: Catalogue) -> None:
    shown = {(NAMED, "water"): WATER[NAMED, "water"]} | TOWN
    [place] = order(shown, catalogue, "water").places
    assert (place.severity, place.vulnerability) == (0.6, 1.0)
    assert (place.own_severity, place.own_vulnerability) == (False, False)


@pytest.mark.parametrize(("poor", "factor"), [(0.2, 1.0), (0.9, 2.0), (0.0, 1.0)])
def test_vulnerability_counts_from_once_to_twice(poor: float, factor: float, catalogue: Catalogue) -> None:
    shown = WATER | TOWN | {(STRAINED, "water"): Shown(poor, max(0.0, poor - 0.1), min(1.0, poor + 0.1), 200)}
    assert order(shown, catalogue, "water").places[0].vulnerability == factor


def test_other_has_no_place(catalogue: Catalogue) -> None:
    shown = WATER | TOWN | {(NAMED, "other"): Shown(0.9, 0.85, 0.95, 400)}
    assert [one.need for one in order(shown, catalogue, "water", "other").places] == ["water"]


def test_why_there_is_no_order(catalogue: Catalogue) -> None:
    assert order(WATER | TOWN, catalogue).refusal is NeedsRefusal.NO_QUESTIONS
    assert order_of(plan=None, needs=["water"], shown=WATER | TOWN).refusal is NeedsRefusal.NO_QUESTIONS
    assert order(TOWN, catalogue, "water").refusal is NeedsRefusal.NO_SHARES
    assert order(WATER, catalogue, "water").refusal is NeedsRefusal.NO_SEVERITY


def test_an_order_is_kept_as_it_was(catalogue: Catalogue) -> None:
    found = order(WATER | TOWN, catalogue, "water")
    assert Order.from_json(json.loads(json.dumps(found.as_json()))) == found
    assert Order.from_json({}).refusal is NeedsRefusal.NO_QUESTIONS
