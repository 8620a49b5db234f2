"""What happens to gifts behind the scenes. Every task is safe to run twice, and a sweep finds what a lost one left."""

from funds.donations.tasks.gifts import forget_unpaid_gifts, mail_receipt, sweep_waiting_gifts, take_events, thank
from funds.donations.tasks.matching import match_new_gifts

__all__ = ["forget_unpaid_gifts", "mail_receipt", "match_new_gifts", "sweep_waiting_gifts", "take_events", "thank"]
