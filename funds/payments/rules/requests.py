"""What this site asks of Stripe, as the parameters of its API. Pure.

A reference to our own row stands in the metadata of everything that is made; nothing of a donor stands there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common.money import Money
from funds.payments.rules.currencies import to_stripe
from funds.payments.rules.reading import REFERENCE

_LONGEST_TITLE: Final = 250
# The hosted page knows no Kazakh; Russian is what its readers are most likely to read there.
PAGE_LANGUAGES: Final[Mapping[str, str]] = {"kk": "ru", "ru": "ru", "de": "de", "en": "en-GB"}


def checkout_params(
    *,
    reference: UUID,
    amount: Money,
    title: str,
    email: str,
    language: str,
    success_url: str,
    cancel_url: str,
    monthly: bool,
) -> dict[str, Any]:
    """A hosted page for one gift, or for one each month. The price is inline: nothing has to be made beforehand."""
    number, code = to_stripe(amount)
    metadata = {REFERENCE: str(reference)}
    price: dict[str, Any] = {
        "currency": code,
        "unit_amount": number,
        "product_data": {"name": title[:_LONGEST_TITLE]},
    }
    params: dict[str, Any] = {
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": str(reference),
        "metadata": metadata,
        "locale": PAGE_LANGUAGES[language],
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    if email:
        params["customer_email"] = email
    # The session's metadata does not reach the payment and its charge, nor the subscription.
    if monthly:
        price["recurring"] = {"interval": "month"}
        return {**params, "mode": "subscription", "subscription_data": {"metadata": metadata}}
    return {
        **params,
        "mode": "payment",
        "submit_type": "donate",
        "payment_intent_data": {"metadata": metadata},
        # What the donor reads on our page is what is charged and booked.
        "adaptive_pricing": {"enabled": False},
    }


def amount_params(*, item_id: str, product_id: str, amount: Money) -> dict[str, Any]:
    """A new monthly amount, from the next month on: nothing is charged or given back for the running one."""
    number, code = to_stripe(amount)
    price = {"currency": code, "unit_amount": number, "product": product_id, "recurring": {"interval": "month"}}
    return {"items": [{"id": item_id, "price_data": price}], "proration_behavior": "none"}


def pause_params(*, until: datetime | None) -> dict[str, Any]:
    """Bills are voided until that moment, or until somebody resumes."""
    pause: dict[str, Any] = {"behavior": "void"}
    if until is not None:
        pause["resumes_at"] = int(until.timestamp())
    return {"pause_collection": pause}


def refund_params(*, reference: UUID, payment_id: str, amount: Money) -> dict[str, Any]:
    """Give back that much of a payment."""
    number, _code = to_stripe(amount)
    return {
        "payment_intent": payment_id,
        "amount": number,
        "reason": "requested_by_customer",
        "metadata": {REFERENCE: str(reference)},
    }
