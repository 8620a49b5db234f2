"""Reading open answers before anybody else does: let through, redact, withhold, code. What was taken out is gone.

The audit record says who read how many of which question; it never holds a word of an answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.surveys.models import OpenAnswer, OpenCode, Wave
from councils.surveys.permissions import can_read_open_answers
from councils.surveys.queries import form_of
from councils.surveys.states import OpenAnswerState
from users.models import User

LONGEST_LABEL = 120
MOST_CODES = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's decision about one answer. `published` is the text with words taken out, where it is redacted."""

    answer_id: UUID
    state: OpenAnswerState
    published: str = ""
    codes: tuple[str, ...] = ()


@transaction.atomic
def read_answers(*, actor: User, wave: Wave, question: str, readings: Sequence[Reading], now: datetime) -> int:
    """Note decisions about answers that wait; one that somebody else has read meanwhile is left as it is.

    A redacted or withheld answer loses its original words. Gives the number of answers decided. Refuses a redaction
    that leaves the text as it was, or nothing of it.
    """
    can_read_open_answers(actor, wave.town, on=day_of(now)).enforce()
    frame = {
        code.code: code for code in OpenCode.objects.filter(questionnaire=wave.questionnaire_id, question=question)
    }
    waiting = OpenAnswer.objects.select_for_update().filter(
        wave=wave, question=question, state=OpenAnswerState.WAITING, pk__in=[one.answer_id for one in readings]
    )
    answers = {answer.pk: answer for answer in waiting}
    done = 0
    for reading in readings:
        answer = answers.get(reading.answer_id)
        if answer is None or reading.state == OpenAnswerState.WAITING:
            continue
        _decide(answer, reading, actor, now)
        answer.codes.set([frame[code] for code in reading.codes if code in frame])
        done += 1
    if done:
        record(
            now=now,
            actor_id=actor.pk,
            town_slug=wave.town.slug,
            action="surveys.read_open_answers",
            object_type="wave",
            object_id=wave.pk,
            detail={"question": question, "number": done},
        )
    return done


@transaction.atomic
def add_code(*, actor: User, wave: Wave, question: str, labels: Mapping[str, str], now: datetime) -> OpenCode:
    """Add a code to the frame of an open question. Refuses one without words in Kazakh and Russian, and a twin."""
    can_read_open_answers(actor, wave.town, on=day_of(now)).enforce()
    form_of(wave.version_id).question(question)
    words = {language: " ".join(text.split())[:LONGEST_LABEL] for language, text in labels.items() if text.strip()}
    for language in ("kk", "ru"):
        if language not in words:
            raise DomainError("label_missing", _("Write the code in Kazakh and in Russian."), field=language)
    frame = OpenCode.objects.filter(questionnaire=wave.questionnaire_id, question=question)
    if frame.count() >= MOST_CODES:
        raise DomainError("too_many_codes", _("There are too many codes already. Use or retire one of them."))
    if any(words[language] == one.labels.get(language) for one in frame for language in ("kk", "ru")):
        raise DomainError("code_exists", _("There is such a code already."))
    base = slugify(words.get("en", "")) or f"code-{frame.count() + 1}"
    code = OpenCode.objects.create(
        questionnaire_id=wave.questionnaire_id, question=question, code=base[:40], labels=words
    )
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=wave.town.slug,
        action="surveys.add_code",
        object_type="open_code",
        object_id=code.pk,
        detail={"question": question},
    )
    return code


def _decide(answer: OpenAnswer, reading: Reading, actor: User, now: datetime) -> None:
    text = answer.text
    answer.state, answer.read_by, answer.read_at = reading.state.value, actor, now
    if reading.state == OpenAnswerState.APPROVED:
        answer.published = text
    elif reading.state == OpenAnswerState.REDACTED:
        answer.published = reading.published.strip()
        if not answer.published or answer.published == text:
            raise DomainError(
                "not_redacted",
                _("Take the words out that tell who somebody is, and leave the rest."),
                field="published",
            )
        answer.text = ""
    else:
        answer.text, answer.published, answer.file = "", "", None
    answer.save(update_fields=["state", "read_by", "read_at", "published", "text", "file"])
