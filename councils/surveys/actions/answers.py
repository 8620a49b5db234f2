"""Taking answers while a wave is open: into locked envelopes. Nothing here is audited or logged.

No line, row or message may hold a person and what that person answered, nor the moment of an answer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.ids import random_id
from common.postgresql.asking import ask, ask_planned
from councils.surveys.actions.drafts import lock_open, mark_sent
from councils.surveys.models import Envelope, EnvelopeFile, Participation, Tally, Wave
from councils.surveys.permissions import accepts_answers, can_answer
from councils.surveys.queries import form_of, wave_key
from councils.surveys.rules import Answers, accept, codes
from councils.surveys.rules.form import FILE_TYPES
from councils.surveys.rules.keeping import cell
from councils.surveys.rules.respondents import Respondent
from councils.surveys.rules.sealing import Content, WaveKey, packed
from councils.surveys.states import Channel

# One statement: it holds the wave open, and does nothing where the wave is not, or the submission came before.
# ON CONFLICT, not an error: the server's log would write the refused statement down, with the person in it.
_STORE = """
WITH wave AS (SELECT id, state FROM surveys_wave WHERE id = $1::uuid FOR SHARE),
fresh AS (
    INSERT INTO surveys_received (mark, wave_id) SELECT $2::text, id FROM wave WHERE state = 'open' AND $2::text <> ''
    ON CONFLICT DO NOTHING RETURNING wave_id
),
taken AS (SELECT wave_id AS id FROM fresh UNION ALL SELECT id FROM wave WHERE state = 'open' AND $2::text = ''),
put AS (
    INSERT INTO surveys_envelope (id, wave_id, sealed) SELECT $3::uuid, id, $4::bytea FROM taken
    ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed
)"""
_OLD_FILES = """,
old AS (DELETE FROM surveys_envelopefile WHERE envelope = $3::uuid AND EXISTS (SELECT FROM taken))"""
_TAKE_PART = """,
part AS (
    INSERT INTO surveys_participation (id, wave_id, user_id, invitation_id)
    SELECT $5::uuid, id, $6::uuid, $7::uuid FROM taken ON CONFLICT DO NOTHING
)"""
_SAID = "\nSELECT state, EXISTS (SELECT FROM taken) FROM wave"


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
    _enforce_open(wave, on=today, channel=channel)
    can_answer(who, wave, on=today, channel=channel).enforce()
    form = form_of(wave.version_id)
    checked = accept(form, cast("Answers", answers), today=today)
    if checked.errors:
        raise DomainError("incomplete", _("Some answers are missing or need another look."))
    key = _key_of_open(wave, on=today, channel=channel)
    envelope = key.answer_id(who.key)
    content = Content(
        channel=channel.value,
        answers=checked.values,
        codes=codes(form, checked.values),
        cell=cell(checked.values),
    )
    mark = key.mark("instance", instance) if instance else ""
    invitation = None if who.user_id else who.invitation_id
    sealed = key.seal(packed(content), place=str(envelope))
    # The quick way asks outside of psycopg's transaction: only for what is nothing but this statement. (Inside of
    # somebody's transaction the savepoint of this one has begun it.)
    is_alone = not (files or code or who.helper_id)
    statement: str = _STORE
    values: list[object] = [wave.pk, mark, envelope, sealed]
    if any(question.type in FILE_TYPES for question in form.questions):
        statement += _OLD_FILES
    if who.user_id or invitation:
        statement, values = statement + _TAKE_PART, [*values, random_id(), who.user_id, invitation]
    found = (ask if is_alone else ask_planned)(statement + _SAID, values)
    is_taken = bool(found and found[0][1])
    wave.state = found[0][0] if found else wave.state
    _enforce_open(wave, on=today, channel=channel)
    if not is_taken:
        return False
    if files:
        _put_files(wave, key, envelope, files)
    if code:
        mark_sent(wave=wave, key=key, code=code, now=now)
    if who.helper_id:
        _thank(wave, who.helper_id, channel)
    return True


def _enforce_open(wave: Wave, *, on: date, channel: Channel) -> None:
    verdict = accepts_answers(wave, on=on, channel=channel)
    if not verdict:
        raise DomainError("not_open", verdict.reason)


def _key_of_open(wave: Wave, *, on: date, channel: Channel) -> WaveKey:
    try:
        return wave_key(wave)
    except DomainError:
        lock_open(wave, on=on, channel=channel)  # a wave that was closed meanwhile has no key: say that it is closed
        raise


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


def _put_files(wave: Wave, key: WaveKey, envelope: UUID, files: Mapping[str, bytes]) -> None:
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
