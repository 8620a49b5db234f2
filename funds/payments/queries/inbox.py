"""What the inbox holds: what waits, what failed and why, and which events nobody here knows."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count

from funds.payments.models import StripeEvent
from funds.payments.states import WAITING_STATES, EventState


def due_events(*, now: datetime, limit: int = 100) -> list[UUID]:
    """Events whose moment has come, the longest waiting first."""
    waiting = StripeEvent.objects.filter(state__in=WAITING_STATES, next_attempt_at__lte=now)
    return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def inbox_counts() -> dict[tuple[str, str], int]:
    """How many events there are, by (state, type): unknown types stand under `ignored`, troubles under `failed`."""
    rows = StripeEvent.objects.values_list("state", "type").annotate(n=Count("pk")).order_by("state", "type")
    return {(state, type_): n for state, type_, n in rows}


def latest_events(*, state: EventState, limit: int = 50) -> list[StripeEvent]:
    """The latest events in one state with their error, newest first."""
    return list(StripeEvent.objects.filter(state=state).order_by("-received_at", "-pk")[:limit])
