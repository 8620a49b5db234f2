"""What is forgotten of a gift that never became one, or a monthly one that never began. What was received stays."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from funds.donations.actions.designations import note_monthly
from funds.donations.actions.gifts import note
from funds.donations.models import Gift, MonthlyGift
from funds.donations.states import GiftState, MonthlyState

KEPT_UNPAID: Final = timedelta(days=30)
_PERSONAL: Final = ("donor_name", "donor_email", "message", "tie_to_town")


@transaction.atomic
def forget_unpaid(*, now: datetime, limit: int = 500) -> int:
    """Erase name, address, words, tie and account of gifts begun more than 30 days ago and not paid; how many it was.

    The row stays with its amount, so that a payment that Stripe should still report is known: as an unnamed gift.
    """
    said_something = ~Q(**dict.fromkeys(_PERSONAL, "")) | Q(donor__isnull=False) | Q(name_public=True)
    old = Gift.objects.filter(said_something, state=GiftState.EXPIRED, created_at__lt=now - KEPT_UNPAID)
    gifts = list(old.select_for_update(of=("self",), skip_locked=True).select_related("fund__town")[:limit])
    for gift in gifts:
        for name in _PERSONAL:
            setattr(gift, name, "")
        gift.donor = None
        gift.name_public = False
        gift.save(update_fields=[*_PERSONAL, "donor", "name_public"])
        note(gift, "donations.forget", now)
    return len(gifts)


@transaction.atomic
def forget_unbegun(*, now: datetime, limit: int = 500) -> int:
    """The same for monthly gifts whose first month was never paid; how many it was. Their links lead nowhere then."""
    said_something = ~Q(**dict.fromkeys(_PERSONAL, "")) | Q(donor__isnull=False) | Q(name_public=True)
    old = MonthlyGift.objects.filter(
        said_something, state=MonthlyState.CANCELLED, subscription__isnull=True, created_at__lt=now - KEPT_UNPAID
    )
    rows = list(old.select_for_update(of=("self",), skip_locked=True).select_related("fund__town")[:limit])
    for monthly in rows:
        for name in _PERSONAL:
            setattr(monthly, name, "")
        monthly.donor = None
        monthly.name_public = False
        monthly.link_version += 1
        monthly.save(update_fields=[*_PERSONAL, "donor", "name_public", "link_version"])
        note_monthly(monthly, "donations.forget_monthly", now)
    return len(rows)
