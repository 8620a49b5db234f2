"""The wall of donors: what everybody may read of the gifts of a fund, and of those that stand without a name.

Named gifts stand with their amount; the others with a band of amounts, once their batch is published, and with nothing
by which two of them could be told apart or put in the order in which they were given; so without their words. What was
given back whole, or whose line was reversed, is not thanked for.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import NotFound
from common.money import Money
from funds.donations.models import Gift
from funds.donations.queries.ways import purpose_words
from funds.donations.rules.bands import band
from funds.donations.states import GiftState
from funds.ledger.models import Fund

WALL_PAGE: Final = 50
MOST_PAGES: Final = 200


@dataclass(frozen=True, slots=True)
class Brick:
    """One gift on the wall. Named: `name` and `amount`; unnamed: `name` is "" and only the band is told."""

    name: str
    day: date
    purpose: str
    message: str
    amount: Money | None
    low: Money | None
    high: Money | None


@dataclass(frozen=True, slots=True)
class Wall:
    """One page of the wall; `number` counts from 1."""

    bricks: list[Brick]
    number: int
    more: bool


def wall_of(*, fund: Fund, number: int) -> Wall:
    """Page `number` (1 to 200) of a fund's wall, newest first. One query; raises NotFound beyond the last page."""
    if not 1 <= number <= MOST_PAGES:
        raise NotFound("no_page", _("There is no such page."))
    start = (number - 1) * WALL_PAGE
    rows = list(_standing(fund)[start : start + WALL_PAGE + 1])
    if not rows and number > 1:
        raise NotFound("no_page", _("There is no such page."))
    return Wall([_brick(gift) for gift in rows[:WALL_PAGE]], number, more=len(rows) > WALL_PAGE and number < MOST_PAGES)


def wall_version(slug: str) -> int:
    """The version of the town whose wall it is: one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(number), 0) FROM audit_version WHERE town_slug IN ('', %s)", [slug])
        return int(cursor.fetchone()[0])


def _standing(fund: Fund) -> QuerySet[Gift]:
    told = Q(name_public=True, transaction__isnull=False) | Q(name_public=False, batch__isnull=False)
    gifts = Gift.objects.filter(told, fund=fund, state=GiftState.SUCCEEDED, refunded_minor__lt=F("amount_minor"))
    gifts = gifts.filter(transaction__reversed_by=None, batch__transaction__reversed_by=None)
    # The receipt's code is random: within a batch it hides the order in which people gave.
    return (
        gifts.annotate(told_at=Coalesce("batch__published_at", "succeeded_at"))
        .select_related("project", "need", "batch")
        .order_by("-told_at", "receipt_code")
    )


def _brick(gift: Gift) -> Brick:
    amount = Money(gift.amount_minor - gift.refunded_minor, gift.currency)
    moment = gift.batch.published_at if gift.batch is not None else gift.succeeded_at
    if moment is None:
        raise ValueError("a gift on the wall has been received")
    low, high = (None, None) if gift.name_public else band(amount)
    return Brick(
        name=gift.donor_name if gift.name_public else "",
        day=day_of(moment),
        purpose=purpose_words(project=gift.project, need=gift.need),
        message=gift.message if gift.name_public else "",
        amount=amount if gift.name_public else None,
        low=low,
        high=high,
    )
