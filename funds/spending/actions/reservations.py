"""Reserving the money of approved requests, and booking a payment out of it. It must never approve anything."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from audit.actions import record
from common.errors import DomainError
from common.formats import money
from common.money import Money
from funds.ledger.actions import Booked, expire_hold, place_hold, post, void_hold
from funds.ledger.queries import free_of
from funds.ledger.rules import Posting
from funds.spending.actions.records import locked_by_id
from funds.spending.models import Request
from funds.spending.queries import reservation_of, uncovered
from funds.spending.rules import RESERVED_FOR, reservation_key
from funds.spending.states import RequestState

MOST_TRIED = 200
NOT_COVERED = "not_enough_earmarked"


def reserve(request: Request, *, now: datetime) -> bool:
    """Keep the money of an approved request for it. False where the project's gifts do not cover it (yet).

    The approvers' word stands either way: they judge whether the payment is right, the ledger whether it can be made.
    """
    try:
        with transaction.atomic():
            place_hold(
                fund=request.project.fund_id,
                account=None,  # gifts may still lie with the card processor; the bank's turn is the payment
                earmark=request.project_id,
                amount=Money(request.amount_minor, request.currency),
                key=reservation_key(request.pk),
                expires_at=now + RESERVED_FOR,
                now=now,
                subject=request.pk,
            )
    except DomainError as refusal:
        if refusal.code != NOT_COVERED:
            raise
        return False
    return True


def release(request: Request, *, now: datetime) -> bool:
    """Give the reserved money of a request back to its project. False where nothing was reserved."""
    hold = reservation_of(request_id=request.pk)
    return hold is not None and void_hold(hold=hold.pk, now=now)


def reserve_waiting(*, now: datetime) -> int:
    """Reserve approved requests that gifts did not cover when they were approved and cover now, the oldest first.

    Each for itself; returns how many. Safe to run twice and at any moment.
    """
    return sum(_try_again(request_id, now) for request_id in uncovered(limit=MOST_TRIED))


@transaction.atomic
def _try_again(request_id: UUID, now: datetime) -> bool:
    request = locked_by_id(request_id)
    if request.state != RequestState.APPROVED or not reserve(request, now=now):
        return False
    record(
        now=now,
        actor_id=None,
        town_slug=request.project.fund.town.slug,
        action="spending.reserve",
        object_type="spending_request",
        object_id=request.pk,
    )
    return True


def reservation_for(request: Request, *, now: datetime) -> UUID | None:
    """The reservation that pays a request. One whose time is over is released, so that its money is free to pay."""
    hold = reservation_of(request_id=request.pk)
    if hold is None:
        return None
    if hold.expires_at <= now:
        expire_hold(hold=hold.pk, now=now)
        return None
    return hold.pk


def book(posting: Posting, request: Request, *, now: datetime) -> Booked:
    """Book the payment of a request; where the money is not there, say how much is."""
    try:
        with transaction.atomic():
            return post(postings=[posting], now=now)[0]
    except DomainError as refusal:
        if refusal.code != NOT_COVERED:
            raise
        free = free_of(earmark_id=request.project_id, currency=request.currency)
        words = gettext(
            "Nothing is reserved for this request, and the project's gifts do not cover it yet. Free for the project:"
            " %(free)s. Pay it when more gifts have come in."
        )
        raise DomainError(NOT_COVERED, words % {"free": money(free.minor, free.currency)}) from refusal
