"""Early fraud warnings: a card's bank believes that a payment was fraud, before anybody disputes it.

A warning is actionable while the payment is neither refunded nor disputed. It must NEVER change the payment.
"""

from .call import Moment
from .shapes_after import fraud_warning
from .wire import Json


def warn(moment: Moment, charge: Json, *, fraud_type: str = "misc") -> Json:
    """The bank tells."""
    made = fraud_warning(charge, fraud_type=fraud_type, now=int(moment.now))
    moment.tx.add(made)
    moment.emit("radar.early_fraud_warning.created", made)
    return made


def too_late(moment: Moment, charge_id: str) -> None:
    """The payment was refunded or disputed: nothing can be done about its warnings any more."""
    for warning in moment.tx.every("radar.early_fraud_warning", charge=charge_id, actionable=True):
        settled = {**warning, "actionable": False}
        moment.tx.save(settled)
        moment.emit("radar.early_fraud_warning.updated", settled, previous={"actionable": True})
