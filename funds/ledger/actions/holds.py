"""Reserving money: place a hold, then pay it (`Posting.hold`), release it, or let it expire. Never books anything."""

import json
from datetime import datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection
from django.db.transaction import mark_for_rollback_on_error

from common.ids import uuid7
from common.money import Money
from funds.ledger.actions.posting import account_json, refusal_of
from funds.ledger.models import Hold
from funds.ledger.states import AccountCode, HoldState

MOST_EXPIRED = 500


def _ask(statement: str, values: list[str | UUID | datetime]) -> object:
    try:
        with mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()[0]
    except IntegrityError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def place_hold(
    *,
    fund: UUID,
    account: AccountCode,
    earmark: UUID | None,
    amount: Money,
    key: str,
    expires_at: datetime,
    now: datetime,
    subject: UUID | None = None,
) -> UUID:
    """Reserve `amount` of the bank or cash account for spending on an earmark; the same key reserves once.

    Raises `DomainError` (not_enough_money, not_enough_earmarked) when that much is not free.
    """
    money_id, money = account_json(fund, account, amount.currency, None)
    purpose_id, purpose = account_json(fund, AccountCode.SPENDING, amount.currency, earmark)
    wanted = {
        "id": str(uuid7()),
        "fund": str(fund),
        "account": money_id,
        "purpose": purpose_id,
        "amount": amount.minor,
        "key": key,
        "subject": str(subject) if subject else None,
        "placed_at": now.isoformat(),
        "booked_at": now.isoformat(),
        "expires_at": expires_at.isoformat(),
        "accounts": [money, purpose],
    }
    return UUID(str(_ask("SELECT ledger_place_hold(%s::jsonb)", [json.dumps(wanted)])))


def void_hold(*, hold: UUID, now: datetime) -> bool:
    """Release a hold that will not be paid. False when it had ended before."""
    return bool(_ask("SELECT ledger_release_hold(%s, %s, %s)", [hold, HoldState.VOIDED.value, now]))


def expire_holds(*, now: datetime) -> int:
    """Release what nobody paid in time. Safe to run twice; returns how many ended."""
    due = Hold.objects.filter(expires_at__lte=now, end__isnull=True).order_by("expires_at").values_list("pk", flat=True)
    return sum(
        bool(_ask("SELECT ledger_release_hold(%s, %s, %s)", [pk, HoldState.EXPIRED.value, now]))
        for pk in due[:MOST_EXPIRED]
    )
