"""Customer portal sessions and configurations in Stripe's shape.

Pure builders: values in, dictionaries out. They must NEVER decide anything.
"""

from .ids import new_id
from .wire import Json


def configuration(sent: Json, *, is_default: bool, now: int) -> Json:
    """What the portal offers: end a subscription, another card, invoices."""
    profile = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
    return {
        "id": new_id("bpc"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {**profile, **sent.get("business_profile", {})},
        "created": now,
        "default_return_url": sent.get("default_return_url"),
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "options": []},
                "enabled": True,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": [],
                "enabled": False,
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": is_default,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": sent.get("metadata", {}),
        "name": sent.get("name"),
        "updated": now,
    }


def session(sent: Json, *, configuration_id: str, return_url: str | None, base: str, now: int) -> Json:
    """A way into the portal for one customer."""
    session_id = new_id("bps")
    return {
        "id": session_id,
        "object": "billing_portal.session",
        "configuration": configuration_id,
        "created": now,
        "customer": sent["customer"],
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": sent.get("locale"),
        "on_behalf_of": None,
        "return_url": return_url,
        "url": f"{base}/c/portal/{session_id}",
    }
