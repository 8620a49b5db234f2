"""What happens behind the scenes. Every task is safe to run twice, and a sweep finds what a lost message left."""

from funds.payments.tasks.card import book_movements, book_movements_of, sweep_events, sweep_movements
from funds.payments.tasks.inbox import drain_inbox, handle_event, ring, sweep_inbox
from funds.payments.tasks.messages import enqueue, soon
from funds.payments.tasks.payouts import sweep_payouts, take_payouts

__all__ = [
    "book_movements",
    "book_movements_of",
    "drain_inbox",
    "enqueue",
    "handle_event",
    "ring",
    "soon",
    "sweep_events",
    "sweep_inbox",
    "sweep_movements",
    "sweep_payouts",
    "take_payouts",
]
