"""Refunds of gifts without a public name are booked together, as such gifts are: no line tells the sum of one of them.

A refund waits until enough others of the same purpose and currency wait, or until it has waited long enough. The card
account and the books agree all the while: what waits is left out of both sides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet

from common.ids import uuid7
from common.money import Money
from funds.donations.models import Gift, Refund
from funds.payments.actions import mark_booked
from funds.payments.models import Movement
from funds.payments.rules import kinds
from funds.payments.states import MovementState


@dataclass(frozen=True, slots=True)
class Together:
    """Refunds of one purpose that go into one line, with their movements; the first gift stands for all."""

    gift: Gift
    parts: tuple[tuple[Refund, Movement], ...]
    key: str

    @property
    def given(self) -> Money:
        """What goes back, in the gifts' currency."""
        return Money(sum(refund.amount_minor for refund, _moved in self.parts), self.gift.currency)

    @property
    def moved(self) -> Money:
        """What left the card account."""
        first = self.parts[0][1]
        return Money(-sum(moved.amount_minor for _refund, moved in self.parts), first.currency)

    @property
    def fee(self) -> Money:
        """What was kept besides."""
        return Money(sum(moved.fee_minor for _refund, moved in self.parts), self.moved.currency)

    @property
    def day(self) -> datetime:
        """When the latest of them left."""
        return max(moved.created_at for _refund, moved in self.parts)


def waits_for_others(gift: Gift) -> bool:
    """Whether a refund of this gift is booked with others: no line of the ledger is its own."""
    return not gift.name_public and gift.transaction_id is None


def due_together(*, gift: Gift, movement: Movement, now: datetime) -> Together | None:
    """What is booked now with the refund of this (locked) movement; None: it waits. Settings as for gifts."""
    if gift.batch_id is None:
        return None  # its own line comes first, with the others of its purpose
    rows = list(_alike(gift, movement).select_for_update(skip_locked=True, of=("self",)).order_by("created_at", "pk"))
    refunds = {
        one.refund_id: one
        for one in Refund.objects.filter(refund_id__in=[row.source_id for row in rows], transaction=None)
    }
    parts = tuple((refunds[row.source_id], row) for row in rows if row.source_id in refunds)
    if all(row.pk != movement.pk for _refund, row in parts):
        return None
    old = now - parts[0][1].created_at >= timedelta(days=settings.ANONYMOUS_BATCH_DAYS)
    if not old and len(parts) < settings.ANONYMOUS_BATCH:
        return None
    return Together(gift, parts, f"stripe:together:{uuid7()}")


def note_together(*, together: Together, transaction_id: UUID, now: datetime) -> None:
    """Write down that the line holds them: each refund, what each gift has got back, each movement."""
    for refund, _moved in together.parts:
        Refund.objects.filter(pk=refund.pk).update(transaction_id=transaction_id)
        Gift.objects.filter(pk=refund.gift_id).update(refunded_minor=F("refunded_minor") + refund.amount_minor)
    keys = [moved.pk for _refund, moved in together.parts]
    mark_booked(movement_ids=keys, fund_id=together.gift.fund_id, now=now)


def _alike(gift: Gift, movement: Movement) -> QuerySet[Movement]:
    purpose = Q(project_id=gift.project_id) if gift.project_id else Q(project__isnull=True)
    purpose &= Q(need_id=gift.need_id) if gift.need_id else Q(need__isnull=True)
    gifts = Gift.objects.filter(
        purpose, fund_id=gift.fund_id, currency=gift.currency, name_public=False, transaction=None, batch__isnull=False
    )
    return Movement.objects.filter(
        type__in=(*kinds.REFUNDS, *kinds.BOUNCED),
        state=MovementState.WAITING,
        currency=movement.currency,
        payment_id__in=gifts.values("payment_intent"),
    )
