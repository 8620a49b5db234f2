"""Confirmed refunds go to the card service: at once where it answers, else by the sweep."""

import logging
from uuid import UUID

from celery import shared_task

from common.clock import now
from common.errors import DomainError
from funds.donations.actions.refunds import send_refund
from funds.donations.queries.returns import unsent_refunds
from funds.payments.rules import UnexpectedFactError
from funds.payments.tasks import enqueue

logger = logging.getLogger(__name__)


def give_back_soon(refund_id: UUID) -> None:
    """Have a worker give it back; without a broker the sweep does it."""
    enqueue(give_back, str(refund_id))


@shared_task
def give_back(refund_id: str) -> None:
    """Give one confirmed refund back, unless it is."""
    _send(UUID(refund_id))


@shared_task
def sweep_refunds() -> int:
    """Confirmed refunds that the card service was not asked for yet. How many."""
    waiting = unsent_refunds()
    for refund_id in waiting:
        if not _send(refund_id):
            break
    return len(waiting)


def _send(refund_id: UUID) -> bool:
    try:
        send_refund(refund_id=refund_id, now=now())
    except (DomainError, UnexpectedFactError) as error:
        logger.warning("Refund %s: %s", refund_id, error.code if isinstance(error, DomainError) else error)
        return not isinstance(error, DomainError)
    return True
