"""Payouts: automatic ones of what is available, manual ones through the API; paid, failed, canceled.

An automatic payout consists of movements and its amount is the sum of their nets; what cannot be paid out stays. A
movement must NEVER be a member of two payouts.
"""

import json
from collections.abc import Sequence

from . import currencies
from .call import Call, Moment, Route
from .errors import ApiError, invalid
from .ids import new_id
from .kinds import EXPAND
from .movements import balance, book, reversed_amount
from .params import Metadata, Record, Text, Unspoken, Whole, names
from .rates import Settled
from .reads import answer_object, require
from .shapes_payout import payout
from .store import Tx
from .wire import Json

PAYOUT_JOB = "payout"
DAILY_JOB = "payout_every"
ACCOUNT = "account"
"""What the timer of regular payouts hangs on."""

DIVISIBLE = {"huf": 100, "twd": 100}
"""Payouts must be a multiple of this."""

_MESSAGES = {
    "account_closed": "The bank account has been closed.",
    "could_not_process": "The bank could not process this payout.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "no_account": "The bank account details on file are probably incorrect.",
}
FAILURES = tuple(_MESSAGES)

_CREATE = Record(
    {
        **{name: Unspoken() for name in names("destination payout_method source_type")},
        "amount": Whole(least=1),
        "currency": Text(longest=3),
        "description": Text(),
        "expand": EXPAND,
        "metadata": Metadata(),
        "method": Text(choices=("standard",)),
        "statement_descriptor": Text(longest=22),
    },
    required=("amount", "currency"),
)


def make_available(moment: Moment) -> int:
    """Let everything that is pending be available now; tells by balance.available. Returns how many movements."""
    now = int(moment.now)
    changed = moment.tx.db.execute(
        "UPDATE objects SET body = json_set(body, '$.available_on', :now, '$.status', 'available') "
        "WHERE kind = 'balance_transaction' AND json_extract(body, '$.available_on') > :now",
        {"now": now},
    ).rowcount
    if changed:
        moment.emit("balance.available", balance(moment))
    return changed


def pay_out(moment: Moment, currency: str | None = None) -> list[Json]:
    """One automatic payout for each currency (or this one) in which something is available; returns them."""
    made = []
    for code, members in _members(moment.tx, moment.now).items():
        chosen = _divisible(members, DIVISIBLE.get(code, 1))
        total = sum(net for _, net in chosen)
        if currency in {None, code} and total > 0:
            made.append(_automatic(moment, code, total, [seq for seq, _ in chosen]))
    return made


def _members(tx: Tx, now: float) -> dict[str, list[tuple[int, int]]]:
    """(running number, net) of the movements that are available and in no payout, by currency."""
    rows = tx.db.execute(
        "SELECT seq, json_extract(body, '$.currency'), json_extract(body, '$.net') FROM objects "
        "WHERE kind = 'balance_transaction' AND json_extract(extra, '$.payout') IS NULL "
        "AND json_extract(body, '$.available_on') <= ? ORDER BY seq",
        (now,),
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for seq, currency, net in rows:
        found.setdefault(currency, []).append((seq, net))
    return found


def _divisible(members: Sequence[tuple[int, int]], step: int) -> Sequence[tuple[int, int]]:
    """The members without the fewest that make their sum no multiple of the step."""
    rest = sum(net for _, net in members) % step
    if rest == 0:
        return members
    dropped: dict[int, tuple[int, ...]] = {0: ()}
    for place, (_, net) in enumerate(members):
        for residue, places in list(dropped.items()):
            reached = (residue + net) % step
            if reached not in dropped or len(dropped[reached]) > len(places) + 1:
                dropped[reached] = (*places, place)
    left = set(dropped.get(rest, range(len(members))))
    return [member for place, member in enumerate(members) if place not in left]


def _automatic(moment: Moment, currency: str, amount: int, seqs: list[int]) -> Json:
    made = _book(moment, payout({}, amount=amount, currency=currency, automatic=True, **_times(moment)))
    moment.tx.db.execute(
        "UPDATE objects SET extra = json_set(extra, '$.payout', ?) WHERE seq IN (SELECT value FROM json_each(?))",
        (made["id"], json.dumps(seqs)),
    )
    row = moment.tx.need("balance_transaction", made["balance_transaction"])
    moment.tx.save(row.body, {**row.extra, "payout": made["id"]})
    return made


def _times(moment: Moment) -> dict[str, int]:
    return {"now": int(moment.now), "arrives": int(moment.now + moment.settings.payout_delay)}


def _book(moment: Moment, made: Json) -> Json:
    """The payout leaves the balance."""
    movement = book(
        moment,
        "payout",
        Settled(-made["amount"], made["currency"], None),
        source=made["id"],
        description=made["description"],
    )
    made = {**made, "balance_transaction": movement["id"]}
    moment.tx.add(made)
    moment.tx.schedule(PAYOUT_JOB, made["id"], moment.now + moment.settings.payout_delay)
    moment.emit("payout.created", made)
    return made


def _create(call: Call) -> Json:
    sent = _CREATE.read(call.params, "")
    currency, amount = sent["currency"].lower(), sent["amount"]
    step = DIVISIBLE.get(currency, 1)
    if amount % step:
        message = f"Invalid integer: payouts in {currency} must be a multiple of {step}."
        raise invalid("amount", message, "parameter_invalid_integer")
    parts = {part["currency"]: part["amount"] for part in balance(call.moment)["available"]}
    if parts.get(currency, 0) < amount:
        have = currencies.shown(parts.get(currency, 0), currency, "en")
        message = f"You have insufficient funds in your Stripe account. Your card balance is {have}."
        raise ApiError(400, message, code="balance_insufficient", param="amount", executed=True)
    made = payout(sent, amount=amount, currency=currency, automatic=False, **_times(call.moment))
    return answer_object(call, _book(call.moment, made), sent)


def when_due(moment: Moment, payout_id: str) -> None:
    """The timer: the bank has it; Stripe now knows its members for certain."""
    made = moment.tx.need("payout", payout_id).body
    if made["status"] not in {"pending", "in_transit"}:
        return
    trace = {"status": "supported", "value": new_id("trace")[-16:].upper()}
    paid = _changed(moment, made, "payout.paid", status="paid", trace_id=trace)
    if made["automatic"]:
        _changed(moment, paid, "payout.reconciliation_completed", reconciliation_status="completed")


def fail(moment: Moment, made: Json, *, code: str) -> Json:
    """The bank sent it back: the money is in the balance again."""
    if made["status"] not in {"pending", "in_transit", "paid"}:
        raise ApiError(400, f"Payout {made['id']} is {made['status']}.", executed=True)
    return _return(
        moment, made, "payout_failure", "payout.failed", failure_code=code, failure_message=_MESSAGES[code],
        status="failed",
    )  # fmt: skip


def _return(moment: Moment, made: Json, kind: str, event: str, **changes: object) -> Json:
    took = moment.tx.need("balance_transaction", made["balance_transaction"]).body
    back = book(
        moment, kind, reversed_amount(took), source=made["id"], description=f"{made['description']} ({made['id']})"
    )
    moment.tx.unschedule(PAYOUT_JOB, made["id"])
    return _changed(moment, made, event, failure_balance_transaction=back["id"], **changes)


def _changed(moment: Moment, made: Json, event: str, **changes: object) -> Json:
    changed = {**made, **changes}
    moment.tx.save(changed)
    moment.emit("payout.updated", changed, previous={name: made[name] for name in changes})
    moment.emit(event, changed)
    return changed


def _cancel(call: Call) -> Json:
    sent = Record({"expand": EXPAND}).read(call.params, "")
    made = require(call, "payout", "payout").body
    if made["status"] != "pending":
        raise ApiError(400, f"Payouts that are {made['status']} cannot be canceled.", executed=True)
    return answer_object(call, _return(call.moment, made, "payout_cancel", "payout.canceled", status="canceled"), sent)


def _update(call: Call) -> Json:
    sent = Record({"expand": EXPAND, "metadata": Metadata()}).read(call.params, "")
    made = require(call, "payout", "payout").body
    changed = {**made, "metadata": Metadata.merged(made["metadata"], call.params.get("metadata"))}
    if changed != made:
        call.moment.tx.save(changed)
        call.moment.emit("payout.updated", changed, previous={"metadata": made["metadata"]})
    return answer_object(call, changed, sent)


def set_timer(tx: Tx, *, seconds: float, now: float) -> None:
    """Regular payouts begin, or stop when the setting is 0."""
    if seconds:
        tx.schedule(DAILY_JOB, ACCOUNT, now + seconds)
    else:
        tx.unschedule(DAILY_JOB, ACCOUNT)


def daily(moment: Moment, _account: str) -> None:
    """The timer: pay out what is available, and come again."""
    pay_out(moment)
    set_timer(moment.tx, seconds=moment.settings.payout_every, now=moment.now)


ROUTES = (
    Route("POST", "/v1/payouts", _create),
    Route("POST", "/v1/payouts/{id}", _update),
    Route("POST", "/v1/payouts/{id}/cancel", _cancel),
)
