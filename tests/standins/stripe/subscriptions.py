"""Subscriptions through the API: changed, paused, resumed, canceled. They are made by Checkout alone.

Only changes without proration; what Stripe can and this cannot is refused by name. An ended subscription must NEVER
change.
"""

from . import lapses, renewals
from .amounts import check_bounds, check_currency, check_step
from .call import Call, Route
from .errors import ApiError, invalid, missing_object, missing_parameter, not_spoken
from .kinds import EXPAND
from .params import Clearable, Flag, Metadata, Record, Sequence, Text, Unspoken, Whole, names
from .reads import answer_object, require
from .shapes_billing import items_list
from .shapes_price import plan, price
from .wire import Json

RECURRING = Record(
    {"interval": Text(choices=names("day week month year")), "interval_count": Whole(1, 1095)}, required=("interval",)
)
_FEEDBACK = names(
    "customer_service low_quality missing_features other switched_service too_complex too_expensive unused"
)
_DETAILS = Record({"comment": Text(), "feedback": Text(choices=_FEEDBACK), "feedback_option": Unspoken()})
_ITEM = Record(
    {
        **{name: Unspoken() for name in names("billing_thresholds clear_usage current_trial deleted discounts plan")},
        **{name: Unspoken() for name in names("price tax_rates")},
        "id": Text(),
        "metadata": Metadata(),
        "price_data": Record(
            {
                "currency": Text(longest=3),
                "product": Text(),
                "recurring": RECURRING,
                "tax_behavior": Unspoken(),
                "unit_amount": Whole(least=1),
                "unit_amount_decimal": Unspoken(),
            },
            required=("currency", "product", "recurring", "unit_amount"),
        ),
        "quantity": Whole(least=1, most=999_999),
    },
    required=("id",),
)
_UNSPOKEN = names(
    "add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor billing_schedules billing_thresholds "
    "cancel_at collection_method days_until_due default_source default_tax_rates discounts invoice_settings "
    "off_session on_behalf_of payment_behavior payment_settings pending_invoice_item_interval proration_date "
    "transfer_data trial_end trial_from_plan trial_settings"
)
_UPDATE = Record(
    {
        **{name: Unspoken() for name in _UNSPOKEN},
        "cancel_at_period_end": Flag(),
        "cancellation_details": _DETAILS,
        "default_payment_method": Text(),
        "description": Text(longest=500),
        "expand": EXPAND,
        "items": Sequence(_ITEM, most=20),
        "metadata": Metadata(),
        "pause_collection": Clearable(
            Record(
                {
                    "behavior": Text(choices=names("keep_as_draft mark_uncollectible void")),
                    "resumes_at": Whole(least=0),
                },
                required=("behavior",),
            )
        ),
        "proration_behavior": Text(choices=names("always_invoice create_prorations none")),
    }
)
_CANCEL = Record({"cancellation_details": _DETAILS, "expand": EXPAND, "invoice_now": Unspoken(), "prorate": Unspoken()})


_PAUSE = Record(
    {
        **{name: Unspoken() for name in names("bill_for invoicing_behavior")},
        "expand": EXPAND,
        "type": Text(choices=("subscription",)),
    }
)


def _living(call: Call) -> Json:
    body = require(call, "subscription", "id").body
    if body["status"] in lapses.ENDED:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise ApiError(400, message, executed=True)
    return body


def _update(call: Call) -> Json:
    sent = _UPDATE.read(call.params, "")
    body, now = _living(call), int(call.moment.now)
    changes: Json = {"metadata": Metadata.merged(body["metadata"], call.params.get("metadata"))}
    if "cancel_at_period_end" in sent:
        ending = sent["cancel_at_period_end"]
        end = min(item["current_period_end"] for item in body["items"]["data"])
        reason = "cancellation_requested" if ending else None
        changes["cancel_at_period_end"] = ending
        changes["cancel_at"] = end if ending else None
        changes["canceled_at"] = now if ending else None
        changes["cancellation_details"] = {**body["cancellation_details"], "reason": reason}
    if "cancellation_details" in sent:
        known = changes.get("cancellation_details", body["cancellation_details"])
        changes["cancellation_details"] = known | sent["cancellation_details"]
    if "pause_collection" in sent:
        pause: Json = sent["pause_collection"] or {}
        changes["pause_collection"] = {"resumes_at": None, **pause} if pause else None
    if "default_payment_method" in sent:
        if call.moment.tx.find("payment_method", sent["default_payment_method"]) is None:
            raise missing_object("payment_method", sent["default_payment_method"], "default_payment_method")
        changes["default_payment_method"] = sent["default_payment_method"]
    if "description" in sent:
        changes["description"] = sent["description"]
    if "items" in sent:
        changes["items"] = _changed_items(call, body, sent)
    return answer_object(call, lapses.change(call.moment, body, **changes), sent)


def _changed_items(call: Call, body: Json, sent: Json) -> Json:
    """The items with other prices or quantities, from the next period on."""
    if sent.get("proration_behavior") != "none":
        raise not_spoken("proration_behavior", "proration (send proration_behavior=none)")
    items = {item["id"]: item for item in body["items"]["data"]}
    for index, change in enumerate(sent["items"]):
        path = f"items[{index}]"
        known = items.get(change["id"])
        if known is None:
            raise missing_object("subscription_item", change["id"], f"{path}[id]")
        if "price_data" not in change and "quantity" not in change and "metadata" not in change:
            raise missing_parameter(f"{path}[price_data]")
        changed = {**known, "quantity": change.get("quantity", known["quantity"])}
        changed["metadata"] = change.get("metadata", known["metadata"])
        if "price_data" in change:
            changed["price"] = _price(call, body, change["price_data"], f"{path}[price_data]")
            changed["plan"] = plan(changed["price"], changed["price"]["recurring"])
        items[known["id"]] = changed
    total = sum(item["price"]["unit_amount"] * item["quantity"] for item in items.values())
    check_bounds(call.moment.settings, total, body["currency"], "items")
    return items_list(list(items.values()), body["id"])


def _price(call: Call, body: Json, data: Json, path: str) -> Json:
    currency = data["currency"].lower()
    check_currency(currency, f"{path}[currency]")
    if currency != body["currency"]:
        message = f"The price specified supports currencies of `{currency}`, the subscription is in {body['currency']}."
        raise invalid(f"{path}[currency]", message)
    check_step(data["unit_amount"], currency, f"{path}[unit_amount]")
    if call.moment.tx.find("product", data["product"]) is None:
        raise missing_object("product", data["product"], f"{path}[product]")
    made = price(
        currency=currency,
        unit_amount=data["unit_amount"],
        product_id=data["product"],
        recurring=data["recurring"],
        now=int(call.moment.now),
    )
    call.moment.tx.add(made)
    return made


def _cancel(call: Call) -> Json:
    sent = _CANCEL.read(call.params, "")
    ended = lapses.cancel(
        call.moment, _living(call), reason="cancellation_requested", details=sent.get("cancellation_details")
    )
    return answer_object(call, ended, sent)


def _pause(call: Call) -> Json:
    sent = Record(
        {
            "bill_for": Unspoken(),
            "expand": EXPAND,
            "invoicing_behavior": Unspoken(),
            "type": Text(choices=("subscription",)),
        }
    ).read(call.params, "")
    body = _living(call)
    paused = {**body, "status": "paused"}
    call.moment.tx.save(paused)
    call.moment.tx.unschedule(lapses.RENEWAL_JOB, body["id"])
    call.moment.emit("customer.subscription.paused", paused, previous={"status": body["status"]})
    return answer_object(call, paused, sent)


def _resume(call: Call) -> Json:
    sent = Record(
        {
            **{name: Unspoken() for name in names("payment_behavior proration_date")},
            "billing_cycle_anchor": Record({"type": Text(choices=("unchanged",))}, required=("type",)),
            "expand": EXPAND,
            "proration_behavior": Text(choices=("none",)),
        },
        required=("billing_cycle_anchor", "proration_behavior"),
    ).read(call.params, "")
    body = _living(call)
    if body["status"] != "paused":
        raise ApiError(400, "You can only resume a paused subscription.", executed=True)
    resumed = {**body, "status": "active"}
    call.moment.tx.save(resumed)
    renewals.schedule(call.moment, resumed)
    call.moment.emit("customer.subscription.resumed", resumed, previous={"status": "paused"})
    return answer_object(call, resumed, sent)


ROUTES = (
    Route("POST", "/v1/subscriptions/{id}", _update),
    Route("DELETE", "/v1/subscriptions/{id}", _cancel),
    Route("POST", "/v1/subscriptions/{id}/pause", _pause),
    Route("POST", "/v1/subscriptions/{id}/resume", _resume),
)
