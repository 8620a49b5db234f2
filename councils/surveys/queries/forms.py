"""Reads about questionnaires: the compiled form of a version, its title, the lists for the administrator."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db.models import Prefetch, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext

from common.errors import NotFound
from councils.surveys.models import FormFile, Questionnaire, QuestionnaireVersion
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.media import LIST_TYPE

HEAVY = ("source", "xform", "compiled", "report")
PAGE = 10  # questionnaires
NEWEST = 3  # versions of each; earlier ones are reached from the one behind them


@lru_cache(maxsize=64)
def form_of(version_id: UUID) -> CompiledForm:
    """The compiled questionnaire of a version. Read once per process: a version never changes."""
    compiled = QuestionnaireVersion.objects.values_list("compiled", flat=True).get(pk=version_id)
    return CompiledForm.from_dict(compiled)


def title_in(titles: Mapping[str, str], language: str) -> str:
    """The questionnaire's title in this language, else in any."""
    return titles.get(language) or next(iter(titles.values()), "")


@dataclass(frozen=True, slots=True)
class QuestionnairePage:
    """Some questionnaires by their short names; `next_after` is where the next page begins, "" at the end."""

    questionnaires: tuple[Questionnaire, ...]
    next_after: str


def questionnaires(*, after: str = "") -> QuestionnairePage:
    """Questionnaires behind this short name, each with its newest versions. Two queries."""
    place = Window(RowNumber(), partition_by="questionnaire", order_by="-number")
    versions = QuestionnaireVersion.objects.defer(*HEAVY).annotate(place=place).filter(place__lte=NEWEST)
    found = list(
        Questionnaire.objects.filter(slug__gt=after)
        .order_by("slug")
        .prefetch_related(Prefetch("versions", queryset=versions.order_by("-number")))[: PAGE + 1]
    )
    shown = tuple(found[:PAGE])
    return QuestionnairePage(shown, shown[-1].slug if len(found) > PAGE else "")


def version_choices(*, language: str) -> list[tuple[UUID, str]]:
    """(id, words) of every version, the newest first, for the form that opens a wave."""
    versions = QuestionnaireVersion.objects.select_related("questionnaire").defer(*HEAVY)
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
    found = QuestionnaireVersion.objects.select_related("questionnaire").defer(*HEAVY).filter(pk=version_id).first()
    if found is None:
        raise NotFound("no_such_version", gettext("There is no such questionnaire. Choose one from the list."))
    return found


def missing_files(version_id: UUID) -> list[str]:
    """Names of pictures and sounds that the questionnaire shows and that nobody has uploaded yet."""
    there = set(FormFile.objects.filter(version_id=version_id).values_list("name", flat=True))
    return [name for name in form_of(version_id).files if name not in there]


def form_file(version_id: UUID, name: str) -> FormFile:
    """A picture, sound or film of a questionnaire. Raises `NotFound`."""
    found = FormFile.objects.filter(version_id=version_id, name=name).exclude(content_type=LIST_TYPE).first()
    if found is None:
        raise NotFound("no_such_file", gettext("There is no such file."))
    return found
