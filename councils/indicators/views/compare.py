"""A town beside towns like it: some indicators with their intervals, and which type it is, with how sure that is.

No ranking of towns and no figure without its interval: most differences between towns are smaller than their errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from audit.queries import site_version
from common.formats import number, percent, percent_range
from common.http import public_page
from councils.indicators.queries import catalogue
from councils.indicators.queries.neighbours import COMPARED, Neighbour, Type, neighbours, type_of
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.states import Weighting
from councils.indicators.views import figures
from councils.indicators.views.figures import Line
from towns.models import Town
from towns.queries import town_by_slug

SHOWN = 6
# For each axis the words above and below the median of the towns.
_AXES: Mapping[str, tuple[Promise, Promise]] = {
    "dependent": (
        _("More of those who work are with the core enterprise than in most towns"),
        _("Fewer of those who work are with the core enterprise than in most towns"),
    ),
    "young_stay": (
        _("more of the young want to stay than in most towns"),
        _("fewer of the young want to stay than in most towns"),
    ),
    "utilities_poor": (
        _("fewer are content with the water than in most towns"),
        _("more are content with the water than in most towns"),
    ),
}


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
    kind = type_of(town=town, among=among)
    own = [one for one in among if one.town.slug == slug]
    others, why = _others(town, among, kind)
    shown = own + others[:SHOWN]
    context = {
        "town": town,
        "asked": bool(own),
        "why": why,
        "kind": _kind(kind, language) if kind else None,
        "towns": [_coverage(one, language) for one in shown],
        "indicators": _compared(shown, language) if own else [],
    }
    return render(request, "indicators/compare.html", context)


def _others(town: Town, among: Sequence[Neighbour], kind: Type | None) -> tuple[list[Neighbour], Promise]:
    rest = {one.town.slug: one for one in among if one.town.slug != town.slug}
    if kind is not None:
        return [rest[slug] for slug, _same in kind.alike], _("The towns that are most probably of the same type.")
    near = [one for one in rest.values() if one.town.oblast_id == town.oblast_id]
    if near:
        return near, _("Towns of the same oblast: the figures do not tell types yet.")
    return list(rest.values()), _("Other towns with figures: the figures do not tell types yet.")


def _kind(kind: Type, language: str) -> tuple[list[str], str]:
    """The type in words with its thresholds, and its probability as a band of ten points."""
    told = [
        f"{words[0] if kind.above[axis] else words[1]} ({percent(round(kind.thresholds[axis], 2), language)})"
        for axis, words in _AXES.items()
    ]
    low = min(floor(kind.probability * 10), 9) / 10
    return told, percent_range(low, round(low + 0.1, 1), language)


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
            named=[(town, result, "") for town, result in named],
            language=language,
        )
        rows = [(town, figures.line(result, language)) for town, result in named]
        found.append(Compared(code, name, known[code].definition[language], picture, rows))
    return found
