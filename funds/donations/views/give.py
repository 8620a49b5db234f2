"""Giving: the form, and the way to the payment page or to the account for a transfer. Parse, one action, redirect.

Never cached. Where cards are switched off, the form has the other ways alone; where there is none, the page says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from babel.numbers import get_currency_name
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError
from common.money import CURRENCIES
from common.pace import HOUR, may_go_on, network_of
from funds.donations import actions, queries
from funds.donations.actions.defence import TOO_MANY, admit, is_challenged
from funds.donations.forms import GiftForm
from funds.donations.forms.defence import ask
from funds.donations.forms.fields import WHOLE_FUND
from funds.donations.queries.ways import fee_rule
from funds.donations.rules import Way
from funds.donations.states import DonorKind, GiftState, Method
from funds.donations.tasks import tell_where
from funds.ledger.models import Fund
from funds.ledger.queries import fund_of_town
from funds.payments.models import BankAccount
from funds.payments.states import AccountKind
from funds.payments.stripe import is_configured
from users.permissions import is_signed_in

GIFTS_AN_HOUR: Final = 20
_SERVICE_AWAY: Final = frozenset({"unavailable", "misconfigured"})
_FIRST_CURRENCIES: Final = ("KZT", "EUR", "USD")
_SHORT: Final = {"KZT": gettext_lazy("₸ tenge"), "EUR": gettext_lazy("€ euro"), "USD": gettext_lazy("$ dollar")}


@dataclass(frozen=True, slots=True)
class Desk:
    """What stands on the page of one fund: its form, and what surrounds it."""

    fund: Fund
    form: GiftForm
    currency: str
    ways: tuple[Way, ...]
    purpose_gone: bool = False


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and with POST the way to pay. `?project=`, `?need=`, `?currency=` and `?way=` choose beforehand."""
    fund = fund_of_town(slug=slug)
    accounts = queries.accounts_for_givers(fund=fund)
    sent = request.POST if request.method == "POST" else request.GET
    currency = _currency(sent.get("currency", ""))
    ways = _ways(accounts, currency)
    if not ways and accounts:  # nothing but Kaspi: it takes what its accounts are kept in
        currency = accounts[0].currency
        ways = _ways(accounts, currency)
    if not ways:
        return render(request, "donations/off.html", {"fund": fund, "town": fund.town})
    desk = _desk(request, fund, ways, currency)
    form = desk.form
    if request.method != "POST":
        return _page(request, desk)
    if not form.is_valid():
        return _page(request, desk, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not form.chosen_way.by_card and not _may_start_another(request):
        form.add_error(None, _("Too many gifts were begun from your network within an hour. Please try again later."))
        return _page(request, desk, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        return _go_on(request, desk)
    except DomainError as error:
        form.add_error("own_amount" if error.field == "amount" else None, str(error.message))
        return _page(request, desk, status=_status_of(error))


def _status_of(error: DomainError) -> HTTPStatus:
    if error.code in TOO_MANY:
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.SERVICE_UNAVAILABLE if error.code in _SERVICE_AWAY else HTTPStatus.UNPROCESSABLE_ENTITY


def _desk(request: HttpRequest, fund: Fund, ways: tuple[Way, ...], currency: str) -> Desk:
    purposes = queries.purposes_of(fund=fund)
    fee = fee_rule(currency)
    if request.method == "POST":
        form = GiftForm(request.POST, currency=currency, purposes=purposes, ways=ways, fee=fee)
        _guard(form)
        return Desk(fund, form, currency, ways)
    project, need = request.GET.get("project", ""), request.GET.get("need", "")
    wanted = project or (f"need-{need}" if need else "")
    known = purposes.project(wanted) is not None or purposes.need(wanted) is not None
    way = request.GET.get("way", "")
    form = GiftForm(
        currency=currency,
        purposes=purposes,
        ways=ways,
        fee=fee,
        way=Way(way) if way in ways else None,
        chosen=wanted if known else WHOLE_FUND,
    )
    _guard(form)
    return Desk(fund, form, currency, ways, purpose_gone=bool(wanted) and not known)


def _guard(form: GiftForm) -> None:
    """While cards are tried out somewhere, or always if the operator wants it, the form asks a question."""
    moment = now()
    if is_challenged(now=moment):
        ask(form, page=form.page, now=moment)


def _go_on(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The gift's row first, committed; then the way to pay. The same form sent again finds the same gift and page."""
    way = desk.form.chosen_way
    facts = _facts(request, desk)
    if way.by_card:
        form = desk.form
        admit(
            key=form.submission_key,
            page=form.page,
            network=network_of(request),
            email=facts["donor_email"],
            now=now(),
        )
    if way == Way.MONTHLY:
        monthly = actions.start_monthly(**facts, covers_fee=desk.form.pays_fee, now=now())
        return HttpResponseRedirect(actions.open_monthly_checkout(monthly=monthly), status=HTTPStatus.SEE_OTHER)
    if not way.by_card:
        gift = actions.expect_transfer(**facts, method=Method(way), now=now())
        tell_where(gift)
        return redirect("donations:receipt", receipt_code=gift.receipt_code)
    gift = actions.start_gift(**facts, covers_fee=desk.form.pays_fee, fee_estimate=desk.form.fee_estimate, now=now())
    if gift.state in {GiftState.SUCCEEDED, GiftState.EXPIRED}:
        return redirect("donations:receipt", receipt_code=gift.receipt_code)
    checkout = actions.open_checkout(gift=gift)
    if not checkout.url:
        return redirect("donations:receipt", receipt_code=gift.receipt_code)
    return HttpResponseRedirect(checkout.url, status=HTTPStatus.SEE_OTHER)


def _facts(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """What every way of giving has to be told."""
    form = desk.form
    facts = form.cleaned_data
    return {
        "fund": desk.fund,
        "project": form.project,
        "need": form.need,
        "amount": form.amount,
        "giver": form.giver,
        **{name: facts[name] for name in ("donor_name", "donor_email", "name_public", "message", "tie_to_town")},
        "language": get_language() or settings.LANGUAGE_CODE,
        "donor": request.user if is_signed_in(request.user) else None,
        "submission_key": form.submission_key,
    }


def _page(request: HttpRequest, desk: Desk, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    kept = {name: request.GET[name] for name in ("project", "need", "way") if request.GET.get(name)}
    if desk.purpose_gone:
        kept = {name: value for name, value in kept.items() if name == "way"}
    language = get_language() or settings.LANGUAGE_CODE
    first = [code for code in CURRENCIES if code in _FIRST_CURRENCIES or code == desk.currency]
    context = {
        "fund": desk.fund,
        "town": desk.fund.town,
        "form": desk.form,
        "currency": desk.currency,
        "kept": kept,
        "first_currencies": [
            (code, _SHORT.get(code) or get_currency_name(code, locale=language), _query(kept, currency=code))
            for code in first
        ],
        "other_currencies": [
            (code, get_currency_name(code, locale=language)) for code in CURRENCIES if code not in first
        ],
        "by_card": Way.CARD in desk.ways,
        "transfer_url": _transfer_url(desk, kept),
        "purpose_gone": desk.purpose_gone,
        "idle_since": queries.idle_since(fund_id=desk.fund.pk, today=day_of(now())),
        "filled": _filled(desk.form),
    }
    return render(request, "donations/give.html", context, status=status)


def _transfer_url(desk: Desk, kept: dict[str, str]) -> str:
    """The same form with the first way that needs no card; "" where there is none."""
    way = next((way for way in desk.ways if not way.by_card), None)
    return f"{_query(kept, currency=desk.currency, way=way.value)}#ways" if way else ""


def _query(kept: dict[str, str], **changed: str) -> str:
    return f"?{urlencode({**kept, **changed})}"


def _filled(form: GiftForm) -> dict[str, bool]:
    """Which folded parts of the form have something in them, or something to mend: they stand open."""
    parts = {"company": ("company_bin",), "origin": ("origin", "country"), "words": ("message", "tie_to_town")}
    return {
        part: form.is_bound and any(form[name].errors or form.data.get(name) for name in names)
        for part, names in parts.items()
    } | {
        "company": form.is_bound
        and (form.data.get("donor_kind") == DonorKind.COMPANY or bool(form["company_bin"].errors))
    }


def _ways(accounts: Sequence[BankAccount], currency: str) -> tuple[Way, ...]:
    """How one can give to a fund in a currency now, what most people use first. A bank exchanges, Kaspi does not."""
    kinds = {one.kind for one in accounts if one.kind == AccountKind.BANK or one.currency == currency}
    cards = (Way.CARD, Way.MONTHLY) if is_configured() else ()
    transfers = ((AccountKind.BANK, Way.BANK), (AccountKind.KASPI, Way.KASPI))
    return (*cards, *(way for kind, way in transfers if kind in kinds))


def _currency(wanted: str) -> str:
    if wanted in CURRENCIES:
        return wanted
    return "EUR" if get_language() == "de" else "KZT"


def _may_start_another(request: HttpRequest) -> bool:
    """Card testers try many cards from one network. While nobody can be counted, Stripe's own defence stands."""
    return may_go_on(request, purpose="donations.give", at_most=GIFTS_AN_HOUR, seconds=HOUR)
