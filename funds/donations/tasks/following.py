"""What Stripe's events and movements mean for gifts. Many are looked at together, and lists tell what they are about.

An event says only that something may have changed. Here it is asked what stands now, for each payment once, however
many events speak of it; then gifts, refunds and disputes are brought forward and their movements booked.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from celery import shared_task

from common.clock import now
from common.errors import DomainError
from funds.donations import actions
from funds.donations.actions.arrivals import book_arrivals_due
from funds.donations.actions.defence import note_decline
from funds.donations.actions.hand_returns import book_returns_due
from funds.donations.models import Gift
from funds.donations.queries import unexplained_payments
from funds.donations.tasks.monthly import follow_monthly_checkout
from funds.donations.tasks.thanking import thank_many
from funds.payments.actions import Outcome, book_with, handle_together_with
from funds.payments.models import StripeEvent
from funds.payments.rules import (
    DisputeFact,
    Payment,
    RefundFact,
    UnexpectedFactError,
    UnknownCurrencyError,
    kinds,
    reads_on,
)
from funds.payments.states import EventState
from funds.payments.stripe import (
    fetch_checkout,
    fetch_payment,
    fetch_warning,
    is_configured,
    list_disputes,
    list_payments,
    list_refunds,
)
from funds.payments.tasks import book_movements_of

_FEW: Final = 3  # so many objects are fetched one by one; more are looked for in lists
_PATIENCE: Final = 15.0  # seconds of asking about payments; what was not asked by then is left for the next portion
_REFUND_IDS: Final = ("re_", "pyr_")
_DISPUTE_IDS: Final = ("dp_", "du_")
_DECLINED: Final = "payment_intent.payment_failed"
_BEFORE: Final = timedelta(minutes=10)
_AFTER: Final = timedelta(minutes=1)

_Returned = TypeVar("_Returned", RefundFact, DisputeFact)

logger = logging.getLogger(__name__)


def take_events() -> None:
    """Tell the inbox and the card account at start-up which events and movements are about gifts."""
    handle_together_with(
        follow,
        (
            *kinds.CHECKOUT_EVENTS,
            *kinds.PAYMENT_EVENTS,
            *kinds.REFUND_EVENTS,
            *kinds.DISPUTE_EVENTS,
            *kinds.WARNING_EVENTS,
        ),
    )
    book_with(actions.book_charge, kinds.CHARGES)
    book_with(actions.book_refund, kinds.REFUNDS)
    book_with(actions.book_refund_failure, kinds.REFUND_FAILURES)
    book_with(actions.book_bounce, kinds.BOUNCED)
    book_with(actions.book_adjustment, kinds.ADJUSTMENTS)


@dataclass(slots=True)
class _Look:
    """What is asked about payments: which, and of which the refunds and disputes too (those that events name, which may
    have begun long before); from when events speak."""

    payments: set[str] = field(default_factory=set)
    refunds: dict[str, set[str]] = field(default_factory=dict)
    disputes: dict[str, set[str]] = field(default_factory=dict)
    moments: list[datetime] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        return min(self.moments) - _BEFORE

    @property
    def until(self) -> datetime:
        return max(self.moments) + _AFTER


def follow(events: Sequence[StripeEvent], moment: datetime) -> Mapping[UUID, Outcome]:
    """Bring everything forward that these events speak of; an outcome for each whose payment could be asked about."""
    look, outcomes, until = _Look(), dict[UUID, Outcome](), time.monotonic() + _PATIENCE
    for event in events:
        payment_id = event.payload["payment_intent"]
        if not payment_id:
            if len(outcomes) >= _FEW and time.monotonic() > until:
                continue
            known = event.type in kinds.CHECKOUT_EVENTS and _follow_page(event, moment)
            outcomes[event.pk] = Outcome(EventState.HANDLED if known else EventState.IGNORED)
            continue
        look.payments.add(payment_id)
        look.moments.append(datetime.fromtimestamp(event.payload["created"], UTC))
        if event.type in kinds.REFUND_EVENTS:
            look.refunds.setdefault(payment_id, set()).update(_named(event, "refund"))
        elif event.type in kinds.DISPUTE_EVENTS:
            look.disputes.setdefault(payment_id, set()).update(_named(event, "dispute"))
    gifts, asked = _bring_forward(look, moment) if look.payments else ({}, set())
    for event in events:
        if event.pk not in outcomes and event.payload["payment_intent"] not in asked:
            continue
        gift_id = gifts.get(event.payload["payment_intent"])
        if gift_id is not None and event.type in kinds.WARNING_EVENTS:
            actions.follow_warning(gift_id=gift_id, warning=fetch_warning(warning_id=event.object_id), now=moment)
        if gift_id is not None and event.type == _DECLINED:
            note_decline(gift_id=gift_id, at=datetime.fromtimestamp(event.payload["created"], UTC))
        outcomes.setdefault(event.pk, Outcome(EventState.IGNORED if gift_id is None else EventState.HANDLED))
    return outcomes


def _named(event: StripeEvent, kind: str) -> set[str]:
    """What the event is about, where that is the refund or dispute itself and not its charge."""
    return {event.object_id} if event.payload["object"] == kind else set()


def _follow_page(event: StripeEvent, moment: datetime) -> bool:
    """A page on which nobody has paid yet; whether it is a gift's."""
    checkout = fetch_checkout(checkout_id=event.object_id)
    if follow_monthly_checkout(checkout, moment):
        return True
    if checkout.reference is None:
        return False
    if not Gift.objects.filter(pk=checkout.reference).exists():
        raise UnexpectedFactError(f"{checkout.id} names the gift {checkout.reference}, which is not in this database")
    actions.bring_forward(gift_id=checkout.reference, payment=checkout.payment, checkout=checkout, now=moment)
    thank_many(gift_ids=[checkout.reference])
    return True


def _bring_forward(look: _Look, moment: datetime) -> tuple[dict[str, UUID], set[str]]:
    """Payment -> gift, of those that are gifts'; and the payments that there was time to ask about."""
    payments = _payments(look)
    gifts = _gifts_of(payments)
    actions.bring_many_forward(payments={gifts[key]: payments[key] for key in gifts}, now=moment)
    refunds = {key: named for key, named in look.refunds.items() if key in gifts}
    for key, told in _returned(refunds, list_refunds, look).items():
        actions.follow_refunds(gift_id=gifts[key], refunds=told, now=moment)
    disputes = {key: named for key, named in look.disputes.items() if key in gifts}
    for key, opened in _returned(disputes, list_disputes, look).items():
        actions.follow_disputes(gift_id=gifts[key], disputes=opened, now=moment)
    book_movements_of(payment_ids=sorted(refunds.keys() | disputes.keys()))
    thank_many(gift_ids=list(gifts.values()))
    return gifts, set(payments)


def _gifts_of(payments: Mapping[str, Payment]) -> dict[str, UUID]:
    """Each month of a monthly gift is found by its payment, every other gift by the reference that we gave it."""
    known = dict(Gift.objects.filter(payment_intent__in=payments).values_list("payment_intent", "pk"))
    named = {one.reference for one in payments.values() if one.reference is not None}
    here = set(Gift.objects.filter(pk__in=named).values_list("pk", flat=True))
    for key, payment in payments.items():
        if key in known or payment.reference is None:
            continue
        if payment.reference not in here:
            raise UnexpectedFactError(f"{key} names the gift {payment.reference}, which is not in this database")
        known[key] = payment.reference
    return {str(key): pk for key, pk in known.items()}


def _payments(look: _Look) -> dict[str, Payment]:
    """As they stand now. Several at once may not all be asked about in time: a handful always is."""
    found: dict[str, Payment] = {}
    until = time.monotonic() + _PATIENCE
    if len(look.payments) > _FEW:
        for place, one in enumerate(list_payments(since=look.since, until=look.until), 1):
            if one.id in look.payments:
                found[one.id] = one
            if not reads_on(read=place, found=len(found), wanted=len(look.payments)) or time.monotonic() > until:
                break
    for number, key in enumerate(sorted(look.payments - found.keys())):
        if number >= _FEW and time.monotonic() > until:
            break
        found[key] = fetch_payment(payment_id=key)
    return found


def _returned(
    wanted: Mapping[str, set[str]], ask: Callable[..., Iterable[_Returned]], look: _Look
) -> dict[str, list[_Returned]]:
    """Refunds or disputes of these payments: out of the list of the time that events speak of, and payment by payment
    where that does not hold what an event names."""
    found: dict[str, list[_Returned]] = {}
    if len(wanted) > _FEW:
        for one in ask(since=look.since, until=look.until):
            if one.payment_id in wanted:
                found.setdefault(one.payment_id, []).append(one)
    for key, named in wanted.items():
        if key not in found or not named <= {one.id for one in found[key]}:
            found[key] = list(ask(payment_id=key))
    return found


@shared_task
def look_again() -> int:
    """Ask about payments whose movements are known and not explained: their events were lost, or came before them."""
    if not is_configured():
        return 0
    wanted = unexplained_payments()
    for start in range(0, len(wanted), 100):
        portion = wanted[start : start + 100]
        look = _Look(moments=[at for _key, _about, at in portion])
        for key, about, _at in portion:
            look.payments.add(key)
            look.refunds[key] = {one for one in about if one.startswith(_REFUND_IDS)}
            look.disputes[key] = {one for one in about if one.startswith(_DISPUTE_IDS)}
        try:
            _bring_forward(look, now())
        except (UnexpectedFactError, UnknownCurrencyError) as error:
            logger.warning("Payments behind movements: %s", error)
        except DomainError as error:
            logger.warning("Payments behind movements: %s", error.code)
            break
    return len(wanted)


@shared_task
def publish_waiting() -> int:
    """Book gifts without a public name whose time has come, what went back of them by hand, and what has arrived of
    transfers that are told together. How many lines."""
    return actions.publish_due(now=now()) + book_returns_due(now=now()) + book_arrivals_due(now=now())
