"""Payouts to the bank in Stripe's shape.

A pure builder: values in, a dictionary out. It must NEVER decide anything.
"""

from .ids import new_id
from .wire import Json


def payout(sent: Json, *, amount: int, currency: str, automatic: bool, arrives: int, now: int) -> Json:
    """A payout before its movement of the balance; `sent` are the parameters of a manual one."""
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrives,
        "automatic": automatic,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "description": sent.get("description", "STRIPE PAYOUT" if automatic else None),
        "destination": "ba_1StandInBankAccount0000000",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": sent.get("metadata", {}),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": sent.get("statement_descriptor"),
        "status": "in_transit" if automatic else "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
