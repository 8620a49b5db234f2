"""Taking submissions of devices, which may come in parts, twice, and in any order. Nothing here is audited or logged.

Files that came before the last part wait locked as everything else: under an id that only the wave's key can compute.
No row, line or message may hold a person and what that person answered, nor the moment of an answer.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from councils.surveys.actions.answers import submit_answers
from councils.surveys.actions.drafts import lock_open
from councils.surveys.models import Envelope, EnvelopeFile, Received, Wave
from councils.surveys.permissions import can_answer
from councils.surveys.queries import form_of, wave_key
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.files import types_of_files
from councils.surveys.rules.respondents import Respondent
from councils.surveys.rules.sealing import WaveKey, unpacked
from councils.surveys.states import Channel

MOST_FILES = 60  # of one submission


@transaction.atomic
def take_part(
    *,
    wave: Wave,
    who: Respondent,
    answers: Mapping[str, object],
    files: Mapping[str, bytes],
    instance: str,
    is_last: bool,
    now: datetime,
) -> bool:
    """Take one part of a device's submission. True when with it the answers were stored, False before and after.

    `answers` are the raw answers, which every part repeats; `files` are the checked files of this part alone. The
    answers are stored with the last part, or as soon as every file they name is there; a file that comes after that
    is put to them as long as they are still the person's answers. Refuses as `submit_answers` does, and more than
    sixty files (`too_many_files`).
    """
    lock_open(wave, on=day_of(now), channel=Channel.DEVICE)
    can_answer(who, wave, on=day_of(now), channel=Channel.DEVICE).enforce()
    form = form_of(wave.version_id)
    named = frozenset(types_of_files(form, answers))
    if len(named) > MOST_FILES:
        raise DomainError("too_many_files", _("There are too many files in this form."))
    key = wave_key(wave)
    mark = key.submission_id(instance)
    with connection.cursor() as cursor:
        # Two parts at once take turns here.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(mark)])
    wanted = {name: content for name, content in files.items() if name in named}
    if Received.objects.filter(mark=mark).exists():
        _add_late(wave, key, form, key.answer_id(who.key), wanted)
        return False
    waiting = key.answer_id(f"waiting:{instance}")
    there = _waiting(key, waiting, named) | wanted
    if not is_last and named - there.keys():
        _put(wave, key, waiting, wanted)
        return False
    taken = submit_answers(
        wave=wave, who=who, answers=answers, now=now, channel=Channel.DEVICE, files=there, instance=instance
    )
    EnvelopeFile.objects.filter(envelope=waiting).delete()
    return taken


def _add_late(wave: Wave, key: WaveKey, form: CompiledForm, envelope: UUID, files: Mapping[str, bytes]) -> None:
    """Files of answers that are stored already; of answers that were replaced since, nothing is taken."""
    if not files:
        return
    found = Envelope.objects.select_for_update().filter(pk=envelope, wave=wave)  # nobody replaces the answers meanwhile
    sealed = found.values_list("sealed", flat=True).first()
    if sealed is None:
        return
    content = unpacked(key.open(sealed, place=str(envelope)))
    named = frozenset(types_of_files(form, content.answers))
    _put(wave, key, envelope, {name: file for name, file in files.items() if name in named})


def _waiting(key: WaveKey, waiting: UUID, named: frozenset[str]) -> dict[str, bytes]:
    by_id = {key.file_id(waiting, name): name for name in named}
    rows = EnvelopeFile.objects.filter(pk__in=by_id).values_list("pk", "sealed")
    return {by_id[pk]: key.open(sealed, place=str(pk)) for pk, sealed in rows}


def _put(wave: Wave, key: WaveKey, envelope: UUID, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        file_id = key.file_id(envelope, name)
        EnvelopeFile.objects.update_or_create(
            id=file_id,
            defaults={"wave": wave, "envelope": envelope, "sealed": key.seal(content, place=str(file_id))},
        )
