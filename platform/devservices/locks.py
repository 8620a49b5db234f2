"""Locks of one run folder. The kernel drops them when a process dies, so a crash never leaves a lock behind.

Never store a lock in a file's existence.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """A lock on a file; children do not inherit it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_alone(self) -> bool:
        """Take the lock, or turn a shared one into one held alone. False when somebody else holds it."""
        return self._flock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def share(self) -> None:
        """Take the lock together with others."""
        self._flock(fcntl.LOCK_SH)

    def release(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait for the lock and hold it alone."""
        self._flock(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self.release()

    def _flock(self, mode: int) -> bool:
        fresh = self._descriptor is None
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, mode)
        except BlockingIOError:
            if fresh:
                self.release()
            return False
        return True
