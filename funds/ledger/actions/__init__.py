"""Every write of the ledger."""

from funds.ledger.actions.books import close_period, found_fund
from funds.ledger.actions.combining import Combiner, post
from funds.ledger.actions.holds import expire_hold, expire_holds, place_hold, void_hold
from funds.ledger.actions.posting import Booked, BookedOtherwiseError, account_id, post_directly

__all__ = [
    "Booked",
    "BookedOtherwiseError",
    "Combiner",
    "account_id",
    "close_period",
    "expire_hold",
    "expire_holds",
    "found_fund",
    "place_hold",
    "post",
    "post_directly",
    "void_hold",
]
