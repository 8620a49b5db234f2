"""The inbox: take an event in once, hand it to one worker at a time, note what became of it. Never lose one.

Rooms above say here which event types are theirs; this room knows none of them. The inbox is its own record, so these
writes leave no audit entry: an entry per event would move the version of every page of every town.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Least

from common.ids import uuid7
from funds.payments.models import StripeEvent
from funds.payments.rules import LEASE, Event, next_attempt
from funds.payments.states import WAITING_STATES, EventState

Handler = Callable[[StripeEvent, datetime], EventState]
"""Fetches the object anew and brings our row forward; HANDLED, or IGNORED when the object is not ours. Runs outside
any transaction, may run twice and at the same time, and raises when it could not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event: HANDLED, IGNORED, or FAILED with the reason, which is for the operator.

    `away`: Stripe did not answer, so that trying others would only make everybody wait.
    """

    state: EventState
    error: str = ""
    away: bool = False


GroupHandler = Callable[[Sequence[StripeEvent], datetime], Mapping[UUID, Outcome]]
"""As a `Handler`, for many events at once: what they are about is fetched together. An outcome for each event that
there was time for within the lease; the others are due again at once. One event alone always has its outcome."""

HANDLERS: Final[dict[str, Handler]] = {}
GROUP_HANDLERS: Final[dict[str, GroupHandler]] = {}

_MOST_ATTEMPTS: Final = 32_000  # what the column can count


def handle_with(handler: Handler, types: Iterable[str]) -> None:
    """Say at start-up that events of these types go to `handler`. Each type has one handler."""
    for name in types:
        if name in GROUP_HANDLERS or HANDLERS.setdefault(name, handler) is not handler:
            raise ValueError(f"{name} has a handler already")


def handle_together_with(handler: GroupHandler, types: Iterable[str]) -> None:
    """The same for events that are handled many at once."""
    for name in types:
        if name in HANDLERS or GROUP_HANDLERS.setdefault(name, handler) is not handler:
            raise ValueError(f"{name} has a handler already")


def is_handled(event_type: str) -> bool:
    """Whether somebody here handles events of this type."""
    return event_type in HANDLERS or event_type in GROUP_HANDLERS


def receive_event(*, event: Event, now: datetime) -> UUID | None:
    """Store an event whose signature was right; its row's id, or None when it was stored before or concerns nobody.

    One statement: it must be answered within milliseconds, whoever delivers the same event at the same time.
    """
    return next(iter(receive_events(events=[event], now=now)), None)


@transaction.atomic
def receive_events(*, events: Sequence[Event], now: datetime) -> list[UUID]:
    """Store many; the rows' ids of those that are new and somebody's to handle. Events told twice are stored once."""
    rows = list({event.id: event for event in events}.values())
    if not rows:
        return []
    states = [EventState.RECEIVED if is_handled(event.type) else EventState.IGNORED for event in rows]
    envelopes = [
        json.dumps(
            {
                "object": event.object_type,
                "payment_intent": event.payment_id,
                "created": event.created,
                "api_version": event.api_version,
            }
        )
        for event in rows
    ]
    columns: list[list[Any]] = [
        [uuid7() for _event in rows],
        [event.id for event in rows],
        [event.type[:80] for event in rows],
        [event.object_id for event in rows],
        envelopes,
        [state.value for state in states],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_stripeevent"
            " (id, event_id, type, object_id, payload, received_at, state, attempts, next_attempt_at, error)"
            " SELECT o.id, o.event, o.type, o.thing, o.payload::jsonb, %s, o.state, 0, %s, ''"
            " FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
            " AS o(id, event, type, thing, payload, state) ORDER BY o.event"
            " ON CONFLICT (event_id) DO NOTHING RETURNING id, state",
            [now, now, *columns],
        )
        return [row[0] for row in cursor.fetchall() if row[1] == EventState.RECEIVED]


@transaction.atomic
def claim_events(*, now: datetime, limit: int) -> list[StripeEvent]:
    """Take up to `limit` due events at once, the longest waiting first; as `claim_event` for each."""
    due = StripeEvent.objects.select_for_update(skip_locked=True).filter(
        state__in=WAITING_STATES, next_attempt_at__lte=now
    )
    events = list(due.order_by("next_attempt_at")[:limit])
    mine = StripeEvent.objects.filter(pk__in=[event.pk for event in events])
    mine.update(attempts=Least(F("attempts") + 1, _MOST_ATTEMPTS), next_attempt_at=now + LEASE)
    for event in events:
        event.attempts = min(event.attempts + 1, _MOST_ATTEMPTS)
    return events


@transaction.atomic
def claim_event(*, event_pk: UUID, now: datetime) -> StripeEvent | None:
    """Take a due event for a while (`LEASE`); None when it is done, not due, or in somebody else's hands.

    The lease is committed before the work begins, so an event whose worker was killed comes back by itself.
    """
    event = (
        StripeEvent.objects.select_for_update(skip_locked=True)
        .filter(pk=event_pk, state__in=WAITING_STATES, next_attempt_at__lte=now)
        .first()
    )
    if event is None:
        return None
    event.attempts = min(event.attempts + 1, _MOST_ATTEMPTS)
    event.next_attempt_at = now + LEASE
    event.save(update_fields=["attempts", "next_attempt_at"])
    return event


def finish_event(*, event: StripeEvent, state: EventState, now: datetime) -> None:
    """The event is done: HANDLED, or IGNORED when it concerns nobody here."""
    StripeEvent.objects.filter(pk=event.pk, state__in=WAITING_STATES).update(state=state, handled_at=now, error="")


def fail_event(*, event: StripeEvent, error: str, now: datetime) -> None:
    """The event could not be handled; it is tried again later. `error` is for the operator and holds no secrets."""
    StripeEvent.objects.filter(pk=event.pk, state__in=WAITING_STATES).update(
        state=EventState.FAILED, error=error[:1000], next_attempt_at=next_attempt(event.attempts, now)
    )


def give_back(*, events: Sequence[StripeEvent], now: datetime) -> None:
    """Events that were claimed and not tried after all are due again at once."""
    untried = StripeEvent.objects.filter(pk__in=[event.pk for event in events], state__in=WAITING_STATES)
    untried.update(attempts=F("attempts") - 1, next_attempt_at=now)


@transaction.atomic
def note_outcomes(*, events: Sequence[StripeEvent], outcomes: Mapping[UUID, Outcome], now: datetime) -> None:
    """What became of many events: done ones in one statement per state, failed ones each with their reason."""
    done: dict[EventState, list[UUID]] = {}
    for event in events:
        outcome = outcomes[event.pk]
        if outcome.state == EventState.FAILED:
            fail_event(event=event, error=outcome.error, now=now)
        else:
            done.setdefault(outcome.state, []).append(event.pk)
    for state, keys in done.items():
        rows = StripeEvent.objects.filter(pk__in=keys, state__in=WAITING_STATES)
        rows.update(state=state, handled_at=now, error="")


@transaction.atomic
def try_again(*, event_pk: UUID, now: datetime) -> bool:
    """A failed event, or one that nobody was to handle and now somebody is, is due at once; whether there was one."""
    rows = StripeEvent.objects.filter(pk=event_pk, state__in=[EventState.FAILED, EventState.IGNORED])
    event = rows.select_for_update().first()
    if event is None or not is_handled(event.type):
        return False
    event.state, event.next_attempt_at, event.handled_at = EventState.RECEIVED, now, None
    event.save(update_fields=["state", "next_attempt_at", "handled_at"])
    return True


@transaction.atomic
def replay(*, now: datetime) -> int:
    """Every event that somebody handles is due once more, in the whole inbox; how many. It changes nothing twice."""
    known = [*HANDLERS, *GROUP_HANDLERS]
    rows = StripeEvent.objects.filter(type__in=known).exclude(state=EventState.RECEIVED)
    return rows.update(state=EventState.RECEIVED, next_attempt_at=now, attempts=0, handled_at=None)
