"""Events lost, doubled and shuffled, worker and Valkey killed: one sweep later the ledger is the card account."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest
from celery import current_app
from pytest_django.fixtures import Settings

from common import clock
from funds.donations.models import Dispute, Gift, MonthlyGift, Refund
from funds.payments.actions import replay
from funds.payments.models import PayoutShare, StripeEvent
from funds.payments.tasks import sweep_inbox
from tests.donations.chaos import Chaos
from tests.donations.replayed import changes, standing
from tests.payments.machines import Broker, broker, site, worker_at
from tests.payments.stage import KEY, SECRET, WEBHOOK, make_fund, make_project, use_broker
from tests.standins.stripe.running import StandIn, wait_for

__all__ = ["broker", "site"]
_MANY = 2_000
SEED = int(os.environ.get("ASAR_CHAOS_SEED", "11"))
"""What decides everything; another one tells of another month."""


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
        "seed": SEED,
    }
    with StandIn(tmp_path, site + WEBHOOK, SECRET, KEY, settings=wild) as running:
        settings.STRIPE_API_BASE = running.base
        settings.STRIPE_SECRET_KEY = KEY
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        settings.SITE_URL = site
        yield running


def _more_than(count: int) -> bool:
    return StripeEvent.objects.count() > count


def _delivered(stripe: StandIn) -> bool:
    counted = stripe.control("state")["deliveries"]
    return bool(counted["pending"] == counted["held"] == 0)


@pytest.fixture
def spool(tmp_path: Path, settings: Settings) -> Path:
    """Where the letters of this process and of the worker lie."""
    folder = tmp_path / "letters"
    folder.mkdir()
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(folder)
    return folder


@pytest.mark.parametrize(
    ("gifts", "monthly", "kills"),
    [(40, 6, 2), pytest.param(2_000, 120, 6, marks=pytest.mark.soak)],
    ids=["forty", "two thousand"],
)
def test_after_one_sweep_the_ledger_is_the_card_account(
    site: str,
    stripe: StandIn,
    broker: Broker,
    spool: Path,
    tmp_path: Path,
    gifts: int,
    monthly: int,
    kills: int,
) -> None:
    now = clock.now()
    fund = make_fund(now)
    projects = [make_project(fund, now), make_project(fund, now, title="Pipes")]
    chaos = Chaos(stripe, fund, projects, now, Random(SEED), spool)
    worker = worker_at(broker, stripe, tmp_path / "worker.log")
    worker.env |= {"DJANGO_SETTINGS_MODULE": "tests.donations.spooling", "MAIL_SPOOL": str(spool), "SITE_URL": site}
    before = current_app.conf.broker_url, current_app.conf.task_always_eager
    use_broker(broker.url, eager=False)
    try:
        chaos.give(gifts)
        chaos.give_monthly(monthly)
        chaos.happen()
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
    chaos.check_letters(kills=kills + 1)  # and the worker that was stopped at the end
    failing = -(-monthly // 3)
    assert Gift.objects.filter(state="succeeded").count() > gifts // 2
    assert Refund.objects.count() > gifts // 20
    assert Dispute.objects.count() > gifts // 40
    told = PayoutShare.objects.filter(transaction__isnull=False)
    assert told.exists() or gifts < _MANY  # those of few may all wait for others
    assert PayoutShare.objects.exists()
    assert Gift.objects.filter(state="succeeded", monthly__isnull=False).count() > monthly * 3 // 2
    assert MonthlyGift.objects.filter(state="past_due").count() == failing - failing // 2
    stood = standing()
    assert replay(now=now) > 0
    StripeEvent.objects.update(next_attempt_at=now)
    assert sweep_inbox() > 0
    assert changes(stood, standing()) == []
    chaos.check_letters(kills=kills + 1)
