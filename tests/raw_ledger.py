"""`ledger_post` called in raw SQL, as somebody would who wants to get round our Python."""

import json
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from funds.ledger.actions import account_id
from funds.ledger.rules import ACCOUNT_TYPES, NEVER_NEGATIVE
from funds.ledger.states import AccountCode


def line(code: str, amount: int, *, earmark: UUID | None = None, currency: str = "KZT") -> dict[str, Any]:
    """One line to be, with the account that it needs."""
    known = AccountCode(code)
    return {
        "code": code,
        "type": ACCOUNT_TYPES[known],
        "currency": currency,
        "earmark": str(earmark) if earmark else None,
        "never_negative": known in NEVER_NEGATIVE,
        "amount": amount,
    }


def raw_batch(fund: UUID, kind: str, *lines: dict[str, Any], **change: object) -> dict[str, Any]:
    """A batch of one transaction as `ledger_post` reads it; `change` replaces what it says."""
    told: dict[str, Any] = {
        "n": 0,
        "id": str(uuid4()),
        "fund": str(fund),
        "kind": kind,
        "date": "2026-11-22",
        "key": str(uuid4()),
        "memo": "",
        "lines": len(lines),
    }
    booked_at = change.pop("booked_at", "2026-11-22T09:00:00Z")
    accounts, entries = [], []
    for i, one in enumerate(lines, 1):
        earmark = UUID(one["earmark"]) if one["earmark"] else None
        known = one["code"] in set(AccountCode)
        pk = account_id(fund, AccountCode(one["code"]), one["currency"], earmark) if known else str(uuid4())
        accounts.append({"id": pk, "fund": str(fund), **{k: v for k, v in one.items() if k != "amount"}})
        entries.append({"n": 0, "i": i, "a": pk, "m": one["amount"]})
    return {"booked_at": booked_at, "transactions": [{**told, **change}], "lines": entries, "accounts": accounts}


def send(batch: object) -> tuple[Any, ...]:
    """(id, seq, created) of the first transaction of a batch."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id, seq, created FROM ledger_post(%s::jsonb)", [json.dumps(batch, default=str)])
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def raw_post(fund: UUID, kind: str, *lines: dict[str, Any], **change: object) -> tuple[Any, ...]:
    """Book one transaction: (id, seq, created)."""
    return send(raw_batch(fund, kind, *lines, **change))
