"""The association of towns: what towns like one of them have asked their residents and built, ready to be copied.

Read only: copying a survey or a project is a page of its own room, where every rule of that room holds. Which towns
come first is told with why; nothing here ranks them. The public page leads nobody to what only a secretary may do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.queries import site_version
from common.clock import day_of, now
from common.formats import percent
from common.http import public_page
from councils.indicators.queries.types import published_axes, type_in
from councils.surveys.models import Wave
from councils.surveys.permissions import can_run
from councils.surveys.queries import wave_title
from councils.surveys.queries.copies import newest_waves_by_town, origins_of
from councils.surveys.states import WaveState
from funds.projects.models import Project
from funds.projects.queries import newest_by_town
from towns.models import Town
from towns.queries import town_by_slug

TOWNS = 8
EACH = 3

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Survey:
    """A wave of another town with its title, its state in words, and the town that it was copied from, if any."""

    wave: Wave
    title: str
    state: str
    origin: str


@dataclass(frozen=True, slots=True)
class Fellow:
    """Another town: why it stands here, and what it has done."""

    town: Town
    name: str
    why: str
    surveys: list[Survey]
    projects: list[Project]


@require_safe
@public_page(site_version)
def association(request: HttpRequest, slug: str) -> HttpResponse:
    """What other towns have done, the likest first, with the way to copy it."""
    return _page(request, town_by_slug(slug=slug), copies=False)


@never_cache
@login_required
@require_safe
def copying(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for whoever may copy a survey, with the way to do so."""
    town = town_by_slug(slug=slug)
    can_run(request.user, town, on=day_of(now())).enforce()
    return _page(request, town, copies=True)


def _page(request: HttpRequest, town: Town, *, copies: bool) -> HttpResponse:
    found = fellows(town=town, language=get_language() or "kk")
    return render(request, "portal/association.html", {"town": town, "fellows": found, "copies": copies})


def fellows(*, town: Town, language: str) -> list[Fellow]:
    """The towns that have asked or built something, the likest first: at most `TOWNS`. Five queries, six with copies.

    Like by type where the figures tell it, else of the same oblast, else any.
    """
    kind = type_in(slug=town.slug, known=published_axes())
    alike = dict(kind.alike) if kind else {}
    by_alphabet = Town.objects.exclude(pk=town.pk).select_related("oblast").order_by(f"sort_{language}", "slug")
    others = {one.slug: one for one in by_alphabet}
    surveys = _grouped((wave.town.slug, wave) for wave in newest_waves_by_town(towns=list(others), each=EACH))
    projects = _grouped((one.fund.town.slug, one) for one in newest_by_town(towns=list(others), each=EACH))
    active = [one for one in others.values() if one.slug in surveys or one.slug in projects]
    active.sort(key=lambda one: (-alike.get(one.slug, -1.0), one.oblast_id != town.oblast_id))
    shown = active[:TOWNS]
    origins = origins_of([wave.pk for one in shown for wave in surveys.get(one.slug, [])])
    return [
        Fellow(
            town=one,
            name=one.name_in(language),
            why=_why(one, town, alike, language),
            surveys=[_survey(wave, origins, language) for wave in surveys.get(one.slug, [])],
            projects=projects.get(one.slug, []),
        )
        for one in shown
    ]


def _grouped(pairs: Iterable[tuple[str, Thing]]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {}
    for slug, thing in pairs:
        found.setdefault(slug, []).append(thing)
    return found


def _why(one: Town, town: Town, alike: Mapping[str, float], language: str) -> str:
    """Why a town stands where it stands."""
    if one.slug in alike:
        return _("Of the same type with a probability of: %(chance)s") % {"chance": percent(alike[one.slug], language)}
    if one.oblast_id == town.oblast_id:
        return _("In the same oblast")
    return _("Another town of the association")


def _survey(wave: Wave, origins: Mapping[UUID, Wave], language: str) -> Survey:
    title = _("%(title)s, version %(number)s") % {
        "title": wave_title(wave, language),
        "number": wave.version.number,
    }
    origin = origins.get(wave.pk)
    return Survey(
        wave=wave,
        title=title,
        state=str(WaveState(wave.state).label),
        origin=origin.town.name_in(language) if origin else "",
    )
