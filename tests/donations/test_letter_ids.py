"""A letter that is owed once carries one Message-ID, however often a worker that died had handed it over before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import Message
from uuid import UUID, uuid4

import pytest
from celery import current_app
from django.core import mail
from django.db import transaction
from pytest_django.fixtures import Settings

from common.clock import now as this_moment
from funds.donations import actions
from funds.donations.actions import send_receipt
from funds.donations.models import Gift, MonthlyGift
from funds.donations.rules.letter_ids import letter_id
from funds.donations.states import GiftState
from funds.donations.tasks import mail_receipts, sweep_monthlies
from tests.donations.months import FAILS_LATER, Months, make_monthly
from tests.payments.stage import Stage, make_fund, make_gift

ROW = UUID("0193a5b0-7c1e-7b11-8d22-7b1e0a4d9c11")


def dies_after(work: Callable[[], object]) -> None:
    """The process ends after the mail server took the letters and before the database knows."""
    with transaction.atomic():
        work()
        transaction.set_rollback(True)


def headers() -> list[Message]:
    return [letter.message() for letter in mail.outbox]


def received(now: datetime) -> Gift:
    gift = make_gift(make_fund(now), now, donor_email="aigul@example.com", name_public=False)
    Gift.objects.filter(pk=gift.pk).update(state=GiftState.SUCCEEDED, succeeded_at=now)
    return gift


def swept() -> None:
    MonthlyGift.objects.update(next_check_at=this_moment() - timedelta(minutes=1))
    sweep_monthlies()


def test_one_row_and_one_letter_is_one_id_and_everything_else_another() -> None:
    first = letter_id(row_id=ROW, letter="receipt", host="asar.example")
    assert first == "<c5ca3509-68c3-504c-a32b-b0ec387fed66@asar.example>"
    others = [
        letter_id(row_id=uuid4(), letter="receipt", host="asar.example"),
        letter_id(row_id=ROW, letter="begun", host="asar.example"),
    ]
    assert len({first, *others}) == 3
    assert str(ROW) not in first


@pytest.mark.parametrize(("letter", "host"), [("", "asar.example"), ("receipt", "")])
def test_an_id_without_a_letter_or_a_host_is_refused(letter: str, host: str) -> None:
    with pytest.raises(ValueError, match="needed"):
        letter_id(row_id=ROW, letter=letter, host=host)


@pytest.mark.django_db
def test_a_receipt_sent_again_after_a_worker_died_is_the_same_letter(now: datetime, settings: Settings) -> None:
    settings.SITE_URL = "https://asar.example:8443"
    gift = received(now)
    dies_after(lambda: send_receipt(gift_id=gift.pk, now=now))
    assert [send_receipt(gift_id=gift.pk, now=now) for _time in range(2)] == [True, False]
    wanted = letter_id(row_id=gift.pk, letter="receipt", host="asar.example")
    assert [one.get_all("Message-ID") for one in headers()] == [[wanted], [wanted]]
    assert mail.outbox[0].body == mail.outbox[1].body


def test_the_letters_of_a_monthly_gift_have_an_id_for_each_bill_and_each_beginning(
    db: None, stage: Stage, settings: Settings
) -> None:
    months = Months(stage, make_monthly(make_fund(this_moment()), this_moment()))
    months.begin(card=FAILS_LATER)
    months.renew()
    for _time in range(2):
        dies_after(lambda: actions.catch_up_monthly(monthly_id=months.monthly.pk, now=this_moment()))
    failed = f"failed:{months.invoices()[0].id}"
    wanted = [letter_id(row_id=months.monthly.pk, letter=one, host="testserver") for one in ("begun", failed)]
    assert [one["Message-ID"] for one in headers()] == wanted * 2


def test_two_open_bills_are_one_letter_however_often_the_sweep_looks(db: None, stage: Stage) -> None:
    months = Months(stage, make_monthly(make_fund(this_moment()), this_moment()))
    months.begin(card=FAILS_LATER)
    months.renew()
    months.renew()
    for _day in range(3):
        swept()
    assert [bill.status for bill in months.invoices()] == ["open", "open", "paid"]
    assert [letter.subject.partition(".")[0] for letter in mail.outbox] == [
        "Your monthly gift has begun",
        "Your monthly gift could not be charged",
    ]


def test_the_clock_sends_what_no_message_asked_for() -> None:
    assert mail_receipts.name in {one["task"] for one in current_app.conf.beat_schedule.values()}
