"""The inbox as its operator sees it: what waits, what failed and why, what nobody here has read about."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.clock import day_of, now
from common.errors import NotFound
from funds.payments.actions import is_handled, try_again
from funds.payments.permissions import can_see_inbox, can_try_again
from funds.payments.queries import UNKNOWN, inbox_page
from funds.payments.states import EventState
from funds.payments.tasks import ring
from funds.payments.views.accounts import person
from funds.payments.views.event_words import words_of

_PAGE = 50


@never_cache
@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Events, newest first; `?only=` a state or `unknown`, `?before=` where the page above ended."""
    user, today = person(request), day_of(now())
    can_see_inbox(user, on=today).enforce()
    only = request.GET.get("only", "")
    rows = inbox_page(only=only, limit=_PAGE + 1, before=_place(request.GET.get("before", "")))
    shown, more = rows[:_PAGE], len(rows) > _PAGE
    context = {
        "rows": [(row, words_of(row.type), is_handled(row.type)) for row in shown],
        "only": only,
        "filters": [("", ""), *EventState.choices, (UNKNOWN, "")],
        "next": f"{shown[-1].received_at.isoformat()}_{shown[-1].pk}" if more else "",
        "tries": bool(can_try_again(user, on=today)),
    }
    return render(request, "payments/inbox.html", context, status=HTTPStatus.OK)


@never_cache
@login_required
@require_POST
def again(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Have one event handled once more."""
    can_try_again(person(request), on=day_of(now())).enforce()
    if not try_again(event_pk=event_id, now=now()):
        raise NotFound("no_event", "")
    ring()
    return redirect("payments:inbox")


def _place(text: str) -> tuple[datetime, UUID] | None:
    at, _line, key = text.rpartition("_")
    try:
        moment = parse_datetime(at.replace(" ", "+"))
        return (moment, UUID(key)) if moment is not None and moment.tzinfo else None
    except ValueError:
        return None
