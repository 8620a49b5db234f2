"""What paying a session does: it completes once, stays open after a decline, or waits for a step or for a debit.

All of one try happens in one transaction. A session must NEVER be charged twice, whatever two tabs or a double click
send: whoever comes second finds it complete.
"""

from dataclasses import dataclass

from .beginnings import begin, first_intent
from .call import Moment
from .cards import Card, card_by_key
from .charging import ACTION, DECLINED, PROCESSING, SUCCEEDED, Outcome, Payer, attempt, new_method, refuse, remember
from .sessions import EXPIRY_JOB, close
from .shapes_checkout import customer_details
from .shapes_payment import payment_intent
from .store import Stored
from .wire import Json


@dataclass(frozen=True)
class Try:
    """How a try ended: the session's status then, the decline's one word, and where a step has to be passed."""

    status: str
    declined: str | None = None
    step: str | None = None


def usable(card: Card, currency: str) -> bool:
    """A bank debit pays euro alone."""
    return not card.delayed or currency == "eur"


def pay(moment: Moment, session_id: str, *, card: Card, email: str) -> Try:
    """Charge the card for the session if it is open and its time has not passed."""
    stored = moment.tx.need("checkout.session", session_id)
    if stored.body["status"] == "open" and stored.body["expires_at"] <= moment.now:
        return Try(close(moment, stored.body)["status"])
    if stored.body["status"] != "open":
        return Try(stored.body["status"])
    intent = _intent(moment, stored, email)
    payer = Payer(card, email, new_method(), intent["customer"])
    remember(moment, intent, session=session_id, card=card.key, email=email, method=payer.method)
    return _go_on(moment, stored, intent, payer, authenticated=False)


def pass_step(moment: Moment, intent: Json, extra: Json, *, passed: bool) -> Try:
    """The person did, or did not, what the bank asked for while paying a session."""
    stored = moment.tx.need("checkout.session", extra["session"])
    if stored.body["status"] != "open" or intent["status"] != ACTION:
        return Try(stored.body["status"])
    if not passed:
        refuse(moment, intent)
        return Try("open", declined="authentication")
    payer = Payer(card_by_key(extra["card"]), extra["email"], extra["method"], intent["customer"])
    return _go_on(moment, stored, intent, payer, authenticated=True)


def _go_on(moment: Moment, stored: Stored, intent: Json, payer: Payer, *, authenticated: bool) -> Try:
    step = f"{stored.extra['base']}/c/auth/{intent['id']}"
    outcome = attempt(moment, intent, payer, authenticated=authenticated, step_url=step)
    if outcome.word == ACTION:
        return Try("open", step=step)
    if outcome.word == DECLINED:
        return Try("open", declined=payer.card.outcome)
    _complete(moment, stored.body["id"], outcome, payer)
    return Try("complete")


def _intent(moment: Moment, stored: Stored, email: str) -> Json:
    """The session's intent; the first try makes it."""
    body = stored.body
    if body["mode"] == "subscription":
        return first_intent(moment, stored, email=email)
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


def _complete(moment: Moment, session_id: str, outcome: Outcome, payer: Payer) -> None:
    stored = moment.tx.need("checkout.session", session_id)
    begun = begin(moment, stored, outcome, payer) if stored.body["mode"] == "subscription" else {}
    complete = {
        **stored.body,
        **begun,
        "customer_details": customer_details(payer.email),
        "payment_status": "unpaid" if outcome.word == PROCESSING else "paid",
        "status": "complete",
        "url": None,
    }
    moment.tx.save(complete)
    moment.tx.unschedule(EXPIRY_JOB, session_id)
    moment.emit("checkout.session.completed", complete)


def arrived(moment: Moment, session_id: str, outcome: Outcome) -> None:
    """The debit that a complete session waited for has arrived or bounced."""
    session = moment.tx.need("checkout.session", session_id).body
    if outcome.word == SUCCEEDED:
        session = {**session, "payment_status": "paid"}
        moment.tx.save(session)
        moment.emit("checkout.session.async_payment_succeeded", session)
    else:
        moment.emit("checkout.session.async_payment_failed", session)
