"""Every write of spending. The database checks the rules a second time: see sql/spending.sql."""

from funds.spending.actions.payments import publish_proof, record_payment, record_payout
from funds.spending.actions.requests import decide, submit_request, withdraw
from funds.spending.actions.reservations import reserve_waiting

__all__ = [
    "decide",
    "publish_proof",
    "record_payment",
    "record_payout",
    "reserve_waiting",
    "submit_request",
    "withdraw",
]
