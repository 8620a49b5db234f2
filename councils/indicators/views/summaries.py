"""The files an akimat specialist opens: XLSX with Kazakh and Russian names, and CSV. One column set (SDMX names).

They hold published figures only: a suppressed figure has an empty value and says so in CONF_STATUS.
"""

import io
from collections.abc import Iterator, Sequence

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from common.clock import day_of
from common.exports import harmless
from councils.indicators.models import Estimate
from councils.indicators.queries import Result, WaveResults
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.states import Unit, Weighting, WeightingRefusal
from councils.surveys.queries import form_of
from councils.surveys.rules import CompiledForm

COLUMNS = (
    "FREQ", "REF_AREA", "TOWN_KK", "TOWN_RU", "TOWN_EN", "INDICATOR", "NAME_KK", "NAME_RU", "NAME_EN", "OPTION",
    "OPTION_KK", "OPTION_RU", "WEIGHTED", "TIME_PERIOD", "OBS_VALUE", "UNIT_MEASURE", "SE", "CI_LOW", "CI_HIGH", "N",
    "N_EFF", "DEFF", "OBS_STATUS", "CONF_STATUS", "METHOD_VERSION", "QUESTION", "QUESTION_VERSION", "WEIGHTED_AT",
    "SOURCE",
)  # fmt: skip

_SHEET_NAME = 31
_NOT_IN_A_SHEETS_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _option_words(form: CompiledForm, question: str, option: str, language: str) -> str:
    if not option:
        return ""
    for choice in form.choices(form.question(question)):
        if choice.value == option:
            return form.words(choice.labels, language)
    return option


def _row(results: WaveResults, form: CompiledForm, result: Result, estimate: Estimate) -> tuple[object, ...]:
    wave, run, indicator = results.wave, results.publication, result.indicator
    town = wave.town
    closed = day_of(wave.closed_at) if wave.closed_at else wave.closes_date
    return (
        "A",
        town.kato,
        town.name_kk,
        town.name_ru,
        town.name_en,
        indicator.code,
        indicator.name["kk"],
        indicator.name["ru"],
        indicator.name["en"],
        result.option,
        _option_words(form, indicator.question, result.option, "kk"),
        _option_words(form, indicator.question, result.option, "ru"),
        "1" if estimate.weighted else "0",
        closed.isoformat(),
        _round(estimate.value),
        Unit.SHARE.value if result.option else indicator.unit.value,
        _round(estimate.se),
        _round(estimate.ci_low),
        _round(estimate.ci_high),
        estimate.n,
        _round(estimate.n_eff),
        _round(estimate.deff),
        estimate.obs_status,
        estimate.conf_status,
        run.method_version,
        indicator.question,
        run.question_version,
        run.published_at.isoformat(timespec="seconds"),
        f"Asar, wave {wave.number}",
    )


def rows(results: WaveResults) -> Iterator[tuple[object, ...]]:
    """Every published figure, raw and weighted: first the indicators, then the answers of their questions."""
    form = form_of(results.wave.version_id)
    everything = [*results.indicators, *(result for answers in results.answers.values() for result in answers)]
    for result in everything:
        for estimate in (result.weighted, result.raw):
            if estimate is not None:
                yield _row(results, form, result, estimate)


def weighting_words(results: WaveResults) -> str:
    """How the wave was weighted, in the active language."""
    run = results.publication
    words = str(Weighting(run.weighting).label)
    if run.weighting_note in WeightingRefusal.values:
        words = f"{words}: {WeightingRefusal(run.weighting_note).label}"
    return words


def tables_words(results: WaveResults) -> str:
    """The population tables behind the weights, each once: source and year."""
    named = (f"{table['source']}, {table['year']}" for table in results.publication.margins)
    return "; ".join(dict.fromkeys(named))


def _readme(results: WaveResults, language: str) -> list[tuple[str, object]]:
    wave, run = results.wave, results.publication
    with override(language):
        return [
            (_("Town"), wave.town.name_in(language)),
            (_("Survey"), wave.version.questionnaire.titles.get(language, wave.version.questionnaire.slug)),
            (_("Wave"), wave.number),
            (_("Answered between"), f"{wave.opens_date.isoformat()} – {wave.closes_date.isoformat()}"),
            (_("Answers, rounded to 5"), rounded_base(n=run.responses)),
            # Rounded as everywhere: of a wave without weights it is the exact number of people.
            (_("Effective number of answers"), None if run.n_eff is None else 5 * round(run.n_eff / 5)),
            (_("Weighting"), weighting_words(results)),
            (_("Population tables"), tables_words(results) or "–"),
            (_("Method"), run.method_version),
            (
                _("Please note"),
                _(
                    "People chose themselves to answer: this is a non-probability survey, and the intervals rest on a"
                    " model. Figures of small groups are hidden to protect those who answered."
                ),
            ),
            ("OBS_STATUS", _("A normal, U uncertain, Q not published")),
            (
                "CONF_STATUS",
                _("F free, C hidden: too few answers, D hidden to protect another figure, N no reliable figure"),
            ),
        ]


def sheet_name(words: str) -> str:
    """Words as spreadsheets take them for a sheet: at most 31 signs, none of []:*?/ or a backslash, no ' at an end."""
    return words.translate(_NOT_IN_A_SHEETS_NAME)[:_SHEET_NAME].strip(" '")


def _write_readme(book: xlsxwriter.Workbook, results: WaveResults) -> None:
    sheet = book.add_worksheet(sheet_name(pgettext("sheet", "Readme")))
    bold, wrap = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 80)
    number = 0
    for language in ("kk", "ru"):
        for label, value in _readme(results, language):
            sheet.write(number, 0, label, bold)
            sheet.write(number, 1, harmless(value), wrap)
            number += 1
        number += 1


def _write_table(book: xlsxwriter.Workbook, name: str, header: Sequence[str], body: list[Sequence[object]]) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    for column, words in enumerate(header):
        sheet.write(0, column, words, bold)
        widest = max([len(words), *(len(str(row[column])) for row in body if row[column] is not None)], default=8)
        sheet.set_column(column, column, min(44, widest + 2))
    for line, row in enumerate(body, start=1):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(line, column, harmless(value))
    if body:
        sheet.autofilter(0, 0, len(body), len(header) - 1)


def _wide(results: WaveResults) -> tuple[list[str], list[Sequence[object]]]:
    """One line for each indicator, for people: Kazakh and Russian names, the shown figure, its interval."""
    header = ["Көрсеткіш", "Показатель", "%", "95 % –", "95 % +", "%, салмақсыз / без весов", "N"]
    body: list[Sequence[object]] = []
    for result in results.indicators:
        scale = 100 if result.indicator.unit is Unit.SHARE else 1

        def part(value: float | None, scale: int = scale) -> float | None:
            return None if value is None else round(value * scale, 1)

        shown = result.shown
        names = (result.indicator.name["kk"], result.indicator.name["ru"])
        body.append(
            (*names, part(shown.value), part(shown.ci_low), part(shown.ci_high), part(result.raw.value), shown.n)
        )
    return header, body


def workbook(results: WaveResults) -> bytes:
    """The XLSX file: Readme, Indicators (long), Wide; the sheets are named in the active language.

    The same results in the same language give the same bytes.
    """
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "Asar", "created": results.publication.published_at.replace(tzinfo=None)})
    _write_readme(book, results)
    _write_table(book, sheet_name(pgettext("sheet", "Indicators")), COLUMNS, list(rows(results)))
    _write_table(book, sheet_name(pgettext("sheet", "Wide")), *_wide(results))
    book.close()
    return body.getvalue()
