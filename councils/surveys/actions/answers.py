"""Taking answers while a wave is open: into locked envelopes. Nothing here is audited or logged.

No line, row or message may hold a person and what that person answered, nor the moment of an answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.ids import random_id
from councils.surveys.actions.drafts import lock_open, mark_sent
from councils.surveys.models import Envelope, EnvelopeFile, Participation, Received, Tally, Wave
from councils.surveys.permissions import can_answer
from councils.surveys.queries import form_of, wave_key
from councils.surveys.rules import Answers, accept, codes
from councils.surveys.rules.keeping import cell
from councils.surveys.rules.respondents import Respondent
from councils.surveys.rules.sealing import Content, WaveKey, packed
from councils.surveys.states import Channel

# ON CONFLICT, not an error: the server's log would write the refused statement down, with the person in it.
_TAKE_PART = """
INSERT INTO surveys_participation (id, wave_id, user_id, invitation_id) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_PUT_ENVELOPE = """
INSERT INTO surveys_envelope (id, wave_id, sealed) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed
"""
_RECEIVE = "INSERT INTO surveys_received (mark, wave_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"


@transaction.atomic
def submit_answers(
    *,
    wave: Wave,
    who: Respondent,
    answers: Mapping[str, object],
    now: datetime,
    channel: Channel = Channel.WEB,
    files: Mapping[str, bytes] | None = None,
    code: str = "",
    instance: str = "",
) -> bool:
    """Take a person's answers; an earlier answer of the same person is replaced in silence.

    `answers` are raw, as typed or sent. `files` are checked bytes by name; what no answer names is dropped. `code`
    names the draft that stays with the respondent. `instance` is the id of the submission: sent again, it changes
    nothing, and the result is False. Refuses: who may not answer (Forbidden), a wave that is not open (`not_open`),
    answers that have errors or lack a required one (`incomplete`).
    """
    today = day_of(now)
    lock_open(wave, on=today, channel=channel)
    can_answer(who, wave, on=today, channel=channel).enforce()
    form = form_of(wave.version_id)
    checked = accept(form, cast("Answers", answers), today=today)
    if checked.errors:
        raise DomainError("incomplete", _("Some answers are missing or need another look."))
    key = wave_key(wave)
    with connection.cursor() as cursor:
        if instance:
            cursor.execute(_RECEIVE, [key.mark("instance", instance), wave.pk])
            if not cursor.rowcount:
                return False
        if who.user_id or who.invitation_id:
            invitation = None if who.user_id else who.invitation_id
            cursor.execute(_TAKE_PART, [random_id(), wave.pk, who.user_id, invitation])
        envelope = key.answer_id(who.key)
        content = Content(
            channel=channel.value,
            answers=checked.values,
            codes=codes(form, checked.values),
            cell=cell(checked.values),
        )
        cursor.execute(_PUT_ENVELOPE, [envelope, wave.pk, key.seal(packed(content), place=str(envelope))])
    _put_files(wave, key, envelope, files or {})
    if code:
        mark_sent(wave=wave, key=key, code=code, now=now)
    if who.helper_id:
        _thank(wave, who.helper_id, channel)
    return True


@transaction.atomic
def withdraw_answers(*, wave: Wave, who: Respondent, now: datetime) -> bool:
    """Take a person's answers back for good while the wave is open. True when there were any."""
    lock_open(wave, on=day_of(now), channel=Channel.PAPER)
    if not who.key:
        return False
    envelope = wave_key(wave).answer_id(who.key)
    EnvelopeFile.objects.filter(envelope=envelope).delete()
    gone, _by_model = Envelope.objects.filter(pk=envelope).delete()
    if who.user_id:
        Participation.objects.filter(wave=wave, user_id=who.user_id).delete()
    elif who.invitation_id:
        Participation.objects.filter(wave=wave, invitation_id=who.invitation_id).delete()
    return gone > 0


@transaction.atomic
def receive(*, wave: Wave, instance: str) -> bool:
    """Note that a submission was taken. False when it had been before."""
    _row, is_new = Received.objects.get_or_create(
        mark=wave_key(wave).mark("instance", instance), defaults={"wave": wave}
    )
    return is_new


def _put_files(wave: Wave, key: WaveKey, envelope: UUID, files: Mapping[str, bytes]) -> None:
    EnvelopeFile.objects.filter(envelope=envelope).delete()
    EnvelopeFile.objects.bulk_create(
        EnvelopeFile(
            id=(file_id := key.file_id(envelope, name)),
            wave=wave,
            envelope=envelope,
            sealed=key.seal(content, place=str(file_id)),
        )
        for name, content in files.items()
    )


def _thank(wave: Wave, helper_id: UUID, channel: Channel) -> None:
    tally, _made = Tally.objects.get_or_create(wave=wave, helper_id=helper_id, channel=channel)
    Tally.objects.filter(pk=tally.pk).update(entered=F("entered") + 1)
