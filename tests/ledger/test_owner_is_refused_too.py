"""The ledger's triggers hold for the owner of the tables too: a mistake in a migration or a shell is refused."""

from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common.money import Money
from funds.ledger.actions import post
from funds.ledger.models import Account, Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind


def sql(statement: str, *params: UUID | datetime | str | int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, list(params))


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_transaction"])
@pytest.mark.parametrize("statement", ['UPDATE "{}" SET id = id', 'DELETE FROM "{}"', 'TRUNCATE "{}" CASCADE'])
def test_not_even_the_owner_changes_them_by_accident(
    as_database_owner: None, fund: Fund, table: str, statement: str
) -> None:
    with pytest.raises(DatabaseError, match="only grows"):
        sql(statement.format(table))


def _insert_transaction(fund: Fund, now: datetime) -> UUID:
    pk = uuid4()
    sql(
        "INSERT INTO ledger_transaction (id, fund_id, seq, kind, effective_date, booked_at, key, memo)"
        " VALUES (%s, %s, 900, 'gift', '2026-11-22', %s, %s, '')",
        pk,
        fund.pk,
        now,
        str(pk),
    )
    return pk


def _insert_entries(transaction_id: UUID, *amounts: tuple[Account, str, int]) -> None:
    rows = ", ".join(["(%s, %s, %s, %s, 0)"] * len(amounts))
    sql(
        f"INSERT INTO ledger_entry (transaction_id, account_id, currency, amount_minor, balance_after) VALUES {rows}",  # noqa: S608
        *[value for account, currency, minor in amounts for value in (transaction_id, account.pk, currency, minor)],
    )


@pytest.fixture
def accounts(fund: Fund, now: datetime) -> tuple[Account, Account]:
    one = Money(100, "KZT")
    lines = (Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one))
    post(
        postings=[Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=date(2026, 11, 22), key="opens", lines=lines)],
        now=now,
    )
    return (
        Account.objects.get(fund=fund, code=AccountCode.STRIPE),
        Account.objects.get(fund=fund, code=AccountCode.GIFTS),
    )


def test_unbalanced_entries_are_refused_whoever_writes(
    as_database_owner: None, fund: Fund, accounts: tuple[Account, Account], now: datetime
) -> None:
    stripe, gifts = accounts
    pk = _insert_transaction(fund, now)
    with pytest.raises(IntegrityError, match="is off by 10 KZT"):
        _insert_entries(pk, (stripe, "KZT", 110), (gifts, "KZT", -100))
    with pytest.raises(IntegrityError, match="another currency or fund"):
        _insert_entries(pk, (stripe, "EUR", 100), (gifts, "EUR", -100))
    with pytest.raises(IntegrityError, match="entry_not_zero"):
        _insert_entries(pk, (stripe, "KZT", 0), (gifts, "KZT", 0))
    _insert_entries(pk, (stripe, "KZT", 100), (gifts, "KZT", -100))
    with pytest.raises(IntegrityError, match="written whole"):
        _insert_entries(pk, (stripe, "KZT", 7), (gifts, "KZT", -7))


def test_a_transaction_without_entries_cannot_stay(as_database_owner: None, fund: Fund, now: datetime) -> None:
    _insert_transaction(fund, now)
    with pytest.raises(IntegrityError, match="has no entries"):
        sql("SET CONSTRAINTS ALL IMMEDIATE")
