"""Events lost, doubled and shuffled, worker and Valkey killed: one sweep later the ledger is the card account."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random

import pytest
from celery import current_app
from pytest_django.fixtures import Settings

from audit.models import Record
from funds.donations.models import Dispute, Gift, Refund
from funds.ledger.models import Transaction
from funds.payments.actions import replay
from funds.payments.models import Movement, StripeEvent
from funds.payments.tasks import sweep_inbox
from tests.donations.chaos import Chaos
from tests.payments.machines import Broker, broker, site, worker_at
from tests.payments.stage import KEY, SECRET, WEBHOOK, make_fund, make_project, use_broker
from tests.standins.stripe.running import StandIn, wait_for

__all__ = ["broker", "site"]


@pytest.fixture
def stripe(site: str, settings: Settings, tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in of this test alone: 10 % of events lost, 20 % doubled, all shuffled, held until they are let go."""
    wild = {
        "settlement": ["eur", "kzt"],
        "rate_drift": 0.03,
        "fee_delay": 0.05,
        "refund_delay": 0.1,
        "delivery": "held",
        "duplicate": 1,
        "duplicate_share": 0.2,
        "lose": 0.1,
        "shuffle": True,
        "seed": 4,
    }
    with StandIn(tmp_path, site + WEBHOOK, SECRET, KEY, settings=wild) as running:
        settings.STRIPE_API_BASE = running.base
        settings.STRIPE_SECRET_KEY = KEY
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        settings.SITE_URL = site
        yield running


def _time_passes(stripe: StandIn) -> None:
    """Fees arrive, pending refunds go through, pages that nobody paid expire: all that waits is due now."""

    def over() -> bool:
        stripe.control("advance", {})
        return not stripe.control("state")["timers"]

    wait_for("nothing waits at the card service", over, seconds=120)


def _more_than(count: int) -> bool:
    return StripeEvent.objects.count() > count


def _delivered(stripe: StandIn) -> bool:
    counted = stripe.control("state")["deliveries"]
    return bool(counted["pending"] == counted["held"] == 0)


@pytest.mark.parametrize(
    ("gifts", "kills"), [(60, 2), pytest.param(2_000, 6, marks=pytest.mark.soak)], ids=["sixty", "two thousand"]
)
def test_after_one_sweep_the_ledger_is_the_card_account(
    stripe: StandIn, broker: Broker, tmp_path: Path, now: datetime, gifts: int, kills: int
) -> None:
    fund = make_fund(now)
    projects = [make_project(fund, now), make_project(fund, now, title="Pipes")]
    chaos = Chaos(stripe, fund, projects, now, Random(11))
    worker = worker_at(broker, stripe, tmp_path / "worker.log")
    before = current_app.conf.broker_url, current_app.conf.task_always_eager
    use_broker(broker.url, eager=False)
    try:
        chaos.give(gifts)
        _time_passes(stripe)
        chaos.trouble(0.4)
        _time_passes(stripe)
        worker.start()
        for _kill in range(kills):
            stripe.control("release", {})
            arrived = StripeEvent.objects.count()
            wait_for("more arrives", partial(_more_than, arrived + 20), seconds=60)
            worker.kill()
            broker.kill()
            chaos.look()
            broker.start()
            worker.start()
            sweep_inbox.delay()
        wait_for("all is delivered", lambda: _delivered(stripe), seconds=1200)
        worker.kill()
    finally:
        worker.kill()
        use_broker(before[0], eager=True)
    try:
        chaos.sweep(now)
    finally:
        use_broker(before[0], eager=before[1])
    chaos.check()
    assert Gift.objects.filter(state="succeeded").count() > gifts // 2
    assert Refund.objects.count() > gifts // 20
    assert Dispute.objects.count() > gifts // 40
    assert _nothing_changes_when_the_inbox_is_replayed(now)


def _nothing_changes_when_the_inbox_is_replayed(now: datetime) -> bool:
    def state() -> list[object]:
        return [
            *Gift.objects.order_by("pk").values_list(),
            *Refund.objects.order_by("pk").values_list(),
            *Dispute.objects.order_by("pk").values_list(),
            *Movement.objects.order_by("pk").values_list(),
            Transaction.objects.count(),
            Record.objects.count(),
        ]

    before = state()
    assert replay(now=now) > 0
    StripeEvent.objects.update(next_attempt_at=now)
    assert sweep_inbox() > 0
    return state() == before
