"""What befell a month's payment before its bill was heard of: nobody's at that moment, the gift's once there is one."""

import json
from datetime import datetime
from typing import Any

import pytest

from common.clock import now as this_moment
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.states import DisputeState, RefundState
from funds.ledger.models import Fund
from funds.payments.actions import replay
from funds.payments.models import StripeEvent
from funds.payments.states import EventState
from funds.payments.tasks import sweep_inbox
from tests.donations.months import Months, make_monthly
from tests.donations.replayed import changes, standing
from tests.payments.stage import KEY, Stage, make_fund
from tests.standins.stripe.running import fetch

_OF_PAYMENTS = ("charge.dispute.", "radar.early_fraud_warning.", "refund.")


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


@pytest.fixture
def months(fund: Fund, stage: Stage) -> Months:
    """A first month that was paid, and that nobody here has heard of yet."""
    begun = Months(stage, make_monthly(fund, this_moment(), donor_name="", name_public=False))
    begun.begin()
    return begun


def befalls(months: Months, act: str, **told: object) -> list[dict[str, Any]]:
    """Something happens to the payment at the card service; the events that tell of it, not delivered yet."""
    made = months.stage.stand_in.control(act, {"subscription": months.subscription, **told})
    answer = fetch(f"{months.stage.stand_in.base}/v1/events?limit=100", headers={"Authorization": f"Bearer {KEY}"})
    events = [one for one in json.loads(answer.text)["data"] if one["type"].startswith(_OF_PAYMENTS)]
    return [one for one in events if one["data"]["object"]["id"] == made["id"]]


@pytest.mark.parametrize("act", ["dispute", "fraud_warning", "refund"])
def test_what_came_before_the_bill_is_the_gift_s_all_the_same(months: Months, act: str) -> None:
    told = {"inquiry": True} if act == "dispute" else {}
    early = befalls(months, act, **told)
    assert early
    for event in early:
        months.stage.deliver(event)
    assert set(StripeEvent.objects.values_list("state", flat=True)) == {EventState.IGNORED}
    months.deliver("invoice.paid")
    gift = Gift.objects.get()
    disputes = list(Dispute.objects.values_list("gift", "state"))
    refunds = list(Refund.objects.values_list("gift", "state"))
    assert disputes == ([(gift.pk, DisputeState.WARNING)] if act == "dispute" else [])
    assert refunds == ([(gift.pk, RefundState.SUCCEEDED)] if act == "refund" else [])
    assert (gift.warned_at is not None) == (act == "fraud_warning")
    stood = standing()
    assert replay(now=this_moment()) > 0
    assert sweep_inbox() > 0
    assert changes(stood, standing()) == []
