"""A monthly gift from the form to its payments. Each month's bill becomes a gift of its own, once.

Network first, then one short transaction; never a network call inside one. Nothing here enqueues.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from councils.needs.models import Need
from funds.donations.actions.bills import note_failed_month, receive_invoice
from funds.donations.actions.designations import earmark_of_need, locked_monthly, note_monthly, redirect_if_ended
from funds.donations.actions.letters import manage_address, tell_begun
from funds.donations.models import MonthlyGift
from funds.donations.permissions import can_give
from funds.donations.rules import Giver
from funds.donations.rules.monthly import next_look, next_standing, standing_of
from funds.donations.states import MonthlyState, TieToTown
from funds.ledger.models import Fund
from funds.payments.rules import CheckoutStatus, SubscriptionFact, UnexpectedFactError, limits
from funds.payments.stripe import (
    create_checkout,
    fetch_checkout,
    fetch_subscription,
    list_invoices,
)
from funds.projects.models import Project
from users.models import User

# A bill whose every event was lost is found within this time: many times what the card service tries it for.
_LOOKED_BACK: Final = timedelta(days=100)


@transaction.atomic
def start_monthly(
    *,
    fund: Fund,
    project: Project | None,
    need: Need | None,
    amount: Money,
    giver: Giver,
    donor_name: str,
    donor_email: str,
    name_public: bool,
    message: str,
    tie_to_town: TieToTown | str,
    language: str,
    donor: User | None,
    covers_fee: bool,
    submission_key: UUID,
    now: datetime,
) -> MonthlyGift:
    """Write down what somebody wants to give each month; nothing is charged yet. One `submission_key`, one row.

    Refuses what `can_give` refuses, an amount outside the limits of its currency, and a wish without an address.
    """
    can_give(fund=fund, project=project, need=need).enforce()
    refuse_amount(amount)
    if not donor_email:
        raise DomainError(
            "address_missing", _("A monthly gift needs an e-mail address for its link."), field="donor_email"
        )
    known = MonthlyGift.objects.filter(submission_key=submission_key).first()
    if known is not None:
        return known
    if need is not None:
        earmark_of_need(fund=fund, need=need)
    try:
        with transaction.atomic():
            monthly = MonthlyGift.objects.create(
                submission_key=submission_key,
                fund=fund,
                project=project,
                need=need,
                amount_minor=amount.minor,
                currency=amount.currency,
                donor_kind=giver.kind,
                company_bin=giver.company_bin,
                origin=giver.origin,
                country=giver.country,
                donor_name=donor_name,
                donor_email=donor_email,
                name_public=name_public,
                name_for_council=giver.name_for_council,
                covers_fee=covers_fee,
                message=message,
                tie_to_town=tie_to_town,
                language=language,
                donor=donor,
                created_at=now,
                next_check_at=next_look(state=MonthlyState.PENDING, since=now, now=now),
            )
    except IntegrityError:
        # The other click of a double click was quicker.
        return MonthlyGift.objects.get(submission_key=submission_key)
    note_monthly(monthly, "donations.start_monthly", now)
    return monthly


def refuse_amount(amount: Money) -> None:
    """Raise `DomainError` for an amount outside the limits of its currency."""
    allowed = limits(amount.currency)
    if not allowed.floor <= amount <= allowed.ceiling:
        raise DomainError("amount_out_of_range", _("This amount cannot be given by card."), field="amount")


def open_monthly_checkout(*, monthly: MonthlyGift) -> str:
    """The address of the hosted page where the first month is paid and the card stays; of ours once that is done."""
    with override(monthly.language):
        title = monthly.project.title if monthly.project else gettext("Monthly gift to the community foundation")
    back = manage_address(monthly)
    checkout = create_checkout(
        reference=monthly.pk,
        amount=Money(monthly.amount_minor, monthly.currency),
        title=title,
        email=monthly.donor_email,
        language=monthly.language,
        success_url=back,
        cancel_url=back,
        monthly=True,
    )
    # An address elsewhere, so no audit entry.
    MonthlyGift.objects.filter(pk=monthly.pk, checkout_session__isnull=True).update(checkout_session=checkout.id)
    return checkout.url or back


def catch_up_monthly(*, monthly_id: UUID, now: datetime) -> str:
    """Ask the card service where a monthly gift stands, book every month that it was paid for, and note it.

    The address of the page that waits for the first payment, "" when none does. Safe beside webhooks and sweeps.
    """
    monthly = MonthlyGift.objects.get(pk=monthly_id)
    subscription_id = monthly.subscription
    if subscription_id is None:
        if monthly.checkout_session is None:
            return ""
        checkout = fetch_checkout(checkout_id=monthly.checkout_session)
        if not checkout.subscription_id:
            if checkout.status == CheckoutStatus.EXPIRED:
                _never_begun(monthly_id=monthly_id, now=now)
            return checkout.url
        subscription_id = checkout.subscription_id
    fact = fetch_subscription(subscription_id=subscription_id)
    bring_monthly_forward(monthly_id=monthly_id, fact=fact, now=now)
    told = False
    for invoice in list_invoices(subscription_id=subscription_id):
        if invoice.created_at < now - _LOOKED_BACK:
            break
        unpaid = receive_invoice(invoice=invoice, monthly_id=monthly_id, now=now) is None
        if unpaid and invoice.attempts and invoice.status == "open" and not told:
            # The newest open bill alone: two that are told in turn would be a letter a day for each.
            told = True
            note_failed_month(monthly_id=monthly_id, invoice=invoice, bank_asks=False, now=now)
    return ""


@transaction.atomic
def bring_monthly_forward(*, monthly_id: UUID, fact: SubscriptionFact, now: datetime) -> MonthlyGift:
    """Note what the card service tells of a subscription. Its giver gets one letter when the gift begins."""
    monthly = locked_monthly(monthly_id)
    if fact.reference != monthly.pk or monthly.subscription not in (None, fact.id):
        raise UnexpectedFactError(f"{fact.id} is not the subscription of the monthly gift {monthly.pk}")
    old, before = MonthlyState(monthly.state), _shown(monthly)
    state = next_standing(old, standing_of(fact))
    monthly.subscription = fact.id
    monthly.customer = fact.customer_id
    monthly.state = state
    monthly.amount_minor = fact.amount.minor
    monthly.next_payment_at = None if state == MonthlyState.CANCELLED else fact.period_ends_at
    monthly.paused_until = day_of(fact.resumes_at) if fact.paused and fact.resumes_at is not None else None
    if state == MonthlyState.CANCELLED and monthly.ended_at is None:
        monthly.ended_at = fact.ended_at or now
    if state == MonthlyState.ACTIVE:
        monthly.failed_payments = 0
    monthly.next_check_at = next_look(state=state, since=monthly.created_at, now=now)
    monthly.save()
    if _shown(monthly) != before:
        note_monthly(monthly, "donations.monthly", now, state=str(state))
    # Heard of late, the first month is paid and the next may have failed already: it has begun all the same.
    if old == MonthlyState.PENDING and state not in {MonthlyState.PENDING, MonthlyState.CANCELLED}:
        tell_begun(monthly)
    return monthly


@transaction.atomic
def follow_purpose(*, monthly_id: UUID, now: datetime) -> bool:
    """Follow the purpose of one monthly gift if it has moved on or ended; True when it had."""
    return redirect_if_ended(locked_monthly(monthly_id), now)


@transaction.atomic
def claim_waiting_monthlies(*, now: datetime, limit: int = 100) -> list[UUID]:
    """Monthly gifts to ask about now. Each is due again later, so a killed sweep loses none; no audit entry."""
    due = MonthlyGift.objects.select_for_update(skip_locked=True).filter(next_check_at__lte=now)
    rows = list(due.order_by("next_check_at")[:limit])
    for row in rows:
        row.next_check_at = next_look(state=MonthlyState(row.state), since=row.created_at, now=now)
    MonthlyGift.objects.bulk_update(rows, ["next_check_at"])
    return [row.pk for row in rows]


def _shown(monthly: MonthlyGift) -> tuple[object, ...]:
    return monthly.subscription, str(monthly.state), monthly.amount_minor, monthly.paused_until


@transaction.atomic
def _never_begun(*, monthly_id: UUID, now: datetime) -> None:
    """The page for the first payment closed: the wish ends there."""
    monthly = locked_monthly(monthly_id)
    if monthly.state != MonthlyState.PENDING:
        return
    monthly.state, monthly.ended_at, monthly.next_check_at = MonthlyState.CANCELLED, now, None
    monthly.save(update_fields=["state", "ended_at", "next_check_at"])
    note_monthly(monthly, "donations.monthly_never_begun", now)
