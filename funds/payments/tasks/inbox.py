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

_AT_MOST: Final = 5_000  # events that one worker takes at a time: of more, more speak of the same payment
_AT_LEAST: Final = 200
_AWAY: Final = frozenset({"unavailable", "misconfigured"})  # refusals that any other event would meet too
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
    looked, size = 0, _AT_MOST
    while events := claim_events(now=now(), limit=size):
        tried, awake = _handle(events)
        looked += tried
        if not awake or not tried:
            # Stripe is away: trying the others would only make everybody wait.
            break
        # What there was no time for within the lease is taken in smaller portions.
        size = max(_AT_LEAST, tried) if tried < len(events) else min(_AT_MOST, 2 * size)
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
        looked_at = [event for event in group if event.pk in outcomes]
        note_outcomes(events=looked_at, outcomes=outcomes, now=now())
        tried += len(looked_at)
        awake = not any(outcome.away for outcome in outcomes.values())
        later = [] if awake else [event for _handler, others in waiting[place + 1 :] for event in others]
        if len(looked_at) < len(group) or later:
            untried = [event for event in group if event.pk not in outcomes]
            give_back(events=[*untried, *later], now=now())
        if not awake:
            return tried, False
    return tried, True


def _outcomes(handler: GroupHandler, group: Sequence[StripeEvent]) -> Mapping[UUID, Outcome]:
    """A group that fails as a whole is halved and tried again, so that one bad event costs few steps and each has its
    own reason. An event that the handler had no time for has no outcome."""
    found: dict[UUID, Outcome] = {}
    portions = [list(group)]
    while portions:
        part = portions.pop()
        if len(part) > 1:
            try:
                found.update(handler(part, now()))
            except Exception as error:  # noqa: BLE001 - whatever it was, each event hears it, or not, below
                logger.warning("A group of %s events is handled in halves: %s", len(part), type(error).__name__)
                middle = 1 if is_away(error) else len(part) // 2
                portions += [part[middle:], part[:middle]]
            continue
        found[part[0].pk] = outcome_of(lambda one: handler([one], now())[one.pk], part[0])
        if found[part[0].pk].away:
            # The others are not tried now; they are due again when this one is.
            return {one.pk: found.get(one.pk, found[part[0].pk]) for one in group}
    return found


def is_away(error: Exception) -> bool:
    """Whether it is Stripe that does not answer, so that the next event would meet the same."""
    return isinstance(error, DomainError) and error.code in _AWAY


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
        return Outcome(EventState.FAILED, words, away=is_away(error))
    except Exception as error:
        # The text of an unexpected error may hold a donor's data; the operator finds it in the log.
        logger.exception("Stripe event %s (%s)", event.event_id, event.type)
        return Outcome(EventState.FAILED, type(error).__name__)
