"""How long to wait before something is tried again. Nothing is ever given up; it is only asked for less often."""

from datetime import datetime, timedelta
from typing import Final

# Whoever takes an event has this long before somebody else may; longer than Stripe's slowest answer with retries.
LEASE: Final = timedelta(seconds=45)

_PAGE: Final = 100  # what Stripe lists at once
_WORTH: Final = 10  # so many things of a page cost as much one by one as the page

_FIRST: Final = timedelta(seconds=5)
_LONGEST: Final = timedelta(hours=1)


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When an event that failed `attempts` times (1 or more) is tried again: 5 s, 10 s, 20 s ... at most an hour."""
    doublings = min(attempts - 1, 12)
    return now + min(_LONGEST, _FIRST * (1 << doublings))


def reads_on(*, read: int, found: int, wanted: int) -> bool:
    """Whether a list is read on of which `read` things were seen and `found` of the `wanted` were among them.

    Decided at the end of each page of a hundred. What is wanted may stand at the end of a list, as the oldest of a
    backlog does: so it is read on while even all of it on the next page would be worth the pages before.
    """
    pages, rest = divmod(read, _PAGE)
    return found < wanted and (rest != 0 or max(found, wanted) >= pages * _WORTH)
