"""The page of a town's figures, and of one edition of a wave's figures.

Everybody reads them; nothing is counted here, and nothing that is not published may appear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.queries import site_version
from common.http import public_page
from councils.indicators import queries
from councils.indicators.models import Publication
from councils.indicators.queries import WaveResults, catalogue
from councils.indicators.queries.dashboards import Dashboard, dashboard_of, seal_of_publication
from councils.indicators.queries.order import order_in
from councils.indicators.views import answers, figures
from councils.indicators.views.beside import Beside, beside, method_facts
from councils.indicators.views.figures import Line, wave_name
from councils.indicators.views.order import ordered
from councils.indicators.views.reach import heard
from councils.indicators.views.together import together
from councils.indicators.views.types import Typed, typed_of
from councils.surveys.models import Wave
from towns.queries import town_by_slug


@dataclass(frozen=True, slots=True)
class Told:
    """One indicator of the table: its figures and what stands beside them."""

    line: Line
    beside: Beside


@dataclass(frozen=True, slots=True)
class Multiple:
    """One domain: its picture and the table behind it."""

    code: str
    name: str
    picture: SafeString
    rows: list[Told]


@dataclass(frozen=True, slots=True)
class Changed:
    """An edition in the list of editions: what a correction changed, in the names of indicators."""

    publication: Publication
    indicators: list[str]


@require_safe
@public_page(site_version)
def town(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest published wave of a town: charts, tables, trends, official figures, type, coverage, method, waves.

    Its type depends on the figures of all towns, so the page is new after every town's writes.
    """
    language = get_language() or "kk"
    found = town_by_slug(slug=slug)
    dashboard = dashboard_of(town=found)
    results = dashboard.results
    context = {
        "town": found,
        "open_waves": [(wave_name(wave, language), wave) for wave in dashboard.open_waves],
        "results": results,
        "title": wave_name(results.wave, language) if results else "",
        "domains": multiples(results, dashboard, language) if results else [],
        "order": ordered(order_in(results), language) if results else None,
        "hidden": hidden(results, language) if results else [],
        "heard": heard(dashboard.reach, results.wave, language) if results and dashboard.reach else None,
        "typed": _typed(slug, results, dashboard, language) if results else None,
        "together": together(results, language) if results else None,
        "method": method_facts(results, language) if results else [],
        "seal": dashboard.seal,
        "waves": [
            (wave_name(one.wave, language), one.wave, changed(one.editions, language)) for one in dashboard.published
        ],
    }
    return render(request, "indicators/town.html", context)


def _vintage_version(wave_id: UUID, number: int) -> str:
    """The version of an edition's page: that of its wave's pages."""
    del number
    return queries.wave_version(wave_id)


@require_safe
@public_page(_vintage_version)
def vintage(request: HttpRequest, wave_id: UUID, number: int) -> HttpResponse:
    """One edition of a wave's figures as it was published, whatever was corrected since."""
    language = get_language() or "kk"
    wave: Wave = queries.published_wave(wave_id)
    results = queries.results_of(wave=wave, number=number)
    context = {
        "wave": wave,
        "town": wave.town,
        "results": results,
        "title": wave_name(wave, language),
        "domains": figures.domains(results, language),
        "sections": answers.sections(wave=wave, publication=results.publication, language=language),
        "order": ordered(order_in(results), language),
        "hidden": hidden(results, language),
        "method": method_facts(results, language),
        "edition": changed([results.publication], language)[0],
        "seal": seal_of_publication(results.publication.pk),
    }
    return render(request, "indicators/vintage.html", context)


def _typed(slug: str, results: WaveResults, dashboard: Dashboard, language: str) -> Typed:
    own = {result.indicator.code: result for result in results.indicators}
    return typed_of(slug=slug, results=own, known=dashboard.axes, language=language)


def multiples(results: WaveResults, dashboard: Dashboard, language: str) -> list[Multiple]:
    """The indicators by domain with what stands beside them, in the order of the catalogue."""
    told = {result.indicator.code: beside(result, dashboard, language) for result in results.indicators}
    extras = {code: one.extra for code, one in told.items()}
    found = []
    for code, names in catalogue().domains.items():
        own = [result for result in results.indicators if result.indicator.domain == code]
        if own:
            drawn = figures.picture(
                chart_id=f"chart-{code}", title=names[language], results=own, language=language, extras=extras
            )
            rows = [Told(figures.line(result, language), told[result.indicator.code]) for result in own]
            found.append(Multiple(code, names[language], drawn, rows))
    return found


def hidden(results: WaveResults, language: str) -> list[tuple[str, str]]:
    """(indicator, reason) of each figure that is not published."""
    withheld = [figures.line(result, language) for result in results.indicators if result.raw.note]
    return [(line.name, line.note) for line in withheld]


def changed(editions: Sequence[Publication], language: str) -> list[Changed]:
    """Editions with the names of the indicators that each of them changed."""
    names = {indicator.code: indicator.name[language] for indicator in catalogue().published}
    return [Changed(one, list(dict.fromkeys(_changed(change, names) for change in one.changes))) for one in editions]


def _changed(change: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = names.get(change["indicator"], "")
    return f"{name} ({_('official figure')})" if change.get("official") else name
