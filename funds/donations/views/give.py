"""Giving: the form and the way to the payment page. Parse, one action, redirect; never cached."""

from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import now
from common.errors import DomainError
from common.money import CURRENCIES
from common.pace import HOUR, may_go_on
from funds.donations import actions, queries
from funds.donations.forms import GiftForm
from funds.donations.states import GiftState
from funds.ledger.models import Fund
from funds.ledger.queries import fund_of_town
from funds.payments.stripe import is_configured
from funds.projects.models import Project
from users.permissions import is_signed_in

GIFTS_AN_HOUR: Final = 20
_SERVICE_AWAY: Final = frozenset({"unavailable", "misconfigured"})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and with POST the way to the payment page. `?project=` and `?currency=` choose beforehand."""
    fund = fund_of_town(slug=slug)
    if not is_configured():
        return render(request, "donations/off.html", {"fund": fund, "town": fund.town})
    sent = request.POST if request.method == "POST" else request.GET
    currency = _currency(sent.get("currency", ""))
    projects = queries.open_projects(fund_id=fund.pk)
    if request.method != "POST":
        wanted = request.GET.get("project", "")
        chosen = next((project for project in projects if str(project.pk) == wanted), None)
        form = GiftForm(currency=currency, projects=projects, project=chosen)
        return _form_page(request, fund, form, currency, project=chosen, project_gone=bool(wanted) and chosen is None)
    form = GiftForm(request.POST, currency=currency, projects=projects)
    if not form.is_valid():
        return _form_page(request, fund, form, currency, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not _may_start_another(request):
        form.add_error(None, _("Too many gifts were begun from your network within an hour. Please try again later."))
        return _form_page(request, fund, form, currency, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        return _to_payment_page(request, fund, form)
    except DomainError as error:
        form.add_error("own_amount" if error.field == "amount" else None, str(error.message))
        away = error.code in _SERVICE_AWAY
        status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(request, fund, form, currency, status=status)


def _to_payment_page(request: HttpRequest, fund: Fund, form: GiftForm) -> HttpResponse:
    """The gift's row first, committed; then the hosted page. The same form sent again finds the same gift and page."""
    facts = form.cleaned_data
    gift = actions.start_gift(
        fund=fund,
        project=form.project,
        amount=facts["amount"],
        donor_name=facts["donor_name"],
        donor_email=facts["donor_email"],
        name_public=facts["name_public"],
        message=facts["message"],
        tie_to_town=facts["tie_to_town"],
        language=get_language() or settings.LANGUAGE_CODE,
        donor=request.user if is_signed_in(request.user) else None,
        submission_key=form.submission_key,
        now=now(),
    )
    if gift.state in {GiftState.SUCCEEDED, GiftState.EXPIRED}:
        return redirect("donations:receipt", receipt_code=gift.receipt_code)
    checkout = actions.open_checkout(gift=gift)
    if not checkout.url:
        return redirect("donations:receipt", receipt_code=gift.receipt_code)
    return HttpResponseRedirect(checkout.url, status=HTTPStatus.SEE_OTHER)


def _form_page(
    request: HttpRequest,
    fund: Fund,
    form: GiftForm,
    currency: str,
    *,
    project: Project | None = None,
    project_gone: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "fund": fund,
        "town": fund.town,
        "form": form,
        "currency": currency,
        "currencies": CURRENCIES,
        "project": project,
        "project_gone": project_gone,
    }
    return render(request, "donations/give.html", context, status=status)


def _currency(wanted: str) -> str:
    if wanted in CURRENCIES:
        return wanted
    return "EUR" if get_language() == "de" else "KZT"


def _may_start_another(request: HttpRequest) -> bool:
    """Card testers try many cards from one network. While nobody can be counted, Stripe's own defence stands."""
    return may_go_on(request, purpose="donations.give", at_most=GIFTS_AN_HOUR, seconds=HOUR)
