"""Working days of Kazakhstan, against dates counted by hand."""

import csv
from datetime import date
from pathlib import Path

import pytest

from common import workdays
from common.workdays import KNOWN_YEARS, is_working_day, working_days_after, working_days_before

FILE = Path(workdays.__file__).parent / "data" / "workdays_kz.csv"


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 22), False),
        (date(2026, 12, 16), False),  # Independence Day
        (date(2026, 10, 26), False),  # in lieu of Sunday, Republic Day
        (date(2026, 1, 7), False),
        (date(2025, 1, 3), False),  # moved
        (date(2025, 1, 5), True),  # a Sunday that was worked
        (date(2026, 8, 30), False),
        (date(2026, 8, 31), True),  # no Constitution Day in August any more
        (date(2027, 3, 15), False),
        (date(2031, 3, 21), True),  # a year that nobody knows yet: weekends alone
    ],
)
def test_a_day_is_worked_or_free(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 11, 22), 10, date(2026, 12, 4)),
        (date(2026, 12, 10), 10, date(2026, 12, 25)),  # over 16 December
        (date(2026, 3, 13), 10, date(2026, 4, 1)),  # over Nauryz, which is five days long that year
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2025, 12, 31), 2, date(2026, 1, 6)),
    ],
)
def test_deadlines_are_counted_from_the_day_after(day: date, count: int, due: date) -> None:
    assert working_days_after(day, count) == due


def test_days_are_counted_back_too() -> None:
    assert working_days_before(date(2026, 12, 4), 3) == date(2026, 12, 1)
    assert working_days_before(date(2026, 12, 18), 3) == date(2026, 12, 14)


@pytest.mark.parametrize("count", [0, -1])
def test_no_days_are_refused(count: int) -> None:
    for counted in (working_days_after, working_days_before):
        with pytest.raises(ValueError, match="at least one"):
            counted(date(2026, 1, 1), count)


def test_every_row_has_a_source_and_changes_something() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["date"] for row in rows] == sorted({row["date"] for row in rows})
    assert [row for row in rows if not (row["name"] and row["source"] and row["kind"] in {"off", "work"})] == []
    weekend = [date.fromisoformat(row["date"]).weekday() >= 5 for row in rows if row["kind"] == "work"]
    assert weekend == [True] * len(weekend)
    assert sorted(KNOWN_YEARS) == [2025, 2026, 2027]
