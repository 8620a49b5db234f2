"""Asking for a payment, and the approvers' answers. Nobody answers their own request, and nothing is paid here."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.identifiers import number_is_valid
from common.money import Money
from common.uploads import Document
from funds.projects.models import Project
from funds.projects.states import ProjectState
from funds.spending.actions.records import locked, tell
from funds.spending.actions.reservations import release, reserve
from funds.spending.models import Approval, Request, Withdrawal
from funds.spending.permissions import can_decide, can_request, can_withdraw
from funds.spending.rules import state_after
from funds.spending.states import ApprovalVerdict, RequestState
from transparency.actions import append
from transparency.states import Kind as EntryKind
from users.models import User


@transaction.atomic
def submit_request(
    *,
    actor: User,
    project: Project,
    purpose: str,
    payee_name: str,
    payee_bin: str,
    amount: Money,
    document: Document,
    now: datetime,
) -> Request:
    """File a wish to pay somebody for a project, with the document that shows why."""
    can_request(actor, project, on=day_of(now)).enforce()
    if project.state != ProjectState.OPEN:
        raise DomainError("project_closed", _("This project is finished, so nothing more can be paid for it."))
    if not number_is_valid(payee_bin):
        raise DomainError(
            "bin_invalid",
            _("This is not a valid BIN: twelve digits, the last one checks the others."),
            field="payee_bin",
        )
    if amount.minor <= 0:
        raise DomainError("amount_not_positive", _("The amount must be more than zero."), field="amount")
    if amount.currency != project.currency:
        raise DomainError("other_currency", _("Ask for the amount in the project's currency."), field="amount")
    # A form sent twice (a double tap, the browser's back) files once: senders of one project take turns here.
    Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    twins = Request.objects.filter(
        project=project,
        submitted_by=actor,
        purpose=purpose,
        payee_bin=payee_bin,
        amount_minor=amount.minor,
        document_sha256=document.sha256,
        state=RequestState.SUBMITTED,
    )
    if twins.exists():
        raise DomainError("filed_before", _("This very request is filed already and waits for approval."))
    request = Request.objects.create(
        project=project,
        purpose=purpose,
        payee_name=payee_name,
        payee_bin=payee_bin,
        amount_minor=amount.minor,
        currency=amount.currency,
        document=document.as_file(document.safe_name),
        document_name=document.safe_name,
        document_type=document.content_type,
        document_sha256=document.sha256,
        approvals_required=max(2, settings.APPROVALS_REQUIRED),
        submitted_by=actor,
        submitted_at=now,
    )
    town = project.fund.town
    detail = {"amount_minor": amount.minor, "currency": amount.currency, "document_sha256": document.sha256}
    tell(now=now, actor=actor, town_slug=town.slug, action="submit", request=request, detail=detail)
    return request


@transaction.atomic
def decide(*, actor: User, request: Request, verdict: ApprovalVerdict, reason: str, now: datetime) -> Request:
    """An approver's answer. Approvers take turns on one request, so the last needed approval is seen by its giver."""
    request = locked(request)
    can_decide(actor, request, on=day_of(now)).enforce()
    if verdict == ApprovalVerdict.REFUSE and not reason.strip():
        raise DomainError("reason_missing", _("Say why you refuse, so that the treasurer can mend it."), field="reason")
    Approval.objects.create(request=request, approver=actor, verdict=verdict, reason=reason.strip(), decided_at=now)
    verdicts = [ApprovalVerdict(v) for v in request.approvals.values_list("verdict", flat=True)]
    request.state = state_after(verdicts, required=request.approvals_required)
    request.save(update_fields=["state"])
    # Before the log's turn is taken: postings take the ledger's turn first and the log's second.
    reserved = request.state == RequestState.APPROVED and reserve(request, now=now)
    town = request.project.fund.town
    _log_approval(request, actor=actor, verdict=verdict, reason=reason.strip(), given=len(verdicts), now=now)
    detail: dict[str, object] = {"verdict": verdict.value, "reserved": reserved}
    tell(now=now, actor=actor, town_slug=town.slug, action="decide", request=request, detail=detail)
    return request


@transaction.atomic
def withdraw(*, actor: User, request: Request, reason: str, now: datetime) -> Request:
    """Take a request back before it is paid. What was reserved for it is free for the project in the same moment."""
    request = locked(request)
    can_withdraw(actor, request, on=day_of(now)).enforce()
    if not reason.strip():
        raise DomainError("reason_missing", _("Say why you withdraw it. Everybody can read it."), field="reason")
    released = release(request, now=now)
    Withdrawal.objects.create(request=request, withdrawn_by=actor, withdrawn_at=now, reason=reason.strip())
    request.state = RequestState.WITHDRAWN
    request.save(update_fields=["state"])
    town = request.project.fund.town
    tell(now=now, actor=actor, town_slug=town.slug, action="withdraw", request=request, detail={"released": released})
    return request


def _log_approval(
    request: Request, *, actor: User, verdict: ApprovalVerdict, reason: str, given: int, now: datetime
) -> None:
    """An approver's word in the public log. Who it was and why are committed to, so that they can be erased."""
    body: dict[str, object] = {
        "request": str(request.pk),
        "project": str(request.project_id),
        "amount": request.amount_minor,
        "currency": request.currency,
        "document_sha256": request.document_sha256,
        "verdict": verdict.value,
        "given": given,
        "required": request.approvals_required,
    }
    personal = {"approver": str(actor.pk), "reason": reason}
    slug = request.project.fund.town.slug
    append(slug=slug, kind=EntryKind.APPROVAL, body=body, personal=personal, ref=request.pk, now=now)
