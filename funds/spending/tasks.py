"""What spending does by the clock: reserve what gifts cover by now. It must never approve or pay anything."""

from celery import shared_task

from common.clock import now
from funds.spending import actions


@shared_task
def reserve_waiting() -> int:
    """Reserve approved requests that were not covered before; returns how many. Safe to run twice."""
    return actions.reserve_waiting(now=now())
