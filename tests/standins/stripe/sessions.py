"""Checkout Sessions: made and expired through the API, expired by the clock.

Only one-off payments with inline prices, as the product uses them; what Stripe can and this cannot is refused by name.
A session must NEVER leave `complete` or `expired` again.
"""

from .amounts import check_bounds, check_currency, check_step
from .call import Call, Moment, Route
from .errors import ApiError, invalid, not_spoken
from .ids import new_id
from .kinds import EXPAND
from .params import Email, Flag, Metadata, Record, Sequence, Text, Unspoken, Url, Whole, names
from .reads import answer_object, require
from .settings import Settings
from .shapes_checkout import line_item, session
from .wire import Json

LOCALES = names(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR "
    "ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
"""Kazakh is not among them: a product that sends `kk` is refused, as at Stripe."""

SHORTEST_LIFE = 30 * 60
LONGEST_LIFE = 24 * 3600
EXPIRY_JOB = "session_expiry"


_PRODUCT = Record(
    {
        "name": Text(longest=250),
        "description": Text(longest=40_000),
        "images": Sequence(Url(), most=8),
        "metadata": Metadata(),
        "tax_code": Unspoken(),
    },
    required=("name",),
)
_PRICE = Record(
    {
        "currency": Text(longest=3),
        "product": Unspoken(),
        "product_data": _PRODUCT,
        "recurring": Unspoken(),
        "tax_behavior": Unspoken(),
        "unit_amount": Whole(least=1),
        "unit_amount_decimal": Unspoken(),
    },
    required=("currency", "product_data", "unit_amount"),
)
_ITEM = Record(
    {
        "adjustable_quantity": Unspoken(),
        "metadata": Metadata(),
        "price": Unspoken(),
        "price_data": _PRICE,
        "quantity": Whole(least=1, most=999_999),
        "tax_rates": Unspoken(),
    },
    required=("price_data", "quantity"),
)
_MESSAGE = Record({"message": Text(longest=1200)}, required=("message",))
_UNSPOKEN = names(
    "after_expiration allow_promotion_codes automatic_tax branding_settings consent_collection currency custom_fields "
    "customer customer_account customer_update discounts excluded_payment_method_types invoice_creation "
    "managed_payments name_collection optional_items origin_context payment_method_collection "
    "payment_method_configuration payment_method_data payment_method_options permissions phone_number_collection "
    "redirect_on_completion return_url saved_payment_method_options setup_intent_data shipping_address_collection "
    "shipping_options subscription_data tax_id_collection wallet_options"
)
_CREATE = Record(
    {
        **{name: Unspoken() for name in _UNSPOKEN},
        "adaptive_pricing": Record({"enabled": Flag()}),
        "billing_address_collection": Text(choices=("auto", "required")),
        "cancel_url": Url(),
        "client_reference_id": Text(longest=200),
        "custom_text": Record({"submit": _MESSAGE, "after_submit": _MESSAGE}),
        "customer_creation": Text(choices=("if_required",)),
        "customer_email": Email(),
        "expand": EXPAND,
        "expires_at": Whole(least=0),
        "line_items": Sequence(_ITEM),
        "locale": Text(choices=LOCALES),
        "metadata": Metadata(),
        "mode": Text(choices=("payment", "setup", "subscription")),
        "payment_intent_data": Record(
            {
                "description": Text(longest=1000),
                "metadata": Metadata(),
                "receipt_email": Email(),
                "statement_descriptor_suffix": Text(longest=22),
            }
        ),
        "payment_method_types": Sequence(Text(choices=("card",))),
        "submit_type": Text(choices=("auto", "book", "donate", "pay")),
        "success_url": Url(),
        "ui_mode": Text(choices=("hosted_page",)),
    },
    required=("mode", "line_items", "success_url", "cancel_url"),
)


def _create(call: Call) -> Json:
    sent = _CREATE.read(call.params, "")
    if sent["mode"] != "payment":
        raise not_spoken("mode", f"mode={sent['mode']}")
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
    items = [line_item(item, now=now) for item in sent["line_items"]]
    products = [item["price_data"]["product_data"] for item in sent["line_items"]]
    intent_data = sent.get("payment_intent_data", {})
    call.moment.tx.add(
        body, {"line_items": items, "products": products, "payment_intent_data": intent_data, "base": call.public_base}
    )
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
