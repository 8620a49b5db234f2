"""Reserving money: place a hold, then pay it (`Posting.hold`), release it, or let it expire. Never books anything."""

import json
from datetime import datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection
from django.db.transaction import atomic, mark_for_rollback_on_error

from audit.actions import record
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
    account: AccountCode | None,
    earmark: UUID | None,
    amount: Money,
    key: str,
    expires_at: datetime,
    now: datetime,
    subject: UUID | None = None,
) -> UUID:
    """Reserve `amount` of what is left for an earmark, and of the bank or cash account where `account` names one.

    The same key reserves once, also after its hold has ended. Raises `DomainError` (not_enough_money,
    not_enough_earmarked) when that much is not free.
    """
    purpose_id, purpose = account_json(fund, AccountCode.SPENDING, amount.currency, earmark)
    money_id, accounts = None, [purpose]
    if account is not None:
        money_id, money = account_json(fund, account, amount.currency, None)
        accounts.append(money)
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
        "accounts": accounts,
    }
    return UUID(str(_ask("SELECT ledger_place_hold(%s::jsonb)", [json.dumps(wanted)])))


def void_hold(*, hold: UUID, now: datetime) -> bool:
    """Release a hold that will not be paid. False when it had ended before."""
    return bool(_ask("SELECT ledger_release_hold(%s, %s, %s)", [hold, HoldState.VOIDED.value, now]))


def expire_hold(*, hold: UUID, now: datetime) -> bool:
    """Release a hold whose time is over. False when it had ended before. Raises `DomainError` (hold_cannot_end)."""
    return bool(_ask("SELECT ledger_release_hold(%s, %s, %s)", [hold, HoldState.EXPIRED.value, now]))


@atomic
def _expire_and_tell(hold: Hold, now: datetime) -> bool:
    ended = expire_hold(hold=hold.pk, now=now)
    if ended:
        record(
            now=now,
            actor_id=None,
            town_slug=hold.fund.town.slug,
            action="ledger.expire_hold",
            object_type="hold",
            object_id=hold.pk,
        )
    return ended


def expire_holds(*, now: datetime) -> int:
    """Release what nobody paid in time, each for itself. Safe to run twice; returns how many ended."""
    due = Hold.objects.filter(expires_at__lte=now, end__isnull=True).select_related("fund__town")
    return sum(_expire_and_tell(hold, now) for hold in due.order_by("expires_at")[:MOST_EXPIRED])
