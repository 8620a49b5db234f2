"""Cash boxes: the counts of a fund, a new count, the second person's own count. Nobody sees a first count before."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.formats import money
from funds.donations.actions.cash import confirm_count, record_count, refuse_count
from funds.donations.forms.bank_lines import CountForm, RefuseCountForm, SecondCountForm
from funds.donations.models import CashCount
from funds.donations.permissions import can_count_cash, can_see_cash, can_see_refused_sums
from funds.donations.queries import open_projects
from funds.donations.queries.cash import cash_count, cash_counts, second_sum
from funds.ledger.queries import balance_of, fund_of_town
from funds.ledger.states import AccountCode
from funds.payments.views.accounts import person


def _row(count: CashCount, *, audits: bool) -> dict[str, Any]:
    # Before the second count the sum is nobody's to read: the second person must not know it. After a refusal the box
    # is counted anew, so it is still nobody's who may count.
    told = count.confirmed_at is not None and (audits or not count.refused_reason)
    state = "refused" if count.refused_reason else ("confirmed" if told else "waiting")
    return {
        "count": count,
        "amount": money(count.amount_minor, count.currency) if told else "",
        "state": state,
        "seq": count.gift.transaction.seq if count.gift is not None and count.gift.transaction is not None else None,
    }


@never_cache
@login_required
@require_safe
def cash(request: HttpRequest, slug: str) -> HttpResponse:
    """The counts of a fund, the newest first, and what the box holds."""
    user, fund = person(request), fund_of_town(slug=slug)
    can_see_cash(user, fund, on=day_of(now())).enforce()
    held = balance_of(fund=fund, code=AccountCode.CASH, currency="KZT")
    audits = bool(can_see_refused_sums(user, fund, on=day_of(now())))
    context = {
        "town": fund.town,
        "rows": [_row(count, audits=audits) for count in cash_counts(fund=fund)],
        "held": money(held.minor, held.currency),
        "counts": bool(can_count_cash(user, fund, on=day_of(now()))),
    }
    return render(request, "donations/cash.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def cash_new(request: HttpRequest, slug: str) -> HttpResponse:
    """One person writes down what was counted."""
    user, fund = person(request), fund_of_town(slug=slug)
    can_count_cash(user, fund, on=day_of(now())).enforce()
    projects, status = open_projects(fund_id=fund.pk), HTTPStatus.OK
    form = CountForm(projects=projects, today=day_of(now()))
    if request.method == "POST":
        form = CountForm(request.POST, request.FILES, projects=projects)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                count = record_count(actor=user, fund=fund, now=now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return redirect("donations:cash_count", count.pk)
    return render(request, "donations/cash_new.html", {"town": fund.town, "form": form}, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def cash_page(request: HttpRequest, count_id: UUID) -> HttpResponse:
    """One count: its facts, and for the second person their own count or a refusal."""
    user, count = person(request), cash_count(count_id=count_id)
    can_see_cash(user, count.fund, on=day_of(now())).enforce()
    verdict = can_count_cash(user, count.fund, on=day_of(now()), count=count)
    confirm, refuse = SecondCountForm(currency=count.currency), RefuseCountForm()
    status = HTTPStatus.OK
    if request.method == "POST":
        verdict.enforce()
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        refusing = request.POST.get("what") == "refuse"
        if refusing:
            refuse = RefuseCountForm(request.POST)
        else:
            confirm = SecondCountForm(request.POST, currency=count.currency)
        form = refuse if refusing else confirm
        if form.is_valid():
            try:
                if refusing:
                    refuse_count(actor=user, count_id=count.pk, now=now(), **form.cleaned_data)
                else:
                    confirm_count(actor=user, count_id=count.pk, now=now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
                count = cash_count(count_id=count.pk)
            else:
                return redirect("donations:cash_count", count.pk)
    audits = bool(can_see_refused_sums(user, count.fund, on=day_of(now())))
    second = second_sum(count=count) if audits and count.refused_reason else None
    context = {
        "town": count.fund.town,
        "row": _row(count, audits=audits),
        "second": "" if second is None else money(second, count.currency),
        "difference": "" if second is None else money(second - count.amount_minor, count.currency),
        "slip_opens": not count.refused_reason or audits or count.counted_by_id == user.pk,
        "count": count,
        "may": bool(verdict) and count.confirmed_at is None,
        "locked": count.differed_at is not None,
        "why_not": "" if verdict or count.confirmed_at is not None else verdict.reason,
        "confirm": confirm,
        "refuse": refuse,
    }
    return render(request, "donations/cash_count.html", context, status=status)


@never_cache
@login_required
@require_safe
def cash_slip(request: HttpRequest, count_id: UUID) -> FileResponse:
    """The slip. It tells the sum: whoever shall still count cannot open it, nor can its first counter change it."""
    user, count = person(request), cash_count(count_id=count_id)
    can_see_cash(user, count.fund, on=day_of(now())).enforce()
    if count.confirmed_at is None:
        can_count_cash(user, count.fund, on=day_of(now()), count=None).enforce()
        if count.counted_by_id != user.pk:
            raise Forbidden("slip_is_sealed", _("The slip opens once the box has been counted a second time."))
    elif count.refused_reason and count.counted_by_id != user.pk:
        can_see_refused_sums(user, count.fund, on=day_of(now())).enforce()
    response = FileResponse(count.slip.open("rb"), content_type=count.slip_type, filename=f"slip-{count.pk}")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
