"""What `ledger_post` refuses, called in raw SQL as the application's role and as the owner of the tables."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError

from common.money import CURRENCIES
from funds.ledger.models import Account, Earmark, Entry, Fund, Transaction
from funds.ledger.rules import ACCOUNT_TYPES, NEVER_NEGATIVE, SIDES
from funds.ledger.states import AccountCode, Kind
from tests.raw_ledger import line, raw_batch, raw_post, refused, rule_of, send, sql
from towns.models import Town

DAY = date(2026, 11, 22)

pytestmark = pytest.mark.usefixtures("either_role")


@pytest.fixture(params=["application", "owner"])
def either_role(request: pytest.FixtureRequest) -> None:
    """Each test of this file twice: as the site, and as the owner of the tables."""
    request.getfixturevalue("as_database_owner" if request.param == "owner" else "db")


def gift(fund: Fund, minor: int = 500, **change: object) -> UUID:
    return UUID(str(raw_post(fund.pk, "gift", line("stripe", minor), line("gifts", -minor), **change)[0]))


def test_the_database_knows_the_same_chart_as_python() -> None:
    for kind in Kind:
        for code in AccountCode:
            for debit in (True, False):
                [(may,)] = sql("SELECT ledger_may_touch(%s, %s, %s)", kind.value, code.value, debit)
                told = kind == Kind.REVERSAL or code in SIDES[kind][0 if debit else 1]
                assert may is told, (kind, code, debit)


@pytest.mark.parametrize(
    ("kind", "debit", "credit"),
    [
        ("gift", "spending", "gifts"),
        ("gift", "stripe", "bank"),
        ("gift", "gifts", "stripe"),
        ("fee", "fees", "bank"),
        ("payout", "stripe", "bank"),
        ("payout", "cash", "stripe"),
        ("payment", "fees", "bank"),
        ("refund", "spending", "bank"),
        ("exchange", "gifts", "trading"),
        ("redesignation", "moved", "gifts"),
        ("cover", "gifts", "shortfall"),
        ("clearing", "suspense", "bank"),
        ("suspense", "gifts", "suspense"),
        ("opening", "opening", "bank"),
        ("bribe", "stripe", "gifts"),
    ],
)
def test_a_kind_touches_its_own_accounts_on_their_own_side(fund: Fund, kind: str, debit: str, credit: str) -> None:
    gift(fund, 5000)
    raw_post(fund.pk, "payout", line("bank", 2000), line("stripe", -2000))
    with refused("transaction_kind_accounts", "account_never_negative", "payment_needs_approvals"):
        raw_post(fund.pk, kind, line(debit, 500), line(credit, -500))
    assert Transaction.objects.count() == 2


def test_nothing_is_hidden_in_lines_that_cancel_out(fund: Fund) -> None:
    gift(fund, 5000)
    for kind, *lines in (
        ("gift", line("stripe", 600), line("gifts", -500), line("bank", -100)),
        ("fee", line("fees", 600), line("stripe", -700), line("bank", 100)),
        ("payout", line("bank", 600), line("stripe", -700), line("bank", 100), line("bank", -100), line("stripe", 100)),
    ):
        with refused("transaction_kind_accounts", "account_never_negative"):
            raw_post(fund.pk, kind, *lines)
    assert Entry.objects.count() == 2


def test_no_more_arrives_than_the_processor_holds(fund: Fund) -> None:
    gift(fund)
    with refused("payout_is_held"):
        raw_post(fund.pk, "payout", line("bank", 501), line("stripe", -501))
    assert raw_post(fund.pk, "payout", line("bank", 500), line("stripe", -500))[1] == 2


def test_what_is_booked_has_happened(fund: Fund) -> None:
    lines = (line("stripe", 500), line("gifts", -500))
    for day, moment, rule in (
        ("2026-11-24", "2026-11-22T09:00:00Z", "transaction_has_happened"),
        ("2026-11-24", "2026-11-22T18:59:59Z", "transaction_has_happened"),  # 23:59 in Kazakhstan
        ("9999-12-31", "2026-11-22T09:00:00Z", "transaction_has_happened"),
        ("1989-12-31", "2026-11-22T09:00:00Z", "period_is_closed"),
        ("2026-11-22", "2200-01-01T00:00:00Z", "transaction_has_happened"),
    ):
        with refused(rule):
            raw_post(fund.pk, "gift", *lines, date=day, booked_at=moment)
    for day, moment in (("infinity", "2026-11-22"), ("-infinity", "2026-11-22"), ("2026-11-22", "infinity")):
        with pytest.raises(DatabaseError):
            raw_post(fund.pk, "gift", *lines, date=day, booked_at=moment)
    assert raw_post(fund.pk, "gift", *lines, date="2026-11-23")[1] == 1
    assert raw_post(fund.pk, "gift", *lines, date="2026-11-24", booked_at="2026-11-22T19:00:00Z")[1] == 2


def test_every_currency_that_money_knows_and_no_other_is_booked(fund: Fund) -> None:
    for seq, currency in enumerate(CURRENCIES, start=1):
        lines = (line("stripe", 500, currency=currency), line("gifts", -500, currency=currency))
        assert raw_post(fund.pk, "gift", *lines)[1] == seq
    with refused("entry_currency_known"):
        raw_post(fund.pk, "gift", line("stripe", 5, currency="XXX"), line("gifts", -5, currency="XXX"))


@pytest.mark.parametrize(
    "change",
    [
        {"code": "bank", "never_negative": False},
        {"code": "spending", "type": "asset"},
        {"code": "gifts", "type": "liability"},
        {"code": "pocket", "type": "asset", "never_negative": False},
    ],
)
def test_an_account_is_what_its_code_says(fund: Fund, change: dict[str, object]) -> None:
    with refused("account_is_its_code"):
        raw_post(fund.pk, "gift", {**line("stripe", 500), **change}, line("gifts", -500))
    assert Account.objects.count() == 0


def test_every_account_code_can_be_opened() -> None:
    assert set(ACCOUNT_TYPES) == set(AccountCode)
    assert set(AccountCode) >= NEVER_NEGATIVE
    assert set(SIDES) == set(Kind)


def test_money_is_tied_to_projects_of_its_own_fund_alone(fund: Fund) -> None:
    other = Fund.objects.create(town=Town.objects.get(slug="ridder"), legal_entity="Other", founded_date=DAY)
    foreign = Earmark.objects.create(fund=other, label="Elsewhere").pk
    with refused("entry_account", "transaction_balances"):
        raw_post(fund.pk, "gift", line("stripe", 500), line("gifts", -500, earmark=foreign))
    raw_post(other.pk, "gift", line("stripe", 500), line("gifts", -500, earmark=foreign))
    theirs = raw_batch(other.pk, "gift", line("stripe", 500), line("gifts", -500, earmark=foreign))
    theirs["transactions"][0]["fund"] = str(fund.pk)
    gift(fund)
    with refused("entry_account"):
        send(theirs)
    assert Transaction.objects.count() == 2


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        ([line("stripe", 500), line("gifts", -499)], ["transaction_balances"]),
        ([line("stripe", 500), line("gifts", -500, currency="EUR")], ["transaction_balances"]),
        ([line("stripe", 0), line("gifts", 0)], ["entry_amount"]),
        ([line("stripe", 500)], ["transaction_balances", "transaction_written_whole"]),
        ([], ["transaction_written_whole"]),
        ([line("stripe", 2**53), line("gifts", -(2**53))], ["entry_amount"]),
        (
            [line("stripe", 2**63 - 1), line("stripe", 1), line("gifts", -(2**63 - 1)), line("gifts", -1)],
            ["bigint out of range", "entry_amount"],
        ),
    ],
)
def test_what_does_not_balance_is_not_booked(fund: Fund, lines: list[dict[str, Any]], rules: list[str]) -> None:
    gift(fund)
    with refused(*rules):
        raw_post(fund.pk, "gift", *lines)
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize("lines", [1, 3, 201, None])
def test_a_transaction_has_the_lines_that_it_says(fund: Fund, lines: int | None) -> None:
    with pytest.raises(DatabaseError) as error:
        gift(fund, lines=lines)
    assert "transaction_written_whole" in rule_of(error.value) or "null value" in rule_of(error.value)


def test_two_transactions_of_a_batch_share_no_line(fund: Fund) -> None:
    batch = raw_batch(fund.pk, "gift", line("stripe", 500), line("gifts", -500))
    twin = raw_batch(fund.pk, "gift", line("stripe", 500), line("gifts", -500))["transactions"][0]
    with pytest.raises(DatabaseError):
        send({**batch, "transactions": [*batch["transactions"], twin]})
    for lost in ([], [{**entry, "n": 7} for entry in batch["lines"]], [{**e, "n": None} for e in batch["lines"]]):
        with pytest.raises(DatabaseError):
            send({**batch, "lines": lost})
    for empty in ({**batch, "transactions": []}, {**batch, "transactions": None}):
        with pytest.raises(DatabaseError):
            send(empty)
    assert Transaction.objects.count() == 0


def test_one_key_tells_one_event(fund: Fund, earmark: UUID) -> None:
    booked = gift(fund, key="k")
    same = (line("gifts", -500), line("stripe", 500))
    assert raw_post(fund.pk, "gift", *same, key="k") == (booked, 1, False)
    for other in (
        [line("stripe", 501), line("gifts", -501)],
        [line("stripe", 500), line("gifts", -500, earmark=earmark)],
        [*same, line("cash", 5), line("gifts", -5)],
        [line("stripe", 500, currency="EUR"), line("gifts", -500, currency="EUR")],
    ):
        with refused("transaction_key_conflict"):
            raw_post(fund.pk, "gift", *other, key="k")
    elsewhere = Fund.objects.create(town=Town.objects.get(slug="ridder"), legal_entity="Other", founded_date=DAY)
    with refused("transaction_key_conflict"):
        raw_post(elsewhere.pk, "gift", *same, key="k")
    assert Entry.objects.count() == 2


def test_two_transactions_of_a_batch_have_lines_of_their_own(fund: Fund) -> None:
    batch = raw_batch(fund.pk, "gift", line("bank", 500), line("gifts", -500))
    batch["transactions"].append({**batch["transactions"][0], "id": str(uuid4()), "key": "second", "n": 1})
    with refused("transaction_written_whole"):
        send(batch)
    batch["lines"] += batch["lines"]  # of the first transaction again
    with refused("entry_line", "transaction_written_whole"):
        send(batch)


@pytest.mark.parametrize(
    "told",
    ['{"a":', {"donor": "Anna Schmidt"}, {"a": 1}, {"Donor": "A" * 43 + "="}, [], {}, {"donor": {"x": "A" * 43 + "="}}],
)
def test_a_commitment_is_one_and_nothing_else(fund: Fund, told: object) -> None:
    with pytest.raises(DatabaseError):
        raw_post(fund.pk, "gift", line("bank", 500), line("gifts", -500), commitments=told)
    assert Transaction.objects.count() == 0


def test_money_is_exchanged_for_another_currency(fund: Fund) -> None:
    raw_post(fund.pk, "gift", line("bank", 500), line("gifts", -500))
    with refused("exchange_of_two_currencies"):
        raw_post(fund.pk, "exchange", line("trading", 500), line("bank", -500))


def test_nobodys_clock_is_years_ahead(fund: Fund) -> None:
    ahead = datetime.now(UTC) + timedelta(days=400)
    with refused("transaction_has_happened"):
        raw_post(fund.pk, "gift", line("bank", 500), line("gifts", -500), booked_at=ahead, date=ahead.date())


def test_an_account_has_the_id_of_its_meaning(fund: Fund) -> None:
    batch = raw_batch(fund.pk, "gift", line("bank", 500), line("gifts", -500))
    batch["accounts"][0]["id"] = batch["lines"][0]["a"] = str(uuid4())
    with refused("entry_account"):
        send(batch)


def test_an_account_that_a_batch_names_twice_is_refused(fund: Fund) -> None:
    """Its balance is moved once, so the lines under its other name would be missing in it."""
    batch = raw_batch(fund.pk, "gift", line("stripe", 5), line("stripe", 6), line("gifts", -11))
    assert send(batch)[1] == 1
    twice = raw_batch(fund.pk, "gift", line("stripe", 5), line("stripe", 6), line("gifts", -11))
    twice["lines"][1]["a"] = twice["lines"][1]["a"].upper()
    with refused("entry_account"):
        send(twice)
