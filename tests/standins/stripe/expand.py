"""`expand[]`: replaces an id inside an object by the object itself, up to four levels deep.

It also brings up to date what changes by the clock alone. It must NEVER store what it made.
"""

from collections.abc import Callable, Mapping

from .errors import ApiError, invalid, not_spoken
from .outbox import with_pending
from .params import names
from .store import Tx
from .wire import Json

_EXPANDABLE = names(
    "application application_fee balance_transaction charge configuration customer default_payment_method "
    "failure_balance_transaction invoice latest_charge latest_invoice mandate on_behalf_of payment_intent payment_link "
    "payment_method pending_setup_intent product review setup_intent source source_transfer subscription"
)
_DEEPEST = 4


def present(tx: Tx, body: Json, *, now: float) -> Json:
    """The object as a client sees it at this moment."""
    if body["object"] == "event":
        return with_pending(tx, body)
    if body["object"] == "balance_transaction" and body["available_on"] <= now:
        return {**body, "status": "available"}
    return body


def expanded(tx: Tx, body: Json, paths: list[str], *, now: float) -> Json:
    """The object with these properties expanded; refuses what cannot be."""
    result = present(tx, body, now=now)
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            raise invalid("expand", f"You cannot expand more than {_DEEPEST} levels of a property (found {path})")
        result = _walk(tx, result, parts, path, now)
    return result


def expanded_list(tx: Tx, bodies: list[Json], paths: list[str], *, now: float) -> list[Json]:
    """The same for the members of a list, where each path begins with `data.`."""
    for path in paths:
        if not path.startswith("data."):
            raise _impossible(path)
    inner = [path.removeprefix("data.") for path in paths]
    return [expanded(tx, body, inner, now=now) for body in bodies]


def _impossible(path: str) -> ApiError:
    return invalid("expand", f"This property cannot be expanded ({path}).")


def _walk(tx: Tx, body: Json, parts: list[str], path: str, now: float) -> Json:
    name, rest = parts[0], parts[1:]
    hidden = _HIDDEN.get((body.get("object"), name))
    value = hidden(tx, body["id"]) if hidden and name not in body else body.get(name)
    if name not in body and hidden is None:
        raise _impossible(path)
    if isinstance(value, str) and name in _EXPANDABLE:
        found = tx.named(value)
        if found is None:
            raise not_spoken("expand", f"expanding {path}")
        value = present(tx, found, now=now)
    elif value is None and name in _EXPANDABLE:
        return body
    elif isinstance(value, list) and name == "data" and rest:
        return {**body, name: [_walk(tx, each, rest, path, now) for each in value]}
    elif not isinstance(value, dict) or not (rest or hidden):
        raise _impossible(path)
    return {**body, name: _walk(tx, value, rest, path, now) if rest else value}


def line_items(tx: Tx, session_id: str) -> Json:
    """The items of a session as a list object."""
    items = tx.need("checkout.session", session_id).extra["line_items"]
    return {
        "object": "list",
        "data": items,
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def _refunds(tx: Tx, charge_id: str) -> Json:
    """The refunds of a charge, the latest first."""
    found = tx.page("refund", filters={"$.charge": [charge_id]})
    return {"object": "list", "data": found, "has_more": False, "url": f"/v1/charges/{charge_id}/refunds"}


def _payments(tx: Tx, invoice_id: str) -> Json:
    """The payments of an invoice."""
    found = tx.page("invoice_payment", filters={"$.invoice": [invoice_id]})
    return {"object": "list", "data": found, "has_more": False, "url": f"/v1/invoice_payments?invoice={invoice_id}"}


_HIDDEN: Mapping[tuple[object, str], Callable[[Tx, str], Json]] = {
    ("checkout.session", "line_items"): line_items,
    ("charge", "refunds"): _refunds,
    ("invoice", "payments"): _payments,
}
"""Lists that are there only when they are asked for."""
