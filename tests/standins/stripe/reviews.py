"""Reviews of payments, and what the test cards bring after a payment.

A review must NEVER change a payment; it only tells that somebody looked.
"""

from .call import Call, Moment, Route
from .cards import card_by_key
from .disputes import open_dispute
from .errors import ApiError
from .fraud import warn
from .kinds import EXPAND
from .params import Record, names
from .reads import answer_object, require
from .shapes_after import review
from .wire import Json

CLOSED_AS = names("acknowledged approved canceled disputed payment_never_settled redacted refunded refunded_as_fraud")


def open_review(moment: Moment, charge: Json, *, reason: str = "rule") -> Json:
    """A rule, or a person, wants this payment looked at."""
    made = review(charge, reason=reason, now=int(moment.now))
    moment.tx.add(made)
    moment.tx.save({**charge, "review": made["id"]})
    moment.emit("review.opened", made)
    return made


def close_review(moment: Moment, made: Json, *, reason: str) -> Json:
    """Somebody has looked."""
    if not made["open"]:
        raise ApiError(400, f"Review {made['id']} is closed already.", executed=True)
    closed = {**made, "open": False, "closed_reason": reason, "reason": reason}
    moment.tx.save(closed)
    moment.emit("review.closed", closed, previous={"closed_reason": None, "open": True, "reason": made["reason"]})
    return closed


def _approve(call: Call) -> Json:
    sent = Record({"expand": EXPAND}).read(call.params, "")
    return answer_object(call, close_review(call.moment, require(call, "review", "id").body, reason="approved"), sent)


def after_payment(moment: Moment, charge_id: str) -> None:
    """The timer: what a test card brings some time after it paid."""
    stored = moment.tx.need("charge", charge_id)
    later = card_by_key(stored.extra["card"]).later
    if later == "warning":
        warn(moment, stored.body, fraud_type="fraudulent_card_application")
    elif stored.body["amount_refunded"] < stored.body["amount"] and not stored.body["disputed"]:
        open_dispute(moment, stored.body, inquiry=later == "inquiry")


ROUTES = (Route("POST", "/v1/reviews/{id}/approve", _approve),)
