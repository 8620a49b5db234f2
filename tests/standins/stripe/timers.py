"""The background thread for what happens by the clock: fees that arrive, sessions that expire.

A timer is a row, so it survives a restart and an overdue one runs at once. Each runs in one transaction with the
removal of its row, so that it must NEVER happen twice.
"""

import threading
from collections.abc import Callable, Mapping

from .bell import Bell
from .call import Moment
from .charging import ARRIVAL_JOB, FEE_JOB, LATER_JOB, book_fee
from .invoices import retry
from .lapses import RENEWAL_JOB, RETRY_JOB
from .outbox import NOBODY
from .owners import debit_arrives
from .payouts import DAILY_JOB, PAYOUT_JOB, daily
from .payouts import when_due as payout_when_due
from .refunds import REFUND_JOB
from .refunds import when_due as refund_when_due
from .renewals import renew
from .reviews import after_payment
from .sessions import EXPIRY_JOB, expire_when_due
from .settings import read_settings
from .store import Store

HANDLERS: Mapping[str, Callable[[Moment, str], object]] = {
    FEE_JOB: book_fee,
    EXPIRY_JOB: expire_when_due,
    LATER_JOB: after_payment,
    ARRIVAL_JOB: debit_arrives,
    REFUND_JOB: refund_when_due,
    RENEWAL_JOB: renew,
    RETRY_JOB: retry,
    PAYOUT_JOB: payout_when_due,
    DAILY_JOB: daily,
}

SOON = frozenset({FEE_JOB, LATER_JOB, ARRIVAL_JOB, REFUND_JOB, PAYOUT_JOB})
"""Timers without which the stand-in is not idle."""

_LONGEST_WAIT = 1.0
_AT_ONCE = 20
"""Timers that run in one transaction; more would keep requests waiting."""


class Timers(threading.Thread):
    """Runs due timers one after the other until it is told to stop."""

    def __init__(self, store: Store, bell: Bell, clock: Callable[[], float]) -> None:
        super().__init__(name="timers", daemon=True)
        self._store = store
        self._bell = bell
        self._clock = clock
        self._stopping = False

    def run(self) -> None:
        """The thread's life."""
        while not self._stopping:
            seen = self._bell.count
            wait = self._run_some()
            if wait > 0:
                self._bell.wait_past(seen, min(wait, _LONGEST_WAIT))

    def stop(self) -> None:
        """End after the timer that runs now."""
        self._stopping = True
        self._bell.ring()
        self.join()

    def _run_some(self) -> float:
        """Run the next timers that are due; returns the seconds until there is something to do."""
        with self._store.transaction(durable=False) as tx:
            settings = read_settings(tx)
            for _ in range(_AT_ONCE):
                job, now = tx.next_job(), self._clock()
                if job is None:
                    return _LONGEST_WAIT
                if job.due_at > now:
                    return job.due_at - now
                tx.unschedule(job.kind, job.object_id)
                HANDLERS[job.kind](Moment(tx, now, settings, NOBODY), job.object_id)
        return 0.0
