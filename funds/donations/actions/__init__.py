"""Every write about gifts. The gift's row comes first and is committed before Stripe is asked for anything."""

from funds.donations.actions.bills import note_failed_month, receive_invoice
from funds.donations.actions.card import (
    bring_forward,
    bring_many_forward,
    catch_up,
    claim_waiting_gifts,
    open_checkout,
    receipt_address,
)
from funds.donations.actions.designations import follow_into_project, lead_money_of_need_on
from funds.donations.actions.erasing import forget_unbegun, forget_unpaid
from funds.donations.actions.gifts import expire_gift, fail_gift, start_gift
from funds.donations.actions.joining import join_guest_gifts
from funds.donations.actions.monthly import (
    bring_monthly_forward,
    catch_up_monthly,
    claim_waiting_monthlies,
    follow_purpose,
    open_monthly_checkout,
    start_monthly,
)
from funds.donations.actions.monthly_changes import (
    cancel_monthly,
    change_monthly_amount,
    mail_links,
    pause_monthly,
    portal_address,
    redesignate_monthly,
    resume_monthly,
    tell_of_idle_fund,
)
from funds.donations.actions.publishing import publish_batch, publish_due, purse_of
from funds.donations.actions.receipts import send_receipt
from funds.donations.actions.returns import (
    book_adjustment,
    book_bounce,
    book_charge,
    book_refund,
    book_refund_failure,
    follow_disputes,
    follow_refunds,
    follow_warning,
)
from funds.donations.actions.settling import earmark_of, settle_gift, settle_gifts
from funds.donations.actions.transfers import expect_transfer, expire_expected

__all__ = [
    "book_adjustment",
    "book_bounce",
    "book_charge",
    "book_refund",
    "book_refund_failure",
    "bring_forward",
    "bring_many_forward",
    "bring_monthly_forward",
    "cancel_monthly",
    "catch_up",
    "catch_up_monthly",
    "change_monthly_amount",
    "claim_waiting_gifts",
    "claim_waiting_monthlies",
    "earmark_of",
    "expect_transfer",
    "expire_expected",
    "expire_gift",
    "fail_gift",
    "follow_disputes",
    "follow_into_project",
    "follow_purpose",
    "follow_refunds",
    "follow_warning",
    "forget_unbegun",
    "forget_unpaid",
    "join_guest_gifts",
    "lead_money_of_need_on",
    "mail_links",
    "note_failed_month",
    "open_checkout",
    "open_monthly_checkout",
    "pause_monthly",
    "portal_address",
    "publish_batch",
    "publish_due",
    "purse_of",
    "receipt_address",
    "receive_invoice",
    "redesignate_monthly",
    "resume_monthly",
    "send_receipt",
    "settle_gift",
    "settle_gifts",
    "start_gift",
    "start_monthly",
    "tell_of_idle_fund",
]
