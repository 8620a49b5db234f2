"""The public pages and files of a closed wave. An open wave has none: it answers like one that does not exist."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.exports import csv_lines
from common.http import public_page
from councils.indicators import queries
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.views import figures, summaries
from councils.surveys.queries import wave_title

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@public_page(queries.wave_version)
def wave(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """What residents said: charts by domain with the table behind each."""
    language = get_language() or "kk"
    results = queries.results_of(wave=queries.published_wave(wave_id))
    context = {
        "wave": results.wave,
        "publication": results.publication,
        "tables": summaries.tables_words(results),
        "town": results.wave.town,
        "title": wave_title(results.wave, language),
        "weighting": summaries.weighting_words(results),
        "answers": rounded_base(n=results.publication.responses),
        "domains": figures.domains(results, language),
    }
    return render(request, "indicators/wave.html", context)


def _name(results: queries.WaveResults, ending: str) -> str:
    return f'attachment; filename="asar-{results.wave.town.slug}-wave-{results.wave.number}.{ending}"'


@require_safe
@public_page(queries.wave_version)
def xlsx(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The summary for Excel, in Kazakh and Russian."""
    results = queries.results_of(wave=queries.published_wave(wave_id))
    response = HttpResponse(summaries.workbook(results), content_type=XLSX)
    response["Content-Disposition"] = _name(results, "xlsx")
    return response


@require_safe
@public_page(queries.wave_version)
def as_csv(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The same figures as CSV. `?separator=;` for spreadsheets set to Russian or German."""
    results = queries.results_of(wave=queries.published_wave(wave_id))
    separator = ";" if request.GET.get("separator") == ";" else ","
    lines = csv_lines(summaries.COLUMNS, summaries.rows(results), separator=separator)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = _name(results, "csv")
    return response  # type: ignore[return-value]
