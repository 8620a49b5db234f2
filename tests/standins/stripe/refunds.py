"""Refunds: made, changed and canceled through the API; settled, failed by the clock or by the control API.

The original fee is not returned. More than was paid must NEVER be given back, and what failed is back in the balance
by exactly what it took.
"""

from . import currencies
from .amounts import check_step
from .call import Call, Moment, Route
from .cards import card_by_key
from .charging import book_fee
from .errors import ApiError, invalid, missing_object
from .fraud import too_late
from .kinds import EXPAND
from .movements import book, reversed_amount
from .params import Metadata, Record, Text, Unspoken, Whole, names
from .rates import Settled, settle
from .reads import answer_object, require
from .shapes_after import refund
from .wire import Json

REFUND_JOB = "refund"
REASONS = names("duplicate fraudulent requested_by_customer")
_GONE = ("needs_response", "under_review", "lost")
"""Disputes in these states hold the money of their charge."""

_CREATE = Record(
    {
        **{name: Unspoken() for name in names("customer instructions_email origin refund_application_fee")},
        "reverse_transfer": Unspoken(),
        "amount": Whole(least=1),
        "charge": Text(),
        "expand": EXPAND,
        "metadata": Metadata(),
        "payment_intent": Text(),
        "reason": Text(choices=REASONS),
    }
)
_CHANGE = Record({"expand": EXPAND, "metadata": Metadata()})


def _create(call: Call) -> Json:
    sent = _CREATE.read(call.params, "")
    if ("charge" in sent) == ("payment_intent" in sent):
        raise invalid("charge", "One and only one of the following params should be provided: payment_intent, charge.")
    charge = _charge(call.moment, sent)
    made = give_back(
        call.moment, charge, amount=sent.get("amount"), reason=sent.get("reason"), metadata=sent.get("metadata", {})
    )
    return answer_object(call, made, sent)


def _charge(moment: Moment, sent: Json) -> Json:
    if "charge" in sent:
        found = moment.tx.find("charge", sent["charge"])
        if found is None:
            raise missing_object("charge", sent["charge"], "charge")
        return found.body
    intent = moment.tx.find("payment_intent", sent["payment_intent"])
    if intent is None:
        raise missing_object("payment_intent", sent["payment_intent"], "payment_intent")
    if intent.body["status"] != "succeeded":
        message = f"This PaymentIntent ({intent.body['id']}) does not have a successful charge to refund."
        raise ApiError(400, message, param="payment_intent", executed=True)
    return moment.tx.need("charge", intent.body["latest_charge"]).body


def give_back(
    moment: Moment, charge: Json, *, amount: int | None = None, reason: str | None = None, metadata: Json | None = None
) -> Json:
    """Refund this amount of the charge, all that is left of it when None; refuses what Stripe refuses."""
    _check(moment, charge, amount)
    charge = book_fee(moment, charge["id"])
    left = charge["amount"] - charge["amount_refunded"]
    made = refund(
        charge,
        amount=amount or left,
        reason=reason,
        metadata=metadata or {},
        status=_first_status(moment, charge),
        now=int(moment.now),
    )
    if made["status"] == "pending":
        made["pending_reason"] = "processing"
    if made["status"] == "requires_action":
        made["next_action"] = {"type": "display_details"}
    else:
        made = _take(moment, charge, made)
    moment.tx.add(made)
    later = card_by_key(moment.tx.need("charge", charge["id"]).extra["card"]).later
    if made["status"] == "pending" or later == "refund_fails":
        moment.tx.schedule(REFUND_JOB, made["id"], moment.now + moment.settings.refund_delay)
    moment.emit("refund.created", made)
    refunded = _count(moment, charge, made["amount"])
    moment.emit("charge.refunded", refunded, previous={"amount_refunded": charge["amount_refunded"], "refunded": False})
    if refunded["refunded"]:
        too_late(moment, charge["id"])
    return made


def _check(moment: Moment, charge: Json, amount: int | None) -> None:
    charge_id, currency = charge["id"], charge["currency"]
    if charge["status"] != "succeeded":
        raise ApiError(400, f"Charge {charge_id} has not succeeded and cannot be refunded.", executed=True)
    if charge["refunded"]:
        message = f"Charge {charge_id} has already been refunded."
        raise ApiError(400, message, code="charge_already_refunded", executed=True)
    if charge["disputed"]:
        states = [dispute["status"] for dispute in moment.tx.every("dispute", charge=charge_id)]
        if any(state in _GONE for state in states):
            message = f"Charge {charge_id} has been charged back; cannot issue a refund."
            raise ApiError(400, message, code="charge_disputed", executed=True)
    if amount is None:
        return
    check_step(amount, currency, "amount")
    left = charge["amount"] - charge["amount_refunded"]
    if amount > left:
        which = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        asked, rest = (currencies.shown(number, currency, "en") for number in (amount, left))
        message = f"Refund amount ({asked}) is greater than {which} ({rest})"
        raise ApiError(400, message, param="amount", executed=True)


def _first_status(moment: Moment, charge: Json) -> str:
    card = card_by_key(moment.tx.need("charge", charge["id"]).extra["card"])
    if card.later == "refund_pending" or card.delayed:
        return "pending"
    return moment.settings.refund_status


def _count(moment: Moment, charge: Json, amount: int) -> Json:
    refunded = charge["amount_refunded"] + amount
    counted = {**charge, "amount_refunded": refunded, "refunded": refunded == charge["amount"]}
    moment.tx.save(counted)
    return counted


def _take(moment: Moment, charge: Json, made: Json) -> Json:
    """The refund leaves the balance, in the currency in which its charge came, at the rate of this moment."""
    came = moment.tx.need("balance_transaction", charge["balance_transaction"]).body
    taken = settle(moment.settings, made["amount"], made["currency"], into=came["currency"], drift=moment.tx.number())
    movement = book(
        moment,
        "payment_refund" if made["id"].startswith("pyr_") else "refund",
        Settled(-taken.amount, taken.currency, taken.exchange_rate),
        source=made["id"],
        description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
    )
    return {**made, "balance_transaction": movement["id"]}


def _changed(moment: Moment, made: Json, **changes: object) -> Json:
    previous = {name: made.get(name) for name in changes}
    changed = {**made, **changes}
    for name in ("pending_reason", "next_action"):
        changed.pop(name, None)
    moment.tx.save(changed)
    moment.emit("refund.updated", changed, previous=previous)
    return changed


def succeed(moment: Moment, made: Json) -> Json:
    """A refund that waited is through."""
    charge = moment.tx.need("charge", made["charge"]).body
    taken = made if made["balance_transaction"] else _take(moment, charge, made)
    return _changed(moment, made, status="succeeded", balance_transaction=taken["balance_transaction"])


def fail(moment: Moment, made: Json, *, reason: str = "lost_or_stolen_card") -> Json:
    """The refund did not reach the payer; the money is in the balance again."""
    changes: Json = {"status": "failed", "failure_reason": reason}
    if made["balance_transaction"] is not None:
        took = moment.tx.need("balance_transaction", made["balance_transaction"]).body
        changes["failure_balance_transaction"] = book(
            moment,
            "refund_failure",
            reversed_amount(took),
            source=made["id"],
            description=f"REFUND FAILURE ({made['id']})",
        )["id"]
    failed = _changed(moment, made, **changes)
    moment.emit("refund.failed", failed)
    _release(moment, failed)
    return failed


def _release(moment: Moment, made: Json) -> None:
    """What was not given back can be refunded again."""
    charge = moment.tx.need("charge", made["charge"]).body
    previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    moment.emit("charge.updated", _count(moment, charge, -made["amount"]), previous=previous)


def when_due(moment: Moment, refund_id: str) -> None:
    """The timer: what waited succeeds, what succeeded with the card that fails later fails."""
    made = moment.tx.need("refund", refund_id).body
    if made["status"] == "pending":
        succeed(moment, made)
    elif made["status"] == "succeeded":
        fail(moment, made)


def _update(call: Call) -> Json:
    sent = _CHANGE.read(call.params, "")
    made = require(call, "refund", "id").body
    changed = {**made, "metadata": Metadata.merged(made["metadata"], call.params.get("metadata"))}
    if changed != made:
        call.moment.tx.save(changed)
        call.moment.emit("refund.updated", changed, previous={"metadata": made["metadata"]})
    return answer_object(call, changed, sent)


def _cancel(call: Call) -> Json:
    sent = Record({"expand": EXPAND}).read(call.params, "")
    made = require(call, "refund", "id").body
    if made["status"] != "requires_action":
        message = f"You can only cancel refunds that require customer action. This one is {made['status']}."
        raise ApiError(400, message, executed=True)
    canceled = _changed(call.moment, made, status="canceled")
    _release(call.moment, canceled)
    return answer_object(call, canceled, sent)


ROUTES = (
    Route("POST", "/v1/refunds", _create),
    Route("POST", "/v1/refunds/{id}/cancel", _cancel),
    Route("POST", "/v1/refunds/{id}", _update),
)
