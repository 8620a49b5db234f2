"""Balance transactions: the only way in which the balance changes, and the balance itself as their sum.

Each belongs to one settlement currency. A stored one must NEVER change its amount, fee or net; what went wrong is
mended by another one.
"""

from collections.abc import Mapping

from . import currencies
from .call import Moment
from .ids import new_id
from .rates import Settled
from .wire import Json

CATEGORIES: Mapping[str, str] = {
    "adjustment": "other_adjustment",
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "charge_failure",
    "payment_reversal": "charge_failure",
    "refund_failure": "refund_failure",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
    "tax_fee": "tax",
    "reserve_hold": "risk_reserved_funds",
    "reserve_release": "risk_reserved_funds",
    "reserved_funds": "risk_reserved_funds",
}
"""Reporting category by type; elsewhere both are called the same."""


def book(
    moment: Moment,
    kind: str,
    settled: Settled,
    *,
    source: str | None,
    description: str | None,
    fee: int = 0,
    fee_description: str = "Stripe processing fees",
    category: str | None = None,
    available_on: int | None = None,
) -> Json:
    """Store a movement of this type; its net is amount minus fee. Available at once when `available_on` is None."""
    now = int(moment.now)
    detail = {
        "amount": fee,
        "application": None,
        "currency": settled.currency,
        "description": fee_description,
        "type": "stripe_fee",
    }
    due = now if available_on is None else available_on
    movement = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": settled.amount,
        "available_on": due,
        "balance_type": "payments",
        "created": now,
        "currency": settled.currency,
        "description": description,
        "exchange_rate": settled.exchange_rate,
        "fee": fee,
        "fee_details": [detail] if fee else [],
        "net": settled.amount - fee,
        "reporting_category": category or CATEGORIES.get(kind, kind),
        "source": source,
        "status": "available" if due <= now else "pending",
        "type": kind,
    }
    moment.tx.add(movement)
    return movement


def processing_fee(settled: Settled) -> int:
    """What Stripe keeps of a charge, in the currency of the settlement."""
    return currencies.processing_fee(settled.amount, settled.currency)


def reversed_amount(movement: Json) -> Settled:
    """Exactly what a movement took, the other way round."""
    return Settled(-movement["amount"], movement["currency"], movement["exchange_rate"])


def balance(moment: Moment) -> Json:
    """The sum of all movements per currency, split by whether their moment has come."""
    rows = moment.tx.db.execute(
        "SELECT json_extract(body, '$.currency') AS currency, "
        "sum(CASE WHEN json_extract(body, '$.available_on') <= :now THEN json_extract(body, '$.net') ELSE 0 END), "
        "sum(CASE WHEN json_extract(body, '$.available_on') > :now THEN json_extract(body, '$.net') ELSE 0 END) "
        "FROM objects WHERE kind = 'balance_transaction' GROUP BY 1 ORDER BY 1",
        {"now": moment.now},
    ).fetchall() or [("usd", 0, 0)]
    shown = {
        status: [{"amount": row[place], "currency": row[0], "source_types": {"card": row[place]}} for row in rows]
        for place, status in ((1, "available"), (2, "pending"))
    }
    return {"object": "balance", "livemode": False, **shown}
