"""Checkout Sessions: made and expired through the API, expired by the clock.

One-off and repeated payments with inline prices; what Stripe can and this cannot is refused by name. A session
must NEVER leave `complete` or `expired` again.
"""

from .amounts import check_bounds, check_currency, check_step
from .call import Call, Moment, Route
from .errors import ApiError, invalid, missing_object
from .ids import new_id
from .kinds import EXPAND
from .params import Record
from .reads import answer_object, require
from .session_params import CREATE, check_mode
from .settings import Settings
from .shapes_checkout import line_item, session
from .wire import Json

SHORTEST_LIFE = 30 * 60
LONGEST_LIFE = 24 * 3600
EXPIRY_JOB = "session_expiry"


def _create(call: Call) -> Json:
    sent = CREATE.read(call.params, "")
    check_mode(sent)
    if "customer" in sent and call.moment.tx.find("customer", sent["customer"]) is None:
        raise missing_object("customer", sent["customer"], "customer")
    amount, currency = _total(call.moment.settings, sent["line_items"])
    now = int(call.moment.now)
    expires_at = _expiry(sent, now)
    session_id = new_id("cs")
    body = session(
        sent,
        session_id=session_id,
        url=f"{call.public_base}/c/pay/{session_id}",
        amount=amount,
        currency=currency,
        expires_at=expires_at,
        now=now,
    )
    extra = {
        "line_items": [line_item(item, now=now) for item in sent["line_items"]],
        "products": [item["price_data"]["product_data"] for item in sent["line_items"]],
        "payment_intent_data": sent.get("payment_intent_data", {}),
        "subscription_data": sent.get("subscription_data", {}),
        "base": call.public_base,
    }
    call.moment.tx.add(body, extra)
    call.moment.tx.schedule(EXPIRY_JOB, session_id, expires_at)
    return answer_object(call, body, sent)


def _total(settings: Settings, items: list[Json]) -> tuple[int, str]:
    """Amount and currency of the whole session; refuses empty, mixed, unsupported, too small and too large."""
    if not items:
        raise invalid("line_items", "You must provide at least one line item.")
    total, currency = 0, ""
    for index, item in enumerate(items):
        price, path = item["price_data"], f"line_items[{index}][price_data]"
        price["currency"] = price["currency"].lower()
        check_currency(price["currency"], f"{path}[currency]")
        currency = currency or price["currency"]
        if price["currency"] != currency:
            raise invalid(f"{path}[currency]", "All line items must have the same currency.")
        check_step(price["unit_amount"], currency, f"{path}[unit_amount]")
        total += price["unit_amount"] * item["quantity"]
    check_bounds(settings, total, currency, "line_items")
    return total, currency


def _expiry(sent: Json, now: int) -> int:
    expires_at = sent.get("expires_at", now + LONGEST_LIFE)
    if expires_at < now + SHORTEST_LIFE:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise invalid("expires_at", message)
    if expires_at > now + LONGEST_LIFE:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise invalid("expires_at", message)
    return int(expires_at)


def _expire(call: Call) -> Json:
    sent = Record({"expand": EXPAND}).read(call.params, "")
    body = require(call, "checkout.session", "session").body
    if body["status"] != "open":
        raise ApiError(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{body['status']}.",
            executed=True,
        )
    return answer_object(call, close(call.moment, body), sent)


def close(moment: Moment, body: Json) -> Json:
    """Expire an open session and tell about it; returns it as it is then."""
    expired = {**body, "status": "expired", "url": None}
    moment.tx.save(expired)
    moment.tx.unschedule(EXPIRY_JOB, body["id"])
    moment.emit("checkout.session.expired", expired)
    return expired


def expire_when_due(moment: Moment, session_id: str) -> None:
    """The timer: expires the session if it is still open."""
    body = moment.tx.need("checkout.session", session_id).body
    if body["status"] == "open":
        close(moment, body)


ROUTES = (
    Route("POST", "/v1/checkout/sessions", _create),
    Route("POST", "/v1/checkout/sessions/{id}/expire", _expire),
)
