"""Kill -9 in the middle of a gift, then start again: exactly one posting. A real worker process, a real broker."""

from datetime import datetime, timedelta

import pytest

from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.ledger.models import Entry, Transaction
from funds.payments.models import StripeEvent
from funds.payments.states import EventState
from funds.payments.tasks import handle_event, sweep_inbox
from tests.payments.machines import Broker, Killable, broker, worker
from tests.payments.stage import Stage, make_fund, make_gift, opened
from tests.standins.stripe.running import StandIn, wait_for

__all__ = ["broker", "worker"]

pytestmark = pytest.mark.usefixtures("committed_db")


def slow_stripe(stand_in: StandIn, seconds: float) -> None:
    stand_in.control("settings", {"api_delay": seconds})


def paid_gift(stage: Stage, now: datetime) -> tuple[Gift, dict[str, object]]:
    gift, checkout = opened(make_gift(make_fund(now), now))
    stage.pay(checkout)
    [event] = [event for event in stage.events_of(gift) if event["type"] == "checkout.session.completed"]
    return gift, event


def settled() -> bool:
    return Gift.objects.get().state == GiftState.SUCCEEDED


def all_handled() -> bool:
    return set(StripeEvent.objects.values_list("state", flat=True)) == {EventState.HANDLED}


def booked_once() -> bool:
    return (Transaction.objects.count(), Entry.objects.count()) == (1, 2)


@pytest.mark.soak  # nine seconds; the chaos of forty gifts kills workers too
def test_a_worker_killed_while_it_asks_stripe(worker: Killable, stage: Stage, stand_in: StandIn, now: datetime) -> None:
    _gift, event = paid_gift(stage, now)
    slow_stripe(stand_in, 8)
    try:
        assert stage.deliver(event).status_code == 200
        wait_for("the worker has the event", lambda: StripeEvent.objects.get().attempts == 1, seconds=60)
        worker.kill()
    finally:
        slow_stripe(stand_in, 0)
    assert (Gift.objects.get().state, Transaction.objects.count()) == (GiftState.PENDING, 0)
    StripeEvent.objects.update(next_attempt_at=now - timedelta(days=9000))  # the lease is over
    worker.start()
    sweep_inbox.delay()  # as the clock does every five seconds
    wait_for("the gift is settled", settled, seconds=60)
    wait_for("the event is done", all_handled)
    handle_event.delay(str(StripeEvent.objects.get().pk))  # the message that came back
    sweep_inbox.delay()
    assert booked_once()


@pytest.mark.soak
def test_a_broker_killed_with_the_message_in_it(worker: Killable, broker: Broker, stage: Stage, now: datetime) -> None:
    worker.kill()
    gift, event = paid_gift(stage, now)
    assert stage.deliver(event).status_code == 200
    broker.kill()
    others = [event for event in stage.events_of(gift) if event["type"] == "charge.succeeded"]
    assert [stage.deliver(event).status_code for event in others] == [200]
    assert StripeEvent.objects.count() == 2
    broker.start()
    worker.start()
    sweep_inbox.delay()
    wait_for("the gift is settled", settled, seconds=60)
    wait_for("both events are done", all_handled)
    assert booked_once()


@pytest.mark.soak
def test_a_broker_killed_under_a_living_worker(worker: Killable, broker: Broker, stage: Stage, now: datetime) -> None:
    _gift, event = paid_gift(stage, now)
    wait_for("the worker is ready", lambda: b" ready." in worker.log.read_bytes(), seconds=60)
    broker.kill()
    assert stage.deliver(event).status_code == 200
    assert (Gift.objects.get().state, StripeEvent.objects.get().attempts) == (GiftState.PENDING, 0)
    broker.start()
    sweep_inbox.delay()
    wait_for("the gift is settled", settled, seconds=60)
    wait_for("the event is done", all_handled)
    assert booked_once()
