"""Money that was given for a need follows it: into its project, or to the fund as a whole when the need falls away.

Moved in the open, as one line of the ledger. Rooms above say here what of theirs follows too; this room knows no gifts.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F

from common.clock import day_of
from common.ids import uuid7
from common.money import Money
from funds.ledger.actions import Booked, post
from funds.ledger.models import EarmarkBalance, Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.projects.models import Project

Follower = Callable[[Project, datetime], None]
"""Brings rows that named the need over to its project, inside the transaction that opens it."""

FOLLOWERS: Final[list[Follower]] = []


def follow_with(follower: Follower) -> None:
    """Say at start-up that rows of a room above follow a need into its project."""
    if follower not in FOLLOWERS:
        FOLLOWERS.append(follower)


def move_money_of_need(
    *, fund: Fund, need_id: UUID, target: UUID | None, subject: UUID, now: datetime
) -> Booked | None:
    """Move all that is free for a need to a project (`target`) or to the fund as a whole (None). None: nothing was.

    `subject` is the decision that says so, or the need that fell away. The caller holds the fund's row, so that nobody
    moves the same money at the same time.
    """
    free = EarmarkBalance.objects.filter(fund=fund, earmark_id=need_id, available_minor__gt=F("held_minor"))
    sums = [Money(row.available_minor - row.held_minor, row.currency) for row in free.order_by("currency")]
    if not sums:
        return None
    lines = [
        line
        for amount in sums
        for line in (Line(AccountCode.MOVED, amount, need_id), Line(AccountCode.MOVED, -amount, target))
    ]
    posting = Posting(
        fund=fund.pk,
        kind=Kind.REDESIGNATION,
        effective_date=day_of(now),
        key=f"need:{need_id}:{uuid7()}",
        lines=tuple(lines),
        subject=subject,
        late=True,
    )
    [booked] = post(postings=[posting], now=now)
    return booked
