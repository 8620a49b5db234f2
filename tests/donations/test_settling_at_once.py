"""Workers, webhooks and readers at the same moment, and a worker that dies in between: one gift, one fee."""

from datetime import datetime, timedelta

import pytest

from audit.models import Record
from funds.donations import actions
from funds.donations.states import GiftState
from funds.ledger.states import Kind
from funds.payments.models import StripeEvent
from funds.payments.states import EventState
from funds.payments.tasks import handle_event, sweep_inbox
from tests.donations.test_settling import ledger_lines, paid
from tests.payments.stage import Stage, at_once

FEE = 14_500 + 15_000  # 2.9 % + 150 tenge, as the stand-in charges


@pytest.mark.usefixtures("committed_db")
def test_webhook_workers_and_readers_at_once_book_one_gift_and_one_fee(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now)
    stage.fee_arrives(gift)
    at_once(lambda: actions.catch_up(gift=gift, now=now), 6)
    gift.refresh_from_db()
    assert (gift.state, gift.fee_minor, ledger_lines(gift)) == (GiftState.SUCCEEDED, FEE, [Kind.GIFT, Kind.FEE])
    steps = Record.objects.filter(object_id=str(gift.pk)).order_by("id").values_list("action", flat=True)
    assert list(steps) == ["donations.start", "donations.settle"]


@pytest.mark.usefixtures("committed_db")
def test_the_same_event_five_times_at_once_is_one_posting(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now)
    [event] = [event for event in stage.events_of(gift) if event["type"] == "payment_intent.succeeded"]
    answers = at_once(lambda: stage.deliver(event).status_code, 5)
    assert answers == [200] * 5
    assert (StripeEvent.objects.count(), ledger_lines(gift)) == (1, [Kind.GIFT])


@pytest.mark.usefixtures("committed_db")
def test_a_worker_killed_after_taking_an_event_is_replaced_when_its_lease_is_over(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now)
    [event] = [event for event in stage.events_of(gift) if event["type"] == "payment_intent.succeeded"]
    stage.deliver(event)
    # As the first worker's death would have left it: taken, not handled.
    StripeEvent.objects.update(state=EventState.RECEIVED, next_attempt_at=now + timedelta(days=900), handled_at=None)
    stored = StripeEvent.objects.get()
    handle_event(str(stored.pk))
    assert StripeEvent.objects.get().state == EventState.RECEIVED  # in somebody's hands
    StripeEvent.objects.update(next_attempt_at=now - timedelta(days=900))
    assert sweep_inbox() == 1
    assert (StripeEvent.objects.get().state, ledger_lines(gift)) == (EventState.HANDLED, [Kind.GIFT])
