"""Plain tables of a wave whose questionnaire has no indicators: its questions in the reader's language, and as CSV.

Only what the publication keeps is drawn. An open wave has no tables and answers like one that does not exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.errors import NotFound
from common.exports import csv_lines
from common.formats import number, percent, percent_range
from common.http import public_page
from councils.indicators import queries
from councils.indicators.models import Publication
from councils.indicators.rules.chart import Axis, Legend, Point, Row, chart
from councils.indicators.rules.plain import Cell, PlainTable
from councils.indicators.rules.publication import WIDE
from councils.surveys.models import Wave
from councils.surveys.queries import form_of
from councils.surveys.rules import CompiledForm, Question
from councils.surveys.rules.form import Texts, fill

COLUMNS = (
    "QUESTION", "QUESTION_TEXT", "OPTION", "OPTION_TEXT", "OBS_VALUE", "CI_LOW", "CI_HIGH", "N", "WEIGHTED", "NOTE",
    "QUESTION_VERSION", "VINTAGE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One option in words. `note` says why there is no share, or that it is uncertain."""

    label: str
    share: str
    interval: str
    note: str


@dataclass(frozen=True, slots=True)
class QuestionTable:
    """One question: a picture and the table behind it, or in `withheld` why there are none."""

    code: str
    label: str
    hints: list[str]
    base: str
    withheld: str
    picture: SafeString
    lines: list[OptionLine]


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """A section of the questionnaire as its page named it; `name` is "" for questions outside of groups."""

    name: str
    questions: list[QuestionTable]


def sections(*, wave: Wave, publication: Publication, language: str) -> list[AnswerSection]:
    """The tables of a publication in the order of the questionnaire. One query at most, for the questionnaire."""
    if not publication.tables:
        return []
    form = form_of(wave.version_id)
    tables = {table.question: table for table in map(PlainTable.from_json, publication.tables)}
    found = []
    for section in form.sections:
        own = [_shown(form, one, tables[one.name], language) for one in _of(form, section.questions, tables)]
        if own:
            found.append(AnswerSection(_words(form, section.labels, language), own))
    return found


def _of(form: CompiledForm, names: tuple[str, ...], tables: dict[str, PlainTable]) -> list[Question]:
    here = frozenset(names)
    return [one for one in form.questions if one.name in here and one.name in tables]


def _words(form: CompiledForm, texts: Texts, language: str) -> str:
    return fill(form.words(texts, language), {})


def _label(form: CompiledForm, question: Question, language: str) -> str:
    """The question with the words of the groups around it within its section: a row of a table needs its head."""
    top = f"/{form.root}/"
    around = [
        _words(form, group.labels, language)
        for group in form.groups
        if question.path.startswith(f"{group.path}/") and "/" in group.path.removeprefix(top)
    ]
    own = _words(form, question.labels, language) or question.name
    return " · ".join(filter(None, (*around, own)))


def _options(form: CompiledForm, question: Question, language: str) -> dict[str, str]:
    choices = form.choices(question)
    return {choice.value: _words(form, choice.labels, language) or choice.value for choice in choices}


def _shown(form: CompiledForm, question: Question, table: PlainTable, language: str) -> QuestionTable:
    label, options = _label(form, question, language), _options(form, question, language)
    hints = []
    if table.of_some:
        hints.append(_("Not everybody was asked this."))
    if question.type == "select_multiple":
        hints.append(_("Several answers could be chosen, so the shares do not add up to 100 %."))
    if question.type == "rank":
        hints.append(_("The share of those who put an answer in the first place."))
    return QuestionTable(
        code=question.name,
        label=label,
        hints=hints,
        base=number(table.base or 0, language),
        withheld=str(table.withheld.label) if table.withheld else "",
        picture=_picture(table, label, options, language),
        lines=[_line(cell, options.get(cell.option, cell.option), language) for cell in table.cells],
    )


def _note(cell: Cell) -> str:
    if cell.withheld:
        return str(cell.withheld.label)
    if cell.low is not None and cell.high is not None and cell.high - cell.low > WIDE:
        return _("uncertain: the interval is wide")
    return ""


def _line(cell: Cell, label: str, language: str) -> OptionLine:
    if cell.share is None or cell.low is None or cell.high is None:
        return OptionLine(label, "–", "–", _note(cell))
    return OptionLine(label, percent(cell.share, language), percent_range(cell.low, cell.high, language), _note(cell))


def _picture(table: PlainTable, title: str, options: dict[str, str], language: str) -> SafeString:
    if not table.cells:
        return SafeString("")
    rows = [
        Row(options.get(cell.option, cell.option), None, _point(cell, language), _note(cell)) for cell in table.cells
    ]
    svg = chart(
        chart_id=f"chart-{table.question}",
        title=title,
        description=_(
            "Each bar is an interval that holds the true figure in 95 of 100 surveys. The table below says the same."
        ),
        rows=rows,
        axis=Axis(0.0, 1.0, ((0.0, "0"), (0.5, "50"), (1.0, percent(1, language)))),
        legend=Legend(weighted="", raw=_("as answered")),
    )
    # Built by our own pure function, which escapes every word it is given.
    return mark_safe(svg)  # noqa: S308


def _point(cell: Cell, language: str) -> Point | None:
    if cell.share is None or cell.low is None or cell.high is None:
        return None
    low, high = min(cell.low, cell.share), max(cell.high, cell.share)
    return Point(cell.share, low, high, f"{percent(cell.share, language)} ({percent_range(low, high, language)})")


@require_safe
@public_page(queries.wave_version)
def csv_file(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The tables of the newest vintage as CSV, in the language of the address."""
    wave = queries.published_wave(wave_id)
    publication = queries.publications_of(wave)[0]
    if not publication.tables:
        raise NotFound("no_tables", _("This survey has no plain tables. Look at its indicators."))
    separator = ";" if request.GET.get("separator") == ";" else ","
    lines = csv_lines(COLUMNS, _rows(wave, publication, get_language() or "kk"), separator=separator)
    response = HttpResponse("".join(lines).encode(), content_type="text/csv; charset=utf-8")
    name = f"asar-{wave.town.slug}-wave-{wave.number}-answers.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _rows(wave: Wave, publication: Publication, language: str) -> Iterator[tuple[str | float | int | None, ...]]:
    form = form_of(wave.version_id)
    for table in map(PlainTable.from_json, publication.tables):
        question = form.question(table.question)
        asked, options = _label(form, question, language), _options(form, question, language)
        for cell in table.cells or (Cell("", withheld=table.withheld),):
            yield (
                table.question, asked, cell.option, options.get(cell.option, ""), cell.share, cell.low, cell.high,
                table.base, "0", str(cell.withheld.label) if cell.withheld else "", publication.question_version,
                publication.number,
            )  # fmt: skip
