"""Transfers to the bank: divided among the funds, booked once, brought back whole, and compared hop by hop."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from common.ids import uuid7
from common.money import Money
from funds.ledger.actions import post
from funds.ledger.models import Balance, Fund, Transaction
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.actions.movements import book_movement
from funds.payments.actions.payouts import remember_members, remember_payout
from funds.payments.models import Movement, Payout, PayoutShare
from funds.payments.rules import MovementFact, PayoutFact, UnexpectedFactError
from funds.payments.rules.account import PayoutStatus
from funds.payments.states import MovementState, PayoutState
from funds.reports import queries
from funds.reports.states import Hop
from towns.models import Town

AT = datetime.fromisoformat("2026-11-20T06:00:00+00:00")


def other_fund() -> Fund:
    return Fund.objects.create(
        town=Town.objects.get(slug="ridder"), legal_entity="Fund of Ridder", founded_date=date(2026, 1, 1)
    )


def balance(code: AccountCode) -> dict[UUID, int]:
    rows = Balance.objects.filter(account__code=code, account__currency="EUR")
    return dict(rows.values_list("account__fund_id", "amount_minor"))


def holds(fund: Fund, minor: int, now: datetime) -> None:
    """The card account holds that much for a fund, as a booked movement."""
    amount = Money(minor, "EUR")
    posting = Posting(
        fund=fund.pk,
        kind=Kind.GIFT,
        effective_date=date(2026, 11, 20),
        key=f"test:{uuid7()}",
        lines=(Line(AccountCode.STRIPE, amount), Line(AccountCode.GIFTS, -amount)),
    )
    post(postings=[posting], now=now)
    movement(f"txn_{fund.pk.hex}", minor, fund=fund, now=now)


def movement(name: str, net: int, *, fund: Fund | None = None, type_: str = "charge", now: datetime = AT) -> Movement:
    return Movement.objects.create(
        movement_id=name,
        type=type_,
        category=type_,
        amount_minor=net,
        fee_minor=0,
        net_minor=net,
        currency="EUR",
        source_id="po_1" if type_.startswith("payout") else f"ch_{name}",
        created_at=AT,
        available_at=AT,
        state=MovementState.BOOKED if fund else MovementState.WAITING,
        fund=fund,
        booked_at=now if fund else None,
    )


def told(status: PayoutStatus = PayoutStatus.IN_TRANSIT, *, minor: int = 1_000, automatic: bool = True) -> PayoutFact:
    return PayoutFact(
        id="po_1",
        amount=Money(minor, "EUR"),
        status=status,
        automatic=automatic,
        reconciled=automatic,
        arrival_date=date(2026, 11, 22),
        created_at=AT,
    )


def members(*names: tuple[str, int]) -> list[MovementFact]:
    return [
        MovementFact(
            id=name, type="charge", category="charge", amount_minor=net, fee_minor=0, currency="EUR", created_at=AT,
            available_at=AT,
        )
        for name, net in names
    ]  # fmt: skip


@pytest.mark.django_db
def test_an_automatic_transfer_is_booked_as_its_members_say_and_once(fund: Fund, now: datetime) -> None:
    ridder = other_fund()
    holds(fund, 1_300, now)
    holds(ridder, 400, now)
    movement("txn_lost", -700, fund=ridder, now=now)
    payout = remember_payout(fact=told(), now=now)
    left = movement("txn_out", -1_000, type_="payout")
    # Its members are not known yet: it waits.
    assert book_movement(movement_pk=left.pk, now=now) is False
    whole = members((f"txn_{fund.pk.hex}", 1_300), (f"txn_{ridder.pk.hex}", 400), ("txn_lost", -700))
    assert remember_members(payout_id=payout.pk, members=whole, now=now) is True
    assert [book_movement(movement_pk=left.pk, now=now) for _ in range(2)] == [True, False]
    assert dict(PayoutShare.objects.values_list("fund_id", "amount_minor")) == {fund.pk: 1_300, ridder.pk: -300}
    assert balance(AccountCode.TRANSIT) == {fund.pk: 1_300, ridder.pk: -300}
    assert balance(AccountCode.STRIPE) == {fund.pk: 0, ridder.pk: 700}
    assert Transaction.objects.filter(kind=Kind.SENT).count() == 2
    left.refresh_from_db()
    assert (left.state, left.fund_id) == (MovementState.BOOKED, fund.pk)
    [hop] = queries.payout_comparisons(since=date(2026, 11, 1))
    assert (hop.hop, hop.outside, hop.ours, hop.remainder) == (Hop.PAYOUT, 1_000, 1_000, 0)
    arrivals = {one.fund: (one.outside, one.ours, one.items_open) for one in queries.arrival_comparisons()}
    assert arrivals == {fund.pk: (1_300, 1_300, 1), ridder.pk: (-300, -300, 1)}


@pytest.mark.django_db
def test_a_member_that_is_not_booked_or_not_known_makes_it_wait(fund: Fund, now: datetime) -> None:
    payout = remember_payout(fact=told(), now=now)
    facts = members(("txn_a", 1_000))
    assert remember_members(payout_id=payout.pk, members=facts, now=now) is False
    waiting = movement("txn_a", 1_000)
    assert remember_members(payout_id=payout.pk, members=facts, now=now) is True
    left = movement("txn_out", -1_000, type_="payout")
    assert book_movement(movement_pk=left.pk, now=now) is False
    assert Transaction.objects.count() == 0
    waiting.refresh_from_db()
    assert waiting.payout == payout


@pytest.mark.django_db
def test_members_that_do_not_add_up_are_refused_aloud(fund: Fund, now: datetime) -> None:
    payout = remember_payout(fact=told(), now=now)
    movement("txn_a", 999)
    with pytest.raises(UnexpectedFactError, match="its members of 999"):
        remember_members(payout_id=payout.pk, members=members(("txn_a", 999)), now=now)


@pytest.mark.django_db
def test_one_begun_by_hand_is_divided_by_what_each_fund_holds(fund: Fund, now: datetime) -> None:
    ridder = other_fund()
    holds(fund, 2_000, now)
    holds(ridder, 1_001, now)
    remember_payout(fact=told(automatic=False), now=now)
    left = movement("txn_out", -1_000, type_="payout")
    assert book_movement(movement_pk=left.pk, now=now) is True
    assert balance(AccountCode.TRANSIT) == {fund.pk: 666, ridder.pk: 334}
    assert sum(balance(AccountCode.STRIPE).values()) == 2_001


@pytest.mark.django_db
def test_what_the_bank_sent_back_stands_on_the_card_account_again(fund: Fund, now: datetime) -> None:
    holds(fund, 1_000, now)
    payout = remember_payout(fact=told(PayoutStatus.PAID), now=now)
    remember_members(payout_id=payout.pk, members=members((f"txn_{fund.pk.hex}", 1_000)), now=now)
    back = movement("txn_back", 1_000, type_="payout_failure")
    # It comes back before its leaving is booked: first things first.
    assert book_movement(movement_pk=back.pk, now=now) is False
    assert book_movement(movement_pk=movement("txn_out", -1_000, type_="payout").pk, now=now) is True
    remember_payout(fact=told(PayoutStatus.FAILED), now=now)
    assert [book_movement(movement_pk=back.pk, now=now) for _ in range(2)] == [True, False]
    assert (balance(AccountCode.TRANSIT), balance(AccountCode.STRIPE)) == ({fund.pk: 0}, {fund.pk: 1_000})
    assert queries.arrival_comparisons() == []


@pytest.mark.django_db
def test_its_state_never_goes_back(now: datetime) -> None:
    for status in (PayoutStatus.PAID, PayoutStatus.PENDING, PayoutStatus.IN_TRANSIT):
        assert remember_payout(fact=told(status), now=now + timedelta(days=1)).state == PayoutState.PAID
    assert remember_payout(fact=told(PayoutStatus.FAILED), now=now).state == PayoutState.FAILED
    assert remember_payout(fact=told(PayoutStatus.PAID), now=now).state == PayoutState.FAILED
    assert Payout.objects.count() == 1
