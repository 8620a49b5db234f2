"""Payments, their proofs, and transfers from the card processor. Nothing is booked without the approvals it needs."""

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
from common.money import Money
from common.uploads import Document, Photo
from funds.ledger.actions import BookedOtherwiseError, post
from funds.ledger.models import Fund
from funds.payments.rules.currencies import leaves_whole
from funds.spending.actions.records import locked, tell
from funds.spending.actions.reservations import book, reservation_for
from funds.spending.models import Payment, Request
from funds.spending.permissions import can_keep_books
from funds.spending.rules import paid_too_early, payment_posting, payout_posting
from funds.spending.states import ApprovalVerdict, RequestState
from users.models import User


@transaction.atomic
def record_payment(*, actor: User, request: Request, paid_date: date, bank_reference: str, now: datetime) -> Payment:
    """Book that the bank has paid. Refused without approvals or before them, twice, or beyond the money there is."""
    request = locked(request)
    project = request.project
    town = project.fund.town
    can_keep_books(actor, town, on=day_of(now)).enforce()
    _refuse_undone(request)
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
    hold = reservation_for(request, now=now)
    posting = payment_posting(
        fund=project.fund_id,
        request=request.pk,
        earmark=project.pk,
        amount=Money(request.amount_minor, request.currency),
        paid_date=paid_date,
        memo=request.purpose,
        hold=hold,
    )
    booked = book(posting, request, now=now)
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
    tell(now=now, actor=actor, town_slug=town.slug, action="pay", request=request, detail={"seq": booked.seq})
    return payment


def _refuse_undone(request: Request) -> None:
    """A payment that was reversed never happened: it is neither made again by this request nor proved."""
    if request.undone:
        raise DomainError(
            "payment_reversed",
            _("The payment of this request was reversed. To pay all the same, file a new request."),
        )


@transaction.atomic
def publish_proof(
    *, actor: User, request: Request, document: Document, photo: Photo | None, note: str, now: datetime
) -> Payment:
    """Show everybody what was paid for: a document without personal data, a photo, a sentence."""
    request = locked(request)
    town = request.project.fund.town
    can_keep_books(actor, town, on=day_of(now)).enforce()
    _refuse_undone(request)
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
    tell(now=now, actor=actor, town_slug=town.slug, action="publish", request=request, detail=detail)
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
    if not leaves_whole(amount):
        raise DomainError(
            "payout_not_whole",
            _("The card processor sends this currency to banks in whole units alone. Look at the statement again."),
            field="amount",
        )
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
