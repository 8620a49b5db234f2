"""Pledges of enterprises: the public meters, making one, withdrawing one."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit.queries import town_version
from common.clock import day_of, now
from common.cursors import id_of
from common.errors import DomainError, Forbidden
from common.http import public_page
from funds.donations.actions.matching import pledge, withdraw_pledge
from funds.donations.forms.matching import PledgeForm
from funds.donations.models import Pledge
from funds.donations.permissions import can_pledge, can_withdraw_pledge
from funds.donations.queries import open_projects
from funds.donations.queries.matching import PAGE, pledges_of_fund
from funds.ledger.queries import fund_of_town
from users.models import User


@require_safe
@public_page(town_version)
def pledges(request: HttpRequest, slug: str) -> HttpResponse:
    """What enterprises add to people's gifts: promised, called for, paid."""
    fund = fund_of_town(slug=slug)
    found = pledges_of_fund(
        fund_id=fund.pk, on=day_of(now()), before=id_of(request.GET.get("after", "")), limit=PAGE + 1
    )
    more, found = len(found) > PAGE, found[:PAGE]
    pager = {"previous_url": "", "next_url": f"?after={found[-1].id}" if more else "", "position": ""}
    return render(request, "donations/pledges.html", {"town": fund.town, "pledges": found, "pager": pager})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pledge_new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a pledge, for the town's enterprise."""
    fund, actor, moment = fund_of_town(slug=slug), request.user, now()
    if not isinstance(actor, User):
        raise Forbidden("forbidden", "")
    can_pledge(actor, fund, on=day_of(moment)).enforce()
    form = PledgeForm(request.POST or None, projects=open_projects(fund_id=fund.pk), today=day_of(moment))
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                made = pledge(actor=actor, fund=fund, now=moment, **form.facts)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return redirect("donations:pledge", pledge_id=made.pk)
    return render(request, "donations/pledge_new.html", {"form": form, "town": fund.town}, status=status)


@never_cache
@login_required
@require_safe
def own_pledges(request: HttpRequest, slug: str) -> HttpResponse:
    """The promises of the town's enterprise, with their pages: how to pay each, and how to end it."""
    fund, actor, today = fund_of_town(slug=slug), request.user, day_of(now())
    if not isinstance(actor, User):
        raise Forbidden("forbidden", "")
    can_pledge(actor, fund, on=today).enforce()
    found = pledges_of_fund(fund_id=fund.pk, on=today, before=id_of(request.GET.get("after", "")), limit=PAGE + 1)
    more, found = len(found) > PAGE, found[:PAGE]
    pager = {"previous_url": "", "next_url": f"?after={found[-1].id}" if more else "", "position": ""}
    return render(request, "donations/pledges_own.html", {"town": fund.town, "pledges": found, "pager": pager})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pledge_page(request: HttpRequest, pledge_id: UUID) -> HttpResponse:
    """The enterprise's own page of a pledge: how to pay it, and the way to end it."""
    actor, moment = request.user, now()
    if not isinstance(actor, User):
        raise Forbidden("forbidden", "")
    found = get_object_or_404(Pledge.objects.select_related("fund__town", "project"), pk=pledge_id)
    can_withdraw_pledge(actor, found, on=day_of(moment)).enforce()
    if request.method == "POST":
        withdraw_pledge(actor=actor, pledge_id=found.pk, now=moment)
        return redirect("donations:pledge", pledge_id=found.pk)
    full = found.matched_minor >= found.cap_minor
    return render(request, "donations/pledge.html", {"pledge": found, "town": found.fund.town, "full": full})
