"""One try of a payment intent with a card or a bank debit: what it leaves, whoever the intent belongs to.

A try ends as succeeded, declined, in need of a step by the person, or processing. Whose intent it is (a session's, an
invoice's) is not known here. An intent that has succeeded must NEVER be charged again.
"""

from dataclasses import dataclass

from .call import Moment
from .cards import GENERIC_DECLINE, Card, card_by_key
from .errors import ApiError
from .ids import new_id
from .movements import book, processing_fee, reversed_amount
from .rates import settle
from .shapes_payment import authentication_error, card_error, charge, next_action
from .wire import Json

FEE_JOB = "fee"
LATER_JOB = "later"
ARRIVAL_JOB = "arrival"

SUCCEEDED, DECLINED, ACTION, PROCESSING = "succeeded", "declined", "requires_action", "processing"


@dataclass(frozen=True)
class Payer:
    """Who pays with what: `method` is the id of the payment method, `customer` of the customer or None."""

    card: Card
    email: str
    method: str
    customer: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How a try ended: one of the four words, the intent and the charge (None without one) as they are then."""

    word: str
    intent: Json
    charge: Json | None = None


def attempt(moment: Moment, intent: Json, payer: Payer, *, authenticated: bool, step_url: str) -> Outcome:
    """Try to charge; a card that asks for a step gets it at `step_url` unless it was `authenticated` already."""
    if intent["status"] == "succeeded":
        raise ApiError(400, "This PaymentIntent's payment could not be confirmed: it has succeeded.", executed=True)
    card = payer.card
    if card.authenticate and not authenticated:
        waiting = _saved(moment, intent, status=ACTION, payment_method=payer.method, next_action=next_action(step_url))
        moment.emit("payment_intent.requires_action", waiting)
        return Outcome(ACTION, waiting)
    made = charge(intent, card, email=payer.email, payment_method=payer.method, now=int(moment.now))
    made["customer"] = payer.customer
    moment.tx.add(made, {"card": card.key})
    if card.code is not None:
        return _declined(moment, intent, made, card)
    if card.delayed:
        return _processing(moment, intent, made)
    moment.tx.schedule(FEE_JOB, made["id"], moment.now + moment.settings.fee_delay)
    if card.later in {"dispute", "inquiry", "warning"}:
        moment.tx.schedule(LATER_JOB, made["id"], moment.now + moment.settings.fee_delay)
    return _succeeded(moment, intent, made)


def refuse(moment: Moment, intent: Json) -> Json:
    """The person did not pass the step: the intent waits for another card."""
    failed = _saved(
        moment,
        intent,
        status="requires_payment_method",
        next_action=None,
        last_payment_error=authentication_error(intent, card_by_key(_key(moment, intent))),
        payment_method=None,
    )
    moment.emit("payment_intent.payment_failed", failed)
    return failed


def remember(moment: Moment, intent: Json, **facts: object) -> None:
    """Keep with the intent what only the stand-in knows about it."""
    extra = moment.tx.need("payment_intent", intent["id"]).extra
    moment.tx.save(intent, {**extra, **facts})


def _key(moment: Moment, intent: Json) -> str:
    return str(moment.tx.need("payment_intent", intent["id"]).extra["card"])


def _saved(moment: Moment, intent: Json, **changes: object) -> Json:
    changed = {**intent, **changes}
    moment.tx.save(changed)
    return changed


def _declined(moment: Moment, intent: Json, made: Json, card: Card) -> Outcome:
    failed = _saved(
        moment,
        intent,
        last_payment_error=card_error(made, card, made["payment_method"]),
        latest_charge=made["id"],
        next_action=None,
        status="requires_payment_method",
    )
    moment.emit("charge.failed", made)
    moment.emit("payment_intent.payment_failed", failed)
    return Outcome(DECLINED, failed, made)


def _succeeded(moment: Moment, intent: Json, made: Json) -> Outcome:
    done = _saved(
        moment,
        intent,
        amount_received=intent["amount"],
        last_payment_error=None,
        latest_charge=made["id"],
        next_action=None,
        payment_method=made["payment_method"],
        status="succeeded",
    )
    moment.emit("charge.succeeded", made)
    moment.emit("payment_intent.succeeded", done)
    return Outcome(SUCCEEDED, done, made)


def _processing(moment: Moment, intent: Json, made: Json) -> Outcome:
    """A debit is under way: Stripe shows it in the balance already, as a pending `payment`."""
    waiting = _saved(moment, intent, latest_charge=made["id"], payment_method=made["payment_method"], status=PROCESSING)
    moment.tx.schedule(ARRIVAL_JOB, made["id"], moment.now + moment.settings.async_delay)
    moment.emit("charge.pending", made)
    moment.emit("payment_intent.processing", waiting)
    return Outcome(PROCESSING, waiting, book_fee(moment, made["id"]))


def arrive(moment: Moment, charge_id: str) -> Outcome:
    """A debit that was under way arrives or bounces."""
    stored = moment.tx.need("charge", charge_id)
    card, made = card_by_key(stored.extra["card"]), stored.body
    intent = moment.tx.need("payment_intent", made["payment_intent"]).body
    if card.later == "arrives":
        paid = {**made, "amount_captured": made["amount"], "captured": True, "paid": True, "status": "succeeded"}
        moment.tx.save(paid)
        return _succeeded(moment, intent, paid)
    movement = moment.tx.need("balance_transaction", made["balance_transaction"]).body
    failed = {
        **made,
        "failure_balance_transaction": book(
            moment,
            "payment_failure_refund",
            reversed_amount(movement),
            source=charge_id,
            description=made["description"],
            fee=-movement["fee"],
            available_on=movement["available_on"],
        )["id"],
        "failure_code": GENERIC_DECLINE.code,
        "failure_message": "The bank did not pay the debit.",
        "status": "failed",
    }
    moment.tx.save(failed)
    return _declined(moment, intent, failed, GENERIC_DECLINE)


def book_fee(moment: Moment, charge_id: str) -> Json:
    """The charge gets its balance transaction and with it its fee, once; tells by charge.updated."""
    made = moment.tx.need("charge", charge_id).body
    if made["balance_transaction"] is not None or made["status"] == "failed":
        return made
    moment.tx.unschedule(FEE_JOB, charge_id)
    settled = settle(moment.settings, made["amount"], made["currency"])
    movement = book(
        moment,
        "payment" if charge_id.startswith("py_") else "charge",
        settled,
        source=charge_id,
        description=made["description"],
        fee=processing_fee(settled),
        available_on=made["created"] + int(moment.settings.settles_after),
    )
    updated = {**made, "balance_transaction": movement["id"]}
    moment.tx.save(updated)
    moment.emit("charge.updated", updated, previous={"balance_transaction": None})
    return updated


def new_method() -> str:
    """The id of a payment method."""
    return new_id("pm")
