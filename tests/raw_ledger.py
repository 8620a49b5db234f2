"""The ledger in raw SQL, as somebody would who wants to get round our Python: `ledger_post`, and rows by hand."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from funds.ledger.actions import account_id
from funds.ledger.rules import ACCOUNT_TYPES, NEVER_NEGATIVE
from funds.ledger.states import AccountCode

_ENTRIES = "INSERT INTO ledger_entry (transaction_id, line, account_id, currency, amount_minor, balance_after) VALUES "
_ROW = "(%s, %s, %s, %s, %s, %s)"


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a statement answers, run in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return list(cursor.fetchall()) if cursor.description else []


def rule_of(error: BaseException) -> str:
    """The rule of the database that an error names: its constraint, or PostgreSQL's own words."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "message_primary", None) or error)


@contextmanager
def refused(*rules: str) -> Iterator[None]:
    """What is inside breaks one of these rules of the database."""
    with pytest.raises(DatabaseError) as error:
        yield
    found = rule_of(error.value)
    if found not in rules:
        pytest.fail(f"refused by {found}, not by {' or '.join(rules)}: {error.value}")


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


_COLUMNS = (
    ("id", "uuid"), ("fund", "uuid"), ("kind", "text"), ("date", "date"), ("late", "boolean"), ("key", "text"),
    ("memo", "text"), ("subject", "uuid"), ("reverses", "uuid"), ("hold", "uuid"), ("commitments", "text"),
    ("lines", "int"),
)  # fmt: skip
_LINE_TYPES = ("int", "int", "int", "bigint", "uuid")
_POST = (
    "SELECT id, seq, created FROM ledger_post(%s::timestamptz, "  # noqa: S608 - types of ours
    + ", ".join(f"%s::{kind}[]" for kind in (*(kind for _name, kind in _COLUMNS), *_LINE_TYPES))
    + ", %s::text)"
)


def send(batch: dict[str, Any]) -> tuple[Any, ...]:
    """(id, seq, created) of the first transaction of a batch."""
    told = batch["transactions"] or []
    owners = {one["n"]: place for place, one in reversed(list(enumerate(told, 1)))}
    accounts = list(dict.fromkeys(entry["a"] for entry in batch["lines"]))
    columns = [[_told(one.get(name), name) for one in told] for name, _kind in _COLUMNS]
    lines = [
        [owners.get(entry["n"], entry["n"] and 99) for entry in batch["lines"]],
        [entry["i"] for entry in batch["lines"]],
        [accounts.index(entry["a"]) + 1 for entry in batch["lines"]],
        [entry["m"] for entry in batch["lines"]],
        accounts,
    ]
    opening = json.dumps(batch["accounts"], default=str)
    [found, *_] = sql(_POST, batch["booked_at"], *columns, *lines, opening)
    return found


def _told(value: object, name: str) -> object:
    if name == "commitments":
        return None if value is None else json.dumps(value)
    return str(value) if isinstance(value, UUID) else value


def raw_post(fund: UUID, kind: str, *lines: dict[str, Any], **change: object) -> tuple[Any, ...]:
    """Book one transaction: (id, seq, created)."""
    return send(raw_batch(fund, kind, *lines, **change))


def by_hand(
    fund: UUID,
    *entries: tuple[str, str, int, int],
    kind: str = "gift",
    ahead: int = 1,
    seq: int = 1,
    lines: int | None = None,
    day: str = "2026-11-22",
    booked_at: datetime | str = "2026-11-22T09:00:00Z",
    reverses: UUID | None = None,
    numbers: Sequence[int] = (),
) -> UUID:
    """Rows written without `ledger_post`, in one statement: the head moves on by `ahead`, a transaction takes number
    `seq` after the last; `entries` are (account, currency, amount, balance after), numbered by `numbers` or 1, 2 ...
    """
    pk = uuid4()
    places = numbers or range(1, len(entries) + 1)
    rows = [
        (pk, place, account, currency, amount, after)
        for place, (account, currency, amount, after) in zip(places, entries, strict=True)
    ]
    head = "UPDATE transparency_head SET seq = seq + %s WHERE fund_id = %s"
    transaction_row = (
        "INSERT INTO ledger_transaction (id, fund_id, seq, kind, effective_date, booked_at, key, memo, reverses_id,"
        " lines, log_index) SELECT %s, fund_id, seq + %s, %s, %s, %s, %s, '', %s, %s, 1000 FROM transparency_head"
        " WHERE fund_id = %s"
    )
    written = f", e AS ({_ENTRIES}{', '.join([_ROW] * len(rows))})" if rows else ""
    sql(
        f"WITH h AS ({head}), t AS ({transaction_row}){written} SELECT 1",
        *(ahead, fund, pk, seq, kind, day, booked_at, str(pk), reverses, len(entries) if lines is None else lines),
        fund,
        *(value for row in rows for value in row),
    )
    return pk


def add_entries(pk: UUID, *entries: tuple[int, str, str, int, int]) -> None:
    """Lines added to a transaction that is there: (number, account, currency, amount, balance after)."""
    sql(_ENTRIES + ", ".join([_ROW] * len(entries)), *(value for entry in entries for value in (pk, *entry)))
