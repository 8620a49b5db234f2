"""Transfers from the card account to the bank: remembered as Stripe tells them, divided among the funds, booked once.

Nothing is guessed: an automatic transfer is booked when all its members are, one begun by hand (whose members Stripe
does not name) in proportion to what each fund holds there.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from common.clock import day_of
from common.money import Money
from funds.ledger.actions import post
from funds.ledger.models import Balance
from funds.ledger.states import AccountCode
from funds.payments.models import Movement, Payout, PayoutShare, StripeEvent
from funds.payments.rules import MovementFact, PayoutFact, UnexpectedFactError, kinds
from funds.payments.rules.payouts import divided, returned_posting, sent_posting
from funds.payments.states import EventState, MovementState, PayoutState
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
    """Remember one transfer, and ask Stripe for its members once it names them. Never called in a transaction."""
    payout = remember_payout(fact=fact, now=now)
    if fact.automatic and fact.reconciled and payout.members_known_at is None:
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
    told = {one.id: one.net_minor for one in members if one.type not in kinds.PAYOUTS}
    known = Movement.objects.filter(movement_id__in=told)
    if known.count() != len(told):
        return False  # the sweep of movements has not read that far
    if sum(told.values()) != payout.amount_minor:
        raise UnexpectedFactError(
            f"{payout.payout_id} is of {payout.amount_minor} {payout.currency}, its members of {sum(told.values())}"
        )
    known.update(payout=payout)
    payout.members_known_at = now
    payout.save(update_fields=["members_known_at"])
    return True


def book_payout(movement: Movement, now: datetime) -> UUID | None:
    """Book what left for the bank, or what came back. The fund with the largest share; None while it has to wait.

    Runs in the caller's transaction, may run twice: each fund's posting has its key.
    """
    payout = Payout.objects.select_for_update().filter(payout_id=movement.source_id).first()
    if payout is None:
        return None
    if movement.type != "payout":
        return _bring_back(payout, movement, now)
    shares = {one.fund_id: one for one in PayoutShare.objects.filter(payout=payout)}
    divided_money = _shares(payout, movement)
    if divided_money is None:
        return None
    day = day_of(movement.created_at)
    for fund, minor in sorted(divided_money.items()):
        share = Money(minor, movement.currency)
        posting = sent_posting(fund=fund, movement_id=movement.movement_id, share=share, payout=payout.pk, day=day)
        [booked] = post(postings=[posting], now=now)
        if fund not in shares:
            PayoutShare.objects.create(
                payout=payout, fund_id=fund, amount_minor=minor, transaction_id=booked.transaction_id
            )
    return max(divided_money, key=lambda fund: (abs(divided_money[fund]), fund))


def _shares(payout: Payout, movement: Movement) -> dict[UUID, int] | None:
    """What of a transfer is whose; None while that is not known."""
    if not payout.automatic:
        held = Balance.objects.filter(account__code=AccountCode.STRIPE, account__currency=movement.currency)
        weights = dict(held.values_list("account__fund_id").annotate(total=Sum("amount_minor")))
        if -movement.net_minor > sum(weight for weight in weights.values() if weight > 0):
            return None  # gifts that it carries are not booked yet
        return divided(-movement.net_minor, weights)
    if payout.members_known_at is None:
        return None
    members = Movement.objects.filter(payout=payout).exclude(type__in=kinds.PAYOUTS)
    if members.filter(state=MovementState.WAITING).exists():
        return None
    rows = members.values_list("fund_id").annotate(total=Sum("net_minor"))
    return {fund: total for fund, total in rows if fund is not None and total}


def _bring_back(payout: Payout, movement: Movement, now: datetime) -> UUID | None:
    shares = list(PayoutShare.objects.filter(payout=payout, transaction__isnull=False))
    if not shares or sum(one.amount_minor for one in shares) != movement.net_minor:
        return None  # it has not been booked as sent, or does not come back whole
    for share in shares:
        sent = share.transaction_id
        if sent is None:
            continue
        posting = returned_posting(
            fund=share.fund_id,
            movement_id=movement.movement_id,
            share=Money(share.amount_minor, movement.currency),
            payout=payout.pk,
            sent=sent,
            day=day_of(movement.created_at),
        )
        post(postings=[posting], now=now)
    return max(shares, key=lambda one: (abs(one.amount_minor), one.fund_id)).fund_id
