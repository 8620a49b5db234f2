"""How a gift moves, what it posts, and how patiently it is asked after."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from common.money import Money
from funds.donations.rules import (
    SUGGESTED,
    fee_posting,
    gift_posting,
    may_move,
    next_check,
    reload_seconds,
    submission_key,
)
from funds.donations.states import GiftState
from funds.ledger.rules import Line
from funds.ledger.states import AccountCode, Kind
from funds.payments.rules import limits

FUND, GIFT, PROJECT = UUID(int=1), UUID(int=2), UUID(int=3)
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
P, S, F, E = GiftState.PENDING, GiftState.SUCCEEDED, GiftState.FAILED, GiftState.EXPIRED


def test_a_received_gift_never_goes_back() -> None:
    moves = {(old, new) for old in GiftState for new in GiftState if may_move(old, new)}
    assert moves == {(P, S), (P, F), (P, E), (F, S), (F, E), (E, S)}


@pytest.mark.parametrize("project", [None, PROJECT])
def test_a_gift_is_owed_by_the_processor_and_tied_to_its_project(project: UUID | None) -> None:
    posting = gift_posting(
        fund=FUND, gift=GIFT, earmark=project, amount=Money(500_00, "KZT"), payment_id="pi_1", day=DAY
    )
    assert (posting.key, posting.kind, posting.subject) == ("stripe:pi_1:succeeded", Kind.GIFT, GIFT)
    assert posting.lines == (
        Line(AccountCode.STRIPE, Money(500_00, "KZT")),
        Line(AccountCode.GIFTS, Money(-500_00, "KZT"), earmark=project),
    )


@pytest.mark.parametrize("project", [None, PROJECT])
def test_a_fee_is_borne_by_the_project_or_the_fund(project: UUID | None) -> None:
    posting = fee_posting(fund=FUND, subject=GIFT, earmark=project, fee=Money(98, "EUR"), key="stripe:txn_1", day=DAY)
    assert (posting.key, posting.kind, posting.subject) == ("stripe:txn_1:fee", Kind.FEE, GIFT)
    assert posting.lines == (
        Line(AccountCode.FEES, Money(98, "EUR"), earmark=project),
        Line(AccountCode.STRIPE, Money(-98, "EUR")),
    )


def test_the_same_sending_is_one_gift_and_another_content_another() -> None:
    nonce = uuid4()
    assert submission_key(nonce, "a") == submission_key(nonce, "a")
    assert len({submission_key(nonce, "a"), submission_key(nonce, "b"), submission_key(uuid4(), "a")}) == 3


def test_a_gift_is_asked_after_ever_less_often() -> None:
    moment, waits = NOW, []
    for _ in range(12):
        due = next_check(since=NOW, now=moment)
        waits.append((due - moment).total_seconds() / 60)
        moment = due
    assert waits == [2, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]


def test_a_waiting_page_looks_again_soon_then_seldom_then_not() -> None:
    waited = [timedelta(seconds=1), timedelta(minutes=5), timedelta(hours=1)]
    assert [reload_seconds(waited=wait) for wait in waited] == [3, 15, None]


def test_suggested_amounts_can_be_given() -> None:
    for currency, amounts in SUGGESTED.items():
        allowed = limits(currency)
        assert [minor for minor in amounts if not allowed.floor.minor <= minor <= allowed.ceiling.minor] == []
