"""Every write of spending. The database checks the rules a second time: see sql/spending.sql."""

from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.formats import date_long
from common.identifiers import number_is_valid
from common.money import Money
from common.uploads import Document, Photo
from funds.ledger.actions import BookedOtherwiseError, post
from funds.ledger.models import Fund
from funds.projects.models import Project
from funds.projects.states import ProjectState
from funds.spending.models import Approval, Payment, Request
from funds.spending.permissions import can_decide, can_keep_books, can_request
from funds.spending.rules import paid_too_early, payment_posting, payout_posting, state_after
from funds.spending.states import ApprovalVerdict, RequestState
from transparency.actions import append
from transparency.states import Kind as EntryKind
from users.models import User


def _note(
    *, now: datetime, actor: User, town_slug: str, action: str, request: Request, detail: dict[str, object]
) -> None:
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town_slug,
        action=f"spending.{action}",
        object_type="spending_request",
        object_id=request.pk,
        detail=detail,
    )


def _locked(request: Request) -> Request:
    rows = Request.objects.select_for_update(of=("self",)).select_related("project__fund__town")
    return rows.get(pk=request.pk)


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
    _note(now=now, actor=actor, town_slug=town.slug, action="submit", request=request, detail=detail)
    return request


@transaction.atomic
def decide(*, actor: User, request: Request, verdict: ApprovalVerdict, reason: str, now: datetime) -> Request:
    """An approver's answer. Approvers take turns on one request, so the last needed approval is seen by its giver."""
    request = _locked(request)
    can_decide(actor, request, on=day_of(now)).enforce()
    if verdict == ApprovalVerdict.REFUSE and not reason.strip():
        raise DomainError("reason_missing", _("Say why you refuse, so that the treasurer can mend it."), field="reason")
    Approval.objects.create(request=request, approver=actor, verdict=verdict, reason=reason.strip(), decided_at=now)
    verdicts = [ApprovalVerdict(v) for v in request.approvals.values_list("verdict", flat=True)]
    request.state = state_after(verdicts, required=request.approvals_required)
    request.save(update_fields=["state"])
    town = request.project.fund.town
    _log_approval(request, actor=actor, verdict=verdict, reason=reason.strip(), given=len(verdicts), now=now)
    _note(
        now=now, actor=actor, town_slug=town.slug, action="decide", request=request, detail={"verdict": verdict.value}
    )
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


@transaction.atomic
def record_payment(*, actor: User, request: Request, paid_date: date, bank_reference: str, now: datetime) -> Payment:
    """Book that the bank has paid. Refused without approvals or before them, twice, or beyond the money there is."""
    request = _locked(request)
    project = request.project
    town = project.fund.town
    can_keep_books(actor, town, on=day_of(now)).enforce()
    if request.state in (RequestState.PAID, RequestState.PUBLISHED):
        raise DomainError("already_paid", _("This request has been paid already."))
    if request.state != RequestState.APPROVED:
        raise DomainError("approvals_missing", _("The approvals are not there yet, so nothing can be paid."))
    if paid_date > day_of(now):
        raise DomainError("paid_in_future", _("The day of payment cannot lie in the future."), field="paid_date")
    approvals = request.approvals.filter(verdict=ApprovalVerdict.APPROVE)
    approved = [day_of(moment) for moment in approvals.values_list("decided_at", flat=True)]
    if paid_too_early(paid_date=paid_date, approved=approved):
        words = gettext("The day of payment lies before the last approval, which was given on this day: %(date)s.")
        told = words % {"date": date_long(max(approved), get_language() or settings.LANGUAGE_CODE)}
        raise DomainError("paid_before_approval", told, field="paid_date")
    posting = payment_posting(
        fund=project.fund_id,
        request=request.pk,
        earmark=project.pk,
        amount=Money(request.amount_minor, request.currency),
        paid_date=paid_date,
        memo=request.purpose,
    )
    booked = post(postings=[posting], now=now)[0]
    payment = Payment.objects.create(
        request=request,
        transaction_id=booked.transaction_id,
        paid_date=paid_date,
        bank_reference=bank_reference,
        recorded_by=actor,
        recorded_at=now,
    )
    request.state = RequestState.PAID
    request.save(update_fields=["state"])
    _note(now=now, actor=actor, town_slug=town.slug, action="pay", request=request, detail={"seq": booked.seq})
    return payment


@transaction.atomic
def publish_proof(
    *, actor: User, request: Request, document: Document, photo: Photo | None, note: str, now: datetime
) -> Payment:
    """Show everybody what was paid for: a document without personal data, a photo, a sentence."""
    request = _locked(request)
    town = request.project.fund.town
    can_keep_books(actor, town, on=day_of(now)).enforce()
    if request.state == RequestState.PUBLISHED:
        raise DomainError("already_published", _("The proof of this payment is published already."))
    if request.state != RequestState.PAID:
        raise DomainError("not_paid", _("Record the payment first; then its proof can be published."))
    payment = Payment.objects.select_for_update().get(request=request)
    payment.proof_document = document.as_file(document.safe_name)
    payment.proof_document_type = document.content_type
    payment.proof_document_sha256 = document.sha256
    if photo is not None:
        payment.proof_photo = photo.as_file("photo.jpg")
    payment.proof_note = note
    payment.published_at = now
    payment.published_by = actor
    payment.save()
    request.state = RequestState.PUBLISHED
    request.save(update_fields=["state"])
    detail: dict[str, object] = {"document_sha256": document.sha256, "photo": photo is not None}
    _note(now=now, actor=actor, town_slug=town.slug, action="publish", request=request, detail=detail)
    return payment


@transaction.atomic
def record_payout(
    *, actor: User, fund: Fund, amount: Money, arrived_date: date, memo: str, submission: UUID, now: datetime
) -> int:
    """Book that the card processor's transfer arrived at the bank; gives the line's number. One form books once.

    Refused when more would arrive than the processor holds for the fund.
    """
    town = fund.town
    can_keep_books(actor, town, on=day_of(now)).enforce()
    if amount.minor <= 0:
        raise DomainError("amount_not_positive", _("The amount must be more than zero."), field="amount")
    if arrived_date > day_of(now):
        raise DomainError("arrived_in_future", _("The day cannot lie in the future."), field="arrived_date")
    posting = payout_posting(fund=fund.pk, submission=submission, amount=amount, arrived_date=arrived_date, memo=memo)
    try:
        with transaction.atomic():
            booked = post(postings=[posting], now=now)[0]
    except BookedOtherwiseError as error:
        raise DomainError(
            "sent_before", _("This form was sent before with another amount. Open the form anew and look first.")
        ) from error
    if booked.created:
        record(
            now=now,
            actor_id=actor.pk,
            town_slug=town.slug,
            action="spending.payout",
            object_type="fund",
            object_id=fund.pk,
            detail={"seq": booked.seq, "amount_minor": amount.minor, "currency": amount.currency},
        )
    return booked.seq
