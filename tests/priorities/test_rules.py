"""What makes a list fit: places without gaps, a reason wherever it departs from the evidence."""

import pytest

from councils.indicators.rules.needs_order import Place
from councils.priorities.rules import Entry, Fault, faults, judged

WHY = "The lamps are paid for already."


def place(need: str, at: int, best: int, worst: int) -> Place:
    return Place(need, at, best, worst, 0.1, 0.1, 0.1, 0.5, True, 1.0, True)


ORDER = [place("water", 1, 1, 2), place("roads", 2, 1, 2), place("jobs", 3, 3, 4), place("light", 4, 3, 4)]
KNOWN = ["water", "roads", "jobs", "light", "other"]


def wrong(*entries: Entry) -> list[tuple[Fault, str]]:
    return faults(entries=entries, order=ORDER, known=KNOWN)


def test_the_evidence_itself_and_what_it_cannot_tell_apart_need_no_reason() -> None:
    assert wrong(*(Entry(one.need, one.place) for one in ORDER)) == []
    assert wrong(Entry("roads", 1), Entry("water", 2), Entry("light", 3), Entry("jobs", 4)) == []
    assert wrong(Entry("roads", 1), Entry("water", 2)) == []


def test_a_place_outside_its_band_needs_a_reason() -> None:
    departing = (Entry("light", 1), Entry("water", 2), Entry("roads", 3, WHY))
    assert wrong(*departing) == [(Fault.NO_REASON, "light")]
    assert wrong(Entry("light", 1, "Because."), *departing[1:]) == [(Fault.NO_REASON, "light")]
    assert wrong(Entry("light", 1, WHY), *departing[1:]) == []


def test_leaving_out_what_belongs_on_the_list_for_certain_is_a_departure() -> None:
    assert wrong(Entry("water", 1), Entry("jobs", 2, WHY)) == [(Fault.NO_REASON, "roads")]
    assert wrong(Entry("water", 1), Entry("jobs", 2, WHY), Entry("roads", None, WHY)) == []


def test_a_need_without_evidence_is_no_departure_but_takes_a_place() -> None:
    found = judged(entries=[Entry("other", 1), Entry("water", 2), Entry("roads", 3, WHY)], order=ORDER)
    assert [(one.need, one.place, one.best, one.departs) for one in found] == [
        ("other", 1, None, False),
        ("water", 2, 1, False),
        ("roads", 3, 1, True),
    ]


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([], [(Fault.EMPTY, "")]),
        ([Entry("water", None, WHY)], [(Fault.EMPTY, "")]),
        ([Entry("water", 1), Entry("roads", 1)], [(Fault.GAP, "roads")]),
        ([Entry("water", 1), Entry("roads", 3)], [(Fault.GAP, "roads")]),
        ([Entry("water", 0)], [(Fault.GAP, "water")]),
        ([Entry("palace", 1)], [(Fault.UNKNOWN, "palace")]),
    ],
)
def test_places_are_counted_without_gaps(entries: list[Entry], found: list[tuple[Fault, str]]) -> None:
    assert wrong(*entries) == found
