"""Kill -9 in the middle of a gift, then start again: exactly one posting. A real worker process, a real broker."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as site
from django.db import connection

from devservices.account import server_account
from devservices.binaries import find_valkey
from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.ledger.models import Entry, Transaction
from funds.payments.models import StripeEvent
from funds.payments.states import EventState
from funds.payments.tasks import handle_event, sweep_inbox
from tests.payments.stage import KEY, SECRET, Stage, make_fund, make_gift, opened, use_broker
from tests.standins.stripe.running import StandIn, wait_for

pytestmark = pytest.mark.usefixtures("committed_db")


@dataclass
class Killable:
    """A process that can be killed and started again."""

    argv: list[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.argv, stdout=out, stderr=out, env={**os.environ, **self.env}, cwd=site.ROOT
            )

    def kill(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait(timeout=20)
            self.running = None


@dataclass
class Broker(Killable):
    """A Valkey of this test alone."""

    port: int = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        super().start()
        wait_for("Valkey answers", self._answers)

    def _answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = str(find_valkey(server_account()).server)
    argv = [server, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp_path), "--appendonly", "yes"]
    made = Broker(argv, tmp_path / "valkey.log", port=port)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def worker(broker: Broker, stand_in: StandIn, stage: Stage, tmp_path: Path) -> Iterator[Killable]:
    """A Celery worker at the tests' database. What this process enqueues goes to the same broker."""
    own = connection.settings_dict
    env = {
        "DATABASE_URL": f"postgres://{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT']}/{own['NAME']}",
        "REDIS_URL": broker.url,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "STRIPE_API_BASE": stand_in.base,
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
    }
    argv = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "INFO"]
    made = Killable([*argv, "--without-gossip", "--without-mingle"], tmp_path / "worker.log", env)
    before = current_app.conf.broker_url
    use_broker(broker.url, eager=False)
    made.start()
    yield made
    made.kill()
    use_broker(before, eager=False)


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
