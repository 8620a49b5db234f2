"""Disputes: opened by a test card or the control API, answered through the API, decided by the control API.

Money moves only by adjustments: away with the fee when a dispute opens, back when it is won. A decided dispute must
NEVER be decided again.
"""

from . import currencies
from .call import Call, Moment, Route
from .charging import book_fee
from .errors import ApiError
from .fraud import too_late
from .kinds import EXPAND
from .movements import book
from .params import Flag, Metadata, Record, Text, Unspoken, names
from .rates import Settled, settle
from .reads import answer_object, require
from .shapes_after import EVIDENCE, dispute
from .wire import Json

OPEN = names("needs_response under_review warning_needs_response warning_under_review")
ENDS = names("won lost prevented warning_closed")
_FILES = names(
    "cancellation_policy customer_communication customer_signature duplicate_charge_documentation receipt "
    "refund_policy service_documentation shipping_documentation uncategorized_file"
)
_UPDATE = Record(
    {
        "evidence": Record(
            {
                **{name: Text(longest=20_000) for name in EVIDENCE},
                **{name: Unspoken() for name in (*_FILES, "appeal", "enhanced_evidence")},
            }
        ),
        "expand": EXPAND,
        "intended_submission_method": Unspoken(),
        "metadata": Metadata(),
        "submit": Flag(),
    }
)


def open_dispute(
    moment: Moment, charge: Json, *, amount: int | None = None, reason: str = "fraudulent", inquiry: bool = False
) -> Json:
    """The payer's bank asks for its money back: all that was not refunded, or `amount`."""
    charge = book_fee(moment, charge["id"])
    asked = amount if amount is not None else charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded" or not 0 < asked <= charge["amount"]:
        raise ApiError(400, f"Charge {charge['id']} cannot be disputed for {asked}.")
    if any(other["status"] in OPEN for other in moment.tx.every("dispute", charge=charge["id"])):
        raise ApiError(400, f"Charge {charge['id']} is disputed already.")
    made = dispute(charge, amount=asked, reason=reason, inquiry=inquiry, now=int(moment.now))
    if not inquiry:
        made = _withdraw(moment, made)
    moment.tx.add(made)
    disputed = {**charge, "disputed": True}
    moment.tx.save(disputed)
    moment.emit("charge.dispute.created", made)
    too_late(moment, charge["id"])
    if not inquiry:
        moment.emit("charge.dispute.funds_withdrawn", made)
    return made


def escalate(moment: Moment, made: Json) -> Json:
    """An inquiry becomes a dispute and takes the money."""
    if not made["status"].startswith("warning_"):
        raise ApiError(400, f"Dispute {made['id']} is no inquiry.")
    taken = _withdraw(moment, {**made, "status": "needs_response", "is_charge_refundable": False})
    _save(moment, made, taken)
    moment.emit("charge.dispute.funds_withdrawn", taken)
    return taken


def decide(moment: Moment, made: Json, end: str) -> Json:
    """End an open dispute: won brings the money back, everything else leaves it where it is."""
    if made["status"] not in OPEN:
        raise ApiError(400, f"Dispute {made['id']} is closed already: {made['status']}.", executed=True)
    if (end == "warning_closed") != made["status"].startswith("warning_"):
        raise ApiError(400, f"Dispute {made['id']} is {made['status']} and cannot end as {end}.", executed=True)
    closed = {**made, "status": end, "is_charge_refundable": end in {"won", "warning_closed"}}
    if end == "won":
        closed = _reinstate(moment, closed)
    moment.tx.save(closed)
    moment.emit("charge.dispute.closed", closed, previous={"status": made["status"]})
    if end == "won":
        moment.emit("charge.dispute.funds_reinstated", closed)
    return closed


def _settled(moment: Moment, made: Json) -> Settled:
    charge = moment.tx.need("charge", made["charge"]).body
    came = moment.tx.need("balance_transaction", charge["balance_transaction"]).body
    return settle(moment.settings, made["amount"], made["currency"], into=came["currency"], drift=moment.tx.number())


def _withdraw(moment: Moment, made: Json) -> Json:
    asked = _settled(moment, made)
    fee = round(moment.settings.dispute_fee * 10 ** currencies.decimals(asked.currency))
    return _moved(
        moment, made, Settled(-asked.amount, asked.currency, asked.exchange_rate), fee, "dispute", "withdrawal"
    )


def _reinstate(moment: Moment, made: Json) -> Json:
    fee = -made["balance_transactions"][0]["fee"] if moment.settings.dispute_fee_returned else 0
    return _moved(moment, made, _settled(moment, made), fee, "dispute_reversal", "reversal")


def _moved(moment: Moment, made: Json, settled: Settled, fee: int, category: str, word: str) -> Json:
    movement = book(
        moment,
        "adjustment",
        settled,
        source=made["id"],
        description=f"Chargeback {word} for {made['charge']}",
        fee=fee,
        fee_description="Dispute fee",
        category=category,
    )
    return {**made, "balance_transactions": [*made["balance_transactions"], movement]}


def _save(moment: Moment, before: Json, after: Json) -> None:
    moment.tx.save(after)
    previous = {name: value for name, value in before.items() if after[name] != value}
    if previous:
        moment.emit("charge.dispute.updated", after, previous=previous)


def _update(call: Call) -> Json:
    sent = _UPDATE.read(call.params, "")
    made = require(call, "dispute", "dispute").body
    if made["status"] not in OPEN:
        message = f"This dispute is already closed: it is {made['status']}."
        raise ApiError(400, message, executed=True)
    changed = {**made, "metadata": Metadata.merged(made["metadata"], call.params.get("metadata"))}
    if sent.get("evidence"):
        told = made["evidence_details"]
        changed["evidence"] = {**made["evidence"], **sent["evidence"]}
        changed["evidence_details"] = {**told, "has_evidence": True}
        if sent.get("submit", True):
            inquiry = made["status"].startswith("warning_")
            changed["status"] = "warning_under_review" if inquiry else "under_review"
            changed["evidence_details"]["submission_count"] = told["submission_count"] + 1
    _save(call.moment, made, changed)
    return answer_object(call, changed, sent)


def _close(call: Call) -> Json:
    sent = Record({"expand": EXPAND}).read(call.params, "")
    made = require(call, "dispute", "dispute").body
    end = "warning_closed" if made["status"].startswith("warning_") else "lost"
    return answer_object(call, decide(call.moment, made, end), sent)


ROUTES = (
    Route("POST", "/v1/disputes/{id}/close", _close),
    Route("POST", "/v1/disputes/{id}", _update),
)
