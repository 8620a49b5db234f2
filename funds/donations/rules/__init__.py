"""What is true about gifts without asking anybody. Pure: no clock, no database, no network."""

from funds.donations.rules.bands import band, commitment_text
from funds.donations.rules.fees import FIXED, FeeRule
from funds.donations.rules.moves import NEVER_OPENED, may_move, next_check, reload_seconds
from funds.donations.rules.postings import (
    Return,
    batch_posting,
    exchange_posting,
    fee_posting,
    gift_posting,
    hand_return_posting,
    return_posting,
)
from funds.donations.rules.standing import dispute_may_move, dispute_state, refund_may_move, refund_state, standing
from funds.donations.rules.wishes import SUGGESTED, UNKNOWN_GIVER, Giver, Way, submission_key, transfer_limits

__all__ = [
    "FIXED",
    "NEVER_OPENED",
    "SUGGESTED",
    "UNKNOWN_GIVER",
    "FeeRule",
    "Giver",
    "Return",
    "Way",
    "band",
    "batch_posting",
    "commitment_text",
    "dispute_may_move",
    "dispute_state",
    "exchange_posting",
    "fee_posting",
    "gift_posting",
    "hand_return_posting",
    "may_move",
    "next_check",
    "refund_may_move",
    "refund_state",
    "reload_seconds",
    "return_posting",
    "standing",
    "submission_key",
    "transfer_limits",
]
