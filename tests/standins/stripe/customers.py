"""Customers and invoices through the API: customers made and changed, invoices paid and voided.

Refuses what Stripe would refuse. It must NEVER pay an invoice that is not open.
"""

from . import invoices
from .beginnings import customer_for
from .call import Call, Route
from .charging import ACTION, DECLINED
from .errors import ApiError
from .kinds import EXPAND
from .params import Email, Flag, Metadata, Record, Text, Unspoken, names
from .reads import answer_object, require
from .wire import Json

_UNSPOKEN = names(
    "address balance business_name cash_balance default_source individual_name invoice_prefix invoice_settings "
    "next_invoice_sequence payment_method phone preferred_locales shipping source tax tax_exempt tax_id_data test_clock"
)
_CUSTOMER = Record(
    {
        **{name: Unspoken() for name in _UNSPOKEN},
        "description": Text(longest=5000),
        "email": Email(),
        "expand": EXPAND,
        "metadata": Metadata(),
        "name": Text(longest=256),
    }
)
_PAY = Record(
    {
        **{name: Unspoken() for name in names("forgive mandate paid_out_of_band payment_method source")},
        "expand": EXPAND,
        "off_session": Flag(),
    }
)


def _create(call: Call) -> Json:
    sent = _CUSTOMER.read(call.params, "")
    made = customer_for(call.moment, email=sent.get("email"), name=sent.get("name"), metadata=sent.get("metadata", {}))
    if "description" in sent:
        made = {**made, "description": sent["description"]}
        call.moment.tx.save(made)
    return answer_object(call, made, sent)


def _update(call: Call) -> Json:
    sent = _CUSTOMER.read(call.params, "")
    body = require(call, "customer", "id").body
    changed: Json = {**body}
    changed.update({name: sent[name] for name in ("description", "email", "name") if name in sent})
    changed["metadata"] = Metadata.merged(body["metadata"], call.params.get("metadata"))
    previous = {name: value for name, value in body.items() if changed[name] != value}
    if previous:
        call.moment.tx.save(changed)
        call.moment.emit("customer.updated", changed, previous=previous)
    return answer_object(call, changed, sent)


def _pay(call: Call) -> Json:
    sent = _PAY.read(call.params, "")
    made = require(call, "invoice", "invoice").body
    if made["status"] == "paid":
        raise ApiError(400, "Invoice is already paid", code="invoice_already_paid", executed=True)
    outcome = invoices.collect(call.moment, made)
    if outcome.word == DECLINED:
        error = outcome.intent["last_payment_error"]
        raise ApiError(402, error["message"], kind="card_error", code=error["code"], executed=True)
    if outcome.word == ACTION:
        message = "This payment requires additional user action before it can be completed successfully."
        raise ApiError(402, message, kind="card_error", code="invoice_payment_intent_requires_action", executed=True)
    return answer_object(call, call.moment.tx.need("invoice", made["id"]).body, sent)


def _void(call: Call) -> Json:
    sent = Record({"expand": EXPAND}).read(call.params, "")
    return answer_object(call, invoices.void(call.moment, require(call, "invoice", "invoice").body), sent)


ROUTES = (
    Route("POST", "/v1/customers", _create),
    Route("POST", "/v1/customers/{id}", _update),
    Route("POST", "/v1/invoices/{id}/pay", _pay),
    Route("POST", "/v1/invoices/{id}/void", _void),
)
