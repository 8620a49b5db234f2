"""What the ledger does by the clock: release reservations that nobody paid in time. It must never book anything."""

from celery import shared_task

from common.clock import now
from funds.ledger import actions


@shared_task
def expire_holds() -> int:
    """Release the holds whose time is over; returns how many. Safe to run twice, and at any moment."""
    return actions.expire_holds(now=now())
