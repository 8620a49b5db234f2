"""The whole way with nothing in between: the stand-in delivers to a listening site, repeats, loses and shuffles."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db.models import Sum
from pytest_django.fixtures import Settings

from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.donations.tasks import sweep_waiting_gifts
from funds.ledger.models import Balance, Entry, Fund
from funds.payments.models import StripeEvent
from funds.payments.states import EventState
from tests.payments.machines import site
from tests.payments.stage import KEY, SECRET, WEBHOOK, make_fund, make_gift, opened
from tests.standins.stripe.running import StandIn, wait_for

__all__ = ["site"]

GIFTS = 12


@pytest.fixture
def stripe(site: str, settings: Settings, eager: None, tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in of this test alone: every event twice more, in wild order."""
    wild = {"fee_delay": 0.05, "duplicate": 2, "shuffle": True, "lose": ["payment_intent.succeeded"], "seed": 7}
    with StandIn(tmp_path, site + WEBHOOK, SECRET, KEY, settings=wild) as running:
        settings.STRIPE_API_BASE = running.base
        settings.STRIPE_SECRET_KEY = KEY
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        settings.SITE_URL = site
        yield running
        running.wait_until_idle()


def pay_all(fund: Fund, stripe: StandIn, now: datetime) -> None:
    pages = [opened(make_gift(fund, now))[1].url for _ in range(GIFTS)]
    with ThreadPoolExecutor(4) as payers:
        assert {answer.status for answer in payers.map(stripe.pay, pages)} == {303}


def test_repeated_shuffled_and_lost_deliveries_book_every_gift_and_fee_once(stripe: StandIn, now: datetime) -> None:
    pay_all(make_fund(now), stripe, now)
    stripe.wait_until_idle(seconds=60)
    assert set(Gift.objects.values_list("state", "fee_minor")) == {(GiftState.SUCCEEDED, 295_00)}
    sums = dict(Entry.objects.values_list("account__code").annotate(total=Sum("amount_minor")))
    assert sums == {"stripe": GIFTS * (5_000_00 - 295_00), "gifts": -GIFTS * 5_000_00, "fees": GIFTS * 295_00}
    assert Balance.objects.get(account__code="stripe").amount_minor == GIFTS * (5_000_00 - 295_00)
    assert set(StripeEvent.objects.values_list("type", "state")) == {
        ("payment_intent.created", EventState.IGNORED),
        ("charge.succeeded", EventState.HANDLED),
        ("charge.updated", EventState.HANDLED),
        ("checkout.session.completed", EventState.HANDLED),
    }
    assert StripeEvent.objects.count() == 4 * GIFTS


def test_a_stripe_that_tells_nothing_at_all_is_asked(stripe: StandIn, now: datetime) -> None:
    stripe.control("settings", {"lose": 1})
    pay_all(make_fund(now), stripe, now)
    stripe.wait_until_idle(seconds=60)
    assert StripeEvent.objects.count() == 0
    Gift.objects.update(next_check_at=now - timedelta(days=9000))
    wait_for("every gift is asked after", lambda: sweep_waiting_gifts() == 0)
    assert set(Gift.objects.values_list("state", "fee_minor")) == {(GiftState.SUCCEEDED, 295_00)}
    assert Entry.objects.count() == 4 * GIFTS
