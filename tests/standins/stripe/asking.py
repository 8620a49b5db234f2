"""Reads what a control request asks for, and refuses what makes no sense.

It must NEVER guess: an unknown name, a wrong type or an id of nothing is refused by name.
"""

from .call import Moment
from .wire import Json


class ControlError(Exception):
    """A control request that makes no sense; the message says why."""


def text(sent: Json, name: str, known: tuple[str, ...] = (), default: str | None = None) -> str:
    """A text of the request, one of `known` when there are any."""
    value = sent.get(name, default)
    if not isinstance(value, str) or (known and value not in known):
        raise ControlError(f"{name} must be {'one of ' + ', '.join(known) if known else 'a text'}, not {value!r}")
    return value


def number(sent: Json, name: str) -> int | None:
    """A whole number of the request, or None when it is not there."""
    value = sent.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise ControlError(f"{name} must be a whole number, not {value!r}")
    return value


def known(sent: Json, *names: str) -> None:
    """Refuse what this act does not know."""
    extra = sorted(set(sent) - {*names, "do"})
    if extra:
        raise ControlError(f"unknown {', '.join(extra)}; there are {', '.join(names)}")


def stored(moment: Moment, kind: str, object_id: str) -> Json:
    """The object; refuses when there is none."""
    found = moment.tx.find(kind, object_id)
    if found is None:
        raise ControlError(f"no {kind} {object_id}")
    return found.body


WHOSE = ("charge", "payment_intent", "session", "invoice", "subscription")


def charge_of(moment: Moment, sent: Json) -> Json:
    """The charge that is named by itself, its intent, session or invoice, or the latest of its subscription."""
    named = [name for name in WHOSE if name in sent]
    if len(named) != 1:
        raise ControlError(f"name one of {', '.join(WHOSE)}")
    name, value = named[0], text(sent, named[0])
    if name == "charge":
        return stored(moment, "charge", value)
    if name == "session":
        session = stored(moment, "checkout.session", value)
        name, value = (
            ("invoice", session["invoice"]) if session["invoice"] else ("payment_intent", session["payment_intent"])
        )
    if name == "subscription":
        name, value = "invoice", stored(moment, "subscription", value)["latest_invoice"]
    if name == "invoice":
        paid = moment.tx.page("invoice_payment", filters={"$.invoice": [value]})
        value = paid[0]["payment"]["payment_intent"] if paid else ""
    intent = stored(moment, "payment_intent", value or "")
    return stored(moment, "charge", intent["latest_charge"] or "")
