"""Every write of the ledger."""

from funds.ledger.actions.books import close_period, found_fund
from funds.ledger.actions.combining import Combiner, post
from funds.ledger.actions.corrections import (
    answer_correction,
    ask_for_correction,
    posting_of,
    record_exchange,
    refuse_uncovered_exchange,
    refuse_unfit_exchange,
    refuse_unfit_redesignation,
    refuse_unfit_reversal,
)
from funds.ledger.actions.holds import expire_hold, expire_holds, place_hold, void_hold
from funds.ledger.actions.posting import Booked, BookedOtherwiseError, account_id, post_directly
from funds.ledger.actions.rehearsing import Rehearsal, rehearse

__all__ = [
    "Booked",
    "BookedOtherwiseError",
    "Combiner",
    "Rehearsal",
    "account_id",
    "answer_correction",
    "ask_for_correction",
    "close_period",
    "expire_hold",
    "expire_holds",
    "found_fund",
    "place_hold",
    "post",
    "post_directly",
    "posting_of",
    "record_exchange",
    "refuse_uncovered_exchange",
    "refuse_unfit_exchange",
    "refuse_unfit_redesignation",
    "refuse_unfit_reversal",
    "rehearse",
    "void_hold",
]
