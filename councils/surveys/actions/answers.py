"""Answers on their way and answers given. Nothing here is audited or logged: no line may hold a person and a moment.

A draft is known by a code that only the respondent holds. Submitting stores "has answered" and "was answered" in one
transaction and deletes the draft; `settling.py` then takes away what that transaction leaves behind.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.ids import random_id, ticket_code
from councils.surveys.models import Draft, Response, Wave
from councils.surveys.permissions import accepts_answers, can_answer
from councils.surveys.queries import code_digest, form_of
from councils.surveys.rules import LONGEST_TEXT, Raw, check, codes
from users.models import User

DRAFT_DAYS = 30
_LONGEST_DRAFT = 200_000  # characters of JSON: far more than any questionnaire needs

# ON CONFLICT, not an error: the server's log would write the refused statement down, with the person in it.
_TAKE_PART = """
INSERT INTO surveys_participation (id, wave_id, user_id, settled) VALUES (%s, %s, %s, false) ON CONFLICT DO NOTHING
"""


def new_code() -> str:
    """Twelve signs that can be dictated, `7KD-4XM-2TF-9PQ`: 25^12 = 6e16 codes, too many to try."""
    return f"{ticket_code(secrets.token_bytes(9))}-{ticket_code(secrets.token_bytes(9))[:3]}"


@transaction.atomic
def save_draft(*, wave: Wave, code: str, answers: Mapping[str, Raw], now: datetime) -> Draft:
    """Keep what was typed so far, right or wrong, under the hash of the code. Refuses a wave that takes no answers."""
    _lock_open(wave, on=day_of(now))
    kept = {name: _storable(raw) for name, raw in answers.items()}
    if len(json.dumps(kept, ensure_ascii=False)) > _LONGEST_DRAFT:
        raise DomainError("draft_too_long", _("This is more text than can be kept. Please shorten it."))
    draft, _made = Draft.objects.update_or_create(
        code_sha256=code_digest(code), defaults={"wave": wave, "answers": kept, "touched_date": day_of(now)}
    )
    return draft


@transaction.atomic
def forget_draft(*, wave: Wave, code: str) -> None:
    """Delete the answers so far; nothing happens when there are none."""
    Draft.objects.filter(wave=wave, code_sha256=code_digest(code)).delete()


@transaction.atomic
def delete_old_drafts(*, on: date) -> int:
    """Delete drafts that nobody has touched for thirty days. The number of drafts deleted."""
    return Draft.objects.filter(touched_date__lt=on - timedelta(days=DRAFT_DAYS)).delete()[0]


@transaction.atomic
def submit_answers(
    *, wave: Wave, user: User, answers: Mapping[str, Raw], language: str, now: datetime, code: str | None = None
) -> None:
    """Take a person's answers, once. `code` names the draft that is then deleted; `language` is that of the page.

    Refuses: who may not answer (Forbidden), a wave that is not open (`not_open`), answers that have errors or lack a
    required one (`incomplete`), and whoever has answered already (`already_answered`).
    """
    today = day_of(now)
    _lock_open(wave, on=today)
    can_answer(user, wave, on=today).enforce()
    form = form_of(wave.version_id)
    checked = check(form, answers, language=language, today=today)
    if checked.errors:
        raise DomainError("incomplete", _("Some answers are missing or need another look."))
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_PART, [random_id(), wave.pk, user.pk])
        took_part = cursor.rowcount == 1
    if not took_part:
        raise DomainError("already_answered", _("You have answered this survey already. Every person counts once."))
    if code:
        Draft.objects.filter(wave=wave, code_sha256=code_digest(code)).delete()
    Response.objects.create(wave=wave, answered_date=today, answers=checked.values, codes=codes(form, checked.values))


def _lock_open(wave: Wave, *, on: date) -> None:
    """Hold the wave open until commit. Many may answer at once; closing waits for them, and they for closing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM surveys_wave WHERE id = %s FOR SHARE", [wave.pk])
        row = cursor.fetchone()
    wave.state = row[0] if row else wave.state
    verdict = accepts_answers(wave, on=on)
    if not verdict:
        raise DomainError("not_open", verdict.reason)


def _storable(raw: Raw) -> Raw:
    """What was typed without what JSON in a database cannot hold, and no longer than four times what is allowed."""
    if isinstance(raw, int):
        return raw
    if isinstance(raw, str):
        return raw.replace("\x00", "")[: 4 * LONGEST_TEXT]
    return [str(one).replace("\x00", "")[:LONGEST_TEXT] for one in raw]
