"""The bills of a monthly gift: each paid one becomes a gift of its own, once; one that stays unpaid brings one letter.

Network first, then one short transaction; never a network call inside one. Nothing here enqueues.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction

from funds.donations.actions.designations import locked_monthly, note_monthly, redirect_if_ended
from funds.donations.actions.letters import tell_failed
from funds.donations.actions.returns import follow_disputes, follow_refunds, follow_warning
from funds.donations.actions.settling import settle_gift
from funds.donations.models import Gift
from funds.donations.queries.ways import fee_rule
from funds.donations.rules import next_check
from funds.donations.states import GiftState, MonthlyState
from funds.payments.rules import InvoiceFact, UnexpectedFactError
from funds.payments.stripe import fetch_payment, list_disputes, list_refunds, list_warnings

_BILLS_REMEMBERED: Final = 24

# What each month's gift takes over from the wish of its giver.
_TAKEN_OVER = (
    "donor_kind", "company_bin", "origin", "country", "donor_name", "donor_email", "name_public", "name_for_council",
    "covers_fee", "message", "tie_to_town", "language", "donor_id", "fund_id",
)  # fmt: skip


def receive_invoice(*, invoice: InvoiceFact, monthly_id: UUID, now: datetime) -> Gift | None:
    """Book the gift of a paid month, once; None for a bill that is not paid or was over nothing."""
    if not invoice.paid or not invoice.payment_id or invoice.amount_paid.minor <= 0:
        return None
    known = Gift.objects.filter(invoice=invoice.id, state=GiftState.SUCCEEDED).first()
    if known is not None:
        return known
    payment = fetch_payment(payment_id=invoice.payment_id)
    gift = _gift_of_month(invoice=invoice, monthly_id=monthly_id, now=now)
    _follow_what_came_before(gift=gift, payment_id=invoice.payment_id, now=now)
    # The payment of a bill names no row of ours: its bill does.
    return settle_gift(gift_id=gift.pk, payment=replace(payment, reference=gift.pk), now=now)


@transaction.atomic
def _gift_of_month(*, invoice: InvoiceFact, monthly_id: UUID, now: datetime) -> Gift:
    """The row of a month's gift, made when its bill is first seen, for what the giver wants at that moment."""
    monthly = locked_monthly(monthly_id)
    known = Gift.objects.filter(invoice=invoice.id).first()
    if known is not None:
        return known
    if invoice.reference not in (None, monthly.pk) or invoice.subscription_id != monthly.subscription:
        raise UnexpectedFactError(f"{invoice.id} is no bill of the monthly gift {monthly.pk}")
    redirect_if_ended(monthly, now)
    taken: dict[str, Any] = {name: getattr(monthly, name) for name in _TAKEN_OVER}
    return Gift.objects.create(
        **taken,
        receipt_code=secrets.token_urlsafe(32),
        submission_key=uuid5(monthly.pk, invoice.id),
        project=monthly.project,
        need=monthly.need,
        amount_minor=invoice.amount_paid.minor,
        currency=invoice.amount_paid.currency,
        # What the giver added stands on each month's receipt, as the bill has it: the gift may have been changed since.
        fee_estimate_minor=fee_rule(invoice.amount_paid.currency).estimate(invoice.amount_paid).minor,
        payment_intent=invoice.payment_id,
        monthly=monthly,
        invoice=invoice.id,
        created_at=invoice.created_at,
        next_check_at=next_check(since=now, now=now),
    )


def _follow_what_came_before(*, gift: Gift, payment_id: str, now: datetime) -> None:
    """Refunds, disputes and warnings of the payment. Their events may have come before there was a gift to tell them
    of; those that come from now on find it. Asked before the gift is received: whoever is killed in between asks again.
    """
    refunds = list(list_refunds(payment_id=payment_id))
    disputes = list(list_disputes(payment_id=payment_id))
    warnings = sorted(list_warnings(payment_id=payment_id), key=lambda one: one.created_at)
    if refunds:
        follow_refunds(gift_id=gift.pk, refunds=refunds, now=now)
    if disputes:
        follow_disputes(gift_id=gift.pk, disputes=disputes, now=now)
    if warnings:
        follow_warning(gift_id=gift.pk, warning=warnings[0], now=now)


@transaction.atomic
def note_failed_month(*, monthly_id: UUID, invoice: InvoiceFact, bank_asks: bool, now: datetime) -> bool:
    """A month could not be charged: the gift is overdue, and its giver gets one letter per bill. True when just sent.

    Does nothing once the bill is paid or void. Raises what the mail server raises: then nothing is noted.
    """
    monthly = locked_monthly(monthly_id)
    if invoice.status != "open" or monthly.state in {MonthlyState.PENDING, MonthlyState.CANCELLED}:
        return False
    if invoice.id in monthly.failures_mailed:
        return False
    monthly.failures_mailed = [*monthly.failures_mailed, invoice.id][-_BILLS_REMEMBERED:]
    monthly.failed_payments = min(monthly.failed_payments + 1, 32_000)
    if monthly.state == MonthlyState.ACTIVE:
        monthly.state = MonthlyState.PAST_DUE
    monthly.save(update_fields=["failures_mailed", "failed_payments", "state"])
    note_monthly(monthly, "donations.month_failed", now)
    tell_failed(monthly, invoice_id=invoice.id, pay_url=invoice.pay_url, bank_asks=bank_asks)
    return True
