"""Letters as files: what a worker in a process of its own has mailed, and whether it was mailed before."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path


@dataclass(frozen=True)
class Letter:
    """One letter as it was handed to the mail server, without the moment at which that was."""

    id: str
    to: str
    subject: str
    body: str


def letters_in(folder: Path) -> list[Letter]:
    """Every letter that Django's file backend has left in a folder, the same one as often as it was sent."""
    found = []
    for file in sorted(folder.iterdir()):
        # Its own rule between letters; a process that was killed may have left an empty file.
        for part in file.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            if part.strip():
                told = message_from_bytes(part, policy=policy.default)
                found.append(Letter(told["Message-ID"], told["To"], told["Subject"], told.get_content()))
    return found
