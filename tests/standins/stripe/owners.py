"""Whose a payment intent is, when time or a person goes on with it: a session's.

It must NEVER decide how a try ends; it hands on what happened.
"""

from . import payments
from .call import Moment
from .charging import arrive
from .payments import Try


def debit_arrives(moment: Moment, charge_id: str) -> None:
    """The timer: a debit that was under way arrives or bounces."""
    outcome = arrive(moment, charge_id)
    extra = moment.tx.need("payment_intent", outcome.intent["id"]).extra
    payments.arrived(moment, extra["session"], outcome)


def step_answered(moment: Moment, intent_id: str, *, passed: bool) -> Try:
    """The person answered the step that the bank asked for."""
    stored = moment.tx.need("payment_intent", intent_id)
    return payments.pass_step(moment, stored.body, stored.extra, passed=passed)
