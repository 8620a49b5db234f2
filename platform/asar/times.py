"""Kinds and moments of all entries of a log, money or not: known ones, none in the future, none that runs backwards."""

from datetime import datetime, timedelta

from asar.books import BooksError
from asar.entries import ACCOUNTS, BOOKED, KINDS, Close, Other, Transaction

AHEAD = timedelta(days=1)  # clocks differ; a day is more than any of them
# A decision or an approval reads its moment before it has the log's turn, and may have to wait for it. Money does not:
# its moments never go back at all (asar.books).
BACK = timedelta(hours=1)


class Times:
    """Takes entries in their order. `now` is the moment of the audit."""

    def __init__(self, now: datetime) -> None:
        self._latest = now + AHEAD
        self._newest: datetime | None = None

    def take(self, entry: Transaction | Close | Other) -> None:
        """Raise BooksError where an entry is of no known kind, names no known account, or lies in the wrong time."""
        _check_kind(entry)
        if entry.at > self._latest:
            raise BooksError(f"it is dated in the future: {entry.at:%Y-%m-%d %H:%M} UTC")
        if self._newest is not None and entry.at < self._newest - BACK:
            above = f"{self._newest:%Y-%m-%d %H:%M}"
            raise BooksError(f"it says {entry.at:%Y-%m-%d %H:%M} UTC, long before what stands above it ({above})")
        self._newest = max(entry.at, self._newest or entry.at)


def _check_kind(entry: Transaction | Close | Other) -> None:
    if isinstance(entry, Other):
        if entry.kind not in KINDS:
            raise BooksError(f"it is of a kind that this program does not know: {entry.kind!r}")
        return
    if isinstance(entry, Transaction):
        if entry.kind not in BOOKED:
            raise BooksError(f"it books something that this program does not know: {entry.kind!r}")
        codes = {line.account[0] for line in entry.lines}
    else:
        codes = {account[0] for account in entry.trial}
    unknown = sorted(codes - ACCOUNTS)
    if unknown:
        raise BooksError(f"it names an account that no fund has: {unknown[0]!r}")
