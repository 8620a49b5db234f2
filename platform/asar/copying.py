"""The copy of a log that an auditor keeps: the same paths as on the site, so that the copy is a log itself.

Bundles are kept as soon as they are read, so that an audit that was broken off goes on where it stopped. The
checkpoint is replaced last and only by one that was checked; it must never be replaced by one that disagrees.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from asar.findings import UnreadableError
from transparency.rules.notes import LONGEST_NOTE

CHECKPOINT = "checkpoint"
CONTRADICTION = "checkpoint.contradiction"


class Copy:
    """A folder with a log in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnreadableError(f"{path} cannot be used to keep a copy: {error}") from error

    def read(self, name: str, *, most: int) -> bytes | None:
        """A kept file; None when it is not there or too large to be one of ours."""
        try:
            with (self.path / name).open("rb") as file:
                data = file.read(most + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnreadableError(f"{self.path / name} cannot be read: {error}") from error
        return data if len(data) <= most else None

    def keep(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all."""
        target = self.path / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            number, draft = tempfile.mkstemp(dir=self.path, prefix=".draft-")
            with os.fdopen(number, "wb") as file:
                file.write(data)
            Path(draft).replace(target)
        except OSError as error:
            raise UnreadableError(f"{target} cannot be written: {error}") from error

    def forget(self, names: Iterable[str]) -> None:
        """Remove kept files that a later checkpoint made needless."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def checkpoint(self) -> bytes | None:
        """The checkpoint of the last audit that found nothing wrong."""
        return self.read(CHECKPOINT, most=LONGEST_NOTE)
