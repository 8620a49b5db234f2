"""Stripe's objects, as the plain dictionaries of its API version, read into our facts. Pure.

Nothing here may guess: what is missing or of another shape raises KeyError, TypeError, ValueError or
`UnknownCurrencyError`, and the event behind it stays in the inbox.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from common.money import EXPONENTS
from funds.payments.rules.account import BalanceFact, MovementFact, PayoutFact, PayoutStatus
from funds.payments.rules.currencies import UnknownCurrencyError, from_stripe, left_for_bank, whole_units
from funds.payments.rules.facts import Charge, Checkout, CheckoutStatus, Event, Payment, PaymentStatus
from funds.payments.rules.monthly import InvoiceFact, SubscriptionFact, SubscriptionStatus
from funds.payments.rules.returns import DisputeFact, DisputeStatus, RefundFact, RefundStatus, WarningFact

Read = Mapping[str, Any]

REFERENCE: Final = "asar_reference"
"""The name under which our own row's id stands in the metadata of what we make at Stripe."""

_LONGEST_TEXT: Final = 255
_LONGEST_ADDRESS: Final = 254
_DISPUTES: Final[Mapping[str, DisputeStatus]] = {
    "warning_needs_response": DisputeStatus.WARNING,
    "warning_under_review": DisputeStatus.WARNING,
    "warning_closed": DisputeStatus.CLOSED,
    "needs_response": DisputeStatus.OPEN,
    "under_review": DisputeStatus.OPEN,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "prevented": DisputeStatus.PREVENTED,
}


def reference_of(text: str | None) -> UUID | None:
    """Our row's id in what Stripe kept for us; None when it is somebody else's, or nothing."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def payment(read: Read) -> Payment:
    """A payment intent; `latest_charge` and its `balance_transaction` expanded."""
    reference, status = reference_of(read["metadata"].get(REFERENCE)), _payment_status(read)
    foreign = reference is None and read["currency"].upper() not in EXPONENTS
    amount = None if foreign else from_stripe(read["amount"], read["currency"])
    charge = read["latest_charge"]
    if status != PaymentStatus.SUCCEEDED or not isinstance(charge, Mapping):
        whole = status != PaymentStatus.SUCCEEDED
        return Payment(id=read["id"], reference=reference, status=status, amount=amount, whole=whole)
    moved = charge["balance_transaction"]
    return Payment(
        id=read["id"],
        reference=reference,
        status=status,
        amount=amount,
        charge_id=charge["id"],
        paid_at=_moment(charge["created"]),
        movement=movement(moved, payment_id=read["id"]) if isinstance(moved, Mapping) else None,
        whole=read["amount_received"] == read["amount"],
        email=_email((charge.get("billing_details") or {}).get("email")),
    )


def _email(typed: object) -> str:
    """The address that the giver typed on the payment page: Stripe has checked its form. Nothing else passes."""
    return typed if isinstance(typed, str) and 0 < len(typed) <= _LONGEST_ADDRESS and "@" in typed else ""


def charge(read: Read) -> Charge:
    """A charge; its `balance_transaction` expanded where it is there yet."""
    moved, code, payment_id = read["balance_transaction"], read["currency"], _id(read["payment_intent"])
    return Charge(
        id=read["id"],
        payment_id=payment_id,
        reference=reference_of(read["metadata"].get(REFERENCE)),
        amount=from_stripe(read["amount"], code),
        refunded=from_stripe(read["amount_refunded"], code),
        disputed=bool(read["disputed"]),
        movement=movement(moved, payment_id=payment_id) if isinstance(moved, Mapping) else None,
    )


def checkout(read: Read) -> Checkout:
    """A Checkout Session, its `payment_intent` expanded or not."""
    intent = read["payment_intent"]
    typed = _email((read.get("customer_details") or {}).get("email"))
    paid = payment(intent) if isinstance(intent, Mapping) else None
    return Checkout(
        id=read["id"],
        reference=reference_of(read["client_reference_id"]),
        status=CheckoutStatus(read["status"] or CheckoutStatus.OPEN),
        url=read["url"] or "",
        payment=replace(paid, email=typed) if paid is not None and typed else paid,
        payment_id=_id(intent),
        subscription_id=_id(read["subscription"]),
        customer_id=_id(read["customer"]),
    )


def movement(read: Read, *, payment_id: str = "") -> MovementFact:
    """A balance transaction; with `source` expanded it names the payment behind it itself."""
    source, code, trouble = read["source"], read["currency"], ""
    try:
        amount, fee = (from_stripe(read[name], code).minor for name in ("amount", "fee"))
    except UnknownCurrencyError as error:
        amount, fee, trouble = read["amount"], read["fee"], str(error)
    except ValueError as error:
        amount, fee, trouble = (*(whole_units(read[name], code) for name in ("amount", "fee")), str(error))
    if isinstance(source, Mapping) and not payment_id:
        payment_id = _id(source.get("payment_intent"))
    rate = read["exchange_rate"]
    return MovementFact(
        id=read["id"],
        type=read["type"],
        category=read["reporting_category"],
        amount_minor=amount,
        fee_minor=fee,
        currency=code.upper(),
        created_at=_moment(read["created"]),
        available_at=_moment(read["available_on"]),
        source_id=_id(source),
        payment_id=payment_id,
        exchange_rate=None if rate is None else Decimal(str(rate)),
        description=(read["description"] or "")[:_LONGEST_TEXT],
        trouble=trouble,
    )


def refund(read: Read) -> RefundFact:
    """A refund; `balance_transaction` and `failure_balance_transaction` expanded."""
    payment_id = _id(read["payment_intent"])
    moved, back = read["balance_transaction"], read.get("failure_balance_transaction")
    waiting = {"requires_action", "pending", None}
    return RefundFact(
        id=read["id"],
        payment_id=payment_id,
        reference=reference_of((read["metadata"] or {}).get(REFERENCE)),
        amount=from_stripe(read["amount"], read["currency"]),
        status=RefundStatus.PENDING if read["status"] in waiting else RefundStatus(read["status"]),
        created_at=_moment(read["created"]),
        reason=read["reason"] or "",
        movement=movement(moved, payment_id=payment_id) if isinstance(moved, Mapping) else None,
        failure_movement=movement(back, payment_id=payment_id) if isinstance(back, Mapping) else None,
    )


def dispute(read: Read) -> DisputeFact:
    """A dispute; Stripe tells its movements with it."""
    payment_id = _id(read["payment_intent"])
    moved = sorted(read["balance_transactions"], key=lambda one: (one["created"], one["amount"]))
    return DisputeFact(
        id=read["id"],
        payment_id=payment_id,
        amount=from_stripe(read["amount"], read["currency"]),
        status=_DISPUTES.get(read["status"], DisputeStatus.OPEN),
        reason=read["reason"] or "",
        created_at=_moment(read["created"]),
        movements=tuple(movement(one, payment_id=payment_id) for one in moved),
    )


def warning(read: Read) -> WarningFact:
    """An early fraud warning."""
    return WarningFact(
        id=read["id"],
        payment_id=_id(read.get("payment_intent")),
        created_at=_moment(read["created"]),
        actionable=bool(read["actionable"]),
    )


def subscription(read: Read) -> SubscriptionFact:
    """A subscription with one item, as this site makes them."""
    [item] = read["items"]["data"]
    price, pause = item["price"], read["pause_collection"]
    return SubscriptionFact(
        id=read["id"],
        reference=reference_of(read["metadata"].get(REFERENCE)),
        status=SubscriptionStatus(read["status"]),
        customer_id=_id(read["customer"]),
        amount=from_stripe(price["unit_amount"] * item["quantity"], price["currency"]),
        item_id=item["id"],
        product_id=_id(price["product"]),
        period_ends_at=_moment_or_none(item["current_period_end"]),
        paused=pause is not None,
        resumes_at=_moment_or_none(pause["resumes_at"]) if pause is not None else None,
        ends_at_period=bool(read["cancel_at_period_end"]),
        ended_at=_moment_or_none(read["ended_at"]),
        latest_invoice_id=_id(read["latest_invoice"]),
    )


def invoice(read: Read) -> InvoiceFact:
    """An invoice; `payments` expanded. What does not come of a subscription has `subscription_id` ""."""
    parent = (read["parent"] or {}).get("subscription_details") or {}
    paid = [one["payment"] for one in (read.get("payments") or {}).get("data", []) if one["status"] == "paid"]
    code = read["currency"]
    return InvoiceFact(
        id=read["id"],
        subscription_id=_id(parent.get("subscription")),
        reference=reference_of((parent.get("metadata") or {}).get(REFERENCE)),
        status=read["status"] or "draft",
        amount_due=from_stripe(read["amount_due"], code),
        amount_paid=from_stripe(read["amount_paid"], code),
        created_at=_moment(read["created"]),
        payment_id=next((_id(one.get("payment_intent")) for one in paid), ""),
        attempts=read["attempt_count"],
        next_attempt_at=_moment_or_none(read["next_payment_attempt"]),
        pay_url=read["hosted_invoice_url"] or "",
        billing_reason=read["billing_reason"] or "",
    )


def payout(read: Read) -> PayoutFact:
    """A transfer to the bank."""
    return PayoutFact(
        id=read["id"],
        amount=left_for_bank(read["amount"], read["currency"]),
        status=PayoutStatus(read["status"]),
        automatic=bool(read["automatic"]),
        reconciled=read["reconciliation_status"] == "completed",
        arrival_date=_day(read["arrival_date"]),
        created_at=_moment(read["created"]),
        trace_id=((read["trace_id"] or {}).get("value") or "")[:_LONGEST_TEXT],
        movement_id=_id(read["balance_transaction"]),
        failure_movement_id=_id(read["failure_balance_transaction"]),
        failure_code=read["failure_code"] or "",
    )


def balance(read: Read) -> BalanceFact:
    """What the card account holds now."""
    return BalanceFact(available=_sums(read["available"]), pending=_sums(read["pending"]))


def event(read: Read) -> Event:
    """An event's envelope. Refuses (ValueError) ids that are no short printable texts."""
    thing = read["data"]["object"]
    is_payment = thing["object"] == "payment_intent"
    return Event(
        id=_text(read["id"]),
        type=_text(read["type"]),
        object_id=_text(thing.get("id", "")),
        object_type=_text(thing["object"]),
        payment_id=_text(thing["id"] if is_payment else thing.get("payment_intent") or ""),
        created=int(read["created"]),
        api_version=_text(read.get("api_version") or ""),
    )


def _payment_status(read: Read) -> PaymentStatus:
    if read["status"] == "succeeded":
        return PaymentStatus.SUCCEEDED
    if read["status"] == "canceled":
        return PaymentStatus.CANCELLED
    if read["status"] == "requires_payment_method" and read["last_payment_error"] is not None:
        return PaymentStatus.FAILED
    return PaymentStatus.WAITING


def _sums(rows: list[Read]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        code = row["currency"].upper()
        minor = whole_units(row["amount"], code) if code in EXPONENTS else row["amount"]
        found[code] = found.get(code, 0) + minor
    return found


def _id(value: Any) -> str:
    """The id of what is expanded or not; "" for nothing."""
    return str(value["id"]) if isinstance(value, Mapping) else value or ""


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _moment_or_none(seconds: int | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)


def _day(seconds: int) -> date:
    return _moment(seconds).date()


def _text(value: object) -> str:
    # What is not printable (NUL, half a surrogate pair) is no id of Stripe's, and PostgreSQL could not keep it.
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise ValueError("not a short text")
    return value
