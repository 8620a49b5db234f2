"""Gifts that go back: refunds, failed refunds, disputes, early warnings. Rows tell where each case stands; movements of
the card account, and nothing else, book the money.

Every step is safe to run twice and in any order: what cannot be booked yet waits for what comes before it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from common.clock import day_of
from common.money import Money
from funds.donations.actions.gifts import locked, note
from funds.donations.actions.return_lines import Back, back_of, book_back, book_in, book_out, short_of
from funds.donations.actions.returning import due_together, note_together, waits_for_others
from funds.donations.actions.settling import earmark_of, settle_movements
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.rules import (
    dispute_may_move,
    dispute_state,
    refund_may_move,
    refund_state,
)
from funds.donations.states import DisputeState, GiftState, RefundReason, RefundState
from funds.ledger.states import Kind
from funds.payments.actions import NotOursError, store_movements
from funds.payments.models import Movement
from funds.payments.rules import DisputeFact, RefundFact, WarningFact, kinds
from funds.payments.states import MovementState

UNCLAIMED_AFTER: Final = timedelta(days=1)
"""A movement whose payment nobody here knows after so long is booked as not yet explained."""

_UNKNOWN_PAYMENT: Final = "A payment that nobody here knows"
_BOUNCED: Final = "A debit that did not arrive"


@transaction.atomic
def follow_refunds(*, gift_id: UUID, refunds: Sequence[RefundFact], now: datetime) -> None:
    """Bring a gift's refunds to where Stripe says they stand, and keep their movements. Books nothing itself."""
    store_movements(
        facts=[moved for fact in refunds for moved in (fact.movement, fact.failure_movement) if moved is not None]
    )
    gift = locked(gift_id)
    for fact in refunds:
        row = Refund.objects.filter(refund_id=fact.id).first()
        if row is None and fact.reference is not None:
            row = Refund.objects.filter(pk=fact.reference, gift=gift, refund_id__isnull=True).first()
        new = refund_state(fact.status)
        if row is None:
            row = Refund.objects.create(
                gift=gift,
                refund_id=fact.id,
                amount_minor=fact.amount.minor,
                state=new,
                **_reason(fact.reason),
                created_at=fact.created_at,
            )
            note(gift, "donations.refund", now)
        elif refund_may_move(RefundState(row.state), new) or row.refund_id is None:
            row.refund_id = fact.id
            if refund_may_move(RefundState(row.state), new):
                row.state = new
            row.save(update_fields=["refund_id", "state"])
            note(gift, "donations.refund", now)


def _reason(told: str) -> dict[str, str]:
    """Stripe's own reasons are codes; another one is kept as it is."""
    return {"reason_code": told} if told in RefundReason.values else {"reason": told[:300]}


@transaction.atomic
def follow_disputes(*, gift_id: UUID, disputes: Sequence[DisputeFact], now: datetime) -> None:
    """The same for disputes. A decided one is never opened again."""
    store_movements(facts=[moved for fact in disputes for moved in fact.movements])
    gift = locked(gift_id)
    for fact in disputes:
        took = sum(moved.amount_minor for moved in fact.movements) < 0
        new = dispute_state(fact.status, took_money=took)
        decided = new not in {DisputeState.WARNING, DisputeState.OPEN}
        row = Dispute.objects.filter(dispute_id=fact.id).first()
        if row is None:
            Dispute.objects.create(
                gift=gift,
                dispute_id=fact.id,
                amount_minor=fact.amount.minor,
                state=new,
                reason=fact.reason[:60],
                opened_at=fact.created_at,
                closed_at=now if decided else None,
            )
        elif dispute_may_move(DisputeState(row.state), new):
            row.state, row.closed_at = new, now if decided else None
            row.save(update_fields=["state", "closed_at"])
        else:
            continue
        note(gift, "donations.dispute", now)


@transaction.atomic
def follow_warning(*, gift_id: UUID, warning: WarningFact, now: datetime) -> None:
    """The card's bank suspects fraud: noted once, with the moment of the first warning."""
    gift = locked(gift_id)
    if gift.warned_at is None:
        gift.warned_at = warning.created_at
        gift.save(update_fields=["warned_at"])
        note(gift, "donations.warning", now)


def book_charge(movement: Movement, now: datetime) -> UUID | None:
    """Booker of charges: exchange and fee of a named gift. What waits for others is booked with them."""
    gift = _gift_of(movement, now)
    if gift is None:
        return None
    if gift.state != GiftState.SUCCEEDED:
        if Movement.objects.filter(payment_id=movement.payment_id, type__in=kinds.BOUNCED).exists():
            raise NotOursError(_BOUNCED)
        return None
    settle_movements(gifts=[gift], now=now)
    return gift.fund_id if gift.transaction_id is not None else None


def book_refund(movement: Movement, now: datetime) -> UUID | None:
    """Booker of refunds: out of the purpose, the rest as a shortfall. Those of unnamed gifts are booked together."""
    gift = _gift_of(movement, now)
    if gift is not None and gift.state == GiftState.SUCCEEDED and waits_for_others(gift):
        if Refund.objects.filter(refund_id=movement.source_id, gift=gift, transaction__isnull=False).exists():
            return gift.fund_id
        return _book_together(gift, movement, Kind.REFUND, "donations.refunded", now)
    gift = _booked_gift(movement, now)
    row = Refund.objects.filter(refund_id=movement.source_id, gift=gift).first() if gift is not None else None
    if gift is None or row is None:
        return None
    if row.transaction_id is None:
        line = book_out(gift, movement, Money(row.amount_minor, gift.currency), Kind.REFUND, now)
        row.transaction_id = line.transaction_id
        row.save(update_fields=["transaction"])
        gift.refunded_minor += row.amount_minor
        gift.save(update_fields=["refunded_minor"])
        note(gift, "donations.refunded", now, seq=line.seq)
    return gift.fund_id


def _book_together(gift: Gift, movement: Movement, kind: Kind, action: str, now: datetime) -> UUID | None:
    settle_movements(gifts=[gift], now=now)
    together = due_together(gift=gift, movement=movement, kind=kind, now=now)
    if together is None:
        return None
    back = Back(together.given, together.moved, together.fee, together.key, day_of(together.day))
    if kind in {Kind.REFUND, Kind.DISPUTE}:
        line = book_back(gift, earmark_of(gift), kind, back, partial(short_of, gift, together.moved), now)
    else:
        line = book_in(gift, back, kind, together.taken_by, now)
    note_together(together=together, transaction_id=line.transaction_id, now=now)
    note(gift, action, now, seq=line.seq)
    return gift.fund_id


def book_refund_failure(movement: Movement, now: datetime) -> UUID | None:
    """Booker of refunds that came back: the mirror, shortfall first. Those of unnamed gifts are booked together."""
    gift = _gift_of(movement, now)
    if gift is not None and gift.state == GiftState.SUCCEEDED and waits_for_others(gift):
        return _book_together(gift, movement, Kind.REFUND_FAILED, "donations.refund_failed", now)
    gift = _booked_gift(movement, now)
    row = Refund.objects.filter(refund_id=movement.source_id, gift=gift).first() if gift is not None else None
    if gift is None or row is None or row.transaction_id is None:
        return None
    if row.failed_transaction_id is None:
        back = back_of(
            movement, Money(row.amount_minor, gift.currency), Money(movement.amount_minor, movement.currency)
        )
        line = book_in(gift, back, Kind.REFUND_FAILED, [row.transaction_id], now)
        row.failed_transaction_id, row.state = line.transaction_id, RefundState.FAILED
        row.save(update_fields=["failed_transaction", "state"])
        gift.refunded_minor -= row.amount_minor
        gift.save(update_fields=["refunded_minor"])
        note(gift, "donations.refund_failed", now, seq=line.seq)
    return gift.fund_id


def book_bounce(movement: Movement, now: datetime) -> UUID | None:
    """Booker of debits that bounced: a gift that had counted goes back whole; one that had not is nobody's money."""
    gift = _gift_of(movement, now)
    if gift is None:
        return None
    if gift.state != GiftState.SUCCEEDED:
        raise NotOursError(_BOUNCED)
    Refund.objects.get_or_create(
        refund_id=movement.source_id,
        defaults={
            "gift": gift,
            "amount_minor": gift.amount_minor - gift.refunded_minor,
            "state": RefundState.SUCCEEDED,
            "reason_code": RefundReason.BOUNCED,
            "created_at": movement.created_at,
        },
    )
    return book_refund(movement, now)


def book_adjustment(movement: Movement, now: datetime) -> UUID | None:
    """Booker of adjustments: disputes take money with a fee, and bring it back when they are won. Those of unnamed
    gifts are booked together.
    """
    if not movement.category.startswith("dispute"):
        raise NotOursError(f"Not yet explained: {movement.type}")
    kind = Kind.DISPUTE if movement.amount_minor < 0 else Kind.DISPUTE_WON
    gift = _gift_of(movement, now)
    if gift is not None and gift.state == GiftState.SUCCEEDED and waits_for_others(gift):
        return _book_together(gift, movement, kind, "donations.disputed", now)
    gift = _booked_gift(movement, now)
    row = Dispute.objects.filter(dispute_id=movement.source_id, gift=gift).first() if gift is not None else None
    if gift is None or row is None:
        return None
    amount = Money(row.amount_minor, gift.currency)
    if kind == Kind.DISPUTE:
        line = book_out(gift, movement, amount, kind, now)
        row.taken_transaction_id = line.transaction_id
        gift.disputed_minor += row.amount_minor
    else:
        if row.taken_transaction_id is None:
            return None
        back = back_of(movement, amount, Money(movement.amount_minor, movement.currency))
        line = book_in(gift, back, kind, [row.taken_transaction_id], now)
        row.returned_transaction_id = line.transaction_id
        gift.disputed_minor = max(0, gift.disputed_minor - row.amount_minor)
    row.save(update_fields=["taken_transaction", "returned_transaction"])
    gift.save(update_fields=["disputed_minor"])
    note(gift, "donations.disputed", now, seq=line.seq)
    return gift.fund_id


def _gift_of(movement: Movement, now: datetime) -> Gift | None:
    """The (locked) gift of a movement's payment; None while that may still become known."""
    rows = Gift.objects.select_for_update(of=("self",)).select_related("fund__town")
    gift = rows.filter(payment_intent=movement.payment_id).first() if movement.payment_id else None
    if gift is None and now - movement.created_at > UNCLAIMED_AFTER:
        raise NotOursError(_UNKNOWN_PAYMENT)
    return gift


def _booked_gift(movement: Movement, now: datetime) -> Gift | None:
    """The same, once the gift itself is booked with its charge, in a line of its own."""
    gift = _gift_of(movement, now)
    if gift is None or gift.state != GiftState.SUCCEEDED:
        return None
    settle_movements(gifts=[gift], now=now)
    if gift.settled_minor is None or gift.transaction_id is None:
        return None
    charges = Movement.objects.filter(payment_id=movement.payment_id, type__in=kinds.CHARGES)
    return None if charges.filter(state=MovementState.WAITING).exists() else gift
