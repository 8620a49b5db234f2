"""Every read of what the outside told."""

from funds.payments.queries.inbox import UNKNOWN, due_events, inbox_counts, inbox_page, latest_events
from funds.payments.queries.movements import booked_totals, waiting_movements

__all__ = [
    "UNKNOWN",
    "booked_totals",
    "due_events",
    "inbox_counts",
    "inbox_page",
    "latest_events",
    "waiting_movements",
]
