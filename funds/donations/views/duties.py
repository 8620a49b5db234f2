"""What the law asks of gifts, for the treasurer and the auditor: the register of gifts from abroad, and the screening.

Nothing here is public or cached. Only the treasurer's own pages and files hold names.
"""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.workdays import KNOWN_YEARS
from funds.donations import permissions
from funds.donations.actions.duties import mark_notified
from funds.donations.actions.screening import decide_screening, is_on, list_trouble
from funds.donations.forms.duties import DecisionForm, NotifiedForm
from funds.donations.models import Screening
from funds.donations.queries import duties as queries
from funds.donations.queries.duties import NoticeRow
from funds.donations.states import DonorKind, Origin, ScreeningVerdict
from funds.donations.views.files import Sum, table_csv, table_xlsx
from funds.ledger.models import Fund
from funds.ledger.queries import fund_of_town
from users.models import User

SHOWN: Final = 100
EXPORTED: Final = 5000
_MONTH: Final = timedelta(days=30)


@never_cache
@login_required
@require_safe
def treasury(request: HttpRequest) -> HttpResponse:
    """The funds that a treasurer or an auditor looks after, with the pages that are for them alone."""
    user, today = _user(request), day_of(now())
    permissions.can_open_treasury(user, on=today).enforce()
    return render(request, "donations/treasury.html", {"funds": queries.funds_read_by(user=user, on=today)})


@never_cache
@login_required
@require_safe
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The register: what is still to be told, by deadline, and what was told."""
    fund, named = _read(request, slug)
    today = day_of(now())
    context = {
        "fund": fund,
        "town": fund.town,
        "named": named,
        "today": today,
        "waiting": queries.register_of(fund_id=fund.pk, today=today, named=named, open_only=True),
        "told": queries.register_of(fund_id=fund.pk, today=today, named=named, open_only=False, limit=SHOWN),
        "years": queries.years_of_register(fund_id=fund.pk),
        "known_until": max(KNOWN_YEARS),
    }
    return render(request, "donations/register.html", context)


@never_cache
@login_required
@require_safe
def register_file(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The register of all years, or of `?year=`, as CSV or XLSX."""
    fund, named = _read(request, slug)
    typed = request.GET.get("year", "")
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else None  # noqa: PLR2004
    rows = queries.register_of(fund_id=fund.pk, today=day_of(now()), named=named, year=year, limit=EXPORTED)
    name = f"{slug}-register" + (f"-{year}" if year else "")
    if form == "csv":
        return table_csv(name, _columns(), _table(rows))
    return table_xlsx(name, _("Register"), _columns(), _table(rows))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """One gift of the register. POST: the authority was told."""
    user, moment = _user(request), now()
    found = queries.notice_by_id(notice_id=notice_id)
    fund = found.gift.fund
    permissions.can_keep_register(user, fund, on=day_of(moment)).enforce()
    form = NotifiedForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        facts = form.cleaned_data
        try:
            mark_notified(actor=user, notice_id=found.pk, number=facts["number"], day=facts["day"], now=moment)
        except DomainError as error:
            _refuse(form, error)
        else:
            return redirect("donations:register", fund.town.slug)
    row = queries.notice_row(found, today=day_of(moment), named=True)
    context = {"fund": fund, "town": fund.town, "row": row, "form": form}
    return render(request, "donations/notice.html", context, status=_status(form))


@never_cache
@login_required
@require_safe
def screening(request: HttpRequest, slug: str) -> HttpResponse:
    """Gifts that the list or a threshold pointed at, and what was decided."""
    fund, named = _read(request, slug)
    decided = (ScreeningVerdict.CLEARED, ScreeningVerdict.REFUSED)
    context = {
        "fund": fund,
        "town": fund.town,
        "named": named,
        "is_on": is_on(),
        "trouble": list_trouble() if is_on() else "",
        "counts": queries.counts_of(fund_id=fund.pk, since=now() - _MONTH),
        "open": queries.hits_of(fund_id=fund.pk, verdicts=[ScreeningVerdict.HIT], named=named),
        "decided": queries.hits_of(fund_id=fund.pk, verdicts=decided, named=named, limit=SHOWN),
    }
    return render(request, "donations/screening.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def screening_decision(request: HttpRequest, screening_id: UUID) -> HttpResponse:
    """One gift that was pointed at. POST: the decision; a refused gift leads to where it is given back."""
    user, moment = _user(request), now()
    found = queries.screening_by_id(screening_id=screening_id)
    permissions.can_decide_screening(user, found, on=day_of(moment)).enforce()
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            decided = decide_screening(actor=user, screening_id=found.pk, now=moment, **form.decision())
        except DomainError as error:
            _refuse(form, error)
        else:
            return redirect(_after(decided))
    row = queries.screened_row(found, named=True)
    context = {
        "fund": found.gift.fund,
        "town": found.gift.fund.town,
        "row": row,
        "form": form,
        "open": found.verdict == ScreeningVerdict.HIT,
        "refund": refund_address(found) if found.verdict == ScreeningVerdict.REFUSED else "",
    }
    return render(request, "donations/screening_decision.html", context, status=_status(form))


def refund_address(screening: Screening) -> str:
    """Where a gift is given back, by two people again."""
    return reverse("donations:refund", args=[screening.gift_id])


def _after(decided: Screening) -> str:
    if decided.verdict == ScreeningVerdict.REFUSED:
        return refund_address(decided)
    return reverse("donations:screening", args=[decided.gift.fund.town.slug])


def _read(request: HttpRequest, slug: str) -> tuple[Fund, bool]:
    """The fund, and whether the reader is told names."""
    user, today = _user(request), day_of(now())
    fund = fund_of_town(slug=slug)
    permissions.can_read_duties(user, fund, on=today).enforce()
    return fund, bool(permissions.can_keep_register(user, fund, on=today))


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Forbidden("forbidden", _("Sign in first."))
    return request.user


def _refuse(form: Form, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def _status(form: Form) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK


def _columns() -> list[str]:
    return [
        _("Receipt"), _("Received"), _("To be told by"), _("Giver"), _("Kind of giver"), _("Citizenship or seat"),
        _("Country"), _("BIN"), _("Way"), _("Amount"), _("Currency"), _("Amount in tenge"), _("Told on"),
        _("Number of the notice"),
    ]  # fmt: skip


def _table(rows: list[NoticeRow]) -> Iterator[list[object]]:
    for row in rows:
        gift, found = row.gift, row.notice
        yield [
            row.number, found.received_date, found.due_date, row.name, str(DonorKind(gift.donor_kind).label),
            str(Origin(gift.origin).label), gift.country, gift.company_bin, gift.get_method_display(),
            Sum(row.amount), row.amount.currency, "" if row.tenge is None else Sum(row.tenge),
            found.notified_date or "", found.notice_number,
        ]  # fmt: skip
