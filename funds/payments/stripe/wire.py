"""The only file that speaks to Stripe: the official SDK, signatures, plain dictionaries, errors in our own words.

The API version is pinned here, and an SDK that renders another one stops the site at the start: fields move between
versions, and a fee read from the wrong field would be booked. No key, no card and no donor may ever reach a log line.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from funds.payments.rules import Event, UnexpectedFactError, reading

API_VERSION: Final = "2026-10-28.endive"
if stripe.api_version != API_VERSION:
    raise ImproperlyConfigured(
        f"The Stripe SDK speaks {stripe.api_version}, this site reads {API_VERSION}: read the changelog, then move both"
    )

_CONNECT_SECONDS: Final = 3.05
_NETWORK_RETRIES: Final = 2
_SIGNATURE_SECONDS: Final = 300
_PAGE: Final = 100  # the most that Stripe lists at once

logger = logging.getLogger(__name__)


class EventRefusedError(Exception):
    """A webhook that is not Stripe's, is too old, is of the other mode, or cannot be read."""


def is_configured() -> bool:
    """False when gifts by card are switched off: the site runs whole without them."""
    return bool(settings.STRIPE_SECRET_KEY)


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
        event, livemode = reading.event(told), bool(told["livemode"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EventRefusedError("not an event of the kind that we read") from error
    if livemode is not settings.STRIPE_LIVEMODE:
        raise EventRefusedError("the event is of the other mode")
    return event


def get(path: str, object_id: str = "", **params: object) -> Mapping[str, Any]:
    """One object as plain dictionaries: making the SDK's own objects costs far more than reading the answer."""
    whole = f"{path}/{quote(object_id, safe='')}" if object_id else path
    return _call("get", whole, params)


def listed(path: str, expand: tuple[str, ...], **params: object) -> Iterator[Mapping[str, Any]]:
    """Everything of a list, page by page."""
    if expand:
        params["expand"] = [f"data.{part}" for part in expand]
    while True:
        page = _call("get", path, {"limit": _PAGE, **params})
        yield from page["data"]
        if not page["has_more"]:
            return
        params["starting_after"] = page["data"][-1]["id"]


def post(
    path: str, params: Mapping[str, object], *, key: str, refused: DomainError | None = None, verb: str = "post"
) -> Mapping[str, Any]:
    """Ask for something once: `key` is the idempotency key, "" lets the SDK choose one for its own repetitions.

    `refused` is what a refusal of this call means to a person.
    """
    return _call(verb, path, {**params, "idempotency_key": key} if key else params, refused=refused)


def _call(verb: str, path: str, params: Mapping[str, object], *, refused: DomainError | None = None) -> dict[str, Any]:
    with _speaking(refused):
        answer: Any = _client().raw_request(verb, f"/v1/{path}", **params)
    return dict(answer.data)


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
def _speaking(refused: DomainError | None) -> Iterator[None]:
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
        if refused is not None:
            raise DomainError(refused.code, refused.message) from error
        raise UnexpectedFactError(f"Stripe refuses our request: {error.code} ({error.param})") from error
