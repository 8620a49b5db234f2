"""Working days of Kazakhstan: weekends, and the free and moved days of data/workdays_kz.csv.

For years that the file does not know only weekends are free, so that a deadline may come too early but never too late.
"""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).parent / "data" / "workdays_kz.csv"
_SATURDAY: Final = 5


def _read() -> tuple[frozenset[date], frozenset[date]]:
    days: dict[str, set[date]] = {"off": set(), "work": set()}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            days[row["kind"]].add(date.fromisoformat(row["date"]))
    return frozenset(days["off"]), frozenset(days["work"])


_OFF, _WORK = _read()
KNOWN_YEARS: Final = frozenset(day.year for day in _OFF)
"""The years whose holidays are known."""


def is_working_day(day: date) -> bool:
    """Whether Kazakhstan works on that day."""
    if day in _WORK:
        return True
    return day.weekday() < _SATURDAY and day not in _OFF


def working_days_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`, which itself is not counted. Refuses (ValueError) fewer than one."""
    if count < 1:
        raise ValueError("at least one working day")
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_before(day: date, count: int) -> date:
    """The `count`-th working day before `day`, which itself is not counted. Refuses (ValueError) fewer than one."""
    if count < 1:
        raise ValueError("at least one working day")
    while count:
        day -= timedelta(days=1)
        count -= is_working_day(day)
    return day
