"""Every write about what the outside told: events, movements, payouts, bank accounts and their statements."""

from funds.payments.actions.inbox import (
    HANDLERS,
    Handler,
    claim_event,
    fail_event,
    finish_event,
    handle_with,
    receive_event,
)

__all__ = [
    "HANDLERS",
    "Handler",
    "claim_event",
    "fail_event",
    "finish_event",
    "handle_with",
    "receive_event",
]
