"""Closing the books: nothing is dated in a closed period any more, and its trial balance stands in the town's log."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from audit.models import Record
from common.errors import DomainError
from funds.ledger.actions import close_period
from funds.ledger.models import Fund, Head, Period, Transaction
from tests.ledger.books import book, check_books, code_of, gift, log_bodies, mirror, payout, posting
from transparency.rules.canonical import canonical

pytestmark = pytest.mark.django_db

OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 21)


def close(fund: Fund, ends: date, now: datetime) -> UUID:
    with transaction.atomic():
        return close_period(actor=None, fund=fund, ends=ends, now=now)


@pytest.fixture
def busy(fund: Fund, earmark: UUID, now: datetime) -> Fund:
    """Three transactions of October in two currencies, two of November."""
    book(
        now,
        gift(fund, 500, earmark, day=date(2026, 10, 2)),
        posting(fund, "gift", ("bank", 70, None, "EUR"), ("gifts", -70, None, "EUR"), day=date(2026, 10, 31)),
        payout(fund, 500, day=date(2026, 10, 31)),
        gift(fund, 40, day=date(2026, 11, 1)),
        gift(fund, 2, earmark),
    )
    return fund


def test_the_trial_balance_in_the_log_is_the_ledgers(busy: Fund, earmark: UUID, now: datetime) -> None:
    period = close(busy, OCTOBER, now)
    body = log_bodies("temirtau")[-1]
    said = json.loads(body)
    assert body == canonical(said)
    assert said == {
        "at": "2026-11-22T09:00:00.000000Z",
        "ends": "2026-10-31",
        "fund": "temirtau",
        "last_seq": 5,
        "trial": [
            {"account": "bank", "balance": 70, "currency": "EUR"},
            {"account": "bank", "balance": 500, "currency": "KZT"},
            {"account": "gifts", "balance": -70, "currency": "EUR"},
            {"account": "gifts", "balance": -500, "currency": "KZT", "project": str(earmark)},
            {"account": "stripe", "balance": 0, "currency": "KZT"},
        ],
        "type": "close",
        "v": 1,
    }
    row = Period.objects.get()
    assert (row.pk, row.fund_id, row.ends_date, row.last_seq, row.log_index) == (period, busy.pk, OCTOBER, 5, 5)
    assert Record.objects.filter(action="ledger.close").count() == 1
    assert check_books(busy) == 5


def test_closing_again_changes_nothing(busy: Fund, now: datetime) -> None:
    first = close(busy, OCTOBER, now)
    assert close(busy, OCTOBER, now + timedelta(days=30)) == first
    assert (Period.objects.count(), len(log_bodies("temirtau"))) == (1, 6)
    assert Record.objects.filter(action="ledger.close").count() == 1


def test_a_closed_period_takes_nothing_more(busy: Fund, now: datetime) -> None:
    close(busy, OCTOBER, now)
    for day in (OCTOBER, date(2026, 10, 1), date(1990, 1, 1)):
        assert code_of(now, gift(busy, 5, day=day)) == "period_closed"
    first = Transaction.objects.get(seq=2)
    assert code_of(now, mirror(first.pk, busy, day=OCTOBER)) == "period_closed"
    assert code_of(now, gift(busy, 1), gift(busy, 5, day=OCTOBER)) == "period_closed"
    assert code_of(now, mirror(first.pk, busy)) == ""
    assert code_of(now, gift(busy, 5, day=OCTOBER + timedelta(days=1))) == ""
    assert check_books(busy) == 7


def test_what_happened_outside_is_booked_on_the_first_open_day(busy: Fund, now: datetime) -> None:
    close(busy, OCTOBER, now)
    book(now, gift(busy, 5, day=date(2026, 10, 9), late=True), gift(busy, 6, day=date(2026, 11, 9), late=True))
    days = Transaction.objects.filter(seq__gt=5).order_by("seq").values_list("effective_date", flat=True)
    assert list(days) == [date(2026, 11, 1), date(2026, 11, 9)]
    assert [json.loads(body)["date"] for body in log_bodies("temirtau")[-2:]] == ["2026-11-01", "2026-11-09"]
    assert check_books(busy) == 7


def test_a_key_of_a_closed_period_is_still_known(busy: Fund, now: datetime) -> None:
    old = gift(busy, 3, day=OCTOBER, key="old")
    book(now, old)
    close(busy, OCTOBER, now)
    assert [booked.created for booked in book(now, old)] == [False]


@pytest.mark.parametrize(
    ("ends", "at"),
    [
        (date(2026, 11, 22), datetime(2026, 11, 22, 18, 59, 59, tzinfo=UTC)),  # 23:59:59 of that day in Kazakhstan
        (date(2026, 11, 23), datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
        (date(9999, 12, 31), datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_day_that_still_runs_is_not_closed(busy: Fund, ends: date, at: datetime) -> None:
    with pytest.raises(DomainError, match="period_not_over"):
        close(busy, ends, at)
    assert Period.objects.count() == 0


def test_a_day_is_closed_when_it_is_over_in_kazakhstan(busy: Fund) -> None:
    close(busy, date(2026, 11, 22), datetime(2026, 11, 22, 19, 0, tzinfo=UTC))
    assert Head.objects.get().closed_through == date(2026, 11, 22)


def test_periods_follow_each_other(busy: Fund, now: datetime) -> None:
    close(busy, OCTOBER, now)
    with pytest.raises(DomainError, match="period_not_over"):
        close(busy, date(2026, 9, 30), now)
    close(busy, NOVEMBER, now)
    assert close(busy, OCTOBER, now) == Period.objects.get(ends_date=OCTOBER).pk
    assert Head.objects.get().closed_through == NOVEMBER
    assert code_of(now, gift(busy, 1, day=NOVEMBER)) == "period_closed"
    assert check_books(busy) == 5


def test_a_fund_without_a_posting_has_nothing_to_close(fund: Fund, now: datetime) -> None:
    with pytest.raises(DomainError, match="period_empty"):
        close(fund, OCTOBER, now)


def test_the_moment_of_closing_never_goes_back(busy: Fund, now: datetime) -> None:
    close(busy, OCTOBER, now - timedelta(hours=1))
    assert Period.objects.get().closed_at == now
    close(busy, NOVEMBER, now + timedelta(hours=1))
    book(now, gift(busy, 1))
    assert Transaction.objects.get(seq=6).booked_at == now + timedelta(hours=1)
    assert check_books(busy) == 6
