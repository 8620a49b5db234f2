"""What is asked for at Stripe: pages to pay on, monthly gifts changed, money given back.

Every call names itself by a key of ours, so that asking again makes nothing twice.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import Money
from funds.payments.rules import Checkout, RefundFact, SubscriptionFact, reading, requests
from funds.payments.stripe.reads import REFUND, whole_refund
from funds.payments.stripe.wire import post

_NOT_GIVEN_BACK: Final = DomainError(
    "refund_refused",
    _("The card service does not give this back: it may be given back or disputed already. Look at the gift again."),
)


def create_checkout(
    *,
    reference: UUID,
    amount: Money,
    title: str,
    email: str,
    language: str,
    success_url: str,
    cancel_url: str,
    monthly: bool = False,
) -> Checkout:
    """Open a hosted payment page for one gift, or for one each month. The same `reference` always gets the same page.

    `title` (up to 250 characters) is what the donor reads there. Raises `DomainError`: unavailable, misconfigured,
    amount_too_small, amount_too_large. Nothing is charged by this call.
    """
    params = requests.checkout_params(
        reference=reference,
        amount=amount,
        title=title,
        email=email,
        language=language,
        success_url=success_url,
        cancel_url=cancel_url,
        monthly=monthly,
    )
    return reading.checkout(post("checkout/sessions", params, key=f"checkout:{reference}"))


def create_refund(*, reference: UUID, payment_id: str, amount: Money) -> RefundFact:
    """Give back that much of a payment. `reference` is our row's id and makes it once, however often asked.

    Raises `DomainError` (unavailable, misconfigured, refund_refused): then nothing was given back.
    """
    params = requests.refund_params(reference=reference, payment_id=payment_id, amount=amount)
    told = {**params, "expand": list(REFUND)}
    return whole_refund(post("refunds", told, key=f"refund:{reference}", refused=_NOT_GIVEN_BACK))


def change_amount(*, subscription: SubscriptionFact, amount: Money, key: str) -> SubscriptionFact:
    """Another amount from the next month on. `key` names the wish (one form sent twice is one change)."""
    params = requests.amount_params(item_id=subscription.item_id, product_id=subscription.product_id, amount=amount)
    return _change(subscription.id, params, key)


def pause_subscription(*, subscription_id: str, until: datetime | None, key: str) -> SubscriptionFact:
    """No month is charged until that moment; None: until somebody resumes."""
    return _change(subscription_id, requests.pause_params(until=until), key)


def resume_subscription(*, subscription_id: str, key: str) -> SubscriptionFact:
    """The next month is charged again."""
    return _change(subscription_id, {"pause_collection": ""}, key)


def label_subscription(*, subscription_id: str, metadata: Mapping[str, str], key: str) -> SubscriptionFact:
    """Write codes of ours (never anything of a donor) into its metadata; what stands there stays."""
    return _change(subscription_id, {"metadata": dict(metadata)}, key)


def cancel_subscription(*, subscription_id: str) -> SubscriptionFact:
    """End it now: no month is charged any more, the running one is not given back. Refused when it has ended."""
    return reading.subscription(post(f"subscriptions/{subscription_id}", {}, key="", verb="delete"))


def create_portal_session(*, customer_id: str, return_url: str, language: str) -> str:
    """The address of Stripe's own page where a monthly giver changes the card and finds the bills."""
    told = {"customer": customer_id, "return_url": return_url, "locale": requests.PAGE_LANGUAGES[language]}
    return str(post("billing_portal/sessions", told, key="")["url"])


def _change(subscription_id: str, params: dict[str, Any], key: str) -> SubscriptionFact:
    return reading.subscription(post(f"subscriptions/{subscription_id}", params, key=f"change:{key}"))
