"""What is asked of Stripe: one object, or a list page by page. Reading changes nothing there."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from funds.payments.rules import (
    BalanceFact,
    Charge,
    Checkout,
    DisputeFact,
    Event,
    InvoiceFact,
    MovementFact,
    Payment,
    PayoutFact,
    RefundFact,
    SubscriptionFact,
    WarningFact,
    reading,
)
from funds.payments.stripe.wire import get, listed

_PAYMENT: Final = ("latest_charge", "latest_charge.balance_transaction")
REFUND: Final = ("balance_transaction",)


def fetch_checkout(*, checkout_id: str) -> Checkout:
    """The hosted page with its payment, charge and fee as they stand now: one call, the whole truth about a gift."""
    expand = ["payment_intent", *(f"payment_intent.{part}" for part in _PAYMENT)]
    return reading.checkout(get("checkout/sessions", checkout_id, expand=expand))


def fetch_payment(*, payment_id: str) -> Payment:
    """A payment intent with its latest charge and its movement as they stand now."""
    return reading.payment(get("payment_intents", payment_id, expand=list(_PAYMENT)))


def list_payments(*, since: datetime, until: datetime) -> Iterator[Payment]:
    """Payments begun from `since` to `until`, newest first, as `fetch_payment` tells them: 100 for one call."""
    return map(reading.payment, listed("payment_intents", _PAYMENT, created=_between(since, until)))


def fetch_charge(*, charge_id: str) -> Charge:
    """A charge with its movement."""
    return reading.charge(get("charges", charge_id, expand=["balance_transaction"]))


def fetch_refund(*, refund_id: str) -> RefundFact:
    """A refund with its movements."""
    return whole_refund(get("refunds", refund_id, expand=list(REFUND)))


def list_refunds(
    *, payment_id: str = "", since: datetime | None = None, until: datetime | None = None
) -> Iterator[RefundFact]:
    """The refunds of one payment, or those begun in that time, newest first."""
    narrowed = {"payment_intent": payment_id} if payment_id else {"created": _between(since, until)}
    return map(whole_refund, listed("refunds", REFUND, **narrowed))


def whole_refund(read: Mapping[str, Any]) -> RefundFact:
    """A refund read, with the movement that brought it back: few have one, and it is asked for alone."""
    back = read.get("failure_balance_transaction")
    if isinstance(back, str):
        read = {**read, "failure_balance_transaction": get("balance_transactions", back)}
    return reading.refund(read)


def fetch_dispute(*, dispute_id: str) -> DisputeFact:
    """A dispute with its movements."""
    return reading.dispute(get("disputes", dispute_id))


def list_disputes(
    *, payment_id: str = "", since: datetime | None = None, until: datetime | None = None
) -> Iterator[DisputeFact]:
    """The disputes of one payment, or those opened in that time, newest first."""
    narrowed = {"payment_intent": payment_id} if payment_id else {"created": _between(since, until)}
    return map(reading.dispute, listed("disputes", (), **narrowed))


def fetch_warning(*, warning_id: str) -> WarningFact:
    """An early fraud warning."""
    return reading.warning(get("radar/early_fraud_warnings", warning_id))


def list_warnings(*, payment_id: str) -> Iterator[WarningFact]:
    """The early fraud warnings of one payment, newest first."""
    return map(reading.warning, listed("radar/early_fraud_warnings", (), payment_intent=payment_id))


def fetch_subscription(*, subscription_id: str) -> SubscriptionFact:
    """A monthly payment as it stands now."""
    return reading.subscription(get("subscriptions", subscription_id))


def fetch_invoice(*, invoice_id: str) -> InvoiceFact:
    """The bill of a month with its payments."""
    return reading.invoice(get("invoices", invoice_id, expand=["payments"]))


def list_invoices(*, subscription_id: str) -> Iterator[InvoiceFact]:
    """The bills of a monthly payment, newest first."""
    return map(reading.invoice, listed("invoices", ("payments",), subscription=subscription_id))


def fetch_movement(*, movement_id: str) -> MovementFact:
    """A balance transaction with what it is about."""
    return reading.movement(get("balance_transactions", movement_id, expand=["source"]))


def list_movements(*, since: datetime | None = None, payout_id: str = "") -> Iterator[MovementFact]:
    """What moved on the card account since then, newest first; or the members of one automatic payout."""
    narrowed = {"payout": payout_id} if payout_id else {"created": _between(since, None)}
    return map(reading.movement, listed("balance_transactions", ("source",), **narrowed))


def fetch_payout(*, payout_id: str) -> PayoutFact:
    """A transfer to the bank."""
    return reading.payout(get("payouts", payout_id))


def list_payouts(*, since: datetime) -> Iterator[PayoutFact]:
    """Transfers begun since then, newest first."""
    return map(reading.payout, listed("payouts", (), created=_between(since, None)))


def fetch_balance() -> BalanceFact:
    """What the card account holds at this moment."""
    return reading.balance(get("balance"))


def list_events(*, since: datetime) -> Iterator[Event]:
    """Everything that happened since then (Stripe keeps 30 days), newest first."""
    return map(reading.event, listed("events", (), created=_between(since, None)))


def _between(since: datetime | None, until: datetime | None) -> dict[str, int]:
    bounds = {"gte": since, "lte": until}
    return {name: int(moment.timestamp()) for name, moment in bounds.items() if moment is not None}
