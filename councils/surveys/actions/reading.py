"""Reading open answers before anybody else does: let through, redact, withhold, code. What was taken out is gone, and
what was let through by mistake can still be taken back.

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
from councils.surveys.queries.reading import PUBLISHED
from councils.surveys.states import OpenAnswerState
from users.models import User

LONGEST_LABEL = 120
MOST_CODES = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's decision about one answer. `published` is the text as the reader left it, None where it was not
    touched; `state` WAITING means that nothing was decided."""

    answer_id: UUID
    state: OpenAnswerState
    published: str | None = None
    codes: tuple[str, ...] = ()


@transaction.atomic
def read_answers(
    *, actor: User, wave: Wave, question: str, readings: Sequence[Reading], now: datetime, again: bool = False
) -> int:
    """Note decisions about answers that wait; one that somebody else has read meanwhile is left as it is.

    A redacted or withheld answer loses its original words. What the reader has changed is never published as it was
    written, whatever was chosen. With `again` the answers are those that were let through: words can still be taken
    out of them, all of it withheld, or other codes given. Gives the number of answers decided. Refuses (`field` is the
    answer's id) a redaction that leaves the text as it was, or nothing of it (`not_redacted`), words or codes without
    a decision (`not_decided`), and words for a picture or recording (`no_words`).
    """
    can_read_open_answers(actor, wave.town, on=day_of(now)).enforce()
    frame = {
        code.code: code for code in OpenCode.objects.filter(questionnaire=wave.questionnaire_id, question=question)
    }
    asked = OpenAnswer.objects.select_for_update(of=("self",)).defer("file").prefetch_related("codes")
    found = asked.filter(
        wave=wave,
        question=question,
        state__in=PUBLISHED if again else [OpenAnswerState.WAITING],
        pk__in=[one.answer_id for one in readings],
    )
    answers = {answer.pk: answer for answer in found}
    done = 0
    for reading in readings:
        answer = answers.get(reading.answer_id)
        if answer is None:
            continue
        given = [frame[code] for code in reading.codes if code in frame]
        if not _changes(answer, reading, given):
            continue
        _decide(answer, reading, actor, now)
        answer.codes.set(given if answer.state != OpenAnswerState.WITHHELD else [])
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


def _lines(text: str) -> str:
    """A text as browsers send it back: the ends of lines are no change, nor is empty space around it."""
    return "\n".join(text.splitlines()).strip()


def _is_edited(answer: OpenAnswer, reading: Reading) -> bool:
    return reading.published is not None and _lines(reading.published) != _lines(answer.published or answer.text)


def _changes(answer: OpenAnswer, reading: Reading, given: Sequence[OpenCode]) -> bool:
    """Whether there is anything to note. Refuses what would be lost: words or codes without a decision."""
    if reading.state == OpenAnswerState.WAITING:
        if given or _is_edited(answer, reading):
            raise DomainError(
                "not_decided", _("Choose what becomes of this answer, then keep it."), field=str(answer.pk)
            )
        return False
    if answer.state == OpenAnswerState.WAITING or reading.state == OpenAnswerState.WITHHELD:
        return True
    return _is_edited(answer, reading) or {code.pk for code in given} != {code.pk for code in answer.codes.all()}


def _decide(answer: OpenAnswer, reading: Reading, actor: User, now: datetime) -> None:
    text, was = answer.published or answer.text, answer.state
    state = reading.state
    answer.read_by, answer.read_at = actor, now
    fields = ["state", "read_by", "read_at", "published", "text"]
    if state == OpenAnswerState.WITHHELD:
        answer.text, answer.published, answer.file = "", "", None
        fields.append("file")
    elif not text:
        if state == OpenAnswerState.REDACTED:
            sentence = _("No words can be taken out of a picture or recording. Let it through whole, or withhold it.")
            raise DomainError("no_words", sentence, field=str(answer.pk))
    elif state == OpenAnswerState.REDACTED or _is_edited(answer, reading):
        state = OpenAnswerState.REDACTED
        published = _lines(reading.published or "")
        if not published or (was == OpenAnswerState.WAITING and published == _lines(text)):
            raise DomainError(
                "not_redacted",
                _("Take the words out that tell who somebody is, and leave the rest."),
                field=str(answer.pk),
            )
        answer.published, answer.text = published, ""
    else:
        answer.published = text
        state = OpenAnswerState(was) if was in PUBLISHED else state
    answer.state = state.value
    answer.save(update_fields=fields)
