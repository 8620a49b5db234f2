"""Links sent again without telling who gives, and the letter that a fund spends nothing."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from common.clock import day_of
from common.clock import now as this_moment
from common.formats import date_long
from common.money import Money
from funds.donations import actions
from funds.donations.actions import note_failed_month
from funds.donations.models import MonthlyGift
from funds.donations.queries import token_of
from funds.donations.states import MonthlyState
from funds.donations.tasks import tell_of_idle_funds
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.rules import InvoiceFact
from tests.donations.months import Months, make_monthly
from tests.payments.stage import Stage, broker_gone, make_fund, text_of


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


@pytest.fixture
def months(fund: Fund, stage: Stage) -> Months:
    """A monthly gift that runs: the first month is paid and its letters are sent."""
    running = Months(stage, make_monthly(fund, this_moment()))
    running.begin()
    running.deliver()
    running.monthly.refresh_from_db()
    mail.outbox.clear()
    return running


def address(monthly: MonthlyGift) -> str:
    return f"/en/give/monthly/{token_of(monthly)}/"


def asked(client: Client, email: str) -> str:
    answer = client.post("/en/give/monthly/", {"email": email})
    assert answer.status_code == 200
    return re.sub(r"csrfmiddlewaretoken\S+ value=\S+", "", answer.content.decode())


def test_the_link_is_sent_to_its_address_alone_and_the_answer_tells_nothing(client: Client, months: Months) -> None:
    known, unknown = asked(client, "AIGUL@example.com"), asked(client, "nobody@example.com")
    assert known == unknown
    [letter] = mail.outbox
    assert letter.to == ["aigul@example.com"]
    assert f"http://testserver{address(months.monthly)}" in letter.body


def test_an_ended_gift_has_no_link_to_send(client: Client, months: Months) -> None:
    actions.cancel_monthly(monthly=months.monthly, now=this_moment())
    mail.outbox.clear()
    asked(client, "aigul@example.com")
    assert mail.outbox == []


def test_the_link_is_sent_without_a_broker_too(client: Client, months: Months) -> None:
    with broker_gone():
        asked(client, "aigul@example.com")
    assert len(mail.outbox) == 1


def test_three_letters_an_hour_for_an_address_ten_askings_for_a_network(client: Client, months: Months) -> None:
    for _time in range(4):
        asked(client, "aigul@example.com")
    assert len(mail.outbox) == 3
    answers = [client.post("/en/give/monthly/", {"email": "x@example.com"}).status_code for _ in range(7)]
    assert answers == [200] * 6 + [429]


def test_an_address_that_is_none_is_said(client: Client, db: None) -> None:
    for typed, sentence in (("", "Write your e-mail address."), ("x@", "This is not a whole e-mail address.")):
        answer = client.post("/en/give/monthly/", {"email": typed})
        assert (answer.status_code, sentence in text_of(answer.content)) == (422, True)


@pytest.fixture
def idle(fund: Fund, stage: Stage) -> Months:
    """A monthly gift to a fund whose only line, a gift, is 120 days old: it has paid nothing since."""
    day = day_of(this_moment()) - timedelta(days=120)
    lines = (Line(AccountCode.CASH, Money(1_000_00, "KZT")), Line(AccountCode.GIFTS, Money(-1_000_00, "KZT")))
    old = Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=day, key=f"cash:{uuid4()}", lines=lines)
    post(postings=[old], now=this_moment())
    running = Months(stage, make_monthly(fund, this_moment()))
    running.begin()
    running.deliver()
    MonthlyGift.objects.update(created_at=this_moment() - timedelta(days=100))
    mail.outbox.clear()
    return running


def test_a_giver_is_told_once_per_period_that_the_fund_spends_nothing(
    client: Client, idle: Months, settings: Settings
) -> None:
    settings.IDLE_FUND_MONTHS = 3
    day = date_long(day_of(this_moment()) - timedelta(days=120), "en")
    text = text_of(client.get(address(idle.monthly)).content)
    assert "The fund has not spent anything for a while" in text
    assert day in text
    public = text_of(client.get("/en/give/temirtau/").content)  # whoever thinks of giving is told, too
    assert ("The fund has not spent anything for a while" in public, day in public) == (True, True)
    assert (tell_of_idle_funds(), tell_of_idle_funds()) == (1, 0)
    [letter] = mail.outbox
    assert letter.subject == "The fund you give to has not spent anything for a while. Town: Temirtau"
    # It has never paid anything, so nobody may read of its last payment.
    assert (f"paid nothing since this day: {day}" in letter.body, "last payment" in text + public) == (True, False)
    assert token_of(idle.monthly) in letter.body
    MonthlyGift.objects.update(idle_notice_at=this_moment() - timedelta(days=91))
    assert tell_of_idle_funds() == 1


@pytest.mark.parametrize("allowed", [0, 5])
def test_a_fund_may_wait_as_long_as_the_setting_says(
    client: Client, idle: Months, settings: Settings, allowed: int
) -> None:
    settings.IDLE_FUND_MONTHS = allowed
    assert "has not spent anything" not in text_of(client.get(address(idle.monthly)).content)
    assert "has not spent anything" not in text_of(client.get("/en/give/temirtau/").content)
    assert (tell_of_idle_funds(), mail.outbox) == (0, [])


@pytest.mark.django_db
def test_two_bills_that_fail_in_turn_are_one_letter_each(now: datetime) -> None:
    monthly = make_monthly(make_fund(now), now)
    MonthlyGift.objects.update(state=MonthlyState.ACTIVE)
    bills = [
        InvoiceFact(
            id=name,
            subscription_id="sub_1",
            reference=monthly.pk,
            status="open",
            amount_due=Money(20_00, "EUR"),
            amount_paid=Money(0, "EUR"),
            created_at=now,
        )
        for name in ("in_1", "in_2", "in_1", "in_2")
    ]
    sent = [note_failed_month(monthly_id=monthly.pk, invoice=bill, bank_asks=False, now=now) for bill in bills]
    assert (sent, len(mail.outbox)) == ([True, True, False, False], 2)
    assert MonthlyGift.objects.get().failed_payments == 2
