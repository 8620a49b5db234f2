"""What happens to gifts behind the scenes, safe to run twice: Stripe's events, the sweep, the mail with the receipt.

Every task here is a hint that something may have changed. A lost one is found by the sweep.
"""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final
from uuid import UUID

from celery import shared_task

from common.clock import now
from common.errors import DomainError
from funds.donations.actions import bring_forward, catch_up, claim_waiting_gifts, forget_unpaid, send_receipt
from funds.donations.models import Gift
from funds.donations.queries import unsent_receipts
from funds.payments.actions import handle_with
from funds.payments.models import StripeEvent
from funds.payments.rules import Checkout, Payment, UnexpectedFactError, UnknownCurrencyError
from funds.payments.states import EventState
from funds.payments.stripe import fetch_checkout, fetch_payment
from funds.payments.tasks import soon

CHECKOUT_EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
PAYMENT_EVENTS: Final = (
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.succeeded",
    "charge.failed",
    "charge.updated",  # the fee arrives with it
)

MAIL_TRIED_FOR: Final = timedelta(days=3)

logger = logging.getLogger(__name__)


def take_events() -> None:
    """Tell the inbox at start-up which events are about gifts."""
    handle_with(follow_checkout, CHECKOUT_EVENTS)
    handle_with(follow_payment, PAYMENT_EVENTS)


def follow_checkout(event: StripeEvent, moment: datetime) -> EventState:
    """An event about a payment page: fetch the page with its payment, and bring its gift forward."""
    checkout = fetch_checkout(checkout_id=event.object_id)
    return _follow(checkout.reference, event, checkout=checkout, payment=checkout.payment, moment=moment)


def follow_payment(event: StripeEvent, moment: datetime) -> EventState:
    """An event about a payment or its charge: fetch the payment, and bring its gift forward."""
    payment_id = event.payload["payment_intent"]
    if not payment_id:
        return EventState.IGNORED
    payment = fetch_payment(payment_id=payment_id)
    return _follow(payment.reference, event, checkout=None, payment=payment, moment=moment)


def _follow(
    reference: UUID | None,
    event: StripeEvent,
    *,
    checkout: Checkout | None,
    payment: Payment | None,
    moment: datetime,
) -> EventState:
    if reference is None:
        return EventState.IGNORED
    gift = Gift.objects.filter(pk=reference).first()
    if gift is None:
        raise UnexpectedFactError(f"{event.object_id} names the gift {reference}, which is not in this database")
    bring_forward(gift_id=gift.pk, payment=payment, checkout=checkout, now=moment)
    thank(gift)
    return EventState.HANDLED


def thank(gift: Gift) -> None:
    """Have the receipt mailed soon if there may be one to mail; without a broker the sweep does it."""
    if gift.donor_email and gift.receipt_sent_at is None:
        soon(mail_receipt, gift.pk)


@shared_task
def mail_receipt(gift_id: str) -> bool:
    """Mail one receipt unless it was mailed, the gift is not received, or nobody left an address."""
    return send_receipt(gift_id=UUID(gift_id), now=now())


@shared_task
def sweep_waiting_gifts() -> int:
    """Ask Stripe about gifts whose webhook never came, and mail the receipts that were not. How many it asked about."""
    asked = 0
    for gift in claim_waiting_gifts(now=now()):
        asked += 1
        try:
            catch_up(gift=gift, now=now())
        except (UnexpectedFactError, UnknownCurrencyError) as error:
            logger.warning("Gift %s: %s", gift.pk, error)
        except DomainError as error:
            # Stripe is away: asking about the others would only make everybody wait.
            logger.warning("Gift %s: %s", gift.pk, error.code)
            break
    for gift_id in unsent_receipts(since=now() - MAIL_TRIED_FOR):
        try:
            send_receipt(gift_id=gift_id, now=now())
        except (SMTPException, OSError) as error:
            logger.warning("The receipt of gift %s could not be mailed: %s", gift_id, type(error).__name__)
    return asked


@shared_task
def forget_unpaid_gifts() -> int:
    """Erase what people wrote on gifts that they never paid, 30 days on. How many gifts it was."""
    return forget_unpaid(now=now())
