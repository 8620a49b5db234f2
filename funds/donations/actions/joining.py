"""Gifts that somebody gave as a guest join those of their account: only when they ask, only by a proven address."""

from datetime import datetime

from django.db import transaction

from audit.actions import record
from funds.donations.queries.mine import guest_gifts, guest_monthlies
from funds.ledger.models import Fund
from users.models import User


@transaction.atomic
def join_guest_gifts(*, user: User, now: datetime) -> int:
    """Tie the gifts and monthly gifts of guests with this account's address to the account; how many it was.

    Nothing that others see changes: a gift without a public name stays without one.
    """
    gifts, monthlies = guest_gifts(user=user), guest_monthlies(user=user)
    funds = set(gifts.values_list("fund_id", flat=True)) | set(monthlies.values_list("fund_id", flat=True))
    joined = gifts.update(donor=user) + monthlies.update(donor=user)
    for fund in Fund.objects.filter(pk__in=funds).select_related("town").order_by("pk"):
        # The giver stays unnamed here too: the entry tells that it happened, not to whom.
        record(
            now=now,
            actor_id=None,
            town_slug=fund.town.slug,
            action="donations.join",
            object_type="fund",
            object_id=fund.pk,
            detail={},
        )
    return joined
