"""Reads of open answers: what waits for a reader, the coding frame, and what was published. Closed waves alone."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BinaryField, Count, Q
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext

from common.errors import NotFound
from councils.surveys.models import OpenAnswer, OpenCode, Wave
from councils.surveys.queries.forms import form_of
from councils.surveys.queries.waves import wave_version, waves
from councils.surveys.rules import Question
from councils.surveys.rules.coding import suggested
from councils.surveys.rules.media import type_of
from councils.surveys.states import OpenAnswerState, WaveState
from towns.models import Town

PAGE = 25
LEARNED_FROM = 500  # coded answers that suggestions are made from
FEWEST = 5  # answers behind a published count
PUBLISHED = (OpenAnswerState.APPROVED, OpenAnswerState.REDACTED)
# A document may hold what its reader could not see, such as the name of whoever wrote it.
_FOR_EVERYBODY = ("image/", "audio/", "video/")
_FIRST_BYTES = 16  # enough to tell the kind of a file


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An open question of a closed wave: how many answers wait, and how many there are."""

    question: Question
    waiting: int
    total: int


@dataclass(frozen=True, slots=True)
class CodeCount:
    """A code with the number of published answers that carry it; None below five."""

    code: OpenCode
    number: int | None


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A picture, sound or film that readers let through. `size` is in bytes."""

    id: UUID
    media_type: str
    size: int


def words_version(wave_id: UUID, question: str = "") -> int:
    """Changes with every write of the wave's town: for the pages of open answers, whichever question they show."""
    return wave_version(wave_id)


def closed_wave(wave_id: UUID) -> Wave:
    """A wave whose answers may be read. Raises `NotFound` for all others alike."""
    wave = waves().filter(pk=wave_id, state=WaveState.CLOSED).first()
    if wave is None:
        raise NotFound("no_such_wave", gettext("There is no such survey here. Look at the surveys of your town."))
    return wave


def open_questions(wave: Wave) -> list[OpenQuestion]:
    """The open questions of a wave that anybody answered, in the order of the questionnaire. One query."""
    waiting = Count("pk", filter=Q(state=OpenAnswerState.WAITING))
    rows = OpenAnswer.objects.filter(wave=wave).values("question").annotate(waiting=waiting, total=Count("pk"))
    found = {row["question"]: row for row in rows}
    return [
        OpenQuestion(question, found[question.name]["waiting"], found[question.name]["total"])
        for question in form_of(wave.version_id).questions
        if question.name in found
    ]


def unread_waves(town: Town) -> list[Wave]:
    """The closed waves of a town with open answers that nobody has read, the newest first. One query."""
    unread = OpenAnswer.objects.filter(wave__town=town, state=OpenAnswerState.WAITING).values("wave")
    return list(waves().filter(pk__in=unread, state=WaveState.CLOSED).order_by("-number"))


def question_of(wave: Wave, name: str) -> Question:
    """An open question of the wave by its name. Raises `NotFound`."""
    found = next((one.question for one in open_questions(wave) if one.question.name == name), None)
    if found is None:
        raise NotFound("no_such_question", gettext("There is no such open question in this survey."))
    return found


def waiting_answers(wave: Wave, question: str, *, limit: int = PAGE) -> list[OpenAnswer]:
    """Answers that nobody has read, in the order of their random ids."""
    found = OpenAnswer.objects.filter(wave=wave, question=question, state=OpenAnswerState.WAITING)
    return list(found.defer("file").order_by("id")[:limit])


def let_through(wave: Wave, question: str, *, after: UUID | None = None, limit: int = PAGE) -> list[OpenAnswer]:
    """Answers that readers let through, as they may be read again; one more than `limit` where there are more."""
    found = OpenAnswer.objects.filter(wave=wave, question=question, state__in=PUBLISHED)
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.defer("file").prefetch_related("codes").order_by("id")[: limit + 1])


def file_of_answer(wave: Wave, question: Question, answer_id: UUID) -> tuple[bytes, str]:
    """(bytes, media type) of a picture or recording that a reader may see. Raises `NotFound`."""
    found = OpenAnswer.objects.filter(wave=wave, question=question.name, pk=answer_id, file__isnull=False)
    file = found.values_list("file", flat=True).first()
    if file is None:
        raise _no_such_file()
    return bytes(file), type_of(bytes(file), asked=question.type)


def _no_such_file() -> NotFound:
    return NotFound("no_such_file", gettext("There is no such file here any more."))


def coding_frame(wave: Wave, question: str) -> list[OpenCode]:
    """The codes that may be given, in the order of their words."""
    found = OpenCode.objects.filter(questionnaire=wave.questionnaire_id, question=question, is_retired=False)
    return list(found.order_by("code"))


def suggestions(wave: Wave, question: str, answers: list[OpenAnswer]) -> dict[UUID, tuple[str, ...]]:
    """Likely codes of each answer, from what was coded before under this questionnaire, in any town. Two queries."""
    before = (
        OpenAnswer.objects.filter(
            wave__questionnaire=wave.questionnaire_id, question=question, state__in=PUBLISHED, codes__isnull=False
        )
        .distinct()
        .order_by("-read_at")
        .prefetch_related("codes")[:LEARNED_FROM]
    )
    coded = [(one.published, [code.code for code in one.codes.all()]) for one in before]
    return {answer.pk: suggested(answer.text, coded) for answer in answers}


def published_answers(wave: Wave, question: str, *, after: UUID | None = None, limit: int = PAGE) -> list[OpenAnswer]:
    """What readers let through, words and files, in the order of random ids; `after` is the last id seen.

    Of a file the list has `size` in bytes and `head`, its first bytes: the rest has an address of its own.
    """
    found = OpenAnswer.objects.filter(wave=wave, question=question, state__in=PUBLISHED)
    found = found.exclude(published="", file__isnull=True)
    if after is not None:
        found = found.filter(id__gt=after)
    told = found.annotate(size=Length("file"), head=Substr("file", 1, _FIRST_BYTES, output_field=BinaryField()))
    return list(told.defer("file", "text").order_by("id")[: limit + 1])


def published_file(answer: OpenAnswer, question: Question) -> PublishedFile | None:
    """The file of an answer of `published_answers`; None for words, and for documents, which only readers see."""
    head, size = getattr(answer, "head", None), getattr(answer, "size", None)
    if not head or not size:
        return None
    media_type = type_of(bytes(head), asked=question.type)
    return PublishedFile(answer.pk, media_type, size) if media_type.startswith(_FOR_EVERYBODY) else None


def file_state(wave_id: UUID, question: str, answer_id: UUID) -> str:
    """Changes when a file is published or taken back: for its own address, where its bytes never change. One query."""
    found = OpenAnswer.objects.filter(wave=wave_id, question=question, pk=answer_id)
    return found.values_list("state", flat=True).first() or ""


def published_bytes(wave: Wave, question: Question, answer_id: UUID) -> tuple[bytes, str]:
    """(bytes, media type) of a file that readers let through. Raises `NotFound` for every other one alike."""
    content, media_type = b"", ""
    if OpenAnswer.objects.filter(wave=wave, pk=answer_id, state__in=PUBLISHED).exists():
        content, media_type = file_of_answer(wave, question, answer_id)
    if not media_type.startswith(_FOR_EVERYBODY):
        raise _no_such_file()
    return content, media_type


def code_counts(wave: Wave, question: str) -> list[CodeCount]:
    """How often each code was given to published answers, the most frequent first; small numbers are not told."""
    frame = {code.pk: code for code in coding_frame(wave, question)}
    rows = OpenAnswer.codes.through.objects.filter(
        openanswer__wave=wave, openanswer__question=question, openanswer__state__in=PUBLISHED
    ).values_list("opencode_id", flat=True)
    counts = Counter(pk for pk in rows if pk in frame)
    return [CodeCount(frame[pk], number if number >= FEWEST else None) for pk, number in counts.most_common()]
