"""What Stripe lists and no webhook brought: events and movements of the card account. Then what waits is booked."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar
from uuid import UUID

from celery import shared_task
from django.utils.translation import override

from common.clock import now
from common.errors import DomainError
from funds.payments.actions import book_movement, note_trouble, receive_events, store_movements, sweep_start, swept
from funds.payments.queries import waiting_movements
from funds.payments.rules import UnexpectedFactError, UnknownCurrencyError
from funds.payments.stripe import is_configured, list_events, list_movements
from funds.payments.tasks.inbox import drain_inbox
from funds.payments.tasks.messages import enqueue

_Thing = TypeVar("_Thing")

logger = logging.getLogger(__name__)


@shared_task
def sweep_events() -> int:
    """Put into the inbox what Stripe lists and no webhook brought. How many events were new and somebody's."""
    if not is_configured():
        return 0
    began, found = now(), 0
    for page in _pages(list_events(since=sweep_start(name="events", now=began))):
        found += len(receive_events(events=page, now=now()))
    swept(name="events", read_through=began, now=now())
    if found:
        enqueue(drain_inbox)
    return found


@shared_task
def sweep_movements() -> int:
    """Keep every movement of the card account that Stripe lists; then book what waits. How many were new."""
    if not is_configured():
        return 0
    began, found = now(), 0
    for page in _pages(list_movements(since=sweep_start(name="movements", now=began))):
        found += store_movements(facts=page)
    swept(name="movements", read_through=began, now=now())
    book_movements()
    return found


@shared_task
def book_movements() -> int:
    """Book every movement that waits and whose time has come, each in its own transaction. How many were booked."""
    return _book(waiting_movements())


def book_movements_of(*, payment_ids: Sequence[str]) -> int:
    """The same for the movements of these payments."""
    return _book(waiting_movements(payment_ids=payment_ids))


def _book(movement_pks: Sequence[UUID]) -> int:
    booked = 0
    for movement_pk in movement_pks:
        try:
            booked += book_movement(movement_pk=movement_pk, now=now())
        except (DomainError, UnexpectedFactError, UnknownCurrencyError) as error:
            with override("en"):
                note_trouble(movement_pk=movement_pk, trouble=str(error))
            logger.warning("Movement %s is not booked: %s", movement_pk, type(error).__name__)
            if isinstance(error, DomainError) and error.code == "unavailable":
                break
        except Exception as error:
            note_trouble(movement_pk=movement_pk, trouble=type(error).__name__)
            logger.exception("Movement %s is not booked", movement_pk)
    return booked


def _pages(things: Iterable[_Thing], size: int = 100) -> Iterator[list[_Thing]]:
    stream = iter(things)
    while page := list(islice(stream, size)):
        yield page
