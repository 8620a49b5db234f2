"""Photos, sounds and papers on their way: locked with the respondent's code, as the unfinished answers are.

Bytes must have been checked before (`forms/uploads.py`). Nothing here is audited or logged.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.ids import normalise_ticket
from councils.surveys.actions.drafts import lock_open, take_turn
from councils.surveys.models import EnvelopeFile, Wave
from councils.surveys.queries import code_mark, wave_key
from councils.surveys.queries.draft_files import folder_of

MOST_FILES = 20


@transaction.atomic
def keep_file(*, wave: Wave, code: str, name: str, content: bytes, now: datetime) -> None:
    """Keep a checked file under a name for the holder of the code. Refuses (`too_many_files`) a 21st one."""
    lock_open(wave, on=day_of(now))
    key = wave_key(wave)
    mark = code_mark(key, code)
    take_turn(mark)
    folder = folder_of(mark)
    if EnvelopeFile.objects.filter(envelope=folder).count() >= MOST_FILES:
        raise DomainError("too_many_files", _("These are more files than can be kept. Take one away first."))
    file_id = key.file_id(folder, name)
    sealed = key.seal_for(normalise_ticket(code), content, place=str(file_id))
    EnvelopeFile.objects.update_or_create(id=file_id, defaults={"wave": wave, "envelope": folder, "sealed": sealed})


@transaction.atomic
def drop_files(*, wave: Wave, code: str, names: Iterable[str]) -> None:
    """Delete files that an unfinished answer does not name any more."""
    key = wave_key(wave)
    folder = folder_of(code_mark(key, code))
    EnvelopeFile.objects.filter(pk__in=[key.file_id(folder, name) for name in names], envelope=folder).delete()
