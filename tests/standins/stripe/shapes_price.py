"""Products and prices in Stripe's shape, and the older name of a recurring price.

Pure builders: values in, dictionaries out. They must NEVER decide anything.
"""

from .ids import new_id
from .wire import Json


def product(sent: Json, *, product_id: str, now: int) -> Json:
    """What is paid for, from `price_data.product_data`."""
    return {
        "id": product_id,
        "object": "product",
        "active": True,
        "created": now,
        "default_price": None,
        "description": sent.get("description"),
        "images": sent.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": sent.get("metadata", {}),
        "name": sent["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": now,
        "url": None,
    }


def price(*, currency: str, unit_amount: int, product_id: str, recurring: Json | None, now: int) -> Json:
    """A price that was given inline; such a one cannot be used again and is not active."""
    every = recurring and {
        "interval": recurring["interval"],
        "interval_count": recurring.get("interval_count", 1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product_id,
        "recurring": every,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }


def plan(made: Json, recurring: Json) -> Json:
    """The older name of a recurring price, which Stripe still shows beside it."""
    return {
        "id": made["id"],
        "object": "plan",
        "active": made["active"],
        "amount": made["unit_amount"],
        "amount_decimal": made["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": made["created"],
        "currency": made["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "product": made["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
