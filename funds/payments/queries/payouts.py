"""Transfers to the bank that something is still to be learned of."""

from funds.payments.models import Payout


def payouts_without_members(*, limit: int = 50) -> list[str]:
    """Stripe's ids of automatic transfers whose members are not known here, the oldest first."""
    rows = Payout.objects.filter(automatic=True, members_known_at__isnull=True).order_by("created_at", "pk")
    return list(rows.values_list("payout_id", flat=True)[:limit])
