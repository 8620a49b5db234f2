"""What happens to gifts behind the scenes. Every task is safe to run twice, and a sweep finds what a lost one left."""

from funds.donations.tasks.bank import book_unexplained_lines, expire_expected_transfers
from funds.donations.tasks.duties import (
    forget_checkout_tries,
    note_foreign_gifts,
    remind_of_notices,
    screen_new_gifts,
)
from funds.donations.tasks.following import follow, look_again, publish_waiting, take_events
from funds.donations.tasks.gifts import forget_unpaid_gifts, sweep_waiting_gifts
from funds.donations.tasks.matching import match_new_gifts
from funds.donations.tasks.monthly import (
    follow_purposes,
    forget_unbegun_monthlies,
    links_soon,
    mail_monthly_links,
    sweep_monthlies,
    take_monthly_events,
    tell_of_idle_funds,
)
from funds.donations.tasks.refunding import give_back, sweep_refunds
from funds.donations.tasks.thanking import mail_announcement, mail_receipt, mail_receipts, tell_where, thank, thank_many

__all__ = [
    "book_unexplained_lines",
    "expire_expected_transfers",
    "follow",
    "follow_purposes",
    "forget_checkout_tries",
    "forget_unbegun_monthlies",
    "forget_unpaid_gifts",
    "give_back",
    "links_soon",
    "look_again",
    "mail_announcement",
    "mail_monthly_links",
    "mail_receipt",
    "mail_receipts",
    "match_new_gifts",
    "note_foreign_gifts",
    "publish_waiting",
    "remind_of_notices",
    "screen_new_gifts",
    "sweep_monthlies",
    "sweep_refunds",
    "sweep_waiting_gifts",
    "take_events",
    "take_monthly_events",
    "tell_of_idle_funds",
    "tell_where",
    "thank",
    "thank_many",
]
