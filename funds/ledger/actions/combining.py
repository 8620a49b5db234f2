"""`post`: what the rest of the site calls to book. Single postings that wait at the same moment travel together.

A posting holds its fund's turn until its commit has reached the disk, so postings one by one are never faster than the
disk. Threads of a process that post outside a transaction therefore put their posting on a list; whoever finds nobody
at work books everything on the list in one statement and hands the others their results. Nothing is ever answered
before it is committed, and a refusal reaches the one who asked, nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition

from django.db import connection

from funds.ledger.actions.posting import MOST_POSTINGS, Booked, post_directly
from funds.ledger.rules import Posting


@dataclass(slots=True, eq=False)
class _Waiting:
    postings: Sequence[Posting]
    now: datetime
    result: list[Booked] | None = None
    error: BaseException | None = None
    done: bool = False


@dataclass(slots=True)
class Combiner:
    """The list of one process. `post` may be called from any number of threads."""

    _turn: Condition = field(default_factory=Condition)
    _list: list[_Waiting] = field(default_factory=list)
    _at_work: bool = False

    def post(self, *, postings: Sequence[Posting], now: datetime) -> list[Booked]:
        """Book in the company of whatever waits. Raises what `post_directly` raises."""
        with self._turn:
            alone = not self._at_work and not self._list
            if alone:
                self._at_work = True
        if alone:  # nobody to wait for, nobody to travel with
            try:
                return post_directly(postings=postings, now=now)
            finally:
                with self._turn:
                    self._at_work = False
                    self._turn.notify_all()
        mine = _Waiting(postings, now)
        with self._turn:
            self._list.append(mine)
            try:
                while self._at_work and not mine.done:
                    self._turn.wait()
            except BaseException:  # nobody waits for the answer any more, so nothing is booked later without a reader
                self._forget(mine)
                raise
            if not mine.done:
                self._at_work = True
        if not mine.done:
            self._work(mine)
        if mine.error is not None:
            raise mine.error
        return mine.result or []

    def _work(self, mine: _Waiting) -> None:
        """Book group after group until mine is done, then hand the turn to whoever waits."""
        group: list[_Waiting] = []
        try:
            while not mine.done:
                with self._turn:
                    group = _first_of(self._list)
                    del self._list[: len(group)]
                _book(group)
                with self._turn:
                    for one in group:
                        one.done = True
                    self._turn.notify_all()
        except BaseException:
            # This thread is torn away (a signal, the end of the process). What it had taken goes back to the others;
            # should it have been booked already, its key makes the second time harmless.
            with self._turn:
                self._list[:0] = [one for one in group if not one.done]
                self._forget(mine)
            raise
        finally:
            with self._turn:
                self._at_work = False
                self._turn.notify_all()

    def _forget(self, mine: _Waiting) -> None:
        if mine in self._list:
            self._list.remove(mine)


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
            by_key = {booked.key: booked for booked in post_directly(postings=together, now=max(o.now for o in group))}
            for one in group:
                one.result = [by_key[posting.key] for posting in one.postings]
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
