"""Invoices of subscriptions: drafted, finalized, collected, tried again, paid, voided.

Each has one payment intent, found through its invoice payment. A paid or voided invoice must NEVER be collected again.
"""

from dataclasses import replace

from .call import Moment
from .cards import GENERIC_DECLINE, Card, card_by_key
from .charging import ACTION, PROCESSING, SUCCEEDED, Outcome, Payer, attempt, new_method, refuse, remember
from .errors import ApiError
from .lapses import RETRY_JOB, give_up, mark_active, mark_past_due
from .shapes_invoice import invoice, invoice_payment
from .shapes_payment import payment_intent
from .wire import Json


def base_of(moment: Moment, subscription_id: str) -> str:
    """The address of the hosted pages, as the subscription's session had it."""
    return str(moment.tx.need("subscription", subscription_id).extra["base"])


def subscription_of(made: Json) -> str:
    """Which subscription an invoice belongs to."""
    return str(made["parent"]["subscription_details"]["subscription"])


def draft(moment: Moment, subscription: Json, *, reason: str) -> Json:
    """A new invoice over the items as they are."""
    customer = moment.tx.need("customer", subscription["customer"]).body
    base = base_of(moment, subscription["id"])
    made = invoice(subscription, customer, base=base, reason=reason, now=int(moment.now))
    moment.tx.add(made)
    moment.tx.save({**moment.tx.need("subscription", subscription["id"]).body, "latest_invoice": made["id"]})
    moment.emit("invoice.created", made)
    return made


def finalize(moment: Moment, made: Json, *, intent: Json | None = None) -> Json:
    """Open the draft and tie it to its intent, a new one unless the session brought one."""
    customer = moment.tx.need("customer", made["customer"]).body
    number = customer["next_invoice_sequence"]
    moment.tx.save({**customer, "next_invoice_sequence": number + 1})
    finalized = _changed(
        moment,
        made,
        status="open",
        number=f"{customer['invoice_prefix']}-{number:04d}",
        effective_at=int(moment.now),
        status_transitions={**made["status_transitions"], "finalized_at": int(moment.now)},
    )
    if intent is None:
        text = "Subscription update" if made["billing_reason"] == "subscription_cycle" else "Subscription creation"
        intent = payment_intent(
            amount=made["amount_due"], currency=made["currency"], data={"description": text}, now=int(moment.now)
        )
        intent["customer"] = made["customer"]
        moment.tx.add(intent)
        moment.emit("payment_intent.created", intent)
    remember(moment, intent, invoice=made["id"])
    moment.tx.add(invoice_payment(finalized, intent["id"], now=int(moment.now)))
    moment.emit("invoice.finalized", finalized)
    return finalized


def payment_of(moment: Moment, invoice_id: str) -> Json:
    """The invoice payment of a finalized invoice."""
    return moment.tx.every("invoice_payment", invoice=invoice_id)[0]


def intent_of(moment: Moment, invoice_id: str) -> Json:
    """The payment intent of a finalized invoice."""
    return moment.tx.need("payment_intent", payment_of(moment, invoice_id)["payment"]["payment_intent"]).body


def collect(moment: Moment, made: Json, *, card: Card | None = None) -> Outcome:
    """Try to charge an open invoice: with the kept method (nobody is there), or with a card that a person typed."""
    if made["status"] != "open":
        raise ApiError(400, f"Invoice is already {made['status']}", code="invoice_not_editable", executed=True)
    subscription = moment.tx.need("subscription", subscription_of(made))
    method_id = subscription.body["default_payment_method"]
    kept = card_by_key(moment.tx.need("payment_method", method_id).extra["card"])
    there = card is not None
    used = card or kept
    if not there and kept.later == "renewal_fails":
        why = GENERIC_DECLINE
        used = replace(kept, code=why.code, decline_code=why.decline_code, message=why.message)
    intent = intent_of(moment, made["id"])
    payer = Payer(used, made["customer_email"] or "", new_method() if there else method_id, made["customer"])
    remember(moment, intent, card=used.key, email=payer.email, method=payer.method)
    step = f"{subscription.extra['base']}/c/auth/{intent['id']}"
    # A card that was authenticated once is charged without the person; one that always asks is not.
    authenticated = not there and used.authenticate == "first"
    outcome = attempt(moment, intent, payer, authenticated=authenticated, step_url=step)
    settle(moment, made["id"], outcome)
    return outcome


def pass_step(moment: Moment, intent: Json, extra: Json, *, passed: bool) -> None:
    """The person did, or did not, what the bank asked for."""
    made = moment.tx.need("invoice", extra["invoice"]).body
    if made["status"] != "open" or intent["status"] != ACTION:
        return
    if not passed:
        refuse(moment, intent)
        moment.emit("invoice.payment_failed", made)
        return
    payer = Payer(card_by_key(extra["card"]), extra["email"], extra["method"], made["customer"])
    settle(moment, made["id"], attempt(moment, intent, payer, authenticated=True, step_url=""))


def settle(moment: Moment, invoice_id: str, outcome: Outcome) -> Json:
    """Write down how a try ended."""
    made = moment.tx.need("invoice", invoice_id).body
    if outcome.word == SUCCEEDED:
        return paid(moment, made)
    tried = _changed(moment, made, attempted=True, attempt_count=made["attempt_count"] + 1)
    if outcome.word == PROCESSING:
        return tried
    if outcome.word == ACTION:
        moment.emit("invoice.payment_action_required", tried)
    return _failed(moment, tried)


def paid(moment: Moment, made: Json) -> Json:
    """The invoice is paid, and its subscription is in order again."""
    moment.tx.unschedule(RETRY_JOB, made["id"])
    settled = _changed(
        moment,
        made,
        amount_paid=made["amount_due"],
        amount_remaining=0,
        attempted=True,
        attempt_count=max(1, made["attempt_count"]),
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
        status_transitions={**made["status_transitions"], "paid_at": int(moment.now)},
    )
    payment = payment_of(moment, made["id"])
    through = {
        **payment,
        "amount_paid": made["amount_due"],
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": int(moment.now)},
    }
    moment.tx.save(through)
    moment.emit("invoice.paid", settled)
    moment.emit("invoice.payment_succeeded", settled)
    moment.emit("invoice_payment.paid", through)
    mark_active(moment, subscription_of(made))
    return settled


def _failed(moment: Moment, tried: Json) -> Json:
    """Try again after the pause of the schedule, or give the subscription up."""
    pauses = moment.settings.retries
    done = tried["attempt_count"]
    again = int(moment.now + pauses[done - 1]) if done <= len(pauses) else None
    waiting = _changed(moment, tried, next_payment_attempt=again)
    moment.emit("invoice.payment_failed", waiting)
    if again is not None:
        mark_past_due(moment, subscription_of(tried))
        moment.tx.schedule(RETRY_JOB, tried["id"], moment.now + pauses[done - 1])
        return waiting
    moment.tx.unschedule(RETRY_JOB, tried["id"])
    give_up(moment, subscription_of(tried))
    return _changed(moment, waiting, auto_advance=False)


def retry(moment: Moment, invoice_id: str) -> None:
    """The timer: try the open invoice again."""
    made = moment.tx.need("invoice", invoice_id).body
    if made["status"] == "open":
        collect(moment, made)


def void(moment: Moment, made: Json) -> Json:
    """The invoice will not be collected."""
    return _end(moment, made, "void", "voided_at", "invoice.voided")


def mark_uncollectible(moment: Moment, made: Json) -> Json:
    """The invoice is given up, and stays as a debt."""
    return _end(moment, made, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")


def _end(moment: Moment, made: Json, status: str, when: str, event: str) -> Json:
    if made["status"] not in {"open", "uncollectible"}:
        message = f"You can only pass in open invoices. This invoice is {made['status']}."
        raise ApiError(400, message, code="invoice_not_editable", executed=True)
    moment.tx.unschedule(RETRY_JOB, made["id"])
    times = {**made["status_transitions"], when: int(moment.now)}
    ended = _changed(
        moment, made, status=status, auto_advance=False, next_payment_attempt=None, status_transitions=times
    )
    if status == "void":
        intent = intent_of(moment, made["id"])
        if intent["status"] != "succeeded":
            canceled = {**intent, "canceled_at": int(moment.now), "cancellation_reason": "void_invoice"}
            canceled["status"] = "canceled"
            moment.tx.save(canceled)
            moment.emit("payment_intent.canceled", canceled)
    moment.emit(event, ended)
    return ended


def _changed(moment: Moment, made: Json, **changes: object) -> Json:
    changed = {**made, **changes}
    moment.tx.save(changed)
    return changed


def failed_debit(moment: Moment, invoice_id: str) -> None:
    """A debit for the invoice bounced: it counts as the try that it was."""
    _failed(moment, moment.tx.need("invoice", invoice_id).body)
