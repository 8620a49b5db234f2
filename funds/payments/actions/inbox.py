"""The inbox: take an event in once, hand it to one worker at a time, note what became of it. Never lose one.

Rooms above say here which event types are theirs; this room knows none of them. The inbox is its own record, so these
writes leave no audit entry: an entry per event would move the version of every page of every town.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from common.ids import uuid7
from funds.payments.models import StripeEvent
from funds.payments.rules import LEASE, Event, next_attempt
from funds.payments.states import WAITING_STATES, EventState

Handler = Callable[[StripeEvent, datetime], EventState]
"""Fetches the object anew and brings our row forward; HANDLED, or IGNORED when the object is not ours. Runs outside
any transaction, may run twice and at the same time, and raises when it could not."""

HANDLERS: Final[dict[str, Handler]] = {}

_MOST_ATTEMPTS: Final = 32_000  # what the column can count


def handle_with(handler: Handler, types: Iterable[str]) -> None:
    """Say at start-up that events of these types go to `handler`. Each type has one handler."""
    for name in types:
        if HANDLERS.setdefault(name, handler) is not handler:
            raise ValueError(f"{name} has a handler already")


@transaction.atomic
def receive_event(*, event: Event, now: datetime) -> UUID | None:
    """Store an event whose signature was right; its row's id, or None when it was stored before or concerns nobody.

    One statement: it must be answered within milliseconds, whoever delivers the same event at the same time.
    """
    state = EventState.RECEIVED if event.type in HANDLERS else EventState.IGNORED
    envelope = {
        "object": event.object_type,
        "payment_intent": event.payment_id,
        "created": event.created,
        "api_version": event.api_version,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_stripeevent"
            " (id, event_id, type, object_id, payload, received_at, state, attempts, next_attempt_at, error)"
            " VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, 0, %s, '') ON CONFLICT (event_id) DO NOTHING RETURNING id",
            [uuid7(), event.id, event.type[:80], event.object_id, json.dumps(envelope), now, state, now],
        )
        row = cursor.fetchone()
    return row[0] if row is not None and state == EventState.RECEIVED else None


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
