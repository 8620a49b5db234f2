"""The one door that Stripe knocks at: what is stored, what is refused, and that a missing broker loses nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import stripe
import time_machine
from django.test import Client
from pytest_django.asserts import assertNumQueries
from pytest_django.fixtures import Settings

from funds.payments.models import StripeEvent
from funds.payments.queries import UNKNOWN, inbox_counts, inbox_page, latest_events
from funds.payments.states import EventState
from funds.payments.stripe import EventRefusedError, verify_event
from tests.payments.stage import SECRET, WEBHOOK, post_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_settings")]

# Made with Stripe's own helper; see the documentation of Stripe-Signature, scheme v1.
VECTOR_BODY = b'{"id":"evt_test","object":"event"}'
VECTOR_HEADER = "t=1700000000,v1=8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724"
VECTOR_SECRET = "whsec_test_secret"


def event(type_: str = "payment_intent.succeeded", **changes: object) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_700_000_000,
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"name": "Aigul"}}},
        "livemode": False,
        "type": type_,
    }
    return {**told, **changes}


def post(client: Client, told: object, *, secret: str = SECRET, at: datetime | None = None) -> int:
    return post_event(client, json.dumps(told).encode(), secret=secret, at=at).status_code


def test_an_event_is_stored_with_its_envelope_and_without_what_it_tells_about_people(client: Client) -> None:
    told = event()
    with assertNumQueries(3):  # a savepoint around one INSERT
        assert post(client, told) == 200
    stored = StripeEvent.objects.get()
    assert (stored.event_id, stored.type, stored.object_id, stored.state) == (
        told["id"],
        "payment_intent.succeeded",
        "pi_1",
        EventState.RECEIVED,
    )
    assert stored.payload == {
        "object": "payment_intent",
        "payment_intent": "pi_1",
        "created": 1_700_000_000,
        "api_version": "2026-10-28.endive",
    }


def test_the_same_event_again_is_answered_and_not_stored_again(client: Client) -> None:
    told = event()
    assert [post(client, told) for _ in range(3)] == [200, 200, 200]
    assert StripeEvent.objects.count() == 1


def test_an_unknown_type_is_stored_as_ignored_and_shown(client: Client) -> None:
    told = event("treasury.thing.invented", data={"object": {"id": "thing_1", "object": "treasury.thing"}})
    assert post(client, told) == 200
    assert inbox_counts() == {("ignored", "treasury.thing.invented"): 1}
    assert [stored.event_id for stored in inbox_page(only=UNKNOWN)] == [told["id"]]
    assert [stored.event_id for stored in latest_events(state=EventState.IGNORED)] == [told["id"]]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"object":"event"}'])
def test_what_is_no_event_is_refused_although_it_is_signed(client: Client, body: bytes) -> None:
    moment = int(datetime.now(UTC).timestamp())
    signed = stripe.WebhookSignature._compute_signature(f"{moment}.{body.decode('latin-1')}", SECRET)
    header = f"t={moment},v1={signed}"
    answer = client.post(WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": header})
    assert (answer.status_code, StripeEvent.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "e" * 300},
        {"type": 7},
        {"created": "yesterday"},
        {"data": {}},
        {"data": {"object": []}},
        {"data": {"object": {"id": 5, "object": "charge"}}},
    ],
)
def test_an_event_of_another_shape_is_refused(client: Client, changes: dict[str, Any]) -> None:
    assert (post(client, event(**changes)), StripeEvent.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", "t=abc,v1=00", "t=1700000000", f"t={2**40},v1={'0' * 64}", f"t={2**40},v0={'0' * 64}"],
)
def test_a_forged_signature_is_refused(client: Client, header: str) -> None:
    answer = client.post(
        WEBHOOK, json.dumps(event()), content_type="application/json", headers={"Stripe-Signature": header}
    )
    assert (answer.status_code, StripeEvent.objects.count()) == (400, 0)


def test_another_secret_is_refused(client: Client) -> None:
    assert (post(client, event(), secret="whsec_other"), StripeEvent.objects.count()) == (400, 0)


def test_a_changed_body_is_refused(client: Client) -> None:
    body = json.dumps(event()).encode()
    moment = int(datetime.now(UTC).timestamp())
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, moment)
    answer = client.post(WEBHOOK, body + b" ", content_type="application/json", headers={"Stripe-Signature": header})
    assert (answer.status_code, StripeEvent.objects.count()) == (400, 0)


def test_an_old_delivery_is_refused_and_a_slow_one_is_not(client: Client) -> None:
    now = datetime.now(UTC)
    assert post(client, event(), at=now - timedelta(seconds=310)) == 400
    assert post(client, event(), at=now - timedelta(seconds=290)) == 200
    assert StripeEvent.objects.count() == 1


def test_an_event_of_the_other_mode_is_refused(client: Client, settings: Settings) -> None:
    assert post(client, event(livemode=True)) == 400
    settings.STRIPE_LIVEMODE = True
    assert post(client, event(livemode=False)) == 400
    assert StripeEvent.objects.count() == 0
    assert post(client, event(livemode=True)) == 200


def test_without_a_secret_nothing_is_believed(client: Client, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert (post(client, event(), secret=""), StripeEvent.objects.count()) == (400, 0)


def test_too_much_is_refused_unread(client: Client) -> None:
    answer = post_event(client, json.dumps(event(padding="x" * 300_000)).encode())
    assert (answer.status_code, answer.content, StripeEvent.objects.count()) == (400, b"too large", 0)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(event(id="evt_\x00")),
        json.dumps(event(id="evt_\ud800")),
        json.dumps(event(api_version="2026\x00")),
        json.dumps(event()).replace('"created": ', '"created": 1e999, "was": ', 1),
        "[" * 100_000,
    ],
)
def test_what_the_database_could_not_keep_is_refused_though_signed(client: Client, body: str) -> None:
    answer = post_event(client, body.encode())
    assert (answer.status_code, answer.content, StripeEvent.objects.count()) == (400, b"refused", 0)


def test_only_post_is_answered_and_no_csrf_token_is_asked_for() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(WEBHOOK).status_code == 405
    assert post(client, event()) == 200


def test_the_signature_is_the_one_that_stripe_documents(settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = VECTOR_SECRET
    with time_machine.travel(datetime.fromtimestamp(1_700_000_100, UTC), tick=False):
        with pytest.raises(EventRefusedError, match="not an event of the kind"):  # the signature is right
            verify_event(body=VECTOR_BODY, signature=VECTOR_HEADER)
        with pytest.raises(EventRefusedError, match="SignatureVerificationError"):
            verify_event(body=VECTOR_BODY, signature=VECTOR_HEADER.replace("8042", "8043"))
    with (
        time_machine.travel(datetime.fromtimestamp(1_700_000_301, UTC), tick=False),
        pytest.raises(EventRefusedError, match="SignatureVerificationError"),
    ):
        verify_event(body=VECTOR_BODY, signature=VECTOR_HEADER)


def test_one_of_several_signatures_suffices_while_the_secret_is_changed(client: Client) -> None:
    body = json.dumps(event()).encode()
    moment = int(datetime.now(UTC).timestamp())
    good = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, moment).rpartition("v1=")[2]
    header = f"t={moment},v1={'0' * 64},v1={good}"
    answer = client.post(WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": header})
    assert (answer.status_code, StripeEvent.objects.count()) == (200, 1)
