"""A gift that the card processor knows and no webhook has told of is heard of before the two sides are compared."""

import pytest
from pytest_django.fixtures import Settings

from common import clock
from funds.donations.states import GiftState
from funds.reports.models import Comparison, Run
from funds.reports.states import Hop
from funds.reports.tasks import hear_and_reconcile, reconcile_daily
from tests.payments.stage import Stage, eager, make_fund, make_gift, opened, stage, stand_in, stripe_settings

__all__ = ["eager", "stage", "stand_in", "stripe_settings"]

pytestmark = pytest.mark.django_db


def test_the_sum_of_a_gift_whose_webhook_was_lost_is_not_told(stage: Stage) -> None:
    moment = clock.now()
    gift, checkout = opened(make_gift(make_fund(moment), moment, name_public=False))
    stage.pay(checkout)
    stage.fee_arrives(gift)
    hear_and_reconcile()  # as the clock and the button do
    gift.refresh_from_db()
    assert gift.state == GiftState.SUCCEEDED
    assert set(Comparison.objects.filter(hop=Hop.CARD).values_list("remainder_minor", flat=True)) == {0}


def test_a_silent_processor_ends_no_reconciliation(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert reconcile_daily()
    assert Run.objects.get().card_reached is False
