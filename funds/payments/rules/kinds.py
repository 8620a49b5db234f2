"""Every type of event and of movement that Stripe is known to tell, and what becomes of it here. Pure.

What stands in none of these tables is unknown: such an event is stored and shown, such a movement is booked as not yet
explained and an alert goes out. Source: Stripe's lists of event types and of balance transaction types.
"""

from collections.abc import Mapping
from typing import Final

CHECKOUT_EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
PAYMENT_EVENTS: Final = (
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.succeeded",
    "charge.failed",
    "charge.pending",
    "charge.updated",  # the fee arrives with it
)
REFUND_EVENTS: Final = (
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
DISPUTE_EVENTS: Final = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
WARNING_EVENTS: Final = ("radar.early_fraud_warning.created", "radar.early_fraud_warning.updated")
MONTHLY_EVENTS: Final = (
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
)
PAYOUT_EVENTS: Final = (
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "payout.reconciliation_completed",
)

# Stored, and changing nothing by themselves: why each is not followed.
SEEN_EVENTS: Final[Mapping[str, str]] = {
    "payment_intent.created": "nothing is paid yet",
    "review.opened": "Stripe holds nothing back for it; what comes of it is a refund",
    "review.closed": "what comes of it is a refund",
    "mandate.updated": "a debit that is no longer allowed fails, and the failure is followed",
    "setup_intent.succeeded": "a card was saved; the monthly gift tells what comes of it",
    "balance.available": "the balance is read every night, and movements are swept",
    "reserve.hold.created": "its movement of the balance is booked",
    "reserve.release.created": "its movement of the balance is booked",
    "customer.created": "customers are kept at Stripe alone",
    "customer.updated": "customers are kept at Stripe alone",
    "invoice.created": "nothing is paid yet",
    "invoice.finalized": "nothing is paid yet",
    "invoice.updated": "what matters of it has an event of its own",
    "invoice_payment.paid": "invoice.paid tells the same",
    "invoice.payment_succeeded": "invoice.paid tells the same and more",
    "invoice.upcoming": "nothing is paid yet",
    "invoice.voided": "a month that is not charged",
    "payment_method.attached": "cards are kept at Stripe alone",
    "billing_portal.session.created": "somebody looks at Stripe's own page",
    "price.created": "made by a page of ours",
    "product.created": "made by a page of ours",
}

KNOWN_EVENTS: Final = frozenset(
    (
        *CHECKOUT_EVENTS,
        *PAYMENT_EVENTS,
        *REFUND_EVENTS,
        *DISPUTE_EVENTS,
        *WARNING_EVENTS,
        *MONTHLY_EVENTS,
        *PAYOUT_EVENTS,
        *SEEN_EVENTS,
    )
)

# Movements that belong to one payment.
CHARGES: Final = ("charge", "payment")
REFUNDS: Final = ("refund", "payment_refund")
REFUND_FAILURES: Final = ("refund_failure",)
BOUNCED: Final = ("payment_failure_refund", "payment_reversal")
ADJUSTMENTS: Final = ("adjustment",)
# Movements of transfers to the bank.
BROUGHT_BACK: Final = ("payout_failure", "payout_cancel")
PAYOUTS: Final = ("payout", *BROUGHT_BACK)
# Known fees of the account as a whole: booked as such in the fund that bears them.
FEES: Final = ("stripe_fee", "stripe_fx_fee", "tax_fee")
# Known, and not yet explained by nature: what the line of the ledger says about them.
HELD: Final[Mapping[str, str]] = {
    "reserve_hold": "Held by the card processor",
    "reserve_release": "Released by the card processor",
    "reserved_funds": "Held by the card processor",
    "topup": "Paid into the card account",
    "topup_reversal": "Taken back from the card account",
}
KNOWN_MOVEMENTS: Final = frozenset(
    (*CHARGES, *REFUNDS, *REFUND_FAILURES, *BOUNCED, *ADJUSTMENTS, *PAYOUTS, *FEES, *HELD)
)
