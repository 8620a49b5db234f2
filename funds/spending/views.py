"""Pages of spending. Anybody reads requests, answers and proofs; the forms stand on pages of their own."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.files.base import File
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit.queries import town_version
from common.clock import day_of, now
from common.cursors import id_of
from common.errors import DomainError, NotFound
from common.http import public_page
from common.ids import random_id
from common.verdict import Verdict
from funds.ledger.queries import available, balance_of, free_of, fund_of_town
from funds.ledger.states import AccountCode
from funds.projects.queries import project as project_by_id
from funds.spending import actions, permissions, queries
from funds.spending.forms import DecideForm, PayForm, PayoutForm, ProofForm, RequestForm, WithdrawForm
from funds.spending.models import Request
from funds.spending.states import ApprovalVerdict, RequestState
from towns.models import Town
from users.models import User


@require_safe
@public_page(town_version)
def request_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What the fund was asked to pay, newest first."""
    town = get_object_or_404(Town, slug=slug)
    after = id_of(request.GET.get("after", ""))
    start = Request.objects.filter(pk=after).values_list("submitted_at", "id").first() if after else None
    rows = queries.requests_of_town(town=town, before=start, limit=queries.PAGE + 1)
    more, rows = len(rows) > queries.PAGE, rows[: queries.PAGE]
    pager = {"previous_url": "", "next_url": f"?after={rows[-1].pk}" if more else "", "position": ""}
    return render(request, "spending/list.html", {"town": town, "rows": rows, "pager": pager})


@require_safe
@public_page(queries.request_version)
def detail(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: who asked, who said what, what was paid, and the proof."""
    asked = queries.request(request_id)
    context = {
        "asked": asked,
        "town": asked.project.fund.town,
        "approvals": queries.approvals_of(request=asked),
        "payment": getattr(asked, "payment", None),
        "withdrawal": getattr(asked, "withdrawal", None),
        "reserved": None,
        "free": None,
    }
    if asked.state == RequestState.APPROVED:
        context["reserved"] = queries.reservation_of(request_id=asked.pk, at=now())
        context["free"] = free_of(earmark_id=asked.project_id, currency=asked.currency)
    return render(request, "spending/detail.html", context)


def _form_page(
    request: HttpRequest,
    *,
    form: forms.Form,
    write: Callable[[dict[str, Any]], object],
    template: str,
    context: dict[str, object],
    done: tuple[str, str | UUID],
) -> HttpResponse:
    """Draw a form, or do its one write and go on. A refusal is drawn with everything that was typed."""
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                write(form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                name, key = done
                return redirect(name, key)
    return render(request, template, {**context, "form": form}, status=status)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound("no_person", _("Sign in first."))
    return request.user


def _bound(kind: type[forms.Form], request: HttpRequest, **initial: object) -> forms.Form:
    if request.method == "POST":
        return kind(request.POST, request.FILES, initial=initial)
    return kind(initial=initial)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The treasurer asks to pay somebody for a project."""
    moment, user, project = now(), _person(request), project_by_id(project_id)
    permissions.can_request(user, project, on=day_of(moment)).enforce()
    left = available(earmark_id=project.pk, currency=project.currency)
    free = free_of(earmark_id=project.pk, currency=project.currency)
    return _form_page(
        request,
        form=_bound(RequestForm, request),
        write=lambda facts: actions.submit_request(actor=user, project=project, now=moment, **facts),
        template="spending/new.html",
        context={"project": project, "town": project.fund.town, "left": left, "free": free},
        done=("spending:list", project.fund.town.slug),
    )


def _insider_page(
    request: HttpRequest, request_id: UUID, *, may: Callable[[User, Request, date], Verdict]
) -> tuple[User, Request]:
    user, asked = _person(request), queries.request(request_id)
    may(user, asked, day_of(now())).enforce()
    return user, asked


def _keeps_books(user: User, asked: Request, on: date) -> Verdict:
    return permissions.can_keep_books(user, asked.project.fund.town, on=on)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """An approver approves or refuses."""
    user, asked = _insider_page(request, request_id, may=lambda u, r, on: permissions.can_decide(u, r, on=on))
    return _form_page(
        request,
        form=_bound(DecideForm, request),
        write=lambda facts: actions.decide(
            actor=user,
            request=asked,
            verdict=ApprovalVerdict(facts["verdict"]),
            reason=facts["reason"],
            now=now(),
        ),
        template="spending/decide.html",
        context={"asked": asked, "town": asked.project.fund.town},
        done=("spending:detail", asked.pk),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The submitter or the chair takes a request back before it is paid."""
    user, asked = _insider_page(request, request_id, may=lambda u, r, on: permissions.can_withdraw(u, r, on=on))
    return _form_page(
        request,
        form=_bound(WithdrawForm, request),
        write=lambda facts: actions.withdraw(actor=user, request=asked, now=now(), **facts),
        template="spending/withdraw.html",
        context={"asked": asked, "town": asked.project.fund.town},
        done=("spending:detail", asked.pk),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The treasurer records that the bank has paid."""
    user, asked = _insider_page(request, request_id, may=_keeps_books)
    fund = asked.project.fund
    context = {
        "asked": asked,
        "town": fund.town,
        "left": available(earmark_id=asked.project_id, currency=asked.currency),
        "reserved": queries.reservation_of(request_id=asked.pk, at=now()),
        "bank": balance_of(fund=fund, code=AccountCode.BANK, currency=asked.currency),
    }
    return _form_page(
        request,
        form=_bound(PayForm, request, paid_date=day_of(now())),
        write=lambda facts: actions.record_payment(actor=user, request=asked, now=now(), **facts),
        template="spending/pay.html",
        context=context,
        done=("spending:detail", asked.pk),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The treasurer publishes the proof of a payment."""
    user, asked = _insider_page(request, request_id, may=_keeps_books)
    return _form_page(
        request,
        form=_bound(ProofForm, request),
        write=lambda facts: actions.publish_proof(actor=user, request=asked, now=now(), **facts),
        template="spending/publish.html",
        context={"asked": asked, "town": asked.project.fund.town},
        done=("spending:detail", asked.pk),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def payout(request: HttpRequest, slug: str) -> HttpResponse:
    """The treasurer records a transfer from the card processor to the bank account."""
    user, fund = _person(request), fund_of_town(slug=slug)
    permissions.can_keep_books(user, fund.town, on=day_of(now())).enforce()
    return _form_page(
        request,
        form=_bound(PayoutForm, request, submission=random_id(), arrived_date=day_of(now()), currency="KZT"),
        write=lambda facts: actions.record_payout(actor=user, fund=fund, now=now(), **facts),
        template="spending/payout.html",
        context={"town": fund.town},
        done=("ledger:fund", slug),
    )


def _file(file: "File[bytes]", *, content_type: str, name: str) -> FileResponse:
    response = FileResponse(file.open("rb"), content_type=content_type, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@never_cache
@login_required
@require_safe
def document(request: HttpRequest, request_id: UUID) -> FileResponse:
    """The document of a request, for council, fund and auditor."""
    _user, asked = _insider_page(request, request_id, may=lambda u, r, on: permissions.can_see_document(u, r, on=on))
    return _file(asked.document, content_type=asked.document_type, name=asked.document_name)


def _published(request_id: UUID, kind: str) -> FileResponse:
    payment = queries.payment_of(request_id)
    file = payment.proof_photo if kind == "photo" else payment.proof_document
    if payment.request.state != RequestState.PUBLISHED or not file:
        raise NotFound("no_proof", _("No proof has been published here yet."))
    content_type = "image/jpeg" if kind == "photo" else payment.proof_document_type
    ending = {"application/pdf": "pdf", "image/png": "png"}.get(content_type, "jpg")
    return _file(file, content_type=content_type, name=f"{kind}-{request_id}.{ending}")


@require_safe
@public_page(queries.request_version)
def proof(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The published document of a payment."""
    return _published(request_id, "document")  # type: ignore[return-value]


@require_safe
@public_page(queries.request_version)
def photo(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The published photo of a payment."""
    return _published(request_id, "photo")  # type: ignore[return-value]
