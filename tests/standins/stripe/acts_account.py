"""What a test can make happen to the account itself: payouts, movements of any type, events about anything.

A movement made here is as real as any other: the balance has it. It must NEVER be tied to a payment that it changes.
"""

from collections.abc import Callable, Mapping

from . import currencies, payouts
from .asking import ControlError, known, number, stored, text
from .call import Moment
from .movements import book
from .rates import Settled
from .wire import Json

LONGEST_TYPE = 100


def _available(moment: Moment, sent: Json) -> Json:
    known(sent)
    return {"available": payouts.make_available(moment)}


def _payout(moment: Moment, sent: Json) -> Json:
    known(sent, "currency", "available")
    if sent.get("available", False) is True:
        payouts.make_available(moment)
    currency = text(sent, "currency") if "currency" in sent else None
    return {"payouts": payouts.pay_out(moment, currency)}


def _fail_payout(moment: Moment, sent: Json) -> Json:
    known(sent, "payout", "code")
    made = stored(moment, "payout", text(sent, "payout"))
    return payouts.fail(moment, made, code=text(sent, "code", payouts.FAILURES, default="could_not_process"))


def _movement(moment: Moment, sent: Json) -> Json:
    known(sent, "type", "amount", "currency", "description", "fee", "source", "category", "available_in")
    kind, currency = text(sent, "type"), text(sent, "currency").lower()
    amount = number(sent, "amount")
    if amount is None or currency not in currencies.SUPPORTED or not 0 < len(kind) <= LONGEST_TYPE:
        raise ControlError("a movement needs a type, a whole amount and a currency of Stripe")
    return book(
        moment,
        kind,
        Settled(amount, currency, None),
        source=text(sent, "source") if "source" in sent else None,
        description=text(sent, "description") if "description" in sent else None,
        fee=number(sent, "fee") or 0,
        category=text(sent, "category") if "category" in sent else None,
        available_on=int(moment.now) + (number(sent, "available_in") or 0),
    )


def _emit(moment: Moment, sent: Json) -> Json:
    known(sent, "type", "object", "previous")
    obj = sent.get("object")
    if not isinstance(obj, dict) or not isinstance(obj.get("object"), str):
        raise ControlError("object must be an object that says what it is (its member object)")
    moment.emit(text(sent, "type"), obj, previous=sent.get("previous"))
    return obj


ACCOUNT_ACTS: Mapping[str, Callable[[Moment, Json], Json]] = {
    "available": _available,
    "payout_now": _payout,
    "fail_payout": _fail_payout,
    "movement": _movement,
    "emit": _emit,
}
