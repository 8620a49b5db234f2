"""Taking answers while a wave is open: into locked envelopes. Nothing here is audited or logged.

No line, row or message may hold a person and what that person answered, nor the moment of an answer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.combining import Combiner
from common.errors import DomainError
from common.ids import random_id
from common.postgresql.asking import ask, ask_planned
from councils.surveys.actions.drafts import lock_open, mark_sent
from councils.surveys.models import Envelope, EnvelopeFile, Participation, Tally, Wave
from councils.surveys.permissions import accepts_answers, can_answer
from councils.surveys.queries import form_of, wave_key
from councils.surveys.rules import Answers, accept, codes
from councils.surveys.rules.files import takes_files
from councils.surveys.rules.respondents import Respondent
from councils.surveys.rules.sealing import Content, WaveKey, packed
from councils.surveys.states import Channel, WaveState

# One call that stores all there is to an answer, and only while the wave is open: sql/taking.sql.
_TAKE = "SELECT surveys_take($1::uuid, $2::uuid, $3::uuid, $4::bytea, $5::uuid, $6::uuid, $7::uuid, $8::boolean)"
# Those that wait for the disk at the same moment, in one statement and one commit: each is judged by itself.
_TAKE_ALL = """
SELECT surveys_take(wave, mark, envelope, sealed, part, person, invitation, has_files)
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::uuid[], $6::uuid[], $7::uuid[], $8::boolean[])
AS asked(wave, mark, envelope, sealed, part, person, invitation, has_files)"""
_MOST_TOGETHER = 100
_Asked = list[Any]  # the parameters of `_TAKE`
_ENVELOPE = 2  # the place of the envelope's id among them


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
    )
    mark = key.submission_id(instance) if instance else None
    invitation = None if who.user_id else who.invitation_id
    sealed = key.seal(packed(content), place=str(envelope))
    part = random_id() if who.user_id or invitation else None
    values = [wave.pk, mark, envelope, sealed, part, who.user_id, invitation, takes_files(form)]
    if not (files or code or who.helper_id or connection.in_atomic_block):
        return _is_taken(_taking.send(values), wave, on=today, channel=channel)  # a transaction by itself
    with transaction.atomic():
        if not _is_taken(ask_planned(_TAKE, values)[0][0], wave, on=today, channel=channel):
            return False
        if files:
            _put_files(wave, key, envelope, files)
        if code:
            mark_sent(wave=wave, key=key, code=code, now=now)
        if who.helper_id:
            _thank(wave, who.helper_id, channel)
    return True


def _take(asked: _Asked) -> str | None:
    return cast("str | None", ask(_TAKE, asked)[0][0])


def _take_all(asked: list[_Asked]) -> list[str | None]:
    # By envelope: groups of two processes with the same people in them take them in one order, so that neither waits
    # for the other without end.
    order = sorted(range(len(asked)), key=lambda place: asked[place][_ENVELOPE])
    told = ask(_TAKE_ALL, [list(column) for column in zip(*(asked[place] for place in order), strict=True)])
    fates = dict(zip(order, (fate for (fate,) in told), strict=True))
    return [fates[place] for place in range(len(asked))]


# A thread that is torn away leaves what it asked for to others: an answer sent again changes nothing.
_taking: Combiner[_Asked, str | None] = Combiner(together=_take_all, alone=_take, most=_MOST_TOGETHER)


def _is_taken(fate: str | None, wave: Wave, *, on: date, channel: Channel) -> bool:
    """What `surveys_take` says; refuses where the wave was closed meanwhile."""
    if fate not in {"taken", "known"}:
        wave.state = fate or WaveState.CLOSED
        _enforce_open(wave, on=on, channel=channel)
    return fate == "taken"


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
    # The envelope first, as whoever stores does: two windows of one person must not wait for each other. And nothing
    # without it: what another window is storing at this moment stays whole.
    gone, _by_model = Envelope.objects.filter(pk=envelope).delete()
    if not gone:
        return False
    EnvelopeFile.objects.filter(envelope=envelope).delete()
    if who.user_id:
        Participation.objects.filter(wave=wave, user_id=who.user_id).delete()
    elif who.invitation_id:
        Participation.objects.filter(wave=wave, invitation_id=who.invitation_id).delete()
    return True


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
