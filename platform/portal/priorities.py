"""What a council puts first, beside the evidence and beside the needs that residents filed. Public and cacheable.

A place is never shown without the places that the data allow, nor a departure without its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.queries import site_version, town_version
from common.formats import number, percent
from common.http import public_page
from councils.indicators.queries.order import need_names
from councils.indicators.views.order import PlaceRow, band_words, ordered
from councils.needs.queries import counts_by_category
from councils.needs.states import Category
from councils.priorities import queries
from councils.priorities.models import PriorityList
from towns.models import Town
from towns.queries import town_by_slug, town_choices
from transparency.queries import index_of
from transparency.queries.seals import seal_of


@dataclass(frozen=True, slots=True)
class Line:
    """One need of the list: its place, the evidence beside it, the reason of a departure, the needs that were filed."""

    code: str
    place: str
    name: str
    band: str
    evidence: PlaceRow | None
    departs: bool
    reason: str
    filed: int


@dataclass(frozen=True, slots=True)
class TownLine:
    """One town of the comparison, whose council has published a list."""

    slug: str
    name: str
    lists: str
    newest: str
    all: str


def rate_words(*, departed: int, judged: int, language: str) -> str:
    """How many of the places that the evidence can judge depart from it."""
    told = {"departed": number(departed, language), "judged": number(judged, language)}
    if not judged:
        return _("%(departed)s of %(judged)s") % told
    return _("%(departed)s of %(judged)s (%(share)s)") % {**told, "share": percent(departed / judged, language)}


@require_safe
@public_page(town_version)
def town(request: HttpRequest, slug: str) -> HttpResponse:
    """The list that stands, or that there is none yet."""
    found = town_by_slug(slug=slug)
    newest = queries.newest_list(town=found)
    return render(request, "portal/priorities.html", _context(found, newest, queries.lists_of(town=found)))


@require_safe
@public_page(queries.list_version)
def one_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """One list as it was published, whatever replaced it since."""
    found = queries.one_list(list_id)
    return render(
        request,
        "portal/priorities.html",
        _context(found.council.town, found, queries.lists_of(town=found.council.town)),
    )


@require_safe
@public_page(site_version)
def towns(request: HttpRequest) -> HttpResponse:
    """Every town: how often its council departs from the evidence."""
    language = get_language() or "kk"
    counts = queries.counts_by_town()
    names = town_choices(language=language)
    rows = [
        TownLine(
            slug=slug,
            name=name,
            lists=number(found.lists, language),
            newest=rate_words(departed=found.newest.departed, judged=found.newest.judged, language=language),
            all=rate_words(departed=found.departed, judged=found.judged, language=language),
        )
        for slug, name in names
        if (found := counts.get(slug)) is not None
    ]
    departed, judged = (sum(getattr(one, name) for one in counts.values()) for name in ("departed", "judged"))
    context = {
        "rows": rows,
        "without": [one for one in names if one[0] not in counts],
        "councils": len(counts),
        "total": rate_words(departed=departed, judged=judged, language=language),
    }
    return render(request, "portal/priorities_of_towns.html", context)


def _context(town: Town, found: PriorityList | None, every: Sequence[PriorityList]) -> dict[str, object]:
    language = get_language() or "kk"
    context: dict[str, object] = {"town": town, "name": town.name_in(language), "list": found, "every": every}
    if found is None:
        return context
    departed, judged = sum(one.departed for one in every), sum(one.judged for one in every)
    return context | {
        "lines": _lines(town, found, language),
        "newest": found.number == every[0].number,
        "newest_id": every[0].pk,
        "rate": rate_words(departed=found.departed, judged=found.judged, language=language),
        "rate_of_all": rate_words(departed=departed, judged=judged, language=language),
        "older": [
            (one, rate_words(departed=one.departed, judged=one.judged, language=language))
            for one in every
            if one.pk != found.pk
        ],
        "seal": seal_of(slug=town.slug, index=index) if (index := index_of(found.pk)) is not None else None,
    }


def _lines(town: Town, found: PriorityList, language: str) -> list[Line]:
    evidence = queries.evidence_beside(found)
    rows = {row.code: row for row in ordered(evidence, language).rows}
    names, filed = need_names(wave=evidence.wave, language=language), counts_by_category(town=town)
    return [
        Line(
            code=one.need if one.need in Category.values else "",
            place=number(one.place, language) if one.place is not None else "",
            name=names.get(one.need, one.need),
            band=band_words(best=one.best, worst=one.worst) if one.best and one.worst else "",
            evidence=rows.get(one.need),
            departs=one.departs,
            reason=one.reason,
            filed=filed.get(one.need, 0),
        )
        for one in found.priorities.all()
    ]
