"""Refunds, disputes, early fraud warnings and reviews in Stripe's shape: what comes after a payment.

Pure builders: values in, dictionaries out. They must NEVER decide anything.
"""

from .ids import new_id
from .wire import Json

EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip
"""The texts of evidence; files are refused."""

TIME_TO_ANSWER = 10 * 24 * 3600
"""Seconds in which a dispute wants its evidence."""


def refund(charge: Json, *, amount: int, reason: str | None, metadata: Json, status: str, now: int) -> Json:
    """A refund of (a part of) a charge, before its movement of the balance."""
    method = charge["payment_method_details"]["type"]
    by_card = method == "card"
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    details = {"type": method, method: reference if by_card else {}}
    return {
        "id": new_id("re" if by_card else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": details,
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(charge: Json, *, amount: int, reason: str, inquiry: bool, now: int) -> Json:
    """A dispute that waits for an answer; an inquiry takes no money yet."""
    brand = charge["payment_method_details"].get("card", {"brand": "visa"})["brand"]
    evidence: Json = {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}}
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence,
        "evidence_details": {
            "due_by": now + TIME_TO_ANSWER,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": brand,
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": brand,
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def fraud_warning(charge: Json, *, fraud_type: str, now: int) -> Json:
    """The card's bank believes that the payment was fraud."""
    return {
        "id": new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": not (charge["refunded"] or charge["disputed"]),
        "charge": charge["id"],
        "created": now,
        "fraud_type": fraud_type,
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }


def review(charge: Json, *, reason: str, now: int) -> Json:
    """Somebody should look at this payment."""
    return {
        "id": new_id("prv"),
        "object": "review",
        "billing_zip": None,
        "charge": charge["id"],
        "closed_reason": None,
        "created": now,
        "ip_address": None,
        "ip_address_location": None,
        "livemode": False,
        "open": True,
        "opened_reason": reason,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "session": None,
    }
