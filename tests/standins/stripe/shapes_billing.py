"""Customers, payment methods, subscriptions and what belongs to them in Stripe's shape.

Pure builders: values in, dictionaries out. They must NEVER decide anything.
"""

from .cards import Card, details
from .ids import new_client_secret, new_id
from .shapes_checkout import NO_ADDRESS
from .shapes_payment import billing_details
from .shapes_price import plan
from .wire import Json


def customer(*, email: str | None, name: str | None, metadata: Json, now: int) -> Json:
    """Somebody who pays more than once."""
    customer_id = new_id("cus")
    return {
        "id": customer_id,
        "object": "customer",
        "address": dict(NO_ADDRESS),
        "balance": 0,
        "created": now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": email,
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": metadata,
        "name": name,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def payment_method(card: Card, *, method_id: str, email: str | None, customer_id: str, now: int) -> Json:
    """A card or a bank account that is kept for later payments."""
    shown = details(card)
    if card.method == "card":
        charged = shown["card"]
        shown["card"] = {
            **{name: charged[name] for name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint")},
            **{name: charged[name] for name in ("funding", "last4", "regulated_status", "wallet")},
            "display_brand": card.brand,
            "generated_from": None,
            "networks": {"available": [card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
        }
    return {
        "id": method_id,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(email),
        "created": now,
        "customer": customer_id,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        **shown,
    }


def item(made: Json, *, quantity: int, subscription_id: str, start: int, end: int, now: int) -> Json:
    """One thing that a subscription pays for; its period is here, not at the subscription."""
    recurring = made["recurring"]
    return {
        "id": new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": now,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": plan(made, recurring),
        "price": made,
        "quantity": quantity,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def subscription(*, customer_id: str, method_id: str, currency: str, data: Json, now: int) -> Json:
    """An active subscription without its items; `data` is the session's `subscription_data`."""
    subscription_id = new_id("sub")
    return {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": None},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "customer": customer_id,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": method_id,
        "default_source": None,
        "default_tax_rates": [],
        "description": data.get("description"),
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "items": {},
        "latest_invoice": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": data.get("metadata", {}),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "active",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }


def items_list(items: list[Json], subscription_id: str) -> Json:
    """`items` of a subscription."""
    url = f"/v1/subscription_items?subscription={subscription_id}"
    return {"object": "list", "data": items, "has_more": False, "url": url}


def setup_intent(*, customer_id: str, method_id: str, now: int) -> Json:
    """A payment method was made ready for later payments, without a payment."""
    intent_id = new_id("seti")
    return {
        "id": intent_id,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": new_client_secret(intent_id),
        "created": now,
        "customer": customer_id,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": method_id,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "succeeded",
        "usage": "off_session",
    }


def mandate(*, method_id: str, now: int) -> Json:
    """The leave to debit a bank account."""
    reference = new_id("ref")[-12:].upper()
    return {
        "id": new_id("mandate"),
        "object": "mandate",
        "customer_acceptance": {
            "accepted_at": now,
            "online": {"ip_address": "127.0.0.1", "user_agent": "stand-in"},
            "type": "online",
        },
        "livemode": False,
        "multi_use": {},
        "payment_method": method_id,
        "payment_method_details": {"sepa_debit": {"reference": reference, "url": ""}, "type": "sepa_debit"},
        "status": "active",
        "type": "multi_use",
    }
