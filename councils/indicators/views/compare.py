"""A town beside towns like it: some indicators with their intervals, and which type it is, with how sure that is.

No ranking of towns and no figure without its interval: most differences between towns are smaller than their errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from audit.queries import site_version
from common.formats import number
from common.http import public_page
from councils.indicators.queries import catalogue
from councils.indicators.queries.neighbours import COMPARED, Neighbour, axes_by_town, neighbours
from councils.indicators.queries.types import Type, type_in
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.states import Weighting
from councils.indicators.views import figures
from councils.indicators.views.figures import Extra, Line
from councils.indicators.views.types import typed_of
from towns.models import Town
from towns.queries import town_by_slug

SHOWN = 6


@dataclass(frozen=True, slots=True)
class Compared:
    """One indicator over some towns: picture and table."""

    code: str
    name: str
    definition: str
    picture: SafeString
    rows: list[tuple[str, Line]]


@require_safe
@public_page(site_version)
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Towns of the same type; where the figures do not tell types, towns of the oblast, else any with figures."""
    language = get_language() or "kk"
    town = town_by_slug(slug=slug)
    among = neighbours()
    known = axes_by_town(among)
    kind = type_in(slug=slug, known=known)
    own = [one for one in among if one.town.slug == slug]
    others, why = _others(town, among, kind, language)
    shown = own + others[:SHOWN]
    context = {
        "town": town,
        "asked": bool(own),
        "why": why,
        "typed": typed_of(slug=slug, results=own[0].results, known=known, language=language) if own else None,
        "towns": [_coverage(one, language) for one in shown],
        "indicators": _compared(shown, language) if own else [],
    }
    return render(request, "indicators/compare.html", context)


def _others(
    town: Town, among: Sequence[Neighbour], kind: Type | None, language: str
) -> tuple[list[Neighbour], Promise]:
    by_alphabet = sorted(among, key=lambda one: str(getattr(one.town, f"sort_{language}")))
    rest = {one.town.slug: one for one in by_alphabet if one.town.slug != town.slug}
    if kind is not None and kind.alike:
        return [rest[slug] for slug, _same in kind.alike], _("The towns that are most probably of the same type.")
    near = [one for one in rest.values() if one.town.oblast_id == town.oblast_id]
    if kind is not None:
        if near:
            return near, _("Towns of the same oblast: hardly any town with figures is of the same type.")
        return list(rest.values()), _("Other towns with figures: hardly any of them is of the same type.")
    if near:
        return near, _("Towns of the same oblast: the figures do not tell types yet.")
    return list(rest.values()), _("Other towns with figures: the figures do not tell types yet.")


def _coverage(one: Neighbour, language: str) -> tuple[Town, str, str, str, str]:
    """(town, its name, answers, people, weighting)."""
    answers = number(rounded_base(n=one.publication.responses), language)
    people = number(one.town.population, language)
    return one.town, one.town.name_in(language), answers, people, str(Weighting(one.publication.weighting).label)


def _compared(shown: Sequence[Neighbour], language: str) -> list[Compared]:
    known = {indicator.code: indicator for indicator in catalogue().indicators}
    found = []
    for code in COMPARED:
        named = [(one.town.name_in(language), one.results[code]) for one in shown if code in one.results]
        if not named:
            continue
        name = known[code].name[language]
        picture = figures.drawn(
            chart_id=f"chart-{code}",
            title=name,
            named=[(town, result, Extra()) for town, result in named],
            language=language,
        )
        rows = [(town, figures.line(result, language)) for town, result in named]
        found.append(Compared(code, name, known[code].definition[language], picture, rows))
    return found
