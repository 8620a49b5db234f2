"""Reads about one version of a questionnaire: its report, its gaps, what changed, its files, whether it is in use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Func, IntegerField, Q
from django.utils.translation import get_language, gettext

from common.errors import NotFound
from councils.surveys.models import FormFile, QuestionnaireVersion, Wave
from councils.surveys.queries.forms import form_of
from councils.surveys.rules import CompiledForm, Missing, missing_translations
from councils.surveys.rules.arriving import report_from_list
from councils.surveys.rules.difference import Change, Difference, difference
from councils.surveys.rules.form import Texts
from councils.surveys.rules.limesurvey import LimeLine
from councils.surveys.rules.problems import Remark
from councils.surveys.states import FormChange, FormPart, MissingPart, WaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One line of the import report as a page shows it; `question` is LimeSurvey's own code."""

    message: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A text that a language lacks: the language, what kind of text, where it stands."""

    language: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change between two versions in words. `is_in_both`: there are figures before and after to speak of."""

    what: str
    place: str
    kind: str
    languages: str
    is_comparable: bool
    is_in_both: bool = True


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that a questionnaire shows; `content_type` is "" while nobody has sent it. Size in bytes."""

    name: str
    content_type: str
    size: int


def report_lines(report: Iterable[Remark | LimeLine]) -> list[ReportLine]:
    """A report in the reader's language."""
    return [
        ReportLine(message=line.message, question=line.question)
        if isinstance(line, LimeLine)
        else ReportLine(message=line.message, sheet=line.sheet, row=line.row, column=line.column)
        for line in report
    ]


def report_of(version_id: UUID) -> tuple[Remark | LimeLine, ...]:
    """The stored import report of a version."""
    stored: list[dict[str, Any]] = QuestionnaireVersion.objects.values_list("report", flat=True).get(pk=version_id)
    return report_from_list(stored)


def source_of(version_id: UUID) -> bytes:
    """The file as it came. Raises `NotFound`."""
    found = QuestionnaireVersion.objects.filter(pk=version_id).values_list("source", flat=True).first()
    if found is None:
        raise NotFound("no_such_version", gettext("There is no such questionnaire. Choose one from the list."))
    return bytes(found)


def files_beside(version_id: UUID) -> dict[str, bytes]:
    """Everything that came beside a version by its name: pictures, sounds, films and lists."""
    rows = FormFile.objects.filter(version_id=version_id).values_list("name", "content")
    return {name: bytes(content) for name, content in rows}


def neighbours_of(version: QuestionnaireVersion) -> tuple[UUID | None, UUID | None]:
    """The version before and the one after, None where there is none. One query."""
    near = (version.number - 1, version.number + 1)
    found = dict(
        QuestionnaireVersion.objects.filter(questionnaire_id=version.questionnaire_id, number__in=near).values_list(
            "number", "pk"
        )
    )
    return found.get(near[0]), found.get(near[1])


def has_begun(version_id: UUID, *, on: date) -> bool:
    """Whether people can see this version already, or could: a wave of it has come to its first day."""
    return (
        Wave.objects.filter(version_id=version_id)
        .exclude(state=WaveState.DRAFT)
        .filter(Q(opens_date__lte=on) | ~Q(state=WaveState.OPEN))
        .exists()
    )


def files_of_version(version_id: UUID) -> list[FileLine]:
    """Every file that the questionnaire names, those that are missing first."""
    there = {
        name: FileLine(name, content_type, size)
        for name, content_type, size in FormFile.objects.filter(version_id=version_id)
        .annotate(size=Func(F("content"), function="octet_length", output_field=IntegerField()))
        .values_list("name", "content_type", "size")
    }
    lines = [there.get(name) or FileLine(name, "", 0) for name in form_of(version_id).files]
    return sorted(lines, key=lambda line: bool(line.content_type))


def gaps_of(form: CompiledForm) -> list[Gap]:
    """Every text that a language of the site lacks, in words."""
    return gaps_in_words(form, missing_translations(form, [code for code, _name in settings.LANGUAGES]))


def gaps_in_words(form: CompiledForm, missing: Sequence[Missing]) -> list[Gap]:
    """Missing texts for a page: a question and a choice are named by their words for the reader and by their names."""
    names = dict(settings.LANGUAGES)
    labels, options, reader = _labels(form), _options(form), get_language() or ""
    return [
        Gap(
            language=str(names[one.language]),
            kind=str(MissingPart(one.part).label),
            place=_place(
                one.name,
                form.words(labels.get(one.name, {}), reader),
                one.choice,
                form.words(options.get((one.name, one.choice), {}), reader),
                one.kind,
            ),
        )
        for one in missing
    ]


def difference_of(before_id: UUID, after_id: UUID) -> Difference:
    """What changed from one version to another."""
    return difference(form_of(before_id), form_of(after_id))


def changes_in_words(changes: Iterable[Change], before: CompiledForm, after: CompiledForm) -> list[ChangeLine]:
    """Changes for a page, in its order, in the reader's language."""
    names = dict(settings.LANGUAGES)
    labels, options = _labels(before) | _labels(after), _options(before) | _options(after)
    spoken, reader = {**before.languages, **after.languages}, get_language() or ""
    return [
        ChangeLine(
            what=str(FormPart(change.subject).label),
            place=_place(
                change.name,
                after.words(labels.get(change.name, {}), reader),
                change.choice,
                after.words(options.get((change.name, change.choice), {}), reader),
            ),
            kind=str(change.kind.label),
            languages=", ".join(str(names.get(code, spoken.get(code, code))) for code in change.languages),
            is_comparable=change.is_comparable,
            is_in_both=change.subject != "question" or change.kind not in {FormChange.ADDED, FormChange.REMOVED},
        )
        for change in changes
    ]


def _labels(form: CompiledForm) -> dict[str, Texts]:
    return {one.name: one.labels for one in form.groups} | {one.name: one.labels for one in form.questions}


def _options(form: CompiledForm) -> dict[tuple[str, str], Texts]:
    return {(one.name, choice.value): choice.labels for one in form.questions for choice in form.choices(one)}


def _place(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
