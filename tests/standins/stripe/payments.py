"""What a card does: pays a session once or is declined, and the fee that arrives later.

All of one try happens in one transaction. A session must NEVER be charged twice, whatever two tabs or a double click
send: whoever comes second finds it complete.
"""

from dataclasses import dataclass

from .call import Moment
from .cards import Card
from .ids import new_id
from .movements import book, processing_fee
from .rates import settle
from .sessions import EXPIRY_JOB, close
from .shapes_checkout import customer_details
from .shapes_payment import card_error, charge, payment_intent
from .store import Stored
from .wire import Json

FEE_JOB = "fee"


@dataclass(frozen=True)
class Try:
    """How a try ended: the session's status then, and the decline's message when the card was declined."""

    status: str
    declined: str | None = None


def pay(moment: Moment, session_id: str, *, card: Card, email: str) -> Try:
    """Charge the card for the session if it is open and its time has not passed."""
    stored = moment.tx.need("checkout.session", session_id)
    if stored.body["status"] == "open" and stored.body["expires_at"] <= moment.now:
        return Try(close(moment, stored.body)["status"])
    if stored.body["status"] != "open":
        return Try(stored.body["status"])
    intent = _intent(moment, stored)
    payment_method = new_id("pm")
    made = charge(intent, card, email=email, payment_method=payment_method, now=int(moment.now))
    moment.tx.add(made)
    if card.code is not None:
        return _decline(moment, intent, made, card)
    return _succeed(moment, stored.body["id"], intent, made, email)


def _intent(moment: Moment, stored: Stored) -> Json:
    """The session's intent; the first try makes it."""
    body = stored.body
    if body["payment_intent"] is not None:
        return moment.tx.need("payment_intent", body["payment_intent"]).body
    intent = payment_intent(
        amount=body["amount_total"],
        currency=body["currency"],
        data=stored.extra["payment_intent_data"],
        now=int(moment.now),
    )
    moment.tx.add(intent)
    moment.tx.save({**body, "payment_intent": intent["id"]})
    moment.emit("payment_intent.created", intent)
    return intent


def _decline(moment: Moment, intent: Json, made: Json, card: Card) -> Try:
    error = card_error(made, card, made["payment_method"])
    failed = {**intent, "last_payment_error": error, "latest_charge": made["id"], "status": "requires_payment_method"}
    moment.tx.save(failed)
    moment.emit("charge.failed", made)
    moment.emit("payment_intent.payment_failed", failed)
    return Try("open", declined=card.outcome)


def _succeed(moment: Moment, session_id: str, intent: Json, made: Json, email: str) -> Try:
    succeeded = {
        **intent,
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "latest_charge": made["id"],
        "payment_method": made["payment_method"],
        "status": "succeeded",
    }
    moment.tx.save(succeeded)
    complete = {
        **moment.tx.need("checkout.session", session_id).body,
        "customer_details": customer_details(email),
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }
    moment.tx.save(complete)
    moment.tx.unschedule(EXPIRY_JOB, session_id)
    moment.tx.schedule(FEE_JOB, made["id"], moment.now + moment.settings.fee_delay)
    moment.emit("charge.succeeded", made)
    moment.emit("payment_intent.succeeded", succeeded)
    moment.emit("checkout.session.completed", complete)
    return Try("complete")


def book_fee(moment: Moment, charge_id: str) -> None:
    """The timer: the charge gets its balance transaction and with it its fee; tells by charge.updated."""
    made = moment.tx.need("charge", charge_id).body
    if made["balance_transaction"] is not None:
        return
    settled = settle(moment.settings, made["amount"], made["currency"])
    movement = book(
        moment,
        "charge",
        settled,
        source=charge_id,
        description=made["description"],
        fee=processing_fee(settled),
        available_on=made["created"] + int(moment.settings.settles_after),
    )
    updated = {**made, "balance_transaction": movement["id"]}
    moment.tx.save(updated)
    moment.emit("charge.updated", updated, previous={"balance_transaction": None})
