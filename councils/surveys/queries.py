"""Reads about questionnaires and waves. The seal is here: nothing about answers is read before a wave is closed.

Never add a read that counts participations or answers of an open wave, or that reads both sides together.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.models import Version
from audit.queries import town_version
from common.errors import DomainError, NotFound
from common.ids import normalise_ticket
from councils.surveys.models import Draft, Participation, Questionnaire, QuestionnaireVersion, Response, Wave
from councils.surveys.rules import CompiledForm
from councils.surveys.states import WaveState
from towns.models import Town
from users.models import User

PAGE = 20
_ROWS_AT_ONCE = 2_000
_HEAVY = ("source", "xform", "compiled")


@dataclass(frozen=True, slots=True)
class WavePage:
    """Some waves of a town, newest first, and the number to ask for the next ones with (None at the end)."""

    items: list[Wave]
    next_before: int | None


@lru_cache(maxsize=64)
def form_of(version_id: UUID) -> CompiledForm:
    """The compiled questionnaire of a version. Read once per process: a version never changes."""
    compiled = QuestionnaireVersion.objects.values_list("compiled", flat=True).get(pk=version_id)
    return CompiledForm.from_dict(compiled)


def title_in(titles: Mapping[str, str], language: str) -> str:
    """The questionnaire's title in this language, else in any."""
    return titles.get(language) or next(iter(titles.values()), "")


def wave_title(wave: Wave, language: str) -> str:
    """What a wave is called: the title of its questionnaire."""
    return title_in(wave.version.questionnaire.titles, language)


def waves() -> QuerySet[Wave]:
    """Waves with what pages show of them; the questionnaire itself stays where it is (`form_of`)."""
    heavy = [f"version__{field}" for field in _HEAVY]
    return Wave.objects.select_related("town", "version__questionnaire").defer(*heavy)


def wave_by_id(wave_id: UUID) -> Wave:
    """A wave that has begun. Raises `NotFound` with what to do."""
    wave = waves().exclude(state=WaveState.DRAFT).filter(pk=wave_id).first()
    if wave is None:
        raise NotFound("no_such_wave", gettext("There is no such survey here. Look at the surveys of your town."))
    return wave


def open_wave_of(*, town: Town) -> Wave | None:
    """The wave of a town that is open or will open on its day; there is never more than one."""
    return waves().filter(town=town, state=WaveState.OPEN).first()


def closed_waves(*, town: Town, limit: int = PAGE) -> list[Wave]:
    """Closed waves of a town, the newest first."""
    return list(waves().filter(town=town, state=WaveState.CLOSED).order_by("-number")[:limit])


def waves_of_town(*, town: Town, before: int | None = None, limit: int = PAGE) -> WavePage:
    """Open and closed waves of a town from the newest to the oldest; `before` is the last number seen."""
    found = waves().filter(town=town).exclude(state=WaveState.DRAFT).order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    rows = list(found[: limit + 1])
    return WavePage(items=rows[:limit], next_before=rows[limit - 1].number if len(rows) > limit else None)


def due_waves(*, on: date) -> list[UUID]:
    """Open waves whose last day has passed."""
    found = Wave.objects.filter(state=WaveState.OPEN, closes_date__lt=on).order_by("closes_date", "pk")
    return list(found.values_list("pk", flat=True))


def waves_to_settle() -> list[UUID]:
    """Open waves: `actions.settle_answers` looks itself whether enough fresh answers wait."""
    return list(Wave.objects.filter(state=WaveState.OPEN).order_by("pk").values_list("pk", flat=True))


def has_answered(*, user: User, wave: Wave) -> bool:
    """Whether this person has taken part. Only ever tell it to the person themself."""
    return Participation.objects.filter(wave=wave, user=user).exists()


def code_digest(code: str) -> str:
    """What the database knows a draft by. Takes a code as typed or dictated."""
    return hashlib.sha256(normalise_ticket(code).encode()).hexdigest()


def draft_of(*, code: str, wave: Wave) -> Draft | None:
    """The answers so far of whoever holds the code, in this wave."""
    return Draft.objects.filter(code_sha256=code_digest(code), wave=wave).first() if code else None


def wave_of_draft(*, code: str) -> Wave | None:
    """The wave that the holder of a code is answering."""
    return waves().filter(drafts__code_sha256=code_digest(code)).first()


def questionnaires() -> list[Questionnaire]:
    """Every questionnaire with its versions, the newest version first. Two queries."""
    versions = QuestionnaireVersion.objects.defer(*_HEAVY).order_by("-number")
    return list(Questionnaire.objects.order_by("slug").prefetch_related(Prefetch("versions", queryset=versions)))


def version_choices(*, language: str) -> list[tuple[UUID, str]]:
    """(id, words) of every version, the newest first, for the form that opens a wave."""
    versions = QuestionnaireVersion.objects.select_related("questionnaire").defer(*_HEAVY)
    return [
        (
            version.pk,
            gettext("%(title)s, version %(number)s")
            % {"title": title_in(version.questionnaire.titles, language), "number": version.number},
        )
        for version in versions.order_by("-imported_at", "-pk")
    ]


def version_by_id(version_id: UUID) -> QuestionnaireVersion:
    """A version without its file; raises `NotFound`."""
    found = QuestionnaireVersion.objects.select_related("questionnaire").defer(*_HEAVY).filter(pk=version_id).first()
    if found is None:
        raise NotFound("no_such_version", gettext("There is no such questionnaire. Choose one from the list."))
    return found


def response_codes(wave_id: UUID) -> Iterator[list[int]]:
    """The codes of every answer of a closed wave, streamed, in no order that means anything.

    Refuses (`sealed`) while the wave is open: nobody counts before everybody has answered.
    """
    if not Wave.objects.filter(pk=wave_id, state=WaveState.CLOSED).exists():
        raise DomainError("sealed", _("The answers are sealed until the survey is closed."))
    codes = Response.objects.filter(wave_id=wave_id).values_list("codes", flat=True)
    return codes.iterator(chunk_size=_ROWS_AT_ONCE)


def list_version(slug: str) -> int:
    """Changes with every write of a town: for conditional pages whose address holds the town's slug."""
    return town_version(slug)


def wave_version(wave_id: UUID) -> int:
    """Changes with every write of the wave's town, answers excepted: nobody counts answers by watching a page."""
    town = Wave.objects.filter(pk=wave_id).values("town__slug")
    return int(Version.objects.filter(Q(town_slug="") | Q(town_slug__in=town)).aggregate(sum=Sum("number"))["sum"] or 0)
