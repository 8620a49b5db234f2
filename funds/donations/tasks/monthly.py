"""Monthly gifts behind the scenes, safe to run twice: Stripe's events, the sweep, purposes that ended, idle funds.

An event is a trigger and never the truth: subscription and bill are fetched anew. A lost one is found by the sweep.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from common.clock import day_of, now
from common.errors import DomainError
from funds.donations.actions import (
    bring_monthly_forward,
    catch_up_monthly,
    claim_waiting_monthlies,
    follow_purpose,
    forget_unbegun,
    lead_money_of_need_on,
    mail_links,
    note_failed_month,
    receive_invoice,
    tell_of_idle_fund,
)
from funds.donations.models import MonthlyGift
from funds.donations.queries import idle_candidates, last_payments, monthlies_without_purpose, needs_to_lead_on
from funds.donations.rules.monthly import idle_months
from funds.donations.tasks.thanking import thank
from funds.payments.actions import handle_with
from funds.payments.models import StripeEvent
from funds.payments.rules import Checkout, UnexpectedFactError, UnknownCurrencyError
from funds.payments.states import EventState
from funds.payments.stripe import fetch_invoice, fetch_subscription
from funds.payments.tasks import book_movements_of

SUBSCRIPTION_EVENTS: Final = (
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
)
ACTION_REQUIRED: Final = "invoice.payment_action_required"
INVOICE_EVENTS: Final = ("invoice.paid", "invoice.payment_failed", ACTION_REQUIRED)

_MONTH: Final = timedelta(days=30)

logger = logging.getLogger(__name__)


def take_monthly_events() -> None:
    """Tell the inbox at start-up which events are about monthly gifts."""
    handle_with(follow_subscription, SUBSCRIPTION_EVENTS)
    handle_with(follow_invoice, INVOICE_EVENTS)


def follow_subscription(event: StripeEvent, moment: datetime) -> EventState:
    """An event about a subscription: fetch it, and note where the monthly gift stands."""
    fact = fetch_subscription(subscription_id=event.object_id)
    if fact.reference is None or not MonthlyGift.objects.filter(pk=fact.reference).exists():
        return _not_ours(event, fact.reference)
    bring_monthly_forward(monthly_id=fact.reference, fact=fact, now=moment)
    return EventState.HANDLED


def follow_invoice(event: StripeEvent, moment: datetime) -> EventState:
    """An event about a month's bill: book the gift that paid it, or write to the giver once."""
    invoice = fetch_invoice(invoice_id=event.object_id)
    if not invoice.subscription_id:
        return EventState.IGNORED
    fact = fetch_subscription(subscription_id=invoice.subscription_id)
    if fact.reference is None or not MonthlyGift.objects.filter(pk=fact.reference).exists():
        return _not_ours(event, fact.reference)
    bring_monthly_forward(monthly_id=fact.reference, fact=fact, now=moment)
    gift = receive_invoice(invoice=invoice, monthly_id=fact.reference, now=moment)
    if gift is not None:
        if gift.payment_intent:
            book_movements_of(payment_ids=[gift.payment_intent])  # what befell it before it was known
        thank(gift)
    elif event.type != "invoice.paid":
        asks = event.type == ACTION_REQUIRED
        note_failed_month(monthly_id=fact.reference, invoice=invoice, bank_asks=asks, now=moment)
    return EventState.HANDLED


def follow_monthly_checkout(checkout: Checkout, moment: datetime) -> bool:
    """An event about a payment page: True when the page is a monthly gift's, which then is brought forward whole."""
    if checkout.reference is None or not MonthlyGift.objects.filter(pk=checkout.reference).exists():
        return False
    MonthlyGift.objects.filter(pk=checkout.reference, checkout_session__isnull=True).update(
        checkout_session=checkout.id
    )
    catch_up_monthly(monthly_id=checkout.reference, now=moment)
    return True


def _not_ours(event: StripeEvent, reference: object) -> EventState:
    if reference is None:
        return EventState.IGNORED
    raise UnexpectedFactError(f"{event.object_id} names the monthly gift {reference}, which is not in this database")


def links_soon(*, email: str, language: str) -> None:
    """Have the links of an address mailed by a worker, so that the answer takes as long for an unknown one."""
    try:
        mail_monthly_links.delay(email, language)
    except OperationalError as error:
        logger.warning("The broker does not take the letter with links: %s", type(error).__name__)
        mail_links(email=email, language=language)


@shared_task
def mail_monthly_links(email: str, language: str) -> None:
    """Mail the links of all monthly gifts of an address to it; nothing when it has none."""
    mail_links(email=email, language=language)


@shared_task
def sweep_monthlies() -> int:
    """Ask Stripe about monthly gifts whose events may have been lost. How many it asked about."""
    asked = 0
    for monthly_id in claim_waiting_monthlies(now=now()):
        asked += 1
        try:
            catch_up_monthly(monthly_id=monthly_id, now=now())
        except (UnexpectedFactError, UnknownCurrencyError) as error:
            logger.warning("Monthly gift %s: %s", monthly_id, error)
        except (SMTPException, OSError) as error:
            logger.warning("Monthly gift %s: the letter was not taken: %s", monthly_id, type(error).__name__)
        except DomainError as error:
            # Stripe is away: asking about the others would only make everybody wait.
            logger.warning("Monthly gift %s: %s", monthly_id, error.code)
            break
    return asked


@shared_task
def forget_unbegun_monthlies() -> int:
    """Erase what people wrote on monthly gifts that never began, 30 days on. How many it was."""
    return forget_unbegun(now=now())


@shared_task
def follow_purposes() -> int:
    """Monthly gifts whose project has ended go to the fund as a whole, and their givers are told; money that stands
    with a need follows it. How many it was.
    """
    led = sum(lead_money_of_need_on(need_id=need_id, now=now()) for need_id in needs_to_lead_on())
    return led + sum(_posted(follow_purpose, monthly_id=monthly_id) for monthly_id in monthlies_without_purpose())


@shared_task
def tell_of_idle_funds() -> int:
    """Write to monthly givers, once per period, whose fund has paid nothing for so many months. How many it was."""
    months = settings.IDLE_FUND_MONTHS
    if months <= 0:
        return 0
    moment = now()
    told_before = moment - _MONTH * months
    candidates = idle_candidates(told_before=told_before)
    since = last_payments(fund_ids=list({one.fund_id for one in candidates}))
    told = 0
    for one in candidates:
        last = since.get(one.fund_id)
        if last is not None and idle_months(last_payment=last, today=day_of(moment)) >= months:
            told += _posted(tell_of_idle_fund, monthly_id=one.pk, since=last, told_before=told_before)
    return told


def _posted(action: Callable[..., bool], **facts: object) -> bool:
    """One letter's action; a mail server that refuses it stops nobody else's, and the next run tries again."""
    try:
        return action(**facts, now=now())
    except (SMTPException, OSError) as error:
        logger.warning("A letter about a monthly gift was not taken: %s", type(error).__name__)
        return False
