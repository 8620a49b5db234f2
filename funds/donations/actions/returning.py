"""What goes back of gifts without a public name, and comes back after all, is booked together, as such gifts are: no
line tells the sum of one of them.

A refund, a failed refund, a dispute and a won one each wait until enough others of the same kind, purpose and currency
wait, or until it has waited long enough. The card account and the books agree all the while: what waits is left out of
both sides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest

from common.ids import uuid7
from common.money import Money
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.states import RefundState
from funds.ledger.states import Kind
from funds.payments.actions import mark_booked
from funds.payments.models import Movement
from funds.payments.rules import kinds
from funds.payments.states import MovementState

_DISPUTES: Final = Q(type__in=kinds.ADJUSTMENTS, category__startswith="dispute")
_MOVED_BY: Final = {
    Kind.REFUND: Q(type__in=(*kinds.REFUNDS, *kinds.BOUNCED)),
    Kind.REFUND_FAILED: Q(type__in=kinds.REFUND_FAILURES),
    Kind.DISPUTE: _DISPUTES & Q(amount_minor__lt=0),
    Kind.DISPUTE_WON: _DISPUTES & Q(amount_minor__gte=0),
}
MOVES_TOGETHER: Final = (
    _MOVED_BY[Kind.REFUND] | _MOVED_BY[Kind.REFUND_FAILED] | _MOVED_BY[Kind.DISPUTE] | _MOVED_BY[Kind.DISPUTE_WON]
)
"""Movements of gifts without a public name that wait for others of their kind."""


@dataclass(frozen=True, slots=True)
class Together:
    """Movements of one kind and purpose that go into one line, each with its row; the first gift stands for all."""

    gift: Gift
    kind: Kind
    parts: tuple[tuple[Refund | Dispute, Movement], ...]
    key: str

    @property
    def given(self) -> Money:
        """What goes back, or comes back, in the gifts' currency."""
        return Money(sum(row.amount_minor for row, _moved in self.parts), self.gift.currency)

    @property
    def moved(self) -> Money:
        """What left the card account, or reached it."""
        return Money(abs(sum(moved.amount_minor for _row, moved in self.parts)), self.parts[0][1].currency)

    @property
    def fee(self) -> Money:
        """What was kept besides."""
        return Money(sum(moved.fee_minor for _row, moved in self.parts), self.moved.currency)

    @property
    def day(self) -> datetime:
        """When the latest of them moved."""
        return max(moved.created_at for _row, moved in self.parts)

    @property
    def taken_by(self) -> list[UUID]:
        """The lines that took the money which now comes back."""
        lines = (row.transaction_id if isinstance(row, Refund) else row.taken_transaction_id for row, _ in self.parts)
        return sorted({line for line in lines if line is not None})


def waits_for_others(gift: Gift) -> bool:
    """Whether what goes back of this gift is booked with others: no line of the ledger is its own."""
    return not gift.name_public and gift.transaction_id is None


def due_together(*, gift: Gift, movement: Movement, kind: Kind, now: datetime) -> Together | None:
    """What is booked now with this (locked) movement; None: it waits. Settings as for gifts."""
    if gift.batch_id is None:
        return None  # its own line comes first, with the others of its purpose
    rows = list(
        _alike(gift, movement, kind).select_for_update(skip_locked=True, of=("self",)).order_by("created_at", "pk")
    )
    known = _rows([row.source_id for row in rows], kind)
    parts = tuple((known[row.source_id], row) for row in rows if row.source_id in known)
    if all(row.pk != movement.pk for _known, row in parts):
        return None
    old = now - parts[0][1].created_at >= timedelta(days=settings.ANONYMOUS_BATCH_DAYS)
    if not old and len(parts) < settings.ANONYMOUS_BATCH:
        return None
    return Together(gift, kind, parts, f"stripe:together:{uuid7()}")


def note_together(*, together: Together, transaction_id: UUID, now: datetime) -> None:
    """Write down that the line holds them: each row, what each gift has got back, each movement."""
    for row, _moved in together.parts:
        gift, amount = Gift.objects.filter(pk=row.gift_id), row.amount_minor
        if together.kind == Kind.REFUND:
            Refund.objects.filter(pk=row.pk).update(transaction_id=transaction_id)
            gift.update(refunded_minor=F("refunded_minor") + amount)
        elif together.kind == Kind.REFUND_FAILED:
            Refund.objects.filter(pk=row.pk).update(failed_transaction_id=transaction_id, state=RefundState.FAILED)
            gift.update(refunded_minor=F("refunded_minor") - amount)
        elif together.kind == Kind.DISPUTE:
            Dispute.objects.filter(pk=row.pk).update(taken_transaction_id=transaction_id)
            gift.update(disputed_minor=F("disputed_minor") + amount)
        else:
            Dispute.objects.filter(pk=row.pk).update(returned_transaction_id=transaction_id)
            gift.update(disputed_minor=Greatest(0, F("disputed_minor") - amount))
    keys = [moved.pk for _row, moved in together.parts]
    mark_booked(movement_ids=keys, fund_id=together.gift.fund_id, now=now, together_id=transaction_id)


def _rows(source_ids: list[str], kind: Kind) -> dict[str, Refund | Dispute]:
    """What is known of these refunds or disputes, where it is their turn."""
    if kind in {Kind.REFUND, Kind.REFUND_FAILED}:
        refunds = Refund.objects.filter(refund_id__in=source_ids, transaction__isnull=kind == Kind.REFUND)
        return {str(one.refund_id): one for one in refunds.filter(failed_transaction=None)}
    disputes = Dispute.objects.filter(dispute_id__in=source_ids)
    if kind == Kind.DISPUTE_WON:
        disputes = disputes.filter(taken_transaction__isnull=False)
    return {one.dispute_id: one for one in disputes}


def _alike(gift: Gift, movement: Movement, kind: Kind) -> QuerySet[Movement]:
    purpose = Q(project_id=gift.project_id) if gift.project_id else Q(project__isnull=True)
    purpose &= Q(need_id=gift.need_id) if gift.need_id else Q(need__isnull=True)
    gifts = Gift.objects.filter(
        purpose, fund_id=gift.fund_id, currency=gift.currency, name_public=False, transaction=None, batch__isnull=False
    )
    return Movement.objects.filter(
        _MOVED_BY[kind],
        state=MovementState.WAITING,
        currency=movement.currency,
        payment_id__in=gifts.values("payment_intent"),
    )
