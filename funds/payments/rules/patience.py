"""How long to wait before something is tried again. Nothing is ever given up; it is only asked for less often."""

from datetime import datetime, timedelta
from typing import Final

# Whoever takes an event has this long before somebody else may; longer than Stripe's slowest answer with retries.
LEASE: Final = timedelta(seconds=45)

_FIRST: Final = timedelta(seconds=5)
_LONGEST: Final = timedelta(hours=1)


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When an event that failed `attempts` times (1 or more) is tried again: 5 s, 10 s, 20 s ... at most an hour."""
    doublings = min(attempts - 1, 12)
    return now + min(_LONGEST, _FIRST * (1 << doublings))
