"""The public wall of donors, and a giver's own page. The first is the same for everybody, the second for one alone."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.clock import now
from common.errors import Forbidden, NotFound
from common.http import public_page
from funds.donations import actions, queries
from funds.donations.queries.mine import MINE_PAGE, gifts_of, guest_gifts, guest_monthlies, monthlies_of, taken_back
from funds.donations.queries.wall import wall_of, wall_version
from funds.ledger.queries import fund_of_town
from users.models import User


def _number(request: HttpRequest) -> int:
    """The page asked for; NotFound for what is none."""
    asked = request.GET.get("page", "1")
    if not (asked.isascii() and asked.isdigit()) or len(asked) > 3:  # noqa: PLR2004 - no page has a longer number
        raise NotFound("no_page", _("There is no such page."))
    return int(asked)


@require_safe
@public_page(wall_version)
def wall(request: HttpRequest, slug: str) -> HttpResponse:
    """Who gave to a fund: named gifts with amounts, the others by bands."""
    fund = fund_of_town(slug=slug)
    told = wall_of(fund=fund, number=_number(request))
    pager = {
        "previous_url": f"?page={told.number - 1}" if told.number > 1 else "",
        "next_url": f"?page={told.number + 1}" if told.more else "",
    }
    return render(request, "donations/wall.html", {"town": fund.town, "wall": told, "pager": pager})


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Forbidden("forbidden", _("Sign in first."))
    return request.user


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """My gifts, where each went, and my monthly gifts."""
    user, number = _user(request), _number(request)
    skip = (max(number, 1) - 1) * MINE_PAGE
    found = gifts_of(user=user, limit=MINE_PAGE + 1, skip=skip)
    taken = taken_back(gifts=found)
    context = {
        "gifts": [
            (gift, queries.purpose_words(project=gift.project, need=gift.need), taken.get(gift.pk))
            for gift in found[:MINE_PAGE]
        ],
        "monthlies": [
            (one, queries.token_of(one), queries.purpose_words(project=one.project, need=one.need))
            for one in monthlies_of(user=user)
        ],
        "guests": guest_gifts(user=user).count() + guest_monthlies(user=user).count(),
        "joined": request.GET.get("done") == "joined",
        "email": user.email,
        "pager": {
            "previous_url": f"?page={number - 1}" if number > 1 else "",
            "next_url": f"?page={number + 1}" if len(found) > MINE_PAGE else "",
        },
    }
    return render(request, "donations/mine.html", context)


@never_cache
@login_required
@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Gifts of guests with my address become mine."""
    actions.join_guest_gifts(user=_user(request), now=now())
    response = redirect("donations:mine")
    response["Location"] += "?done=joined"
    return response
