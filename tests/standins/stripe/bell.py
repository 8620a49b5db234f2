"""Wakes the background threads when something was committed.

A waiter reads `count`, looks for work, and waits for a later ring: none is lost in between. A ring says only "look
again" and must NEVER carry the work itself: that is in the database.
"""

import threading


class Bell:
    """A counter that threads can wait on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it rang so far."""
        with self._changed:
            return self._count

    def ring(self) -> None:
        """Wake everybody."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_past(self, seen: int, seconds: float) -> None:
        """Return when it rang after `seen`, or when the seconds have passed."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen, timeout=seconds)
