"""What a test can make happen by one word: somebody pays, a bank disputes, a refund fails.

Each act is the same code that a person, a bank or time would set off, with its events. `many` does several in one
transaction; an act that is refused must NEVER leave anything behind, nor undo the others.
"""

from collections.abc import Callable, Mapping

from . import disputes, fraud, invoices, refunds, renewals, reviews
from .acts_account import ACCOUNT_ACTS
from .asking import WHOSE, ControlError, charge_of, known, number, stored, text
from .call import Moment
from .cards import DEBIT, known_card
from .charging import ACTION
from .errors import ApiError
from .owners import step_answered
from .params import is_email
from .payments import pay, usable
from .wire import Json

Act = Callable[[Moment, Json], Json]
MOST_AT_ONCE = 1000


def _pay(moment: Moment, sent: Json) -> Json:
    known(sent, "session", "card", "email", "step")
    session = stored(moment, "checkout.session", text(sent, "session"))
    card = known_card(text(sent, "card", default="4242424242424242"))
    if card is None or not usable(card, session["currency"]):
        raise ControlError(f"no test card, or it is a {DEBIT} and the session is not in euro")
    email = session["customer_email"] or text(sent, "email", default="donor@example.com")
    if not is_email(email):
        raise ControlError(f"no e-mail address: {email}")
    tried = pay(moment, session["id"], card=card, email=email)
    if tried.step is not None and "step" in sent:
        intent = tried.step.rpartition("/")[2]
        tried = step_answered(moment, intent, passed=text(sent, "step", ("authenticate", "fail")) == "authenticate")
    after = moment.tx.need("checkout.session", session["id"]).body
    return {
        "status": tried.status,
        "payment_status": after["payment_status"],
        "declined": tried.declined,
        "step": tried.step,
        "payment_intent": after["payment_intent"],
        "subscription": after["subscription"],
        "invoice": after["invoice"],
        "customer": after["customer"],
    }


def _step(moment: Moment, sent: Json) -> Json:
    known(sent, "payment_intent", "answer")
    intent = stored(moment, "payment_intent", text(sent, "payment_intent"))
    if intent["status"] != ACTION:
        raise ControlError(f"{intent['id']} waits for no step: it is {intent['status']}")
    step_answered(moment, intent["id"], passed=text(sent, "answer", ("authenticate", "fail")) == "authenticate")
    return stored(moment, "payment_intent", intent["id"])


def _refund(moment: Moment, sent: Json) -> Json:
    known(sent, *WHOSE, "amount", "reason", "metadata")
    reason = text(sent, "reason", refunds.REASONS) if "reason" in sent else None
    amount = number(sent, "amount")
    if amount is not None and amount < 1:
        raise ControlError("amount must be 1 or more")
    return refunds.give_back(
        moment, charge_of(moment, sent), amount=amount, reason=reason, metadata=sent.get("metadata", {})
    )


def _settle_refund(moment: Moment, sent: Json) -> Json:
    known(sent, "refund")
    made = stored(moment, "refund", text(sent, "refund"))
    if made["status"] not in {"pending", "requires_action"}:
        raise ControlError(f"{made['id']} is {made['status']}")
    return refunds.succeed(moment, made)


def _fail_refund(moment: Moment, sent: Json) -> Json:
    known(sent, "refund", "reason")
    made = stored(moment, "refund", text(sent, "refund"))
    if made["status"] in {"failed", "canceled"}:
        raise ControlError(f"{made['id']} is {made['status']}")
    return refunds.fail(moment, made, reason=text(sent, "reason", default="lost_or_stolen_card"))


def _dispute(moment: Moment, sent: Json) -> Json:
    known(sent, *WHOSE, "amount", "reason", "inquiry")
    inquiry = sent.get("inquiry", False)
    if not isinstance(inquiry, bool):
        raise ControlError("inquiry must be true or false")
    return disputes.open_dispute(
        moment,
        charge_of(moment, sent),
        amount=number(sent, "amount"),
        reason=text(sent, "reason", default="fraudulent"),
        inquiry=inquiry,
    )


def _close_dispute(moment: Moment, sent: Json) -> Json:
    known(sent, "dispute", "as")
    return disputes.decide(moment, stored(moment, "dispute", text(sent, "dispute")), text(sent, "as", disputes.ENDS))


def _escalate(moment: Moment, sent: Json) -> Json:
    known(sent, "dispute")
    return disputes.escalate(moment, stored(moment, "dispute", text(sent, "dispute")))


def _warn(moment: Moment, sent: Json) -> Json:
    known(sent, *WHOSE, "fraud_type")
    return fraud.warn(moment, charge_of(moment, sent), fraud_type=text(sent, "fraud_type", default="misc"))


def _review(moment: Moment, sent: Json) -> Json:
    known(sent, *WHOSE, "reason")
    return reviews.open_review(
        moment, charge_of(moment, sent), reason=text(sent, "reason", ("rule", "manual"), default="rule")
    )


def _close_review(moment: Moment, sent: Json) -> Json:
    known(sent, "review", "reason")
    made = stored(moment, "review", text(sent, "review"))
    return reviews.close_review(moment, made, reason=text(sent, "reason", reviews.CLOSED_AS, default="approved"))


def _renew(moment: Moment, sent: Json) -> Json:
    known(sent, "subscription")
    return renewals.renew(moment, stored(moment, "subscription", text(sent, "subscription"))["id"])


def _collect(moment: Moment, sent: Json) -> Json:
    known(sent, "invoice", "card")
    made = stored(moment, "invoice", text(sent, "invoice"))
    card = known_card(text(sent, "card")) if "card" in sent else None
    if "card" in sent and (card is None or not usable(card, made["currency"])):
        raise ControlError("no test card for this invoice")
    invoices.collect(moment, made, card=card)
    return stored(moment, "invoice", made["id"])


def _mandate(moment: Moment, sent: Json) -> Json:
    known(sent, "mandate", "status")
    made = {**stored(moment, "mandate", text(sent, "mandate"))}
    made["status"] = text(sent, "status", ("active", "inactive", "pending"))
    moment.tx.save(made)
    moment.emit("mandate.updated", made)
    return made


ACTS: Mapping[str, Act] = {
    "pay": _pay,
    "step": _step,
    "refund": _refund,
    "settle_refund": _settle_refund,
    "fail_refund": _fail_refund,
    "dispute": _dispute,
    "escalate_dispute": _escalate,
    "close_dispute": _close_dispute,
    "fraud_warning": _warn,
    "review": _review,
    "close_review": _close_review,
    "renew": _renew,
    "collect": _collect,
    "mandate": _mandate,
    **ACCOUNT_ACTS,
}


def perform(moment: Moment, sent: Json, name: str) -> Json:
    """One act; raises ControlError for what makes no sense and for what Stripe would refuse."""
    act = ACTS.get(name)
    if act is None:
        raise ControlError(f"no act {name}; there are {', '.join(ACTS)}")
    try:
        return act(moment, sent)
    except ApiError as refused:
        raise ControlError(refused.message) from refused


def many(moment: Moment, sent: Json) -> Json:
    """Several acts, one after the other; each is done whole or, when refused, not at all."""
    known(sent, "acts")
    acts = sent.get("acts")
    if not isinstance(acts, list) or len(acts) > MOST_AT_ONCE or not all(isinstance(act, dict) for act in acts):
        raise ControlError(f"acts must be a list of up to {MOST_AT_ONCE} objects")
    results: list[Json] = []
    for act in acts:
        moment.tx.db.execute("SAVEPOINT act")
        try:
            results.append(perform(moment, act, text(act, "do")))
        except ControlError as refused:
            moment.tx.db.execute("ROLLBACK TO act")
            results.append({"error": str(refused)})
        moment.tx.db.execute("RELEASE act")
    return {"results": results}
