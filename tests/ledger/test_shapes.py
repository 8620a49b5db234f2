"""What the function `ledger_post` refuses although its sums are right, called in raw SQL as the application's role."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common.money import CURRENCIES, Money
from funds.ledger.actions import BookedOtherwiseError, post
from funds.ledger.models import Account, Earmark, Entry, Fund, Transaction
from funds.ledger.rules import ACCOUNT_TYPES, NEVER_NEGATIVE, Line, Posting
from funds.ledger.states import AccountCode, Kind
from towns.models import Town

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)


def line(code: str, amount: int, *, earmark: UUID | None = None, currency: str = "KZT") -> dict[str, Any]:
    """One entry of a batch, as ledger.actions writes it."""
    known = AccountCode(code)
    return {
        "account": str(uuid4()),
        "code": code,
        "type": ACCOUNT_TYPES[known],
        "currency": currency,
        "earmark": str(earmark) if earmark else None,
        "never_negative": known in NEVER_NEGATIVE,
        "amount": amount,
    }


def raw_post(fund: Fund, kind: str, *lines: dict[str, Any], **change: object) -> tuple[Any, ...]:
    told = {
        "id": str(uuid4()),
        "fund": str(fund.pk),
        "kind": kind,
        "effective_date": "2026-11-22",
        "booked_at": "2026-11-22T09:00:00Z",
        "key": str(uuid4()),
        "memo": "",
        "subject": None,
        "reverses": None,
        "entries": lines,
    }
    batch = json.dumps([{**told, **change}], default=str)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id, seq, created FROM ledger_post(%s::jsonb)", [batch])
        found: tuple[Any, ...] = cursor.fetchone()
    return found


# What each kind may debit, and what it may credit.
SIDES: dict[str, tuple[set[str], set[str]]] = {
    "gift": ({"stripe", "bank", "cash"}, {"gifts"}),
    "fee": ({"fees"}, {"stripe"}),
    "payout": ({"bank"}, {"stripe"}),
    "opening": ({"stripe", "bank", "cash"}, {"opening"}),
}
CODES = [code.value for code in AccountCode]


@pytest.mark.parametrize("credit", CODES)
@pytest.mark.parametrize("debit", CODES)
@pytest.mark.parametrize("kind", SIDES)
def test_a_kind_touches_its_own_accounts_on_their_own_side(fund: Fund, kind: str, debit: str, credit: str) -> None:
    gift(fund, 5000)
    lines = (line(debit, 500), line(credit, -500))
    if debit in SIDES[kind][0] and credit in SIDES[kind][1]:
        assert raw_post(fund, kind, *lines)[1:] == (2, True)
    else:
        with pytest.raises(IntegrityError, match=f"is a {kind} and cannot touch the account"):
            raw_post(fund, kind, *lines)
        assert Transaction.objects.count() == 1


def test_nothing_is_hidden_in_lines_that_cancel_out(fund: Fund) -> None:
    gift(fund, 5000)
    for kind, *lines in (
        ("gift", line("stripe", 600), line("gifts", -500), line("bank", -100)),
        ("fee", line("fees", 600), line("stripe", -700), line("stripe", 100)),
        ("payout", line("bank", 600), line("stripe", -700), line("bank", 100), line("bank", -100), line("stripe", 100)),
    ):
        with pytest.raises(IntegrityError, match="cannot touch the account"):
            raw_post(fund, kind, *lines)


def test_no_more_arrives_than_the_processor_holds(fund: Fund) -> None:
    gift(fund, 500)
    with pytest.raises(IntegrityError, match="more than the processor holds"):
        raw_post(fund, "payout", line("bank", 501), line("stripe", -501))
    assert raw_post(fund, "payout", line("bank", 500), line("stripe", -500))[1] == 2


def test_what_is_booked_has_happened(fund: Fund) -> None:
    lines = (line("stripe", 500), line("gifts", -500))
    for day in ("2026-11-24", "9999-12-31", "infinity"):
        with pytest.raises(IntegrityError, match="lies in the future"):
            raw_post(fund, "gift", *lines, effective_date=day)
    for day, moment in (
        ("-infinity", "2026-11-22T09:00:00Z"),
        ("2026-11-22", "infinity"),
        ("2026-11-22", "9999-12-31"),
    ):
        with pytest.raises(IntegrityError, match="beyond all days"):
            raw_post(fund, "gift", *lines, effective_date=day, booked_at=moment)
    assert raw_post(fund, "gift", *lines, effective_date="2026-11-23")[1] == 1


def test_every_currency_that_money_knows_and_no_other_is_booked(fund: Fund) -> None:
    for seq, currency in enumerate(CURRENCIES, start=1):
        lines = (line("stripe", 500, currency=currency), line("gifts", -500, currency=currency))
        assert raw_post(fund, "gift", *lines)[1] == seq
    with pytest.raises(IntegrityError, match="which no fund holds"):
        raw_post(fund, "gift", line("stripe", 5, currency="XXX"), line("gifts", -5, currency="XXX"))


def test_an_unknown_kind_touches_nothing(fund: Fund) -> None:
    with pytest.raises(IntegrityError, match="cannot touch the account"):
        raw_post(fund, "bribe", line("stripe", 500), line("gifts", -500))


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
    with pytest.raises(IntegrityError, match="account_is_its_code"):
        raw_post(fund, "gift", {**line("stripe", 500), **change}, line("gifts", -500))
    assert Account.objects.count() == 0


def test_every_account_code_can_be_opened(fund: Fund) -> None:
    assert set(ACCOUNT_TYPES) == set(AccountCode)
    assert set(AccountCode) >= NEVER_NEGATIVE


def test_money_is_tied_to_projects_of_its_own_fund_alone(fund: Fund) -> None:
    other = Fund.objects.create(town=Town.objects.get(slug="ridder"), legal_entity="Other", founded_date=DAY)
    foreign = Earmark.objects.create(fund=other, label="Elsewhere").pk
    with pytest.raises(IntegrityError, match="another currency or fund"):
        raw_post(fund, "gift", line("stripe", 500), line("gifts", -500, earmark=foreign))


def _post_and_check(fund: Fund, *lines: dict[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        raw_post(fund, "gift", *lines)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "lines",
    [
        [line("stripe", 500), line("gifts", -499)],
        [line("stripe", 500), line("gifts", -500, currency="EUR")],
        [line("stripe", 0), line("gifts", 0)],
        [line("stripe", 500)],
        [],
    ],
)
def test_what_does_not_balance_is_not_booked(fund: Fund, lines: list[dict[str, Any]]) -> None:
    with pytest.raises(DatabaseError, match=r"is off by|entry_not_zero|has no entries"):
        _post_and_check(fund, *lines)
    assert Transaction.objects.count() == 0


def gift(fund: Fund, minor: int = 500, key: str = "gift") -> UUID:
    return UUID(str(raw_post(fund, "gift", line("stripe", minor), line("gifts", -minor), key=key)[0]))


def test_a_reversal_mirrors_what_it_undoes_and_does_so_once(fund: Fund) -> None:
    booked = gift(fund)
    for wrong in (
        [line("stripe", -499), line("gifts", 499)],
        [line("stripe", 500), line("gifts", -500)],
        [line("stripe", -500), line("gifts", 400), line("gifts", 100)],
        [line("stripe", -500), line("gifts", 500), line("spending", 7), line("stripe", -7)],
    ):
        with pytest.raises(IntegrityError, match="does not mirror"):
            raw_post(fund, "reversal", *wrong, reverses=booked)
    mirror = [line("gifts", 500), line("stripe", -500)]
    with pytest.raises(IntegrityError, match="transaction_reversal"):
        raw_post(fund, "reversal", *mirror)
    with pytest.raises(IntegrityError, match="transaction_reversal"):
        raw_post(fund, "gift", *mirror, reverses=booked)
    assert raw_post(fund, "reversal", *mirror, reverses=booked)[1] == 2
    with pytest.raises(IntegrityError, match="reverses_id"):
        raw_post(fund, "reversal", *mirror, reverses=booked)


def test_a_reversal_is_final(fund: Fund) -> None:
    undone = raw_post(fund, "reversal", line("gifts", 500), line("stripe", -500), reverses=gift(fund))[0]
    with pytest.raises(IntegrityError, match="reverses a reversal"):
        raw_post(fund, "reversal", line("gifts", -500), line("stripe", 500), reverses=undone)


def test_one_key_tells_one_event(fund: Fund, earmark: UUID) -> None:
    booked = gift(fund, key="k")
    same = (line("gifts", -500), line("stripe", 500))
    assert raw_post(fund, "gift", *same, key="k") == (booked, 1, False)
    for other in (
        [line("stripe", 501), line("gifts", -501)],
        [line("stripe", 500), line("gifts", -500, earmark=earmark)],
        [*same, line("cash", 5), line("gifts", -5)],
        [line("stripe", 500, currency="EUR"), line("gifts", -500, currency="EUR")],
    ):
        with pytest.raises(IntegrityError, match="booked with other entries"):
            raw_post(fund, "gift", *other, key="k")
    elsewhere = Fund.objects.create(town=Town.objects.get(slug="ridder"), legal_entity="Other", founded_date=DAY)
    with pytest.raises(IntegrityError, match="booked with other entries"):
        raw_post(elsewhere, "gift", *same, key="k")
    assert Entry.objects.count() == 2


def test_the_action_says_that_a_key_was_booked_otherwise(fund: Fund, now: datetime) -> None:
    def book(minor: int) -> None:
        money = Money(minor, "KZT")
        lines = (Line(AccountCode.STRIPE, money), Line(AccountCode.GIFTS, -money))
        post(postings=[Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=DAY, key="k", lines=lines)], now=now)

    book(1)
    with pytest.raises(BookedOtherwiseError, match="booked with other entries"):
        book(2)
    book(1)
    assert Transaction.objects.get().seq == 1


def test_a_batch_is_booked_whole_or_not_at_all(fund: Fund, now: datetime) -> None:
    one = Money(1, "KZT")
    good = Posting(
        fund=fund.pk,
        kind=Kind.GIFT,
        effective_date=DAY,
        key="good",
        lines=(Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one)),
    )
    bad = Posting(
        fund=fund.pk,
        kind=Kind.GIFT,
        effective_date=DAY,
        key="bad",
        lines=(Line(AccountCode.SPENDING, one), Line(AccountCode.GIFTS, -one)),
    )
    with pytest.raises(IntegrityError, match="cannot touch the account spending"):
        post(postings=[good, bad], now=now)
    assert Transaction.objects.count() == 0
