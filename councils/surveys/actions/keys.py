"""Making and destroying the keys of waves. A key is a file of its own, readable for its owner alone, in no backup.

Never write a key anywhere else, log it, or destroy one whose envelopes have not been opened.
"""

import os
from uuid import UUID

from django.conf import settings

from councils.surveys.queries.keys import key_file
from councils.surveys.rules.sealing import WaveKey, new_secret


def make_key(*, wave_id: UUID) -> WaveKey:
    """Make the key of a new wave, on the disk before anything can be locked with it. Refuses to overwrite one."""
    path = key_file(wave_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = new_secret()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - mode at birth
        out.write(secret)
        out.flush()
        os.fsync(out.fileno())
    _settle_folder()
    return WaveKey(secret)


def destroy_key(*, wave_id: UUID) -> None:
    """Overwrite the key's file and take it away; nothing happens when it is gone already.

    A copy on other ground (a snapshot of the disk, a backup of the folder) would undo the promise: docs/operations.md.
    """
    path = key_file(wave_id)
    try:
        with path.open("r+b") as file:
            file.write(os.urandom(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    _settle_folder()


def _settle_folder() -> None:
    folder = os.open(settings.SURVEY_KEYS_DIR, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
