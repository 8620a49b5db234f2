"""Every read of what the outside told."""

from funds.payments.queries.inbox import due_events, inbox_counts, latest_events

__all__ = ["due_events", "inbox_counts", "latest_events"]
