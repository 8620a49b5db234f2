"""The only place that reads the clock. Views and tasks read it once and pass `now` on; rules never do."""

from datetime import date, datetime, timedelta, timezone

from django.utils import timezone as django_timezone

KAZAKHSTAN = timezone(timedelta(hours=5), "UTC+5")


def now() -> datetime:
    """This moment, aware, UTC."""
    return django_timezone.now()


def day_of(moment: datetime) -> date:
    """The calendar day of a moment in Kazakhstan (UTC+5 everywhere since 2024)."""
    return moment.astimezone(KAZAKHSTAN).date()
