"""The public pages of the reconciliation: everything that was compared, and what did not fit, in red."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.queries import site_version
from common.clock import day_of, now
from common.cursors import id_of
from common.errors import DomainError, Forbidden
from common.formats import date_short, money, number
from common.http import public_page
from common.pace import HOUR, may_go_on
from funds.payments.stripe import is_configured
from funds.reports.models import Comparison
from funds.reports.permissions import can_reconcile
from funds.reports.queries import Way, days_of_runs, run_of, ways
from funds.reports.states import Hop
from funds.reports.tasks import hear_and_reconcile
from users.models import User

RUNS_AN_HOUR: Final = 12
_WAYS: Final = 20


def _remainder(one: Comparison) -> str:
    """What is unexplained: its sum, or the number of lines whose sums are not told yet."""
    if one.is_off and not one.remainder_minor:
        return _("items: %(number)s") % {"number": one.items_open}
    return money(one.remainder_minor, one.currency)


def _row(one: Comparison, language: str) -> dict[str, object]:
    fund = one.fund.town.name_in(language) if one.fund else _("All towns together")
    return {
        "hop": one.get_hop_display(),
        "whose": fund,
        "subject": one.subject,
        "through": date_short(date.fromisoformat(one.subject), language) if one.hop == Hop.BANK else "",
        "outside": money(one.outside_minor, one.currency),
        "ours": money(one.ours_minor, one.currency),
        "remainder": _remainder(one),
        "off": one.is_off,
        "under_way": money(one.under_way_minor, one.currency) if one.under_way_minor else "",
        "open": one.items_open,
        "since": date_short(one.oldest_open_date, language) if one.oldest_open_date else "",
    }


def _way(one: Way, language: str) -> dict[str, object]:
    currency = one.payout.currency
    [arrived] = [one.arrived] if len(one.arrived) == 1 else [{}]
    rate = ""
    for code, minor in arrived.items():
        if code != currency and one.payout.amount_minor:
            rate = number(round(minor / one.payout.amount_minor, 4), language)
    row: dict[str, object] = {
        "day": date_short(one.payout.arrival_date, language),
        "state": one.payout.get_state_display(),
    }
    if one.together != 1:
        hidden = _("booked in one sum with other transfers") if one.together else _("waits to be booked with others")
        return row | dict.fromkeys(("gross", "fees", "returned", "sent", "arrived", "rate"), "–") | {"hidden": hidden}
    return row | {
        "gross": money(one.gross, currency),
        "fees": money(-one.fees, currency),
        "returned": money(one.returned, currency),
        "sent": money(one.payout.amount_minor, currency),
        "arrived": ", ".join(money(minor, code) for code, minor in one.arrived.items()),
        "rate": rate,
    }


def _has_open_lines(comparisons: Iterable[Comparison]) -> bool:
    return any(one.hop == Hop.BANK and one.items_open for one in comparisons)


def _page(request: HttpRequest, day: date | None, after: UUID | None) -> HttpResponse:
    language = get_language() or settings.LANGUAGE_CODE
    found = run_of(day=day)
    if day is not None and found is None:
        raise Http404
    seen = ways(before=after, limit=_WAYS + 1) if day is None else []
    more, seen = len(seen) > _WAYS, seen[:_WAYS]
    context = {
        "found": found,
        "rows": [_row(one, language) for one in found.comparisons] if found else [],
        "day": day,
        "days": days_of_runs(),
        "ways": [_way(one, language) for one in seen],
        "pager": {"previous_url": "", "next_url": f"?after={seen[-1].payout.pk}" if more else "", "position": ""},
        "cards": is_configured(),
        "untold_days": settings.ANONYMOUS_BATCH_DAYS if found and _has_open_lines(found.comparisons) else 0,
    }
    return render(request, "reports/reconciliation.html", context)


@require_safe
@public_page(site_version)
def reconciliation(request: HttpRequest) -> HttpResponse:
    """The latest run, and the ways of the latest transfers hop by hop."""
    return _page(request, None, id_of(request.GET.get("after", "")))


@require_safe
@public_page(site_version)
def run(request: HttpRequest, day: date) -> HttpResponse:
    """What was found on one day."""
    return _page(request, day, None)


@never_cache
@login_required
@require_POST
def reconcile_now(request: HttpRequest) -> HttpResponse:
    """Compare everything now."""
    actor, moment = request.user, now()
    if not isinstance(actor, User):
        raise Forbidden("forbidden", "")
    can_reconcile(actor, on=day_of(moment)).enforce()
    if not may_go_on(request, purpose="reports.reconcile", at_most=RUNS_AN_HOUR, seconds=HOUR, account=actor.pk):
        raise DomainError("too_often", _("That was often. Look again in an hour; it is done every day by itself."))
    hear_and_reconcile()
    return redirect("reports:reconciliation")


@never_cache
@login_required
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """The button that has everything compared."""
    actor = request.user
    if not isinstance(actor, User):
        raise Forbidden("forbidden", "")
    can_reconcile(actor, on=day_of(now())).enforce()
    return render(request, "reports/ask.html", {})
