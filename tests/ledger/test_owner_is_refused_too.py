"""Rows written by hand, without `ledger_post`: the application's role cannot at all, the owner of the tables cannot
write what is false. Each is one statement that moves the head, writes a transaction and its entries."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, ProgrammingError, transaction

from funds.ledger.actions import account_id, close_period
from funds.ledger.models import Account, Entry, Fund, Head, Transaction
from funds.ledger.states import AccountCode
from tests.raw_ledger import add_entries, by_hand, line, raw_batch, raw_post, refused, sql

GROWING = [
    "ledger_entry",
    "ledger_transaction",
    "ledger_account",
    "ledger_earmark",
    "ledger_hold",
    "ledger_holdend",
    "ledger_period",
]
KEPT = ["ledger_balance", "ledger_earmarkbalance", "transparency_head"]
WRITES = ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]


def column(table: str) -> str:
    return {"ledger_holdend": "hold_id", "ledger_balance": "account_id", "transparency_head": "fund_id"}.get(
        table, "id"
    )


@pytest.fixture
def opened(fund: Fund) -> tuple[str, str]:
    """A gift of 100 KZT; the accounts `stripe` and `gifts`."""
    raw_post(fund.pk, "gift", line("stripe", 100), line("gifts", -100))
    return account_id(fund.pk, AccountCode.STRIPE, "KZT", None), account_id(fund.pk, AccountCode.GIFTS, "KZT", None)


@pytest.mark.parametrize("table", GROWING)
@pytest.mark.parametrize("statement", WRITES)
def test_not_even_the_owner_changes_them_by_accident(
    as_database_owner: None, fund: Fund, table: str, statement: str
) -> None:
    with pytest.raises(DatabaseError, match="only grows"):
        sql(statement.format(table, column(table)))


@pytest.mark.django_db
@pytest.mark.parametrize("table", GROWING + KEPT)
def test_the_application_writes_none_of_them(fund: Fund, table: str) -> None:
    inserts = [] if table == "ledger_earmark" else ["INSERT INTO {0} DEFAULT VALUES"]
    for statement in [*WRITES, *inserts]:
        with pytest.raises(ProgrammingError, match="permission denied"):
            sql(statement.format(table, column(table)))
    for statement in (
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} DISABLE TRIGGER USER",
        "DROP TABLE {}",
        "ALTER TABLE {} OWNER TO CURRENT_USER",
        "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE mine AS ON INSERT TO {} DO INSTEAD NOTHING",
    ):
        with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
            sql(statement.format(table))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "ALTER FUNCTION ledger_open(jsonb) SECURITY INVOKER",
        "DROP FUNCTION ledger_close(uuid, uuid, date, timestamptz)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION ledger_may_touch(text, text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    ],
)
def test_the_application_loosens_no_rule(statement: str) -> None:
    with pytest.raises(ProgrammingError):
        sql(statement)


@pytest.mark.django_db
def test_inner_functions_write_nothing_for_the_application(fund: Fund) -> None:
    """Functions that are not meant to be called from outside run with the caller's rights, which do not suffice."""
    batch = json.dumps(raw_batch(fund.pk, "gift", line("stripe", 5), line("gifts", -5)))
    for call, value in (("ledger_open(%s::jsonb)", batch), ("transparency_open(%s, now())", "new-town")):
        with pytest.raises(ProgrammingError, match="permission denied"):
            sql(f"SELECT {call}", value)


@pytest.mark.django_db
def test_the_application_writes_no_row_by_hand(fund: Fund, opened: tuple[str, str]) -> None:
    stripe, gifts = opened
    with pytest.raises(ProgrammingError, match="permission denied"):
        by_hand(fund.pk, (stripe, "KZT", 5, 105), (gifts, "KZT", -5, -105))
    with pytest.raises(ProgrammingError, match="permission denied"):
        add_entries(Transaction.objects.get().pk, (3, stripe, "KZT", 5, 105), (4, gifts, "KZT", -5, -105))


def test_the_owner_could_write_a_true_row(as_database_owner: None, fund: Fund, opened: tuple[str, str]) -> None:
    """What the tests below change one thing of is accepted when nothing is changed."""
    stripe, gifts = opened
    by_hand(fund.pk, (stripe, "KZT", 5, 105), (gifts, "KZT", -5, -105))
    assert Head.objects.get().seq == Transaction.objects.count() == 2


def test_false_entries_are_refused_whoever_writes(as_database_owner: None, fund: Fund, opened: tuple[str, str]) -> None:
    stripe, gifts = opened
    raw_post(fund.pk, "payout", line("bank", 50), line("stripe", -50))
    bank = account_id(fund.pk, AccountCode.BANK, "KZT", None)
    for rule, kind, entries in (
        ("transaction_balances", "gift", [(stripe, "KZT", 10, 60), (gifts, "KZT", -9, -109)]),
        ("entry_account", "gift", [(stripe, "EUR", 10, 60), (gifts, "EUR", -10, -110)]),
        ("entry_account", "gift", [(stripe, "KZT", 10, 60), (str(fund.pk), "KZT", -10, -110)]),
        ("entry_amount", "gift", [(stripe, "KZT", 0, 60), (gifts, "KZT", 0, -100)]),
        ("transaction_kind_accounts", "fee", [(stripe, "KZT", 10, 60), (gifts, "KZT", -10, -110)]),
        ("transaction_kind_accounts", "gift", [(stripe, "KZT", -10, 40), (gifts, "KZT", 10, -90)]),
        ("account_never_negative", "refund", [(bank, "KZT", -51, -1), (gifts, "KZT", 51, -49)]),
        ("payout_is_held", "payout", [(bank, "KZT", 51, 101), (stripe, "KZT", -51, -1)]),
    ):
        with refused(rule):
            by_hand(fund.pk, *entries, kind=kind)
    assert Entry.objects.count() == 4


def test_the_sequence_has_no_gap_whoever_writes(as_database_owner: None, fund: Fund, opened: tuple[str, str]) -> None:
    stripe, gifts = opened
    good = ((stripe, "KZT", 5, 105), (gifts, "KZT", -5, -105))
    for ahead, seq, rule in (
        (2, 2, "transaction_seq_gapfree"),  # a number left out
        (1, 2, "transaction_seq_gapfree"),  # beyond the head
        (0, 1, "transaction_seq_gapfree"),  # the head left behind
        (1, 0, "transaction_seq"),  # a number taken twice
        (1, -1, "transaction_seq_gapfree"),  # a number before the first
    ):
        with refused(rule):
            by_hand(fund.pk, *good, ahead=ahead, seq=seq)


def test_a_transaction_stands_with_all_its_entries(
    as_database_owner: None, fund: Fund, opened: tuple[str, str]
) -> None:
    stripe, gifts = opened
    good = ((stripe, "KZT", 5, 105), (gifts, "KZT", -5, -105))
    for lines, entries, numbers in (
        (2, (), ()),
        (3, good, ()),
        (2, good, (2, 3)),
        (2, good, (0, 1)),
        (2, good, (1, 3)),
    ):
        with refused("transaction_written_whole"):
            by_hand(fund.pk, *entries, lines=lines, numbers=numbers)
    with refused("entry_line"):
        by_hand(fund.pk, *good, numbers=(1, 1))


def test_no_balanced_pair_is_added_later(as_database_owner: None, fund: Fund, opened: tuple[str, str]) -> None:
    stripe, gifts = opened
    [pk] = Transaction.objects.values_list("pk", flat=True)
    for first in (1, 2, 3, -1):
        with refused("entry_line", "transaction_written_whole"):
            add_entries(pk, (first, stripe, "KZT", 7, 107), (first + 1, gifts, "KZT", -7, -107))
    with refused("transaction_written_whole"):
        add_entries(fund.pk, (1, stripe, "KZT", 7, 107), (2, gifts, "KZT", -7, -107))


def test_time_is_kept_whoever_writes(
    as_database_owner: None, fund: Fund, opened: tuple[str, str], now: datetime
) -> None:
    stripe, gifts = opened
    good = ((stripe, "KZT", 5, 105), (gifts, "KZT", -5, -105))
    close_period(actor=None, fund=fund, ends=now.date().replace(day=21), now=now)
    for day, booked_at, rule in (
        ("2026-11-21", "2026-11-22T09:00:00Z", "period_is_closed"),
        ("2026-11-22", "2026-11-22T09:00:01Z", "transaction_booked_in_order"),
        ("2026-11-24", "2026-11-22T09:00:00Z", "transaction_has_happened"),
    ):
        with refused(rule):
            by_hand(fund.pk, *good, day=day, booked_at=booked_at)


def test_reversals_are_exact_whoever_writes(as_database_owner: None, fund: Fund, opened: tuple[str, str]) -> None:
    stripe, gifts = opened
    [pk] = Transaction.objects.values_list("pk", flat=True)

    def reversal(minor: int, undone: UUID | None) -> UUID:
        entries = ((gifts, "KZT", minor, minor - 100), (stripe, "KZT", -minor, 100 - minor))
        return by_hand(fund.pk, *entries, kind="reversal", reverses=undone)

    for minor, undone, rule in ((99, pk, "reversal_mirrors"), (100, None, "reversal_mirrors")):
        with refused(rule):
            reversal(minor, undone)
    with refused("reversal_of_two_people"), transaction.atomic():
        first = reversal(100, pk)
        for undone, rule in ((pk, "ledger_transaction_reverses_id_key"), (first, "reversal_is_final")):
            with refused(rule):
                reversal(100, undone)
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit asks


def test_an_account_says_what_it_is_whoever_opens_it(as_database_owner: None, fund: Fund) -> None:
    for code, kind, guarded in (("bank", "asset", False), ("spending", "asset", False), ("pocket", "asset", False)):
        with refused("account_is_its_code"), transaction.atomic():
            Account.objects.create(fund=fund, code=code, type=kind, currency="KZT", never_negative=guarded)
    # A currency is part of what the account's lines say in the public log.
    for currency in ("%s", "E%s", 'E"R', "eur", "EU", "E R"):
        with refused("account_currency"), transaction.atomic():
            Account.objects.create(fund=fund, code="bank", type="asset", currency=currency, never_negative=True)
