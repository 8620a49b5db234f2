"""What happens to gifts behind the scenes. Every task is safe to run twice, and a sweep finds what a lost one left."""

from funds.donations.tasks.gifts import forget_unpaid_gifts, mail_receipt, sweep_waiting_gifts, take_events, thank
from funds.donations.tasks.matching import match_new_gifts
from funds.donations.tasks.monthly import (
    follow_purposes,
    links_soon,
    mail_monthly_links,
    sweep_monthlies,
    take_monthly_events,
    tell_of_idle_funds,
)

__all__ = [
    "follow_purposes",
    "forget_unpaid_gifts",
    "links_soon",
    "mail_monthly_links",
    "mail_receipt",
    "match_new_gifts",
    "sweep_monthlies",
    "sweep_waiting_gifts",
    "take_events",
    "take_monthly_events",
    "tell_of_idle_funds",
    "thank",
]
