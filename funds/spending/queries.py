"""Reads of spending that pages need."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from funds.ledger.models import EarmarkBalance, Hold
from funds.ledger.queries.papers import Paper, register
from funds.ledger.states import Kind
from funds.spending.models import Approval, Payment, Request
from funds.spending.rules import reservation_key
from funds.spending.states import RequestState
from towns.models import Town

PAGE = 20


def _requests() -> QuerySet[Request]:
    return Request.objects.select_related(
        "project__fund__town",
        "project__decision",
        "payment__transaction__reversed_by",
        "submitted_by",
        "withdrawal__withdrawn_by",
    )


def request_version(request_id: UUID) -> int:
    """The version of the town that a request belongs to: one query for its page's ETag."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(v.number), 0) FROM audit_version v WHERE v.town_slug IN ('', (SELECT t.slug"
            " FROM spending_request r JOIN projects_project p ON p.id = r.project_id"
            " JOIN ledger_fund f ON f.id = p.fund_id JOIN towns_town t ON t.id = f.town_id WHERE r.id = %s))",
            [request_id],
        )
        return int(cursor.fetchone()[0])


def request(request_id: UUID) -> Request:
    """One request with its project, town and payment; raises NotFound."""
    found = _requests().filter(pk=request_id).first()
    if found is None:
        raise NotFound("no_request", _("There is no such spending request."))
    return found


def requests_of_town(*, town: Town, before: tuple[datetime, UUID] | None = None, limit: int = PAGE) -> list[Request]:
    """The requests of a town, newest first; `before` is (submitted_at, id) of the last one seen."""
    rows = _requests().filter(project__fund__town=town)
    if before is not None:
        submitted_at, request_id = before
        rows = rows.filter(submitted_at__lte=submitted_at).exclude(submitted_at=submitted_at, id__gte=request_id)
    return list(rows.order_by("-submitted_at", "-id")[:limit])


def requests_of_project(*, project_id: UUID, limit: int = PAGE) -> list[Request]:
    """The newest requests of one project."""
    return list(_requests().filter(project_id=project_id).order_by("-submitted_at", "-id")[:limit])


def approvals_of(*, request: Request) -> list[Approval]:
    """The answers given on a request, oldest first."""
    return list(request.approvals.select_related("approver").order_by("decided_at", "id"))


def reservation_of(*, request_id: UUID, at: datetime | None = None) -> Hold | None:
    """The money that is reserved for a request; None when it was paid or released. `at`: nor when its time is over."""
    found = Hold.objects.filter(key=reservation_key(request_id), end__isnull=True)
    return (found if at is None else found.filter(expires_at__gt=at)).first()


def uncovered(*, limit: int) -> list[UUID]:
    """Approved requests for which nothing was ever reserved and whose project has enough free now, oldest first."""
    tied = EarmarkBalance.objects.filter(earmark_id=OuterRef("project_id"), currency=OuterRef("currency"))
    enough = tied.filter(available_minor__gte=F("held_minor") + OuterRef("amount_minor"))
    rows = Request.objects.filter(
        Exists(enough), ~Exists(Hold.objects.filter(subject_id=OuterRef("pk"))), state=RequestState.APPROVED
    )
    return list(rows.order_by("submitted_at", "pk").values_list("pk", flat=True)[:limit])


def payments_of_project(*, project_id: UUID, limit: int = PAGE) -> list[Payment]:
    """The payments of a project, newest first, with their requests and ledger lines."""
    rows = Payment.objects.select_related("request", "transaction").filter(request__project_id=project_id)
    return list(rows.order_by("-paid_date", "-id")[:limit])


def payment_of(request_id: UUID) -> Payment:
    """The payment of a request; raises NotFound."""
    found = Payment.objects.select_related("request__project__fund__town").filter(request_id=request_id).first()
    if found is None:
        raise NotFound("no_payment", _("This request has not been paid."))
    return found


def papers_of_request(request_id: UUID) -> list[Paper]:
    """What everybody may open about a payment: its page and, once published, the document and the photo."""
    found = Payment.objects.filter(request_id=request_id).first()
    papers = [Paper(_("Request, approvals and proof of this payment"), reverse("spending:detail", args=[request_id]))]
    if found is not None and found.published_at is not None:
        papers.append(Paper(_("Open the document"), reverse("spending:proof", args=[request_id])))
        if found.proof_photo:
            papers.append(Paper(_("Photo of the result"), reverse("spending:photo", args=[request_id])))
    return papers


def tell_papers() -> None:
    """From now on the public ledger shows what stands behind a payment."""
    register(kinds=(Kind.PAYMENT,), finder=papers_of_request)
