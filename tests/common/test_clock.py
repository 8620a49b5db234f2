"""Days are days in Kazakhstan: UTC+5 everywhere, without daylight saving time."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from common import clock


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 21, 18, 59, 59, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 19, 0, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 12, 31, 19, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 7, 1, 19, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=5))), date(2026, 11, 22)),
        (datetime(2026, 11, 21, 20, 30, tzinfo=timezone(timedelta(hours=1))), date(2026, 11, 22)),
    ],
)
def test_a_day_begins_at_midnight_in_kazakhstan(moment: datetime, day: date) -> None:
    assert clock.day_of(moment) == day


def test_now_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = clock.now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)
