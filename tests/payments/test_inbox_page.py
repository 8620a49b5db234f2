"""The inbox as its operator sees it, one more try, and the whole inbox once more."""

from datetime import datetime

import pytest
from django.core.management import call_command
from django.test import Client

from common.clock import day_of
from funds.ledger.models import Transaction
from funds.payments.models import StripeEvent
from funds.payments.rules import kinds
from funds.payments.states import EventState
from funds.payments.views.event_words import WORDS
from tests.payments.stage import Stage, make_fund, make_gift, opened, text_of
from users.models import Appointment, User
from users.states import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client, now: datetime) -> Client:
    user = User.objects.create_user("operator@example.com")
    Appointment.objects.create(user=user, town=None, role=Role.ADMINISTRATOR, starts_date=day_of(now))
    client.force_login(user)
    return client


def test_failed_events_are_shown_with_their_reason_and_tried_again(
    stage: Stage, operator: Client, now: datetime
) -> None:
    gift, checkout = opened(make_gift(make_fund(now), now))
    stage.pay(checkout)
    stage.deliver(stage.events_of(gift)[-1])
    stored = StripeEvent.objects.get()
    StripeEvent.objects.update(state=EventState.FAILED, error="Stripe was away", handled_at=None)
    page = operator.get("/en/treasury/inbox/", {"only": "failed"})
    assert "Stripe was away" in text_of(page.content)
    # What it is stands there in words, its raw name beside them.
    assert f"{WORDS[stored.type]} {stored.type}" in text_of(page.content)
    assert "Stripe was away" not in text_of(operator.get("/en/treasury/inbox/", {"only": "unknown"}).content)
    with stage.capture(execute=True):
        assert operator.post(f"/en/treasury/inbox/{stored.pk}/again/").status_code == 302
    stored.refresh_from_db()
    assert (stored.state, stored.error) == (EventState.HANDLED, "")
    assert Transaction.objects.count() == 1


def test_the_whole_inbox_once_more_changes_nothing(
    stage: Stage, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    gift, checkout = opened(make_gift(make_fund(now), now))
    stage.pay(checkout)
    stage.fee_arrives(gift)
    for event in stage.events_of(gift):
        stage.deliver(event)
    before = list(Transaction.objects.values_list())
    call_command("replay_inbox")
    assert capsys.readouterr().out == "4 events due again, 4 handled now, 0 movements booked\n"
    assert list(Transaction.objects.values_list()) == before
    assert set(StripeEvent.objects.exclude(type="payment_intent.created").values_list("state", flat=True)) == {
        EventState.HANDLED
    }


def test_every_known_event_has_words() -> None:
    assert set(WORDS) == kinds.KNOWN_EVENTS
