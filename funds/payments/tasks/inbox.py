"""Handling of the inbox, safe to run twice: many events at once, each in one worker's hands."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import override

from common.clock import now
from common.errors import DomainError
from funds.payments.actions import (
    GROUP_HANDLERS,
    HANDLERS,
    GroupHandler,
    Outcome,
    claim_event,
    claim_events,
    give_back,
    note_outcomes,
)
from funds.payments.models import StripeEvent
from funds.payments.rules import UnexpectedFactError, UnknownCurrencyError
from funds.payments.states import EventState
from funds.payments.tasks.messages import enqueue

_AT_ONCE: Final = 400  # events that one worker takes at a time
_BELL: Final = "payments:bell"
_BELL_SECONDS: Final = 1

logger = logging.getLogger(__name__)


def ring() -> None:
    """Have a worker look at the inbox once what was stored is committed. One message a second calls for a hundred."""

    def once() -> None:
        if cache.add(_BELL, 1, timeout=_BELL_SECONDS):
            enqueue(drain_inbox)

    transaction.on_commit(once)


@shared_task
def handle_event(event_pk: str) -> None:
    """Handle one stored event unless it is done or in another worker's hands."""
    event = claim_event(event_pk=UUID(event_pk), now=now())
    if event is not None:
        _handle([event])


@shared_task
def drain_inbox() -> int:
    """Handle all that is due, as much at once as is there. Returns how many events it looked at."""
    # First the bell, then the look: whoever rings after this is heard by the next message.
    cache.delete(_BELL)
    return sweep_inbox()


@shared_task
def sweep_inbox() -> int:
    """The same, as the clock asks: lost messages, killed workers, failed attempts."""
    looked = 0
    while events := claim_events(now=now(), limit=_AT_ONCE):
        tried, awake = _handle(events)
        looked += tried
        if not awake:
            # Stripe is away: trying the others would only make everybody wait.
            break
    return looked


def _handle(events: Sequence[StripeEvent]) -> tuple[int, bool]:
    """How many were tried, and False when Stripe did not answer; what was not tried is given back."""
    groups: dict[GroupHandler | None, list[StripeEvent]] = {}
    for event in events:
        groups.setdefault(GROUP_HANDLERS.get(event.type), []).append(event)
    singles = groups.pop(None, [])
    tried = 0
    waiting: list[tuple[GroupHandler | None, list[StripeEvent]]] = [
        *groups.items(),
        *((None, [one]) for one in singles),
    ]
    for place, (handler, group) in enumerate(waiting):
        outcomes = _outcomes(handler, group) if handler else {group[0].pk: outcome_of(_single, group[0])}
        note_outcomes(events=group, outcomes=outcomes, now=now())
        tried += len(group)
        if any(outcome.away for outcome in outcomes.values()):
            give_back(events=[event for _handler, later in waiting[place + 1 :] for event in later], now=now())
            return tried, False
    return tried, True


def _outcomes(handler: GroupHandler, group: Sequence[StripeEvent]) -> Mapping[UUID, Outcome]:
    """A group that fails as a whole is tried again one by one, so that each event has its own reason."""
    if len(group) > 1:
        try:
            return handler(group, now())
        except Exception as error:  # noqa: BLE001 - whatever it was, each event hears it, or not, below
            logger.warning("A group of %s events is handled one by one: %s", len(group), type(error).__name__)
    found: dict[UUID, Outcome] = {}
    for event in group:
        found[event.pk] = outcome_of(lambda one: handler([one], now())[one.pk], event)
        if found[event.pk].away:
            # The others are not tried now; they are due again when this one is.
            return {one.pk: found.get(one.pk, found[event.pk]) for one in group}
    return found


def _single(event: StripeEvent) -> Outcome:
    handler = HANDLERS.get(event.type)
    return Outcome(handler(event, now()) if handler else EventState.IGNORED)


def outcome_of(work: Callable[[StripeEvent], Outcome], event: StripeEvent) -> Outcome:
    """What became of one event when this is done with it; failures in words for the operator, without secrets."""
    try:
        return work(event)
    except (DomainError, UnexpectedFactError, UnknownCurrencyError) as error:
        with override("en"):
            words = str(error)
        logger.warning("Stripe event %s (%s): %s", event.event_id, event.type, words)
        return Outcome(EventState.FAILED, words, away=isinstance(error, DomainError))
    except Exception as error:
        # The text of an unexpected error may hold a donor's data; the operator finds it in the log.
        logger.exception("Stripe event %s (%s)", event.event_id, event.type)
        return Outcome(EventState.FAILED, type(error).__name__)
