"""Every write about gifts. The gift's row comes first and is committed before Stripe is asked for anything."""

from funds.donations.actions.card import (
    bring_forward,
    catch_up,
    claim_waiting_gifts,
    open_checkout,
    receipt_address,
)
from funds.donations.actions.erasing import forget_unpaid
from funds.donations.actions.gifts import expire_gift, fail_gift, record_fee, settle_gift, start_gift
from funds.donations.actions.receipts import send_receipt

__all__ = [
    "bring_forward",
    "catch_up",
    "claim_waiting_gifts",
    "expire_gift",
    "fail_gift",
    "forget_unpaid",
    "open_checkout",
    "receipt_address",
    "record_fee",
    "send_receipt",
    "settle_gift",
    "start_gift",
]
