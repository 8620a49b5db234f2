"""The list of towns with its map and search. The town's own page belongs to the portal."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.http import public_page
from towns import queries

_LONGEST_SEARCH: Final = 80


@require_safe
@public_page(queries.towns_version)
def town_list(request: HttpRequest) -> HttpResponse:
    """All towns by oblast beside the map; `?q=` narrows both to what it finds, in any spelling."""
    language = get_language() or "kk"
    q = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    found = queries.towns_list(language=language, q=q)
    context = {
        "q": q,
        "found": found,
        "map": queries.town_map(language=language, named=found.slugs if q else None),
        "together": [] if q else queries.general_figures(language=language),
        "approximate": any(town.approximate for oblast in found.oblasts for town in oblast.towns),
    }
    return render(request, "towns/list.html", context)
