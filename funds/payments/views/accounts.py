"""The fund's bank accounts: what stands here, opening one, closing one. For the treasurer; the auditor reads."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.clock import day_of, now
from common.errors import DomainError, NotFound
from funds.ledger.queries import fund_of_town
from funds.payments.actions.accounts import close_account, open_account
from funds.payments.forms import AccountForm
from funds.payments.permissions import can_keep_bank, can_read_bank
from funds.payments.queries.bank import accounts_of_fund, bank_account, latest_statements
from funds.payments.states import AccountKind
from users.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in; raises NotFound for nobody."""
    if not isinstance(request.user, User):
        raise NotFound("no_person", _("Sign in first."))
    return request.user


@never_cache
@login_required
@require_safe
def accounts(request: HttpRequest, slug: str) -> HttpResponse:
    """The accounts of a fund with what their statements tell."""
    user, fund = person(request), fund_of_town(slug=slug)
    can_read_bank(user, fund.town, on=day_of(now())).enforce()
    keeps = bool(can_keep_bank(user, fund.town, on=day_of(now())))
    rows = accounts_of_fund(fund=fund)
    return render(request, "payments/accounts.html", {"town": fund.town, "rows": rows, "keeps": keeps})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def account_new(request: HttpRequest, slug: str) -> HttpResponse:
    """The treasurer names an account of the fund."""
    user, fund = person(request), fund_of_town(slug=slug)
    can_keep_bank(user, fund.town, on=day_of(now())).enforce()
    status = HTTPStatus.OK
    if request.method == "POST":
        form = AccountForm(request.POST)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            facts = {**form.cleaned_data, "kind": AccountKind(form.cleaned_data["kind"])}
            try:
                account = open_account(actor=user, fund=fund, now=now(), **facts)
            except DomainError as error:
                form.add_error(error.field, str(error.message))
            else:
                return redirect("payments:account", slug, account.pk)
    else:
        known = {"holder": fund.legal_entity, "kind": AccountKind.BANK, "currency": "KZT", "public": True}
        form = AccountForm(initial=known)
    return render(request, "payments/account_new.html", {"town": fund.town, "form": form}, status=status)


@never_cache
@login_required
@require_safe
def account(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """One account: its facts, its latest statements, the way to import the next."""
    user, found = person(request), bank_account(account_id=account_id, slug=slug)
    can_read_bank(user, found.fund.town, on=day_of(now())).enforce()
    context = {
        "town": found.fund.town,
        "account": found,
        "statements": latest_statements(account=found),
        "keeps": bool(can_keep_bank(user, found.fund.town, on=day_of(now()))),
    }
    return render(request, "payments/account.html", context)


@never_cache
@login_required
@require_POST
def account_close(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """Take no more statements for an account, and show it to givers no more."""
    close_account(actor=person(request), account=bank_account(account_id=account_id, slug=slug), now=now())
    return redirect("payments:accounts", slug)
