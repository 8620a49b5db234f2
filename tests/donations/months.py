"""Monthly gifts at the stand-in: begun, paid, renewed, failed; and the events that tell of it, delivered by hand."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpResponse

from common.money import Money
from funds.donations import actions
from funds.donations.models import MonthlyGift
from funds.donations.rules import Giver
from funds.ledger.models import Fund
from tests.payments.stage import KEY, Stage
from tests.standins.stripe.running import fetch

FAILS_LATER = "4000000000000341"
ASKS_EACH_TIME = "4000002760003184"


def make_monthly(fund: Fund, moment: datetime, **facts: object) -> MonthlyGift:
    """A monthly gift that somebody has begun: 20 euro to the whole fund unless said otherwise."""
    told: dict[str, Any] = {
        "project": None,
        "need": None,
        "amount": Money(20_00, "EUR"),
        "giver": Giver(),
        "donor_name": "Aigul",
        "donor_email": "aigul@example.com",
        "name_public": True,
        "message": "",
        "tie_to_town": "",
        "language": "en",
        "donor": None,
        "covers_fee": False,
        "submission_key": uuid4(),
    }
    return actions.start_monthly(fund=fund, now=moment, **{**told, **facts})


@dataclass
class Months:
    """One monthly gift and the post office that brings what Stripe tells of it."""

    stage: Stage
    monthly: MonthlyGift
    delivered: set[str] = field(default_factory=set)

    def begin(self, *, card: str = "4242424242424242") -> dict[str, Any]:
        """The giver pays the first month on the hosted page."""
        actions.open_monthly_checkout(monthly=self.monthly)
        self.monthly.refresh_from_db()
        told: dict[str, Any] = {"session": self.monthly.checkout_session, "card": card, "step": "authenticate"}
        return self.stage.stand_in.control("pay", told)

    @property
    def subscription(self) -> str:
        """What Stripe calls it."""
        session = self.stage.sdk().v1.checkout.sessions.retrieve(self.monthly.checkout_session or "")
        assert isinstance(session.subscription, str)
        return session.subscription

    def renew(self) -> dict[str, Any]:
        """The next month begins now."""
        return self.stage.stand_in.control("renew", {"subscription": self.subscription})

    def invoices(self) -> list[Any]:
        """The bills, newest first."""
        return list(self.stage.sdk().v1.invoices.list({"subscription": self.subscription}).data)

    def events(self) -> list[dict[str, Any]]:
        """What Stripe has told of it since the last time, oldest first."""
        ids = {self.subscription, self.monthly.checkout_session, *(one.id for one in self.invoices())}
        answer = fetch(f"{self.stage.stand_in.base}/v1/events?limit=100", headers={"Authorization": f"Bearer {KEY}"})
        told = json.loads(answer.text)["data"]
        fresh = [one for one in reversed(told) if one["data"]["object"].get("id") in ids]
        return [one for one in fresh if one["id"] not in self.delivered]

    def deliver(self, *types: str) -> list[HttpResponse]:
        """Bring the events of these types (all, if none is named) that were not brought yet."""
        events = [one for one in self.events() if not types or one["type"] in types]
        self.delivered |= {one["id"] for one in events}
        return [self.stage.deliver(one) for one in events]
