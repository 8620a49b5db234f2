"""What tests of gifts share: the stand-in as its own process, signed deliveries, a project, real commits, workers."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import stripe
from celery import current_app
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from common.money import Money
from councils.meetings.models import Decision, Vote
from councils.meetings.states import Choice, Outcome
from councils.members.models import Council
from councils.needs.models import Need
from councils.needs.states import Category, NeedState
from funds.donations import actions
from funds.donations.models import Gift
from funds.ledger.models import Earmark, Fund
from funds.payments.rules import Checkout
from funds.projects.models import Project
from tests.standins.stripe.running import Fetched, StandIn, wait_for
from towns.models import Town
from users.models import Appointment, User
from users.states import Role

SECRET = "whsec_tests"
KEY = "sk_test_tests"
WEBHOOK = "/stripe/webhook/"
DECLINED = "4000000000000002"
_Done = TypeVar("_Done")


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """One process for the whole run. It delivers nothing by itself: tests say what arrives, when, and how often."""
    folder = tmp_path_factory.mktemp("stripe")
    slow = {"delivery": "held", "fee_delay": 1_000_000}
    with StandIn(folder, "http://127.0.0.1:9/", SECRET, KEY, settings=slow) as running:
        yield running


@dataclass
class Stage:
    """The stand-in as a test uses it, and the post office that brings its events to the site."""

    stand_in: StandIn
    capture: DjangoCaptureOnCommitCallbacks
    client: Client

    def sdk(self) -> stripe.StripeClient:
        """The official client, to look at the stand-in from outside."""
        return stripe.StripeClient(KEY, base_addresses={"api": self.stand_in.base})

    def pay(self, checkout: Checkout, *, card: str = "4242424242424242") -> Fetched:
        """A person fills in the hosted page."""
        return self.stand_in.pay(checkout.url, card=card)

    def fee_arrives(self, gift: Gift) -> None:
        """The charge of a paid gift gets its balance transaction now."""
        charge = self.charge_of(gift)
        self.stand_in.control("advance", {"object": charge})
        wait_for("the fee of a charge", lambda: self.sdk().v1.charges.retrieve(charge).balance_transaction)

    def page_closes(self, checkout: Checkout) -> None:
        """The time of an unpaid page is over now."""
        self.stand_in.control("advance", {"object": checkout.id})
        sessions = self.sdk().v1.checkout.sessions
        wait_for("an expired page", lambda: sessions.retrieve(checkout.id).status == "expired")

    def payment_of(self, gift: Gift) -> str:
        """The payment intent that Stripe holds for a gift."""
        assert gift.checkout_session is not None
        intent = self.sdk().v1.checkout.sessions.retrieve(gift.checkout_session).payment_intent
        assert isinstance(intent, str)
        return intent

    def charge_of(self, gift: Gift) -> str:
        """The latest charge that Stripe holds for a gift."""
        charge = self.sdk().v1.payment_intents.retrieve(self.payment_of(gift)).latest_charge
        assert isinstance(charge, str)
        return charge

    def events_of(self, gift: Gift) -> list[dict[str, Any]]:
        """Everything that Stripe has to tell about a gift, in the order in which it happened."""
        told = [event.to_dict() for event in self.sdk().v1.events.list({"limit": 100}).auto_paging_iter()]
        reference = str(gift.pk)
        return [event for event in reversed(told) if _reference(event["data"]["object"]) == reference]

    def deliver(self, event: dict[str, Any], *, secret: str = SECRET, at: datetime | None = None) -> HttpResponse:
        """Post one event as Stripe does, and let what it sets off happen."""
        with self.capture(execute=True):
            return post_event(self.client, json.dumps(event).encode(), secret=secret, at=at)

    @contextmanager
    def settling_in(self, *currencies: str, **settings: object) -> Iterator[None]:
        """The card account holds these currencies alone; what comes in others is exchanged into the first."""
        before = {name: value for name, value in self.stand_in.control("settings").items() if name in settings}
        self.stand_in.control("settings", {"settlement": [code.lower() for code in currencies], **settings})
        try:
            yield
        finally:
            self.stand_in.control("settings", {"settlement": [], **before})


def _reference(thing: dict[str, Any]) -> str | None:
    return thing["metadata"].get("asar_reference") if thing.get("metadata") else None


def post_event(client: Client, body: bytes, *, secret: str = SECRET, at: datetime | None = None) -> HttpResponse:
    """A signed POST. `at` is the moment that the signature names."""
    moment = int((at or datetime.now(UTC)).timestamp())
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, moment)
    answer = client.post(WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": header})
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.fixture
def stripe_settings(stand_in: StandIn, settings: Settings) -> None:
    """The site speaks to the stand-in, and tasks run where they are enqueued."""
    settings.STRIPE_API_BASE = stand_in.base
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.SITE_URL = "http://testserver"


@pytest.fixture
def eager() -> Iterator[None]:
    """Tasks run where they are enqueued; no broker is asked."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


@pytest.fixture
def stage(
    stand_in: StandIn,
    stripe_settings: None,
    eager: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Stage:
    """The stand-in and the post office."""
    return Stage(stand_in, django_capture_on_commit_callbacks, Client())


def at_once(work: Callable[[], _Done], times: int) -> list[_Done]:
    """Do the same in that many threads, each with its own connection, begun at the same moment."""
    gate = threading.Barrier(times)

    def one(_number: int) -> _Done:
        gate.wait(timeout=20)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@contextmanager
def broker_gone() -> Iterator[None]:
    """Valkey does not answer: the broker is looked for at a closed port."""
    before = current_app.conf.broker_url, current_app.conf.task_always_eager
    use_broker("redis://127.0.0.1:9/0", eager=False)
    try:
        yield
    finally:
        use_broker(before[0], eager=before[1])


def use_broker(url: str, *, eager: bool) -> None:
    """Send tasks to this broker from now on, or run them where they are enqueued."""
    current_app.conf.update(broker_url=url, task_always_eager=eager)
    # Connections of the other broker are kept; the application has no public way to forget them.
    vars(current_app)["_pool"] = None
    vars(current_app.amqp)["_producer_pool"] = None


def text_of(page: bytes) -> str:
    """What a person reads on a page, spaces made plain."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


def make_fund(moment: datetime) -> Fund:
    """The fund of Temirtau."""
    return Fund.objects.create(
        town=Town.objects.get(slug="temirtau"), legal_entity="Tests e.V.", founded_date=moment.date()
    )


@transaction.atomic
def make_project(fund: Fund, moment: datetime, *, title: str = "Lamps for Mira street") -> Project:
    """A project with all that the database demands before it: an accepted need and an adopted decision."""
    members = [_member(fund.town, role, moment) for role in (Role.CHAIR, Role.COUNCILLOR, Role.SECRETARY)]
    council, _ = Council.objects.get_or_create(
        town=fund.town, defaults={"seats": 99, "legal_basis": "Tests", "founded_date": moment.date()}
    )
    chair = members[0].user
    need = Need.objects.create(
        ticket=f"T{uuid4().hex[:10]}",
        submission_key=uuid4(),
        town=fund.town,
        text="The street is dark.",
        language="en",
        category=Category.LIGHTING,
        state=NeedState.ACCEPTED,
        filed_at=moment - timedelta(days=30),
        answered_at=moment - timedelta(days=20),
        answered_by=chair,
    )
    decision = Decision.objects.create(
        council=council,
        need=need,
        number=council.decisions.count() + 1,
        title=title,
        text="Lamps shall stand there.",
        language="en",
        decided_date=moment.date(),
        recorded_at=moment,
        recorded_by=chair,
        seats=3,
        quorum=2,
        in_favour=3,
        against=0,
        abstained=0,
        recused=0,
        absent=0,
        outcome=Outcome.ADOPTED,
        submission_key=uuid4(),
    )
    Vote.objects.bulk_create(Vote(decision=decision, appointment=member, choice=Choice.FOR) for member in members)
    earmark = Earmark.objects.create(fund=fund, label=title)
    return Project.objects.create(
        id=earmark.pk,
        earmark=earmark,
        fund=fund,
        decision=decision,
        title=title,
        summary="Twelve lamps.",
        language="en",
        goal_minor=1_000_000_00,
        opened_at=moment,
        opened_by=chair,
    )


def _member(town: Town, role: Role, moment: datetime) -> Appointment:
    user = User.objects.create_user(f"{role}-{uuid4().hex[:8]}@example.com")
    return Appointment.objects.create(user=user, town=town, role=role, starts_date=moment.date())


def make_gift(fund: Fund, moment: datetime, **facts: object) -> Gift:
    """A gift that somebody has begun: 5 000 tenge to the whole fund, by name, unless said otherwise."""
    told: dict[str, Any] = {
        "project": None,
        "amount": Money(5_000_00, "KZT"),
        "donor_name": "Test Giver",
        "donor_email": "",
        "name_public": True,
        "message": "",
        "tie_to_town": "",
        "language": "en",
        "donor": None,
        "submission_key": uuid4(),
    }
    return actions.start_gift(fund=fund, now=moment, **{**told, **facts})


def opened(gift: Gift) -> tuple[Gift, Checkout]:
    """The gift with its payment page."""
    checkout = actions.open_checkout(gift=gift)
    gift.refresh_from_db()
    return gift, checkout
