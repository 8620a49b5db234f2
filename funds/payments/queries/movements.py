"""What moved on the card account, and what of it waits to be booked."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Case, Sum, When

from funds.payments.models import Movement
from funds.payments.rules import kinds
from funds.payments.states import MovementState


def waiting_movements(*, payment_ids: Sequence[str] | None = None) -> list[UUID]:
    """Movements that are not booked yet, of these payments or of all, a charge before what takes it back.

    Within one second Stripe tells no order: what brings money stands first, what fails last.
    """
    rows = Movement.objects.filter(state=MovementState.WAITING)
    if payment_ids is not None:
        rows = rows.filter(payment_id__in=payment_ids)
    last = Case(When(type__in=kinds.CHARGES, then=0), When(amount_minor__lt=0, then=1), default=2)
    return list(rows.order_by("created_at", last, "movement_id").values_list("pk", flat=True))


def booked_totals() -> dict[str, int]:
    """The sum of all booked movements per currency, in minor units: what the ledger's accounts with the card processor
    hold together, whatever waits."""
    rows = Movement.objects.exclude(state=MovementState.WAITING).values_list("currency").annotate(Sum("net_minor"))
    return dict(rows.order_by("currency"))
