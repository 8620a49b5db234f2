"""PaymentIntents and Charges in Stripe's shape.

Pure builders: values in, dictionaries out. They must NEVER decide anything; payments.py does.
"""

from .cards import Card, details
from .ids import new_client_secret, new_id
from .shapes_checkout import NO_ADDRESS
from .wire import Json


def payment_intent(*, amount: int, currency: str, data: Json, now: int) -> Json:
    """A new intent that waits for a card; `data` is the session's `payment_intent_data`."""
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": new_client_secret(intent_id),
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": data.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def billing_details(email: str | None) -> Json:
    """Billing details with the e-mail alone."""
    return {"address": dict(NO_ADDRESS), "email": email, "name": None, "phone": None, "tax_id": None}


def charge(intent: Json, card: Card, *, email: str, payment_method: str, now: int) -> Json:
    """What one try left: succeeded, pending, or failed with the card's reason. Its fee is not known yet."""
    paid = card.code is None and not card.delayed
    return {
        "id": new_id("py" if card.delayed else "ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": billing_details(email),
        "calculated_statement_descriptor": "STAND-IN TEST",
        "captured": paid,
        "created": now,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": card.code,
        "failure_message": card.message or None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _outcome(card),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": payment_method,
        "payment_method_details": details(card),
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded" if paid else "pending" if card.delayed else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(card: Card) -> Json:
    paid = card.code is None
    return {
        "advice_code": None if paid else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None if paid else "01",
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": None if paid else card.outcome,
        "risk_level": "normal",
        "seller_message": "Payment complete." if paid else "The bank did not return any further details.",
        "type": "authorized" if paid else "issuer_declined",
    }


def card_error(failed_charge: Json, card: Card, payment_method: str) -> Json:
    """`last_payment_error` of an intent after a decline."""
    error = {
        "charge": failed_charge["id"],
        "code": card.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{(card.code or '').replace('_', '-')}",
        "message": card.message,
        "payment_method": {
            "id": payment_method,
            "object": "payment_method",
            "allow_redisplay": "limited",
            "billing_details": failed_charge["billing_details"],
            "created": failed_charge["created"],
            "customer": failed_charge["customer"],
            "livemode": False,
            "metadata": {},
            **failed_charge["payment_method_details"],
        },
        "type": "card_error",
    }
    if card.decline_code is not None:
        error["decline_code"] = card.decline_code
    return error


def authentication_error(intent: Json, card: Card) -> Json:
    """`last_payment_error` of an intent whose step was not passed."""
    return {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again.",
        "payment_method": {
            "id": intent["payment_method"],
            "object": "payment_method",
            "allow_redisplay": "limited",
            "billing_details": billing_details(None),
            "created": intent["created"],
            "customer": intent["customer"],
            "livemode": False,
            "metadata": {},
            **details(card),
        },
        "type": "invalid_request_error",
    }


def next_action(step_url: str) -> Json:
    """Where the person passes the step that the bank asks for."""
    return {"redirect_to_url": {"return_url": None, "url": step_url}, "type": "redirect_to_url"}
