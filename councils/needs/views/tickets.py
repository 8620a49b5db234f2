"""Following a need by its ticket, without an account.

Wrong tickets are counted per address for a minute, so that nobody finds one by trying; the address is kept nowhere.
"""

import logging
from http import HTTPStatus

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from common.clock import day_of
from common.ids import normalise_ticket
from councils.needs import queries
from councils.needs.forms import TicketForm
from councils.needs.models import Need
from councils.needs.rules import text_is_public
from councils.needs.states import BADGES, Category, NeedState, RefusalReason

logger = logging.getLogger(__name__)

WRONG_TICKETS_A_MINUTE = 30
NO_BREAK = "\N{NO-BREAK SPACE}"
_MINUTE = 60


@never_cache
@require_safe
def follow(request: HttpRequest) -> HttpResponse:
    """Type a ticket. A form that only asks needs no POST: it works with cookies switched off, too."""
    if "ticket" not in request.GET:
        return render(request, "needs/follow.html", {"form": TicketForm()})
    form = TicketForm(request.GET)
    if not form.is_valid():
        return render(request, "needs/follow.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    need = _try(request, form.cleaned_data["ticket"])
    return redirect("needs:ticket", ticket=need.ticket) if isinstance(need, Need) else need


@never_cache
@require_safe
def ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """What became of the need: to whoever holds the ticket, also while nobody else may read it."""
    need = _try(request, ticket)
    if not isinstance(need, Need):
        return need
    language = get_language()
    public = text_is_public(need.state, need.refusal_reason)
    response = render(
        request,
        "needs/ticket.html",
        {
            "need": need,
            "name": need.town.name_in(language),
            "filed": request.GET.get("filed", ""),
            "public": public,
            "state": BADGES[NeedState(need.state)],
            "state_text": NeedState(need.state).label,
            "category": Category(need.category).label,
            "reason": RefusalReason(need.refusal_reason).label if need.refusal_reason else "",
            "filed_date": day_of(need.filed_at),
            "photo_url": f"{reverse('needs:photo', args=[need.pk])}?ticket={need.ticket}" if need.photo else "",
            "spelled": ", ".join(NO_BREAK.join(three) for three in need.ticket.split("-")),
        },
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def _try(request: HttpRequest, typed: str) -> Need | HttpResponse:
    """The need, or the page that says what to check, or the page that says to wait."""
    key = _tries_key(request)
    if _wrong_so_far(key) >= WRONG_TICKETS_A_MINUTE:
        message = gettext("Too many wrong tickets came from your network. Wait a minute and try again.")
        return render(request, "errors/429.html", {"message": message}, status=HTTPStatus.TOO_MANY_REQUESTS)
    need = queries.need_by_ticket(typed=typed)
    if need is not None:
        return need
    _count(key)
    form = TicketForm({"ticket": typed[:40]})
    form.add_error(
        "ticket",
        gettext(
            "There is no need with this ticket. A ticket has nine signs; the digits 0, 1 and 8 and the letters"
            " B, I, L, O, Q, S, U and V are never among them."
        ),
    )
    context = {"form": form, "read_as": normalise_ticket(typed)[:20]}
    return render(request, "needs/follow.html", context, status=HTTPStatus.NOT_FOUND)


def _wrong_so_far(key: str) -> int:
    try:
        return int(cache.get(key, 0))
    except RedisError:
        # Without the cache people still follow their needs; among 25^9 tickets nobody guesses one in an outage.
        logger.warning("the cache does not answer: wrong tickets are not counted")
        return 0


def _count(key: str) -> None:
    try:
        if not cache.add(key, 1, timeout=_MINUTE):
            cache.incr(key)
    except ValueError:  # the minute was over between two commands
        cache.set(key, 1, timeout=_MINUTE)
    except RedisError:
        logger.warning("the cache does not answer: a wrong ticket was not counted")


def _tries_key(request: HttpRequest) -> str:
    """A mark of the network that somebody comes from; not to be turned back into the address, and gone in a minute."""
    address = BaseThrottle().get_ident(request)  # type: ignore[arg-type]
    return f"needs:tries:{salted_hmac('needs.tickets', address).hexdigest()[:32]}"
