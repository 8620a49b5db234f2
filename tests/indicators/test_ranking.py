"""The order of needs, types of towns and the composite band: by hand, and what each promises."""

from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.indicators.rules.composite import Placed, composite
from councils.indicators.rules.ranking import Breadth, departures, ranked
from councils.indicators.rules.typology import Thresholds, typed


def test_the_lower_bound_leads() -> None:
    """60 % of ten people give way to 50 % of a thousand: Wilson's lower bounds are .313 and .469."""
    found = ranked(needs=[Breadth("few", 0.6, 10, 1.0, 1.0), Breadth("many", 0.5, 1000, 1.0, 1.0)])
    assert [(one.need, one.place, one.best, one.worst) for one in found] == [("many", 1, 1, 2), ("few", 2, 1, 2)]
    assert [one.key for one in found] == pytest.approx([0.469069, 0.312674], abs=1e-5)


def test_severity_and_vulnerability_count() -> None:
    found = ranked(
        needs=[
            Breadth("roads", 0.5, 900, 0.4, 1.0),
            Breadth("heat", 0.3, 900, 1.0, 1.5),
            Breadth("parks", 0.02, 900, 0.2, 1.0),
        ]
    )
    assert [(one.need, one.best, one.worst) for one in found] == [("heat", 1, 1), ("roads", 2, 2), ("parks", 3, 3)]


def test_a_departure_is_a_place_outside_the_band() -> None:
    order = ranked(
        needs=[
            Breadth("heat", 0.6, 900, 1, 1),
            Breadth("roads", 0.31, 900, 1, 1),
            Breadth("water", 0.3, 900, 1, 1),
            Breadth("parks", 0.1, 900, 1, 1),
        ]
    )
    assert departures(order=order, decided=["heat", "water", "roads", "parks"]) == []
    found = departures(order=order, decided=["parks", "heat", "square"])
    assert [(one.need, one.place, one.best, one.worst) for one in found] == [
        ("parks", 1, 4, 4),
        ("heat", 2, 1, 1),
        ("roads", None, 2, 3),
        ("water", None, 2, 3),
    ]
    assert departures(order=order, decided=["heat", "water"]) == []


@given(
    needs=st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 5000, allow_subnormal=False), st.floats(0, 1), st.floats(1, 3)),
        min_size=1,
        max_size=12,
    )
)
def test_every_place_lies_in_its_band(needs: list[tuple[float, float, float, float]]) -> None:
    found = ranked(needs=[Breadth(f"n{number:02}", *values) for number, values in enumerate(needs)])
    assert [one.place for one in found] == list(range(1, len(needs) + 1))
    for one in found:
        assert 1 <= one.best <= one.place <= one.worst <= len(needs)


@pytest.mark.parametrize("wrong", [(1.2, 10, 1, 1), (0.5, 10, 1.5, 1), (0.5, 10, 1, 0.5), (0.5, -1, 1, 1)])
def test_needs_out_of_range_are_refused(wrong: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        ranked(needs=[Breadth("x", *wrong)])
    assert ranked(needs=[]) == []


LIMITS = Thresholds(dependence=0.2, stay=0.5, utilities=0.3)


def test_types_by_three_rules() -> None:
    values = np.array([[0.5, 0.3, 0.4], [0.1, 0.7, 0.1], [0.2, 0.5, 0.3]])
    found = typed(values=values, errors=np.zeros((3, 3)), thresholds=LIMITS, seed=1, draws=10)
    assert found.type_of.tolist() == [0b101, 0b010, 0b111]
    assert found.probability[0].tolist() == [0, 0, 0, 0, 0, 1, 0, 0]


def test_the_probability_is_that_of_the_error() -> None:
    """0.45 with an error of .05 against a threshold of .5: one chance in six (.1587) that the young stay."""
    values, errors = np.array([[0.5, 0.45, 0.1]]), np.array([[0.0, 0.05, 0.0]])
    found = typed(values=values, errors=errors, thresholds=LIMITS, seed=2)
    assert found.probability[0, 0b011] == pytest.approx(0.1587, abs=0.015)
    assert found.probability.sum() == pytest.approx(1.0)


def test_towns_like_ours_are_those_of_our_probable_type() -> None:
    values = np.array([[0.5, 0.3, 0.4], [0.1, 0.7, 0.1], [0.5, 0.35, 0.35]])
    found = typed(values=values, errors=np.full((3, 3), 0.05), thresholds=LIMITS, seed=3)
    assert found.like(town=0).tolist() == [2, 1]


def test_ten_thousand_draws_of_27_towns_take_less_than_half_a_second() -> None:
    rng = np.random.default_rng(4)
    start = process_time()
    typed(values=rng.uniform(0, 1, (27, 3)), errors=np.full((27, 3), 0.05), thresholds=LIMITS, seed=5)
    assert process_time() - start < 0.4


def test_towns_out_of_range_are_refused() -> None:
    for values, errors in (([[1.2, 0, 0]], [[0, 0, 0]]), ([[0.5, 0, 0]], [[-1, 0, 0]]), ([[0.5, 0]], [[0, 0]])):
        with pytest.raises(ValueError, match=r"out of range|three"):
            typed(values=np.array(values), errors=np.array(errors), thresholds=LIMITS, seed=1)


def test_a_band_without_errors_is_the_geometric_mean() -> None:
    """Pillars (0.25 + 0.75) / 2 = 0.5 and 0.32: the root of their product is 0.4. Fewer is better in the second."""
    pillars = {
        "life": [Placed(0.25, 0, 0, 1), Placed(75, 0, 0, 100)],
        "air": [Placed(0.68, 0, 1, 0)],
    }
    found = composite(pillars=pillars)
    assert (found.low, found.high) == pytest.approx((0.4, 0.4))
    assert found.pillars["life"] == pytest.approx((0.5, 0.5))


def test_the_band_is_what_survey_error_leaves() -> None:
    """One indicator of .6 with an error of .05: 95 % lie between .502 and .698."""
    found = composite(pillars={"life": [Placed(0.6, 0.05, 0, 1)]})
    assert (found.low, found.high) == pytest.approx((0.502, 0.698), abs=1e-4)
    assert not hasattr(found, "value")


def test_figures_of_one_survey_are_taken_to_err_together() -> None:
    """Two figures with errors of .05: no narrower than one of them, whichever way is better."""
    found = composite(pillars={"life": [Placed(0.6, 0.05, 0, 1), Placed(0.4, 0.05, 1, 0)]})
    assert (found.low, found.high) == pytest.approx((0.502, 0.698), abs=1e-4)


def test_a_bad_pillar_is_not_bought_off() -> None:
    good, bad = [Placed(1.0, 0, 0, 1)], [Placed(0.0, 0, 0, 1)]
    found = composite(pillars={"a": good, "b": bad})
    assert found.high == pytest.approx(0.1)


def test_pillars_that_say_nothing_are_refused() -> None:
    wrong: list[dict[str, list[Placed]]] = [{}, {"a": []}, {"a": [Placed(0.5, 0.1, 1, 1)]}]
    for pillars in wrong:
        with pytest.raises(ValueError, match=r"needs an indicator|goalposts"):
            composite(pillars=pillars)
