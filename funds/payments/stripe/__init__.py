"""Stripe as this site sees it: our own facts out, our own words in. Only `wire.py` knows the official SDK.

Nothing above this folder sees an object of Stripe's, and no key, no card and no donor may ever reach a log line.
"""

from funds.payments.stripe.reads import (
    fetch_balance,
    fetch_charge,
    fetch_checkout,
    fetch_dispute,
    fetch_invoice,
    fetch_movement,
    fetch_payment,
    fetch_payout,
    fetch_refund,
    fetch_subscription,
    fetch_warning,
    list_disputes,
    list_events,
    list_invoices,
    list_movements,
    list_payments,
    list_payouts,
    list_refunds,
)
from funds.payments.stripe.wire import (
    API_VERSION,
    EventRefusedError,
    is_configured,
    verify_event,
)
from funds.payments.stripe.writes import (
    cancel_subscription,
    change_amount,
    create_checkout,
    create_portal_session,
    create_refund,
    label_subscription,
    pause_subscription,
    resume_subscription,
)

__all__ = [
    "API_VERSION",
    "EventRefusedError",
    "cancel_subscription",
    "change_amount",
    "create_checkout",
    "create_portal_session",
    "create_refund",
    "fetch_balance",
    "fetch_charge",
    "fetch_checkout",
    "fetch_dispute",
    "fetch_invoice",
    "fetch_movement",
    "fetch_payment",
    "fetch_payout",
    "fetch_refund",
    "fetch_subscription",
    "fetch_warning",
    "is_configured",
    "label_subscription",
    "list_disputes",
    "list_events",
    "list_invoices",
    "list_movements",
    "list_payments",
    "list_payouts",
    "list_refunds",
    "pause_subscription",
    "resume_subscription",
    "verify_event",
]
