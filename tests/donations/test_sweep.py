"""What is found although nobody told: paid, declined, expired gifts, late fees, and receipts not yet mailed."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils.translation import gettext, override
from pytest_django.fixtures import Settings

from audit.models import Record
from common.money import Money
from funds.donations import actions
from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.donations.tasks import forget_unpaid_gifts, mail_receipt, sweep_waiting_gifts
from funds.ledger.models import Fund, Transaction
from funds.payments.rules import Payment, PaymentStatus
from funds.payments.stripe import fetch_payment
from tests.payments.stage import DECLINED, Stage, at_once, make_fund, make_gift, make_project, opened
from users.models import User


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


def sweep(moment: datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return sweep_waiting_gifts()


def later(now: datetime, minutes: float) -> datetime:
    return now + timedelta(minutes=minutes)


def test_a_paid_gift_whose_webhook_was_lost_is_found_and_later_its_fee(stage: Stage, fund: Fund, now: datetime) -> None:
    gift, checkout = opened(make_gift(fund, now))
    stage.pay(checkout)
    assert sweep(later(now, 1)) == 0  # a webhook is given two minutes
    assert sweep(later(now, 2)) == 1
    gift.refresh_from_db()
    assert (gift.state, gift.fee_minor) == (GiftState.SUCCEEDED, None)
    stage.fee_arrives(gift)
    assert sweep(later(now, 3)) == 0
    assert sweep(later(now, 4)) == 1
    gift.refresh_from_db()
    assert (gift.fee_minor, gift.next_check_at, Transaction.objects.count()) == (295_00, None, 2)
    assert sweep(later(now, 10_000)) == 0


def test_declined_and_expired_gifts_are_found(stage: Stage, fund: Fund, now: datetime) -> None:
    declined, page = opened(make_gift(fund, now))
    stage.pay(page, card=DECLINED)
    expired, closing = opened(make_gift(fund, now))
    stage.page_closes(closing)
    assert sweep(later(now, 2)) == 2
    states = dict(Gift.objects.values_list("pk", "state"))
    assert states == {declined.pk: GiftState.FAILED, expired.pk: GiftState.EXPIRED}
    stage.page_closes(page)
    assert sweep(later(now, 10)) == 1
    assert Gift.objects.get(pk=declined.pk).state == GiftState.EXPIRED
    assert sweep(later(now, 10_000)) == 0


def test_a_gift_whose_page_was_never_opened_expires_after_a_day(stage: Stage, fund: Fund, now: datetime) -> None:
    make_gift(fund, now)
    for hours in (1, 10, 24):
        sweep(now + timedelta(hours=hours))
    assert Gift.objects.get().state == GiftState.PENDING
    sweep(now + timedelta(hours=31))
    assert (Gift.objects.get().state, Gift.objects.get().next_check_at) == (GiftState.EXPIRED, None)


def test_a_silent_stripe_ends_the_round_and_costs_no_gift_its_turn(
    stage: Stage, fund: Fund, now: datetime, settings: Settings
) -> None:
    gifts = [opened(make_gift(fund, now)) for _ in range(3)]
    for _gift, checkout in gifts:
        stage.pay(checkout)
    base, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    assert sweep(later(now, 2)) == 1
    settings.STRIPE_API_BASE = base
    assert sweep(later(now, 5)) == 3
    assert set(Gift.objects.values_list("state", flat=True)) == {GiftState.SUCCEEDED}


def test_one_strange_gift_does_not_hold_up_the_others(stage: Stage, fund: Fund, now: datetime) -> None:
    strange, page = opened(make_gift(fund, now))
    stage.pay(page)
    Gift.objects.filter(pk=strange.pk).update(amount_minor=strange.amount_minor + 1)
    plain, other = opened(make_gift(fund, now + timedelta(seconds=1)))
    stage.pay(other)
    assert sweep(later(now, 3)) == 2
    assert Gift.objects.get(pk=plain.pk).state == GiftState.SUCCEEDED
    strange.refresh_from_db()
    assert (strange.state, strange.fee_minor) == (GiftState.PENDING, None)
    assert strange.next_check_at is not None


@pytest.mark.usefixtures("committed_db")
def test_two_sweeps_at_once_ask_about_each_gift_once(stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    for _ in range(4):
        opened(make_gift(fund, now))
    claimed = at_once(lambda: [gift.pk for gift in actions.claim_waiting_gifts(now=later(now, 2), limit=3)], 2)
    assert sorted(pk for part in claimed for pk in part) == sorted(Gift.objects.values_list("pk", flat=True))


def received(fund: Fund, now: datetime, **facts: object) -> Gift:
    gift = make_gift(fund, now, donor_email="aigul@example.com", **facts)
    payment = Payment("pi_1", gift.pk, PaymentStatus.SUCCEEDED, gift_amount(gift), "ch_1", now)
    return actions.settle_gift(gift_id=gift.pk, payment=payment, now=now)


def gift_amount(gift: Gift) -> Money:
    return Money(gift.amount_minor, gift.currency)


def test_the_donor_who_left_an_address_gets_one_mail_in_the_language_of_the_gift(fund: Fund, now: datetime) -> None:
    gift = received(fund, now, language="de")
    with time_machine.travel(now, tick=False):
        assert [mail_receipt(str(gift.pk)) for _ in range(3)] == [True, False, False]
    [letter] = mail.outbox
    with override("de"):
        subject = gettext("Your gift has arrived. Town: %(town)s") % {"town": "Temirtau"}
    assert (letter.to, letter.subject) == (["aigul@example.com"], subject)
    assert f"/de/give/gift/{gift.receipt_code}/" in letter.body
    assert "5\u00a0000\u00a0₸" in letter.body
    gift.refresh_from_db()
    assert gift.receipt_sent_at == now


def test_nobody_is_thanked_before_the_money_is_there_or_without_an_address(fund: Fund, now: datetime) -> None:
    waiting = make_gift(fund, now, donor_email="aigul@example.com")
    assert mail_receipt(str(waiting.pk)) is False
    silent = make_gift(fund, now)
    payment = Payment("pi_2", silent.pk, PaymentStatus.SUCCEEDED, gift_amount(silent), "ch_2", now)
    actions.settle_gift(gift_id=silent.pk, payment=payment, now=now)
    assert mail_receipt(str(silent.pk)) is False
    assert mail.outbox == []


def test_a_mail_that_was_lost_is_sent_by_the_sweep_for_three_days(fund: Fund, now: datetime) -> None:
    received(fund, now)
    sweep(later(now, 1))
    sweep(later(now, 2))
    assert len(mail.outbox) == 1
    Gift.objects.update(receipt_sent_at=None)
    sweep(now + timedelta(days=4))
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_leaves_the_receipt_for_later(fund: Fund, now: datetime, settings: Settings) -> None:
    gift = received(fund, now)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    sweep(later(now, 1))
    gift.refresh_from_db()
    assert gift.receipt_sent_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sweep(later(now, 2))
    assert len(mail.outbox) == 1


def test_an_event_thanks_the_donor(stage: Stage, fund: Fund, now: datetime) -> None:
    gift, checkout = opened(make_gift(fund, now, donor_email="aigul@example.com", project=make_project(fund, now)))
    stage.pay(checkout)
    for event in stage.events_of(gift):
        stage.deliver(event)
    assert len(mail.outbox) == 1
    assert fetch_payment(payment_id=stage.payment_of(gift)).reference == gift.pk


def test_what_was_written_on_a_gift_that_nobody_paid_is_erased_after_thirty_days(
    stage: Stage, fund: Fund, now: datetime
) -> None:
    donor = User.objects.create_user("donor@example.org")
    said = {
        "donor_name": "Asel", "donor_email": "asel@example.org", "message": "For you", "tie_to_town": "born",
        "name_public": True, "donor": donor,
    }  # fmt: skip
    gifts = {state: make_gift(fund, now) for state in ("expired", "pending", "failed", "succeeded")}
    _paid, checkout = opened(gifts["succeeded"])
    stage.pay(checkout)
    assert sweep(later(now, 2)) >= 1
    for gift in gifts.values():
        Gift.objects.filter(pk=gift.pk).update(**said)
    Gift.objects.filter(pk=gifts["expired"].pk).update(state=GiftState.EXPIRED)
    Gift.objects.filter(pk=gifts["failed"].pk).update(state=GiftState.FAILED)

    def forget(moment: datetime) -> int:
        with time_machine.travel(moment, tick=False):
            return forget_unpaid_gifts()

    assert forget(now + timedelta(days=30)) == 0
    assert forget(now + timedelta(days=30, seconds=1)) == 1
    assert forget(now + timedelta(days=31)) == 0
    kept = {pk: tuple(row) for pk, *row in Gift.objects.values_list("pk", *said)}
    written = ("Asel", "asel@example.org", "For you", "born", True, donor.pk)
    assert kept.pop(gifts["expired"].pk) == ("", "", "", "", False, None)
    assert set(kept.values()) == {written}
    gone = Gift.objects.get(pk=gifts["expired"].pk)
    assert (gone.amount_minor, gone.state) == (gifts["expired"].amount_minor, "expired")
    entry = Record.objects.get(action="donations.forget")
    assert (entry.object_id, entry.actor_id, entry.detail) == (str(gone.pk), None, {})
