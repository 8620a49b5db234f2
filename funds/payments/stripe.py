"""The only file that speaks to Stripe: the official SDK in, our own facts out. Nothing above it sees a StripeObject.

The API version is pinned here, and an SDK that renders another one stops the site at the start: fields move between
versions, and a fee read from the wrong field would be booked. No key, no card and no donor may ever reach a log line.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import Money
from funds.payments.rules import (
    Checkout,
    CheckoutStatus,
    Event,
    Payment,
    PaymentStatus,
    UnexpectedFactError,
    from_stripe,
    to_stripe,
)

API_VERSION: Final = "2026-10-28.endive"
if stripe.api_version != API_VERSION:
    raise ImproperlyConfigured(
        f"The Stripe SDK speaks {stripe.api_version}, this site reads {API_VERSION}: read the changelog, then move both"
    )

_CONNECT_SECONDS: Final = 3.05
_NETWORK_RETRIES: Final = 2
_SIGNATURE_SECONDS: Final = 300
_REFERENCE: Final = "asar_reference"
_WHOLE_PAYMENT: Final = ("latest_charge", "latest_charge.balance_transaction")
# The hosted page knows no Kazakh; Russian is what its readers are most likely to read there.
_PAGE_LANGUAGES: Final[Mapping[str, str]] = {"kk": "ru", "ru": "ru", "de": "de", "en": "en-GB"}

logger = logging.getLogger(__name__)


class EventRefusedError(Exception):
    """A webhook that is not Stripe's, is too old, is of the other mode, or cannot be read."""


def is_configured() -> bool:
    """False when gifts by card are switched off: the site runs whole without them."""
    return bool(settings.STRIPE_SECRET_KEY)


def create_checkout(
    *, reference: UUID, amount: Money, title: str, email: str, language: str, success_url: str, cancel_url: str
) -> Checkout:
    """Open a hosted payment page for one gift. The same `reference` always gets the same page, however often asked.

    `title` (up to 250 characters) is what the donor reads there. Raises `DomainError`: unavailable, misconfigured,
    amount_too_small, amount_too_large, refused_by_card_service. Nothing is charged by this call.
    """
    number, code = to_stripe(amount)
    metadata = {_REFERENCE: str(reference)}
    params: stripe.params.checkout.SessionCreateParams = {
        "mode": "payment",
        "submit_type": "donate",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": code, "unit_amount": number, "product_data": {"name": title[:250]}},
            }
        ],
        "client_reference_id": str(reference),
        "metadata": metadata,
        # The session's metadata does not reach the payment and its charge.
        "payment_intent_data": {"metadata": metadata},
        # What the donor reads on our page is what is charged and booked.
        "adaptive_pricing": {"enabled": False},
        "locale": _PAGE_LANGUAGES[language],
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    if email:
        params["customer_email"] = email
    with _speaking():
        session = _client().v1.checkout.sessions.create(params, {"idempotency_key": f"checkout:{reference}"})
    return _checkout(session)


def fetch_checkout(*, checkout_id: str) -> Checkout:
    """The hosted page with its payment, charge and fee as they stand now: one call, the whole truth about a gift."""
    expand = ["payment_intent", *(f"payment_intent.{part}" for part in _WHOLE_PAYMENT)]
    with _speaking():
        session = _client().v1.checkout.sessions.retrieve(checkout_id, {"expand": expand})
    return _checkout(session)


def fetch_payment(*, payment_id: str) -> Payment:
    """A payment intent with its latest charge and fee as they stand now."""
    with _speaking():
        intent = _client().v1.payment_intents.retrieve(payment_id, {"expand": list(_WHOLE_PAYMENT)})
    return _payment(intent)


def verify_event(*, body: bytes, signature: str) -> Event:
    """The event in these raw bytes. Raises `EventRefusedError` when it is forged, old, of the other mode, unreadable.

    The signature is Stripe's scheme v1: HMAC-SHA256 over `<timestamp>.<raw body>`, at most 300 seconds old.
    """
    try:
        stripe.WebhookSignature.verify_header(body, signature, settings.STRIPE_WEBHOOK_SECRET, _SIGNATURE_SECONDS)
        told = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError, RecursionError) as error:
        raise EventRefusedError(type(error).__name__) from error
    try:
        thing = told["data"]["object"]
        event = Event(
            id=_text(told["id"]),
            type=_text(told["type"]),
            object_id=_text(thing.get("id", "")),
            object_type=_text(thing["object"]),
            payment_id=_text(thing["id"] if thing["object"] == "payment_intent" else thing.get("payment_intent") or ""),
            created=int(told["created"]),
            api_version=_text(told.get("api_version") or ""),
        )
        livemode = bool(told["livemode"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EventRefusedError("not an event of the kind that we read") from error
    if livemode is not settings.STRIPE_LIVEMODE:
        raise EventRefusedError("the event is of the other mode")
    return event


def _text(value: object) -> str:
    # What is not printable (NUL, half a surrogate pair) is no id of Stripe's, and PostgreSQL could not keep it.
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():  # noqa: PLR2004
        raise ValueError("not a short text")
    return value


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_SECONDS)


@lru_cache(maxsize=4)
def _client_for(key: str, base: str, timeout: float) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base},
        max_network_retries=_NETWORK_RETRIES,
        http_client=stripe.RequestsClient(timeout=(_CONNECT_SECONDS, timeout)),
    )


_UNAVAILABLE: Final = _("The card service does not answer. Nothing was charged. Try again in a minute.")
_REFUSALS: Final = {
    "amount_too_small": _("The card service does not take so small an amount. Choose a larger one."),
    "amount_too_large": _("The card service does not take so large an amount. Choose a smaller one."),
}


@contextmanager
def _speaking() -> Iterator[None]:
    """What Stripe's errors mean for a person, or for the operator."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError, stripe.IdempotencyError) as error:
        logger.warning("Stripe does not answer: %s %s", type(error).__name__, error.http_status)
        raise DomainError("unavailable", _UNAVAILABLE) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("Stripe does not accept our key: %s", type(error).__name__)  # noqa: TRY400
        raise DomainError(
            "misconfigured", _("Gifts by card do not work at the moment. Nothing was charged. Please come back later.")
        ) from error
    except stripe.InvalidRequestError as error:
        if error.code in _REFUSALS:
            raise DomainError(error.code, _REFUSALS[error.code], field="amount") from error
        raise UnexpectedFactError(f"Stripe refuses our request: {error.code} ({error.param})") from error


def _checkout(session: stripe.checkout.Session) -> Checkout:
    intent = session.payment_intent
    return Checkout(
        id=session.id,
        reference=_reference(session.client_reference_id),
        status=CheckoutStatus(session.status or CheckoutStatus.OPEN),
        url=session.url or "",
        payment=_payment(intent) if isinstance(intent, stripe.PaymentIntent) else None,
    )


def _payment(intent: stripe.PaymentIntent) -> Payment:
    payment = Payment(
        id=intent.id,
        reference=_reference(getattr(intent.metadata, _REFERENCE, None)),
        status=_status(intent),
        amount=from_stripe(intent.amount, intent.currency),
    )
    charge = intent.latest_charge
    if payment.status != PaymentStatus.SUCCEEDED:
        return payment
    if not isinstance(charge, stripe.Charge) or intent.amount_received != intent.amount:
        raise UnexpectedFactError(f"{intent.id} succeeded without its whole amount in one charge")
    payment = replace(payment, charge_id=charge.id, paid_at=datetime.fromtimestamp(charge.created, UTC))
    movement = charge.balance_transaction
    if not isinstance(movement, stripe.BalanceTransaction):
        return payment
    settled_in = movement.currency.upper()
    same = settled_in == payment.amount.currency
    return replace(payment, settled_in=settled_in, fee=from_stripe(movement.fee, movement.currency) if same else None)


def _status(intent: stripe.PaymentIntent) -> PaymentStatus:
    if intent.status == "succeeded":
        return PaymentStatus.SUCCEEDED
    if intent.status == "canceled":
        return PaymentStatus.CANCELLED
    if intent.status == "requires_payment_method" and intent.last_payment_error is not None:
        return PaymentStatus.FAILED
    return PaymentStatus.WAITING


def _reference(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
