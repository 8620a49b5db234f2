"""Answers on their way, locked with a code that only the respondent holds. They stay after sending, for changes.

Nothing here is audited or logged, and nothing here knows who types.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.ids import normalise_ticket, ticket_code
from councils.surveys.models import Draft, EnvelopeFile, Wave
from councils.surveys.permissions import accepts_answers
from councils.surveys.queries import DraftContent, OpenedDraft, code_mark, draft_of, wave_key
from councils.surveys.queries.draft_files import folder_of
from councils.surveys.rules import LONGEST_TEXT
from councils.surveys.rules.sealing import WaveKey
from councils.surveys.states import Channel

DRAFT_DAYS = 30
_LONGEST_DRAFT = 200_000  # characters of JSON: far more than any questionnaire needs


def new_code() -> str:
    """Twelve signs that can be dictated, `7KD-4XM-2TF-9PQ`: 25^12 = 6e16 codes, too many to try."""
    return f"{ticket_code(secrets.token_bytes(9))}-{ticket_code(secrets.token_bytes(9))[:3]}"


@transaction.atomic
def save_draft(
    *, wave: Wave, code: str, answers: Mapping[str, object], now: datetime, revision: int | None = None
) -> OpenedDraft:
    """Keep what was typed so far, right or wrong, for the holder of the code. Refuses a wave that takes no answers.

    `revision` is the number of this change where the respondent's own device counts them: an older one than the
    stored changes nothing and the stored draft comes back.
    """
    today = day_of(now)
    lock_open(wave, on=today)
    kept = {name: _storable(raw) for name, raw in answers.items()}
    if len(json.dumps(kept, ensure_ascii=False)) > _LONGEST_DRAFT:
        raise DomainError("draft_too_long", _("This is more text than can be kept. Please shorten it."))
    key = wave_key(wave)
    mark = code_mark(key, code)
    take_turn(mark)
    before = draft_of(code=code, wave=wave)
    if before is not None and revision is not None and revision <= before.revision:
        return before
    following = revision if revision is not None else (before.revision + 1 if before else 1)
    content = DraftContent(answers=kept, is_sent=before.is_sent if before else False, revision=following)
    _put(wave=wave, key=key, code=code, content=content, on=today)
    return OpenedDraft(answers=kept, is_sent=content.is_sent, revision=following)


def mark_sent(*, wave: Wave, key: WaveKey, code: str, now: datetime) -> None:
    """Note in a draft that its answers were sent. Inside the sender's transaction."""
    take_turn(code_mark(key, code))
    before = draft_of(code=code, wave=wave)
    if before is not None:
        content = DraftContent(answers=dict(before.answers), is_sent=True, revision=before.revision)
        _put(wave=wave, key=key, code=code, content=content, on=day_of(now))


@transaction.atomic
def forget_draft(*, wave: Wave, code: str) -> None:
    """Delete the answers so far, with their files; nothing happens when there are none."""
    mark = code_mark(wave_key(wave), code)
    take_turn(mark)
    EnvelopeFile.objects.filter(envelope=folder_of(mark)).delete()
    Draft.objects.filter(wave=wave, code_mark=mark).delete()


@transaction.atomic
def delete_old_drafts(*, on: date) -> int:
    """Delete drafts that nobody has touched for thirty days, and those that cannot be sent any more: after the last
    day of answering a wave may go on for sheets of paper. The number of drafts deleted."""
    is_untouched = Q(touched_date__lt=on - timedelta(days=DRAFT_DAYS))
    old = Draft.objects.filter(is_untouched | Q(wave__closes_date__lt=on))
    folders = [folder_of(mark) for mark in old.values_list("code_mark", flat=True)]
    EnvelopeFile.objects.filter(envelope__in=folders).delete()
    return old.delete()[0]


def take_turn(mark: str) -> None:
    """Two tabs with one code at once take turns here, until commit: what one keeps, the other may be forgetting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [mark])


def lock_open(wave: Wave, *, on: date, channel: Channel = Channel.WEB) -> None:
    """Hold the wave open until commit. Many may answer at once; closing waits for them, and they for closing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT surveys_hold_open(%s)", [wave.pk])
        row = cursor.fetchone()
    wave.state = (row and row[0]) or wave.state
    verdict = accepts_answers(wave, on=on, channel=channel)
    if not verdict:
        raise DomainError("not_open", verdict.reason)


def _put(*, wave: Wave, key: WaveKey, code: str, content: DraftContent, on: date) -> None:
    mark = code_mark(key, code)
    sealed = key.seal_for(normalise_ticket(code), msgspec.json.encode(content), place=mark)
    Draft.objects.update_or_create(code_mark=mark, defaults={"wave": wave, "sealed": sealed, "touched_date": on})


def _storable(raw: object) -> object:
    """What was typed without what JSON cannot hold, and no longer than four times what is allowed."""
    if isinstance(raw, bool | int):
        return raw
    if isinstance(raw, str):
        return raw.replace("\x00", "")[: 4 * LONGEST_TEXT]
    if isinstance(raw, Mapping):
        return {str(name)[:80]: _storable(value) for name, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [_storable(one) for one in raw]
    return str(raw)[:LONGEST_TEXT]
