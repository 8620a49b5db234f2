"""Where gifts stand, and which movements of the card account no gift explains yet."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, Max, OuterRef

from funds.donations.models import Dispute, Gift, Refund
from funds.donations.rules import standing
from funds.donations.states import DisputeState, GiftState, RefundState, Standing
from funds.payments.models import Movement
from funds.payments.rules import kinds
from funds.payments.states import MovementState

_OF_PAYMENTS = (*kinds.CHARGES, *kinds.REFUNDS, *kinds.REFUND_FAILURES, *kinds.BOUNCED, *kinds.ADJUSTMENTS)


def standing_of(gift: Gift) -> Standing:
    """What one gift has come to. Two queries."""
    return standings_of(gifts=[gift])[gift.pk]


def standings_of(*, gifts: Sequence[Gift]) -> dict[UUID, Standing]:
    """The same for many. Two queries."""
    keys = [gift.pk for gift in gifts]
    refunds: dict[UUID, list[tuple[RefundState, int]]] = {}
    for gift_id, state, minor in Refund.objects.filter(gift__in=keys).values_list("gift_id", "state", "amount_minor"):
        refunds.setdefault(gift_id, []).append((RefundState(state), minor))
    disputes: dict[UUID, list[DisputeState]] = {}
    for gift_id, state in Dispute.objects.filter(gift__in=keys).values_list("gift_id", "state"):
        disputes.setdefault(gift_id, []).append(DisputeState(state))
    return {
        gift.pk: standing(
            state=GiftState(gift.state),
            amount_minor=gift.amount_minor,
            warned=gift.warned_at is not None,
            refunds=refunds.get(gift.pk, ()),
            disputes=disputes.get(gift.pk, ()),
        )
        for gift in gifts
    }


def unexplained_payments(*, limit: int = 1000) -> list[tuple[str, set[str], datetime]]:
    """Payments of which movements are known that nothing here explains yet, with what each of these moved for (the
    charge, refund or dispute) and the latest moment; latest first.

    A received gift that waits for others explains its charge.
    """
    explained = Gift.objects.filter(
        payment_intent=OuterRef("payment_id"), state=GiftState.SUCCEEDED, settled_minor__isnull=False
    )
    waiting = Movement.objects.filter(state=MovementState.WAITING, type__in=_OF_PAYMENTS).exclude(payment_id="")
    # A refund or dispute that is known waits for others of its kind, or for its turn.
    known = Refund.objects.filter(refund_id=OuterRef("source_id"))
    disputed = Dispute.objects.filter(dispute_id=OuterRef("source_id"))
    open_ones = waiting.exclude(Exists(explained), type__in=kinds.CHARGES).exclude(
        Exists(known), type__in=(*kinds.REFUNDS, *kinds.BOUNCED)
    )
    open_ones = open_ones.exclude(Exists(disputed), type__in=kinds.ADJUSTMENTS, amount_minor__lt=0)
    rows = open_ones.values_list("payment_id").annotate(about=ArrayAgg("source_id"), at=Max("created_at"))
    return [(payment_id, set(about), at) for payment_id, about, at in rows.order_by("-at")[:limit]]
