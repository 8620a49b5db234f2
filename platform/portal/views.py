"""The pages where councils and funds meet: home, a town, the chain, open data. All are public and cacheable."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.queries import site_version, town_version
from common.clock import day_of, now
from common.http import public_page
from councils.indicators.views.figures import picture
from councils.indicators.views.open_data import open_data
from councils.members.queries import council_of, members_of
from councils.needs.queries import counts, latest_needs, need_version, public_need
from funds.ledger.queries import totals_of_town
from portal import queries
from portal.api_guide import guide
from portal.chain import chain_of
from towns.queries import town_by_slug, town_map


def _language() -> str:
    return get_language() or "kk"


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """The bare address leads to the home page in the browser's language, Kazakh when it asks for none of ours."""
    with override(get_language_from_request(request)):
        response = HttpResponseRedirect(reverse("portal:home"))
    patch_vary_headers(response, ["Accept-Language"])
    return response


@require_safe
@public_page(site_version)
def home(request: HttpRequest) -> HttpResponse:
    """What it is, where to go, and what has really happened so far."""
    context = {"pulse": queries.pulse(), "proofs": queries.newest_proofs(), "map": town_map(language=_language())}
    return render(request, "portal/home.html", context)


@require_safe
@public_page(town_version)
def town(request: HttpRequest, slug: str) -> HttpResponse:
    """A town: council and fund side by side, needs, projects, what residents say and what officials say."""
    language = _language()
    found = town_by_slug(slug=slug)
    council = council_of(town=found)
    totals = totals_of_town(town_id=found.pk)
    profile, topics = queries.reference(town=found, language=language)
    voices = queries.voices(town=found)
    context = {
        "town": found,
        "profile": profile,
        "council": council,
        "members": members_of(town=found, on=day_of(now())) if council else [],
        "has_fund": totals is not None,
        "totals": totals,
        "needs": latest_needs(town=found, limit=3),
        "counts": counts(town=found),
        "projects": queries.project_lines(town=found),
        "voices": voices,
        "picture": picture(
            chart_id="residents-chart", title=_("What residents say"), results=voices.results, language=language
        ),
        "topics": topics,
    }
    return render(request, "portal/town.html", context)


@require_safe
@public_page(need_version)
def chain(request: HttpRequest, need_id: UUID) -> HttpResponse:
    """From the need to the proof."""
    need = public_need(need_id)
    found = chain_of(need=need, language=_language())
    return render(request, "portal/chain.html", {"chain": found, "need": need, "town": need.town})


@require_safe
@public_page(lambda: 0)
def how(request: HttpRequest) -> HttpResponse:
    """How it works, in words for everybody."""
    return render(request, "portal/how.html")


@require_safe
@public_page(lambda: 0)
def openapi(request: HttpRequest) -> HttpResponse:
    """What programs can read: the files of surveys with their dictionary, and the API drawn from its own schema."""
    return render(request, "portal/openapi.html", {"paths": guide(), "data": open_data()})
