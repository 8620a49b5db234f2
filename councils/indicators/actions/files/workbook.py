"""The XLSX that an akimat's specialist opens: Readme, Indicators (long) and Wide, in Kazakh and Russian.

Numbers are numbers. No cell may be a formula, and the same vintage gives the same bytes.
"""

import io
from collections.abc import Callable, Sequence

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from common.exports import harmless
from councils.indicators.actions.files.addresses import page_of
from councils.indicators.actions.files.columns import LICENCE_TITLE, LICENCE_URL, NAMES
from councils.indicators.actions.files.rows import rows
from councils.indicators.actions.files.words import caution, citation, tables_words, weighting_words
from councils.indicators.models import OfficialFigure
from councils.indicators.queries.exports import Summary
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.states import Unit

_SHEET_NAME = 31
_NOT_IN_A_SHEETS_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def _readme(summary: Summary, language: str) -> list[tuple[str, object]]:
    wave, publication = summary.results.wave, summary.results.publication
    with override(language):
        lines: list[tuple[str, object]] = [
            (_("Town"), wave.town.name_in(language)),
            (_("Survey"), wave.version.questionnaire.titles.get(language, wave.version.questionnaire.slug)),
            (_("Wave"), wave.number),
            (_("Answered between"), f"{wave.opens_date.isoformat()} – {wave.closes_date.isoformat()}"),
            (_("Answers, rounded to 5"), rounded_base(n=publication.responses)),
            # Rounded as everywhere: of a wave without weights it is the exact number of people.
            (
                _("Effective number of answers"),
                None if publication.n_eff is None else 5 * round(publication.n_eff / 5),
            ),
            (_("Weighting"), weighting_words(summary.results)),
            (_("Population tables"), tables_words(summary.results) or "–"),
            (_("Method"), publication.method_version),
            (_("Please note"), caution()),
            (
                "OBS_STATUS",
                _(
                    "A normal, U uncertain, P provisional: not weighted yet, or called so by the official source,"
                    " B break in the series, Q not published"
                ),
            ),
            (
                "CONF_STATUS",
                _("F free, C hidden: too few answers, D hidden to protect another figure, N no reliable figure"),
            ),
            (
                _("Official figures"),
                _("as they stood when this edition was published; the log's hash is not over them"),
            ),
            (_("Edition"), publication.number),
            (_("SHA-256 of the figures"), publication.sha256),
            (_("Checkpoint of the public log"), summary.checkpoint or _("not signed yet")),
            (_("Address"), page_of(wave.pk, language=language)),
            (_("Licence"), f"{LICENCE_TITLE} ({LICENCE_URL})"),
            (_("How to cite"), citation(summary.results, language)),
        ]
        if publication.reason:
            lines.append((_("What was corrected, and why"), publication.reason))
        return lines


def sheet_name(words: str) -> str:
    """Words as spreadsheets take them for a sheet: at most 31 signs, none of []:*?/ or a backslash, no ' at an end."""
    return words.translate(_NOT_IN_A_SHEETS_NAME)[:_SHEET_NAME].strip(" '")


def _write_readme(book: xlsxwriter.Workbook, summary: Summary) -> None:
    sheet = book.add_worksheet(sheet_name(pgettext("sheet", "Readme")))
    bold, wrap = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 80)
    number = 0
    for language in ("kk", "ru"):
        for label, value in _readme(summary, language):
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


def _wide(summary: Summary) -> tuple[list[str], list[Sequence[object]]]:
    """One line for each indicator, for people: Kazakh and Russian names, the shown figure, its interval."""
    header = ["Көрсеткіш", "Показатель", "%", "95 % –", "95 % +", "%, салмақсыз / без весов", "N"]
    header += ["Ресми / Официально, %", "Жыл / Год", "Ескертпе / Примечание"]
    officials = {figure.indicator: figure for figure in summary.officials}
    body: list[Sequence[object]] = []
    for result in summary.results.indicators:
        scale = 100 if result.indicator.unit is Unit.SHARE else 1

        def part(value: float | None, scale: int = scale) -> float | None:
            return None if value is None else round(value * scale, 1)

        shown = result.shown
        names = (result.indicator.name["kk"], result.indicator.name["ru"])
        figures = (part(shown.value), part(shown.ci_low), part(shown.ci_high), part(result.raw.value), shown.n)
        body.append((*names, *figures, *_beside(officials.get(result.indicator.code))))
    return header, body


def _beside(figure: OfficialFigure | None) -> tuple[float | None, int | None, str | None]:
    """The official figure in percent, its year, and whether its source calls it provisional."""
    if figure is None:
        return None, None, None
    return float(figure.value), figure.year, _in_both(lambda: _("provisional")) if figure.provisional else None


def _in_both(words: Callable[[], str]) -> str:
    told = []
    for language in ("kk", "ru"):
        with override(language):
            told.append(words())
    return " / ".join(told)


def workbook(summary: Summary) -> bytes:
    """The XLSX file; the sheets are named in the active language. The same vintage in it gives the same bytes."""
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    created = summary.results.publication.published_at.replace(tzinfo=None)
    book.set_properties({"title": "Asar", "created": created})
    _write_readme(book, summary)
    _write_table(book, sheet_name(pgettext("sheet", "Indicators")), NAMES, list(rows(summary)))
    _write_table(book, sheet_name(pgettext("sheet", "Wide")), *_wide(summary))
    book.close()
    return body.getvalue()
