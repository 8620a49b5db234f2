"""PostgreSQL refuses what must not happen to the ledger, asked in raw SQL as the application's own role."""

from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from common.errors import DomainError
from common.money import Money
from funds.ledger.actions import Booked, post
from funds.ledger.models import Account, Balance, EarmarkBalance, Entry, Fund, Head, Transaction
from funds.ledger.rules import Line, Posting, UnbalancedError
from funds.ledger.states import AccountCode, Kind

pytestmark = pytest.mark.django_db


def sql(statement: str, *params: UUID | datetime | str | int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, list(params))


def gift(fund: Fund, minor: int, *, key: str, earmark: UUID | None = None, now: datetime) -> Booked:
    money = Money(minor, "KZT")
    lines = (Line(AccountCode.STRIPE, money), Line(AccountCode.GIFTS, -money, earmark))
    posting = Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=date(2026, 11, 22), key=key, lines=lines)
    return post(postings=[posting], now=now)[0]


def test_the_application_is_not_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, tableowner FROM pg_tables WHERE tablename = 'ledger_entry'")
        user, owner = cursor.fetchone()
    assert settings.DATABASE_OWNER is not None
    assert owner == settings.DATABASE_OWNER["USER"]
    assert user != owner


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_transaction", "ledger_account"])
@pytest.mark.parametrize(
    "statement",
    ['UPDATE "{}" SET id = id', 'DELETE FROM "{}"', 'TRUNCATE "{}" CASCADE', 'ALTER TABLE "{}" DISABLE TRIGGER ALL'],
)
def test_booked_rows_never_change(fund: Fund, now: datetime, table: str, statement: str) -> None:
    gift(fund, 100, key="stays", now=now)
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        sql(statement.format(table))
    assert Entry.objects.count() == 2


def test_the_application_writes_no_entry_by_hand(fund: Fund, now: datetime) -> None:
    booked = gift(fund, 100, key="by hand", now=now)
    account = Account.objects.get(fund=fund, code=AccountCode.STRIPE)
    with pytest.raises(DatabaseError, match="permission denied"):
        sql(
            "INSERT INTO ledger_entry (transaction_id, account_id, currency, amount_minor, balance_after)"
            " VALUES (%s, %s, 'KZT', 5, 5)",
            booked.transaction_id,
            account.pk,
        )
    for table in ("ledger_balance", "ledger_earmarkbalance", "transparency_head"):
        with pytest.raises(DatabaseError, match="permission denied"):
            sql(f"DELETE FROM {table}")  # noqa: S608 - our own table names


def test_posting_keeps_balances_and_sequence(fund: Fund, now: datetime) -> None:
    first = gift(fund, 100, key="a", now=now)
    second = gift(fund, 250, key="b", now=now)
    assert (first.seq, second.seq) == (1, 2)
    assert Head.objects.get(fund=fund).seq == 2
    balances = dict(Balance.objects.filter(account__fund=fund).values_list("account__code", "amount_minor"))
    assert balances == {AccountCode.STRIPE: 350, AccountCode.GIFTS: -350}
    assert list(
        Entry.objects.filter(account__code=AccountCode.STRIPE)
        .order_by("id")
        .values_list("amount_minor", "balance_after")
    ) == [(100, 100), (250, 350)]


def test_one_key_is_booked_once(fund: Fund, now: datetime) -> None:
    first = gift(fund, 100, key="same", now=now)
    again = gift(fund, 100, key="same", now=now)
    assert (first.created, again.created) == (True, False)
    assert again.transaction_id == first.transaction_id
    assert Transaction.objects.filter(fund=fund).count() == 1
    with pytest.raises(IntegrityError, match="booked with other entries"):
        gift(fund, 101, key="same", now=now)


def test_money_that_is_not_there_cannot_leave(fund: Fund, earmark: UUID, now: datetime) -> None:
    gift(fund, 1000, key="in", earmark=earmark, now=now)
    over = Money(1001, "KZT")
    lines = (Line(AccountCode.FEES, over, earmark), Line(AccountCode.STRIPE, -over))
    posting = Posting(fund=fund.pk, kind=Kind.FEE, effective_date=date(2026, 11, 22), key="over", lines=lines)
    with pytest.raises(DomainError, match="not_enough_earmarked"), transaction.atomic():
        post(postings=[posting], now=now)
    lines = (Line(AccountCode.BANK, over), Line(AccountCode.STRIPE, -over))
    posting = Posting(fund=fund.pk, kind=Kind.PAYOUT, effective_date=date(2026, 11, 22), key="bank", lines=lines)
    with pytest.raises(DomainError, match="more_than_held"), transaction.atomic():
        post(postings=[posting], now=now)
    assert EarmarkBalance.objects.get(earmark=earmark).available_minor == 1000
    assert Transaction.objects.filter(fund=fund).count() == 1


def test_a_payment_without_approvals_is_not_booked(fund: Fund, earmark: UUID, now: datetime) -> None:
    gift(fund, 1000, key="in", earmark=earmark, now=now)
    money = Money(500, "KZT")
    arrived = (Line(AccountCode.BANK, money), Line(AccountCode.STRIPE, -money))
    day = date(2026, 11, 22)
    post(postings=[Posting(fund=fund.pk, kind=Kind.PAYOUT, effective_date=day, key="bank", lines=arrived)], now=now)
    posting = Posting(
        fund=fund.pk,
        kind=Kind.PAYMENT,
        effective_date=date(2026, 11, 22),
        key="pay",
        lines=(Line(AccountCode.BANK, -money), Line(AccountCode.SPENDING, money, earmark)),
        subject=uuid4(),
    )
    with pytest.raises(DomainError, match="approvals_missing"):
        post(postings=[posting], now=now)


def test_an_unbalanced_posting_cannot_even_be_written_down(fund: Fund) -> None:
    one, two = Money(1, "KZT"), Money(2, "KZT")
    for lines in [
        (Line(AccountCode.STRIPE, two), Line(AccountCode.GIFTS, -one)),
        (Line(AccountCode.STRIPE, one),),
        (Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, Money(-1, "EUR"))),
    ]:
        with pytest.raises(UnbalancedError):
            Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=date(2026, 11, 22), key="x", lines=lines)
