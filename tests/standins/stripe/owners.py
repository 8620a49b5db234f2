"""Whose a payment intent is, when time or a person goes on with it: a session's, an invoice's, or both.

It must NEVER decide how a try ends; it hands on what happened.
"""

from . import invoices, payments
from .call import Moment
from .charging import SUCCEEDED, arrive
from .payments import Try
from .store import Stored


def debit_arrives(moment: Moment, charge_id: str) -> None:
    """The timer: a debit that was under way arrives or bounces."""
    outcome = arrive(moment, charge_id)
    extra = moment.tx.need("payment_intent", outcome.intent["id"]).extra
    if "session" in extra:
        payments.arrived(moment, extra["session"], outcome)
    if "invoice" in extra and outcome.word == SUCCEEDED:
        invoices.paid(moment, moment.tx.need("invoice", extra["invoice"]).body)
    elif "invoice" in extra:
        invoices.failed_debit(moment, extra["invoice"])


def step_answered(moment: Moment, intent_id: str, *, passed: bool) -> Try:
    """The person answered the step that the bank asked for; for an invoice the status is the invoice's."""
    stored = moment.tx.need("payment_intent", intent_id)
    if "invoice" in stored.extra:
        invoices.pass_step(moment, stored.body, stored.extra, passed=passed)
        after = moment.tx.need("invoice", stored.extra["invoice"]).body
        return Try(after["status"], declined=None if passed else "authentication")
    return payments.pass_step(moment, stored.body, stored.extra, passed=passed)


def owner_of(moment: Moment, intent: Stored) -> Stored:
    """The invoice of the intent if there is one, else its session."""
    if "invoice" in intent.extra:
        return moment.tx.need("invoice", intent.extra["invoice"])
    return moment.tx.need("checkout.session", intent.extra["session"])
