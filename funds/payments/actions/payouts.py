"""Transfers from the card account to the bank as Stripe tells them, with the movements that each carries.

Nothing is guessed: what Stripe's list of members does not add up to is refused aloud. How they are booked stands in
telling.py.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from funds.payments.models import Movement, Payout, StripeEvent
from funds.payments.rules import MovementFact, PayoutFact, UnexpectedFactError, kinds
from funds.payments.states import EventState, PayoutState
from funds.payments.stripe import fetch_payout, list_movements

_RANK: Final = {
    PayoutState.PENDING: 0,
    PayoutState.IN_TRANSIT: 1,
    PayoutState.PAID: 2,
    # A bank may send back what had already been told as paid.
    PayoutState.CANCELED: 3,
    PayoutState.FAILED: 3,
}


def catch_up_payout(*, fact: PayoutFact, now: datetime) -> Payout:
    """Remember one transfer, and ask Stripe for its members once it names them for certain, which are those of one that
    came back, too. Never called in a transaction."""
    payout = remember_payout(fact=fact, now=now)
    certain = fact.reconciled or PayoutState(payout.state) in {PayoutState.FAILED, PayoutState.CANCELED}
    if fact.automatic and certain and payout.members_known_at is None:
        remember_members(payout_id=payout.pk, members=list(list_movements(payout_id=fact.id)), now=now)
    return payout


def take_payout_event(event: StripeEvent, now: datetime) -> EventState:
    """An event about a transfer: the transfer is fetched anew."""
    catch_up_payout(fact=fetch_payout(payout_id=event.object_id), now=now)
    return EventState.HANDLED


@transaction.atomic
def remember_payout(*, fact: PayoutFact, now: datetime) -> Payout:
    """Keep a transfer as it stands. Its state never goes back, whatever arrives late."""
    payout, made = Payout.objects.select_for_update().get_or_create(
        payout_id=fact.id,
        defaults={
            "amount_minor": fact.amount.minor,
            "currency": fact.amount.currency,
            "state": PayoutState(fact.status.value),
            "automatic": fact.automatic,
            "arrival_date": fact.arrival_date,
            "created_at": fact.created_at,
            "trace_id": fact.trace_id,
        },
    )
    told = PayoutState(fact.status.value)
    if not made and (
        _RANK[told] > _RANK[PayoutState(payout.state)]
        or (payout.arrival_date, payout.trace_id) != (fact.arrival_date, fact.trace_id)
    ):
        if _RANK[told] > _RANK[PayoutState(payout.state)]:
            payout.state = told
        payout.arrival_date, payout.trace_id = fact.arrival_date, fact.trace_id
        payout.save(update_fields=["state", "arrival_date", "trace_id"])
    return payout


@transaction.atomic
def remember_members(*, payout_id: UUID, members: Iterable[MovementFact], now: datetime) -> bool:
    """Note which movements an automatic transfer carries; True when all of them are known here and add up to it."""
    payout = Payout.objects.select_for_update().get(pk=payout_id)
    if payout.members_known_at is not None:
        return True
    # A transfer that came back is carried by a later one, and with it all that it had carried; one begun by hand before
    # it is a member like every other.
    told = {one.id: one.net_minor for one in members if one.source_id != payout.payout_id}
    known = Movement.objects.filter(movement_id__in=told)
    if known.count() != len(told):
        return False  # the sweep of movements has not read that far
    if sum(told.values()) != payout.amount_minor:
        raise UnexpectedFactError(
            f"{payout.payout_id} is of {payout.amount_minor} {payout.currency}, its members of {sum(told.values())}"
        )
    came_back = list(known.filter(type__in=kinds.BROUGHT_BACK).values_list("source_id", flat=True))
    known.update(payout=payout)
    Movement.objects.filter(payout__payout_id__in=came_back).update(payout=payout)
    payout.members_known_at = now
    payout.save(update_fields=["members_known_at"])
    return True
