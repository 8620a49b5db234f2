"""What the inbox holds: what waits, what failed and why, and which events nobody here knows."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from funds.payments.models import StripeEvent
from funds.payments.rules import kinds
from funds.payments.states import WAITING_STATES, EventState

UNKNOWN: Final = "unknown"
"""The filter for events of a type that stands in no table of ours."""


def due_events(*, now: datetime, limit: int = 100) -> list[UUID]:
    """Events whose moment has come, the longest waiting first."""
    waiting = StripeEvent.objects.filter(state__in=WAITING_STATES, next_attempt_at__lte=now)
    return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def inbox_counts() -> dict[tuple[str, str], int]:
    """How many events there are, by (state, type): unknown types stand under `ignored`, troubles under `failed`."""
    rows = StripeEvent.objects.values_list("state", "type").annotate(n=Count("pk")).order_by("state", "type")
    return {(state, type_): n for state, type_, n in rows}


def inbox_page(*, only: str = "", limit: int = 50, before: tuple[datetime, UUID] | None = None) -> list[StripeEvent]:
    """Events, newest first; `only` is a state, or `unknown`: what nobody here has read about. Keyset by `before`."""
    rows = StripeEvent.objects.all()
    if only == UNKNOWN:
        rows = rows.filter(state=EventState.IGNORED).exclude(type__in=kinds.KNOWN_EVENTS)
    elif only in EventState.values:
        rows = rows.filter(state=only)
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=pk))
    return list(rows.order_by("-received_at", "-pk")[:limit])


def latest_events(*, state: EventState, limit: int = 50) -> list[StripeEvent]:
    """The latest events in one state with their error, newest first."""
    return list(StripeEvent.objects.filter(state=state).order_by("-received_at", "-pk")[:limit])
