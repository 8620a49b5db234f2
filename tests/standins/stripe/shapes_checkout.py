"""Checkout Sessions and their line items in Stripe's shape.

Pure builders: values in, dictionaries out. They must NEVER decide anything; whether a session may be made, paid or
expired is decided in sessions.py and payments.py.
"""

from .ids import new_id
from .shapes_price import price
from .wire import Json

NO_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}


def customer_details(email: str | None) -> Json | None:
    """Who paid, as far as the page asks: the e-mail alone."""
    if email is None:
        return None
    return {
        "address": dict(NO_ADDRESS),
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def line_item(sent: Json, *, now: int) -> Json:
    """One item of a session, from the validated parameters of `line_items[n]`."""
    sold = sent["price_data"]
    currency, unit_amount, quantity = sold["currency"], sold["unit_amount"], sent["quantity"]
    made = price(
        currency=currency,
        unit_amount=unit_amount,
        product_id=new_id("prod"),
        recurring=sold.get("recurring"),
        now=now,
    )
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": unit_amount * quantity,
        "amount_tax": 0,
        "amount_total": unit_amount * quantity,
        "currency": currency,
        "description": sold["product_data"]["name"],
        "metadata": sent.get("metadata", {}),
        "price": made,
        "quantity": quantity,
    }


def session(sent: Json, *, session_id: str, url: str, amount: int, currency: str, expires_at: int, now: int) -> Json:
    """An open session from the validated parameters."""
    monthly = sent["mode"] == "subscription"
    custom_text = {"after_submit": None, "shipping_address": None, "submit": None, "terms_of_service_acceptance": None}
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": sent.get("adaptive_pricing", {}).get("enabled", False)},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": sent.get("billing_address_collection"),
        "cancel_url": sent["cancel_url"],
        "client_reference_id": sent.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {**custom_text, **sent.get("custom_text", {})},
        "customer": sent.get("customer"),
        "customer_account": None,
        "customer_creation": "always" if monthly else sent.get("customer_creation", "if_required"),
        "customer_details": customer_details(sent.get("customer_email")),
        "customer_email": sent.get("customer_email"),
        "discounts": [],
        "expires_at": expires_at,
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        },
        "livemode": False,
        "locale": sent.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": sent.get("metadata", {}),
        "mode": sent["mode"],
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always" if monthly else "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": sent.get("payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": sent.get("submit_type"),
        "subscription": None,
        "success_url": sent["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": sent.get("ui_mode", "hosted_page"),
        "url": url,
        "wallet_options": None,
    }
