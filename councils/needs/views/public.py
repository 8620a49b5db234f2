"""What everybody may read: the list of a town, one need, its photo. Nothing here knows who reads, except a photo that
is not public yet.
"""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from common.clock import day_of, now
from common.errors import NotFound
from common.formats import date_long
from common.http import public_page
from common.ids import normalise_ticket
from councils.needs import queries
from councils.needs.forms import NeedFilterForm
from councils.needs.models import Need
from councils.needs.permissions import can_read
from councils.needs.rules import excerpt
from councils.needs.states import BADGES, Category, NeedState, RefusalReason
from councils.priorities.queries import place_of
from towns.queries import town_by_slug


def row_of(need: Need, language: str) -> dict[str, str]:
    """A need as one card: everything written out once."""
    place = f" · {need.quarter}" if need.quarter else ""
    return {
        "title": excerpt(need.text),
        "language": need.language,
        "url": reverse("needs:detail", args=[need.pk]),
        "meta": f"{Category(need.category).label}{place} · {date_long(day_of(need.filed_at), language)}",
        "badge_text": str(NeedState(need.state).label),
        "state": BADGES[NeedState(need.state)],
        "reason": str(RefusalReason(need.refusal_reason).label) if need.refusal_reason else "",
    }


@require_safe
@public_page(queries.list_version)
def list_(request: HttpRequest, slug: str) -> HttpResponse:
    """The answered needs of a town, newest first; ?category=, ?state=, ?after=<id of the last need seen>."""
    town = town_by_slug(slug=slug)
    form = NeedFilterForm(request.GET)
    if not form.is_valid():
        raise NotFound("no_such_filter", gettext("Needs cannot be sorted out this way. Open the whole list."))
    asked = form.cleaned_data
    page = queries.page_of_needs(town=town, **asked)
    language = get_language()
    kept = {name: asked[name] for name in ("category", "state") if asked[name]}
    return render(
        request,
        "needs/list.html",
        {
            "town": town,
            "name": town.name_in(language),
            "form": form,
            "narrowed": bool(kept),
            "counts": queries.counts(town=town),
            "rows": [row_of(need, language) for need in page.items],
            "first_url": reverse("needs:list", args=[slug]) if asked["after"] else "",
            "page": {
                "previous_url": "",
                "next_url": f"?{urlencode({**kept, 'after': page.next_after})}" if page.next_after else "",
            },
        },
    )


@require_safe
@public_page(queries.need_version)
def detail(request: HttpRequest, need_id: UUID) -> HttpResponse:
    """One answered need: the text, the photo, the answer. Others are not found, whoever asks."""
    need = queries.public_need(need_id)
    language = get_language()
    return render(
        request,
        "needs/detail.html",
        {
            "need": need,
            "row": row_of(need, language),
            "category": Category(need.category).label,
            "name": need.town.name_in(language),
            "filed_date": day_of(need.filed_at),
            "photo_url": reverse("needs:photo", args=[need.pk]) if need.photo else "",
            "priority": place_of(town_id=need.town_id, need=need.category),
        },
    )


@require_safe
def photo(request: HttpRequest, need_id: UUID) -> HttpResponse:
    """The photo of a need, as a clean JPEG: to everybody once the text is public, before that to ?ticket= and the
    council. Whoever may not see it learns nothing, not even that it is there.
    """
    need = queries.any_need(need_id)
    today = day_of(now())
    public = bool(can_read(None, need, ticket="", on=today))
    ticket = normalise_ticket(request.GET.get("ticket", ""))
    if not need.photo or not (
        public or can_read(None, need, ticket=ticket, on=today) or can_read(request.user, need, ticket="", on=today)
    ):
        raise NotFound("no_such_photo", gettext("There is no such photo here. Check the address."))
    with need.photo.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    # An hour, not longer: a photo that has to be taken down is gone from all caches the same day.
    response["Cache-Control"] = "public, max-age=3600" if public else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="photo.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
