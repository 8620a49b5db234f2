"""A gift that the card processor knows and no webhook has told of is heard of before the two sides are compared."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from common import clock
from common.clock import day_of
from funds.donations.states import GiftState
from funds.reports.models import Comparison, Run
from funds.reports.states import Hop
from funds.reports.tasks import reconcile_daily
from tests.payments.stage import Stage, eager, make_fund, make_gift, opened, stage, stand_in, stripe_settings
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role

__all__ = ["eager", "stage", "stand_in", "stripe_settings"]

pytestmark = pytest.mark.django_db


def by_the_button(town: Town, moment: datetime) -> None:
    treasurer = User.objects.create_user("treasurer@example.org")
    today = day_of(moment)
    appoint(actor=None, user=treasurer, role=Role.TREASURER, town=town, starts_date=today, ends_date=None, now=moment)
    client = Client()
    client.force_login(treasurer)
    answer = client.post(reverse("reports:reconcile"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("reports:reconciliation"))


def by_the_clock(_town: Town, _moment: datetime) -> None:
    assert reconcile_daily()


@pytest.mark.parametrize("compare", [by_the_button, by_the_clock])
def test_the_sum_of_a_gift_whose_webhook_was_lost_is_not_told(
    stage: Stage, compare: Callable[[Town, datetime], None]
) -> None:
    moment = clock.now()
    fund = make_fund(moment)
    gift, checkout = opened(make_gift(fund, moment, name_public=False))
    stage.pay(checkout)
    stage.fee_arrives(gift)
    compare(fund.town, moment)
    gift.refresh_from_db()
    assert gift.state == GiftState.SUCCEEDED
    assert set(Comparison.objects.filter(hop=Hop.CARD).values_list("remainder_minor", flat=True)) == {0}


def test_a_silent_processor_ends_no_reconciliation(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert reconcile_daily()
    assert Run.objects.get().card_reached is False
