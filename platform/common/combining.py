"""Calls that wait for the disk at the same moment travel together, in one statement and one commit.

Threads of a process put what they ask on a list; whoever finds nobody at work asks for all on the list and hands the
others their results. Nothing is ever answered before it is committed, and a refusal reaches the one who asked, nobody
else. Must never be used inside a transaction: others would travel in it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

# Whoever asks for the others does so for this many groups, then the first who waits goes on: to wake another thread
# for each group would leave the database idle meanwhile.
MOST_GROUPS = 4


def _closed() -> Lock:
    gate = Lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Asked, Answer]):
    """Waits at its gate, which opens when there is an answer or an error (`done`), or when it is this thread's turn to
    ask for all (`leads`)."""

    asked: Asked
    answer: Answer | None = None
    error: BaseException | None = None
    done: bool = False
    leads: bool = False
    gate: Lock = field(default_factory=_closed)

    def outcome(self) -> Answer:
        if self.error is not None:
            raise self.error
        return self.answer  # type: ignore[return-value]  # it is done, so there is one


@dataclass(slots=True)
class Combiner(Generic[Asked, Answer]):
    """The list of one process. `send` may be called from any number of threads; a second time must be harmless.

    `together` answers several at once, all or none, in their order; when it raises, `alone` is asked for each. `weight`
    is what one of them counts of the `most` that travel together. `gathers`: wait a moment for those who were around,
    where one group holds up the next; otherwise the next goes with whoever is there.
    """

    together: Callable[[list[Asked]], list[Answer]]
    alone: Callable[[Asked], Answer]
    most: int
    weight: Callable[[Asked], int] = lambda _one: 1
    gathers: bool = False
    _turn: Lock = field(default_factory=Lock)
    _list: list[_Waiting[Asked, Answer]] = field(default_factory=list)
    _at_work: bool = False
    _wanted: int = 0
    _enough: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """In a process that was forked: whoever was at work stayed behind and will hand over to nobody."""
        self._turn, self._list, self._at_work, self._wanted = Lock(), [], False, 0

    def send(self, asked: Asked) -> Answer:
        """Ask in the company of whatever waits. Raises what `alone` raises."""
        mine: _Waiting[Asked, Answer] | None = None
        with self._turn:
            if self._at_work:
                mine = _Waiting(asked)
                self._list.append(mine)
                if len(self._list) == self._wanted:
                    self._wanted = 0
                    self._enough.release()
            else:
                self._at_work = True
        if mine is None:  # nobody to wait for, nobody to travel with
            try:
                return self.alone(asked)
            finally:
                self._hand_over()
        try:
            mine.gate.acquire()
        except BaseException:  # nobody waits for the answer any more, so nothing is done later without a reader
            self._leave(mine)
            raise
        if mine.leads:
            self._work(mine)
        elif isinstance(mine.error, OperationalError | InterfaceError):
            return self.alone(asked)  # it may have been the other one's connection that was lost, and mine is well
        return mine.outcome()

    def _work(self, mine: _Waiting[Asked, Answer]) -> None:
        """Ask for group after group, mine in the first of them; then the first who waits goes on."""
        group: list[_Waiting[Asked, Answer]] = []
        try:
            for _number in range(MOST_GROUPS):
                with self._turn:
                    group = self._first()
                    del self._list[: len(group)]
                    full = bool(self._list)
                if not group:
                    break
                begun = monotonic()
                self._ask(group)
                took = monotonic() - begun
                around = len(group) + len(self._list) - (mine in group)
                _answer(group)
                if self.gathers and not full:
                    self._gather(around, took)
        except BaseException:
            # This thread is torn away (a signal, the end of the process). What it had taken goes back to the others;
            # should it have been done already, the second time must be harmless.
            with self._turn:
                self._list[:0] = [one for one in group if not one.done and one is not mine]
            raise
        finally:
            self._hand_over()

    def _gather(self, wanted: int, took: float) -> None:
        """Wait until all who are around have come: who has just been answered often has more to ask, and a group of
        sixteen costs little more than one of eight. No longer than half of what asking took, nor than an eighth of it
        after the last look: most people on a site do not come back at once."""
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
        """Let the first who waits ask for all; without one, nobody is at work."""
        with self._turn:
            if self._list:
                self._list[0].leads = True
                self._list[0].gate.release()
            else:
                self._at_work = False

    def _leave(self, mine: _Waiting[Asked, Answer]) -> None:
        """Take mine off the list; had it been given the turn, the next one gets it."""
        with self._turn:
            waited = mine in self._list
            if waited:
                self._list.remove(mine)
        if waited and mine.leads:
            self._hand_over()

    def _first(self) -> list[_Waiting[Asked, Answer]]:
        group: list[_Waiting[Asked, Answer]] = []
        count = 0
        for one in self._list:
            count += self.weight(one.asked)
            if group and count > self.most:
                break
            group.append(one)
        return group

    def _ask(self, group: list[_Waiting[Asked, Answer]]) -> None:
        """All at once; when that is refused, each alone, so that everybody gets their own answer."""
        for one in group:
            one.answer = one.error = None
        if len(group) > 1:
            try:
                for one, answer in zip(group, self.together([one.asked for one in group]), strict=True):
                    one.answer = answer
            except Exception:  # noqa: BLE001, S110 - whatever it was, each hears it, or not, below
                pass
            else:
                return
        for one in group:
            try:
                one.answer = self.alone(one.asked)
            except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
                one.error = error


def _answer(group: list[_Waiting[Asked, Answer]]) -> None:
    for one in group:
        if not one.done:
            one.done = True
            one.gate.release()
