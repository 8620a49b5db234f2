"""The key of an open wave, read from its file. Files lie outside the database: `settings.SURVEY_KEYS_DIR`.

Nothing keeps a key longer than the call that needs it, so a key that was destroyed is gone from running processes too.
"""

import os
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from councils.surveys.models import Wave
from councils.surveys.rules.sealing import SECRET_BYTES, WaveKey


def key_file(wave_id: UUID) -> Path:
    """Where the key of a wave lies while the wave is open."""
    return Path(settings.SURVEY_KEYS_DIR) / f"{wave_id}.key"


def wave_key(wave: Wave) -> WaveKey:
    """The key of a wave that is open. Refuses (`key_missing`) when the file is gone or is another wave's."""
    try:
        key = WaveKey(_read(f"{settings.SURVEY_KEYS_DIR}/{wave.pk}.key"))
    except (OSError, ValueError) as error:
        raise _missing() from error
    if key.fingerprint != wave.key_sha256:
        raise _missing()
    return key


def _read(path: str) -> bytes:
    """A small file, in three calls to the system: `open` makes a dozen for every answer, and each lets threads in."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, SECRET_BYTES + 1)
    finally:
        os.close(file)


def _missing() -> DomainError:
    return DomainError(
        "key_missing",
        _("This survey cannot be used at the moment: its key is not there. Nothing was lost. Please try again later."),
    )
