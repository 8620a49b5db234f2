"""What somebody who is signed in gave, and which gifts of guests with the same proven address could be theirs.

Nothing of another account is ever found here: a gift that has an account is that account's alone.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from funds.donations.models import Gift, MonthlyGift, Refund
from funds.donations.queries.receipts import mirror_of
from funds.donations.states import GiftState, MonthlyState, RefundReason, RefundState
from users.models import User

MINE_PAGE = 50


def gifts_of(*, user: User, limit: int = MINE_PAGE, skip: int = 0) -> list[Gift]:
    """The gifts of an account that were received, are awaited or announced, newest first, with all that a row shows."""
    rows = Gift.objects.filter(donor=user).exclude(state__in=[GiftState.FAILED, GiftState.EXPIRED])
    whole = rows.select_related("fund__town", "project__decision", "need", "transaction__reversed_by", "monthly")
    return list(whole.order_by("-created_at", "-pk")[skip : skip + limit])


def taken_back(*, gifts: Sequence[Gift]) -> dict[UUID, datetime]:
    """Which of these gifts count no more though nothing was paid to the giver, and since when. One query."""
    other = Refund.objects.filter(
        gift__in=[one.pk for one in gifts], reason_code=RefundReason.OTHER_LINE, state=RefundState.SUCCEEDED
    )
    found = dict(other.values_list("gift_id", "created_at"))
    return found | {one.pk: mirror.booked_at for one in gifts if (mirror := mirror_of(one)) is not None}


def monthlies_of(*, user: User) -> list[MonthlyGift]:
    """The monthly gifts of an account that run or are to begin, newest first."""
    rows = MonthlyGift.objects.filter(donor=user).exclude(state=MonthlyState.CANCELLED)
    return list(rows.select_related("fund__town", "project", "need").order_by("-created_at"))


def guest_gifts(*, user: User) -> QuerySet[Gift]:
    """Gifts that a guest gave with the address of this account, which signing in by a code has proven."""
    return Gift.objects.filter(donor__isnull=True, donor_email__iexact=user.email).exclude(donor_email="")


def guest_monthlies(*, user: User) -> QuerySet[MonthlyGift]:
    """Monthly gifts that a guest began with that address."""
    return MonthlyGift.objects.filter(donor__isnull=True, donor_email__iexact=user.email).exclude(donor_email="")
