"""`post`: what the rest of the site calls to book. Single postings that wait at the same moment travel together.

A posting holds its fund's turn until its commit has reached the disk, so postings one by one are never faster than the
disk. Threads of a process that post outside a transaction therefore put their posting on a list; whoever finds nobody
at work books everything on the list in one statement and hands the others their results. Nothing is ever answered
before it is committed, and a refusal reaches the one who asked, nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from threading import Lock
from time import monotonic

from django.db import connection

from funds.ledger.actions.posting import MOST_POSTINGS, Booked, post_directly
from funds.ledger.rules import Posting

# Whoever books for the others does so for this many groups, then the first who waits goes on: to wake another thread
# for each group would leave the database idle meanwhile.
MOST_GROUPS = 4


def _closed() -> Lock:
    gate = Lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class _Waiting:
    """Waits at its gate, which opens when the posting is booked or refused (`done`), or when it is this thread's turn
    to book for all (`leads`)."""

    postings: Sequence[Posting]
    now: datetime
    result: list[Booked] | None = None
    error: BaseException | None = None
    done: bool = False
    leads: bool = False
    gate: Lock = field(default_factory=_closed)


@dataclass(slots=True)
class Combiner:
    """The list of one process. `post` may be called from any number of threads."""

    _turn: Lock = field(default_factory=Lock)
    _list: list[_Waiting] = field(default_factory=list)
    _at_work: bool = False
    _wanted: int = 0
    _enough: Lock = field(default_factory=Lock)

    def post(self, *, postings: Sequence[Posting], now: datetime) -> list[Booked]:
        """Book in the company of whatever waits. Raises what `post_directly` raises."""
        mine: _Waiting | None = None
        with self._turn:
            if self._at_work:
                mine = _Waiting(postings, now)
                self._list.append(mine)
                if len(self._list) == self._wanted:
                    self._wanted = 0
                    self._enough.release()
            else:
                self._at_work = True
        if mine is None:  # nobody to wait for, nobody to travel with
            try:
                return post_directly(postings=postings, now=now)
            finally:
                self._hand_over()
        try:
            mine.gate.acquire()
        except BaseException:  # nobody waits for the answer any more, so nothing is booked later without a reader
            self._leave(mine)
            raise
        if mine.leads:
            self._work(mine)
        if mine.error is not None:
            raise mine.error
        return mine.result or []

    def _work(self, mine: _Waiting) -> None:
        """Book group after group, mine in the first of them; then the first who waits goes on."""
        group: list[_Waiting] = []
        try:
            for _number in range(MOST_GROUPS):
                with self._turn:
                    group = _first_of(self._list)
                    del self._list[: len(group)]
                    full = bool(self._list)
                if not group:
                    break
                begun = monotonic()
                _book(group)
                took = monotonic() - begun
                around = len(group) + len(self._list) - (mine in group)
                _answer(group)
                if not full:
                    self._gather(around, took)
        except BaseException:
            # This thread is torn away (a signal, the end of the process). What it had taken goes back to the others;
            # should it have been booked already, its key makes the second time harmless.
            with self._turn:
                self._list[:0] = [one for one in group if not one.done and one is not mine]
            raise
        finally:
            self._hand_over()

    def _gather(self, wanted: int, took: float) -> None:
        """Wait until all who are around have come: who has just been answered often has more to book, and a group of
        sixteen costs little more than one of eight. No longer than half of what booking took, nor than an eighth of it
        after the last look: most of those who book on a site do not come back at once."""
        with self._turn:
            came = len(self._list)
            if came >= wanted:
                return
            self._wanted, self._enough = wanted, _closed()
        last = monotonic() + took / 2
        while not self._enough.acquire(timeout=took / 8):
            with self._turn:
                if len(self._list) == came or monotonic() >= last:
                    self._wanted = 0
                    return
                came = len(self._list)

    def _hand_over(self) -> None:
        """Let the first who waits book for all; without one, nobody is at work."""
        with self._turn:
            if self._list:
                self._list[0].leads = True
                self._list[0].gate.release()
            else:
                self._at_work = False

    def _leave(self, mine: _Waiting) -> None:
        """Take mine off the list; had it been given the turn, the next one gets it."""
        with self._turn:
            waited = mine in self._list
            if waited:
                self._list.remove(mine)
        if waited and mine.leads:
            self._hand_over()


def _answer(group: list[_Waiting]) -> None:
    for one in group:
        if not one.done:
            one.done = True
            one.gate.release()


def _first_of(waiting: list[_Waiting]) -> list[_Waiting]:
    group: list[_Waiting] = []
    count = 0
    for one in waiting:
        count += len(one.postings)
        if group and count > MOST_POSTINGS:
            break
        group.append(one)
    return group


def _book(group: list[_Waiting]) -> None:
    """All in one statement; when that is refused, each alone, so that everybody gets their own answer."""
    for one in group:
        one.result = one.error = None
    if len(group) > 1:
        try:
            together = [posting for one in group for posting in one.postings]
            booked = iter(post_directly(postings=together, now=max(one.now for one in group)))
            for one in group:
                one.result = list(islice(booked, len(one.postings)))
        except Exception:  # noqa: BLE001, S110 - whatever it was, each hears it, or not, below
            pass
        else:
            return
    for one in group:
        try:
            one.result = post_directly(postings=one.postings, now=one.now)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
            one.error = error


_COMBINER = Combiner()


def post(*, postings: Sequence[Posting], now: datetime) -> list[Booked]:
    """Book up to 500 transactions, all or none. Safe to repeat: a booked key is returned, not booked again.

    Raises `DomainError` (not_enough_money, not_enough_earmarked, more_than_held, approvals_missing, period_closed,
    hold_does_not_cover) when the database refuses, `BookedOtherwiseError` when a key is booked with other entries.
    Inside a transaction the refusal marks it to be rolled back: whoever wants to go on wraps the call in `atomic()`.
    """
    if connection.in_atomic_block:
        return post_directly(postings=postings, now=now)
    return _COMBINER.post(postings=postings, now=now)
