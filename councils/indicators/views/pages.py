"""The public pages of a closed wave. An open wave has none: it answers like one that does not exist."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.http import public_page
from councils.indicators import queries
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.views import answers, figures, summaries


@require_safe
@public_page(queries.wave_version)
def wave(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """What residents said: charts by domain, or by question without indicators, with the table behind each."""
    language = get_language() or "kk"
    results = queries.results_of(wave=queries.published_wave(wave_id))
    context = {
        "wave": results.wave,
        "publication": results.publication,
        "tables": summaries.tables_words(results),
        "town": results.wave.town,
        "title": figures.wave_name(results.wave, language),
        "weighting": summaries.weighting_words(results),
        "answers": rounded_base(n=results.publication.responses),
        "domains": figures.domains(results, language),
        "sections": answers.sections(wave=results.wave, publication=results.publication, language=language),
    }
    return render(request, "indicators/wave.html", context)
