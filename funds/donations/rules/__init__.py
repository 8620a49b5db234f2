"""What is true about gifts without asking anybody. Pure: no clock, no database, no network."""

from funds.donations.rules.fees import FIXED, FeeRule
from funds.donations.rules.moves import NEVER_OPENED, may_move, next_check, reload_seconds
from funds.donations.rules.postings import fee_posting, gift_posting
from funds.donations.rules.wishes import SUGGESTED, UNKNOWN_GIVER, Giver, Way, submission_key

__all__ = [
    "FIXED",
    "NEVER_OPENED",
    "SUGGESTED",
    "UNKNOWN_GIVER",
    "FeeRule",
    "Giver",
    "Way",
    "fee_posting",
    "gift_posting",
    "may_move",
    "next_check",
    "reload_seconds",
    "submission_key",
]
