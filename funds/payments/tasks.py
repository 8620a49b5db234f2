"""Handling of the inbox, safe to run twice. A message in the broker is only a hint: the sweep finds what it lost."""

import logging
from uuid import UUID

from celery import Task, shared_task
from django.db import transaction
from django.utils.translation import override
from kombu.exceptions import OperationalError

from common.clock import now
from common.errors import DomainError
from funds.payments.actions import HANDLERS, claim_event, fail_event, finish_event
from funds.payments.queries import due_events
from funds.payments.rules import UnexpectedFactError, UnknownCurrencyError
from funds.payments.states import EventState

logger = logging.getLogger(__name__)


def soon(task: Task[..., object], row_id: UUID) -> None:
    """Have a worker look at a row once it is committed. Without a broker nothing is lost: a sweep looks at the rows.

    Django's own `on_commit(partial(...), robust=True)` breaks while it reports a failure (5.2); so this reports itself.
    """

    def enqueue() -> None:
        try:
            task.delay(str(row_id))
        except OperationalError as error:
            logger.warning("The broker does not take %s: %s", task.name, type(error).__name__)

    transaction.on_commit(enqueue)


@shared_task
def handle_event(event_pk: str) -> None:
    """Handle one stored event unless it is done or in another worker's hands."""
    _handle(UUID(event_pk))


@shared_task
def sweep_inbox() -> int:
    """Handle what is due: lost messages, killed workers, failed attempts. Returns how many events it looked at."""
    looked = 0
    for event_pk in due_events(now=now()):
        looked += 1
        if not _handle(event_pk):
            # Stripe is away: trying the others would only make everybody wait.
            break
    return looked


def _handle(event_pk: UUID) -> bool:
    """False when Stripe did not answer."""
    event = claim_event(event_pk=event_pk, now=now())
    if event is None:
        return True
    handler = HANDLERS.get(event.type)
    try:
        state = handler(event, now()) if handler else EventState.IGNORED
    except (DomainError, UnexpectedFactError, UnknownCurrencyError) as error:
        with override("en"):
            words = str(error)
        logger.warning("Stripe event %s (%s): %s", event.event_id, event.type, words)
        fail_event(event=event, error=words, now=now())
        return not isinstance(error, DomainError)
    except Exception as error:
        # The text of an unexpected error may hold a donor's data; the operator finds it in the log.
        logger.exception("Stripe event %s (%s)", event.event_id, event.type)
        fail_event(event=event, error=type(error).__name__, now=now())
    else:
        finish_event(event=event, state=state, now=now())
    return True
