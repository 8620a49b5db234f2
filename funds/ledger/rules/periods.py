"""Which day the books can be closed on. Pure: `today` and what is closed are handed in; nothing here opens a period."""

from datetime import date, timedelta
from enum import StrEnum


class NotNow(StrEnum):
    """Why the books cannot be closed up to a day."""

    NOT_OVER = "period_not_over"
    CLOSED = "period_closed_before"


def why_not(*, ends: date, today: date, closed_through: date) -> NotNow | None:
    """None when everything up to and with `ends` can be closed: the day is over and lies in no closed period."""
    if ends >= today:
        return NotNow.NOT_OVER
    return NotNow.CLOSED if ends <= closed_through else None


def proposed_end(*, today: date, closed_through: date) -> date:
    """The last day of the last month; yesterday where that is closed already."""
    month_end = today.replace(day=1) - timedelta(days=1)
    return month_end if month_end > closed_through else today - timedelta(days=1)
