"""Valkey is away while Stripe delivers: the answer is 200 all the same, and the sweep finds the event."""

import json

import pytest
from django.test import Client

from funds.payments.models import StripeEvent
from funds.payments.queries import due_events
from funds.payments.states import EventState
from tests.payments.stage import broker_gone, post_event


@pytest.mark.usefixtures("committed_db", "stripe_settings")
def test_without_a_broker_the_event_is_stored_and_waits_for_the_sweep(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    told = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_700_000_000,
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
        "livemode": False,
        "type": "payment_intent.succeeded",
    }
    with broker_gone():
        answer = post_event(client, json.dumps(told).encode())
    stored = StripeEvent.objects.get()
    assert (answer.status_code, stored.state, stored.attempts) == (200, EventState.RECEIVED, 0)
    assert due_events(now=stored.received_at) == [stored.pk]
    assert "OperationalError" in caplog.text
