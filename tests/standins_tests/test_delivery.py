"""Deliveries: at least once, whatever fails, and as disturbed as a test wishes."""

from collections import Counter
from pathlib import Path

import pytest
import stripe

from tests.standins.stripe import outbox
from tests.standins.stripe.running import StandIn, wait_for
from tests.standins.stripe.settings import Settings
from tests.standins.stripe.signing import signature_header
from tests.standins.stripe.store import Store

from .conftest import SECRET, Receiver, Shop

ALL = [
    "charge.succeeded",
    "charge.updated",
    "checkout.session.completed",
    "payment_intent.created",
    "payment_intent.succeeded",
]


def test_the_signature_is_the_documented_one() -> None:
    body = b'{"id":"evt_test","object":"event"}'
    header = signature_header(body, SECRET, 1_700_000_000)
    assert header == "t=1700000000,v1=8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724"


def test_a_receiver_that_fails_is_tried_again(shop: Shop) -> None:
    shop.receiver.answer = lambda number: (500, 302, 404)[number] if number < 3 else 200
    shop.standin.control("settings", {"fee_delay": 3600})
    shop.paid()
    wait_for("all delivered", lambda: shop.standin.control("state")["deliveries"]["delivered"] == 4)
    assert Counter(shop.receiver.statuses) == {500: 1, 302: 1, 404: 1, 200: 4}
    attempts = [delivery["attempts"] for delivery in shop.standin.control("deliveries")["deliveries"]]
    assert sum(attempts) == 7


def test_the_pauses_double_up_to_ten_seconds_and_never_end(tmp_path: Path) -> None:
    store = Store(tmp_path / "stripe.sqlite3")
    pauses = []
    with store.transaction() as tx:
        outbox.emit(tx, "charge.updated", {"id": "ch_1", "object": "charge"}, now=0.0, settings=Settings())
        for _ in range(7):
            (delivery,) = outbox.due(tx, now=1000.0, most=10)
            outbox.record_attempt(tx, delivery, status=503, error="answered 503", now=0.0)
            pauses.append(outbox.next_due_at(tx, now=0.0))
        kept = outbox.deliveries(tx, event_id=None, state="pending", most=10)
    store.close()
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert [(row.attempts, row.last_status, row.last_error) for row in kept] == [(7, 503, "answered 503")]


def test_an_event_waits_until_the_receiver_is_up(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.start()
    receiver.stop()
    with StandIn(tmp_path, receiver.url, SECRET, settings={"fee_delay": 0}) as standin:
        shop = Shop(standin, receiver)
        shop.paid()
        wait_for("refused attempts", lambda: _attempts(standin) > len(ALL))
        receiver.start()
        standin.control("advance", {})
        standin.wait_until_idle()
    receiver.stop()
    assert sorted(receiver.types()) == ALL


def _attempts(standin: StandIn) -> int:
    return sum(delivery["attempts"] for delivery in standin.control("deliveries")["deliveries"])


def test_a_crash_between_payment_and_delivery_loses_nothing(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.start()
    receiver.stop()
    with StandIn(tmp_path, receiver.url, SECRET, settings={"fee_delay": 3600}) as standin:
        shop = Shop(standin, receiver)
        session = shop.paid()
        standin.kill()
        receiver.start()
        standin.start()
        assert shop.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        wait_for("the events", lambda: set(receiver.types()) == set(ALL) - {"charge.updated"})
        standin.kill()
        standin.start()
        assert standin.control("advance", {})["timers"] == 1
        standin.wait_until_idle()
        assert standin.stop() == 0
    receiver.stop()
    distinct = {event["id"]: event["type"] for event in receiver.received}
    assert sorted(distinct.values()) == ALL


def test_held_events_go_when_released(shop: Shop) -> None:
    shop.standin.control("settings", {"delivery": "held"})
    shop.paid()
    wait_for("the fee", lambda: shop.standin.control("state")["deliveries"]["held"] == len(ALL))
    assert shop.receiver.received == []
    assert shop.standin.control("release", {}) == {"released": len(ALL)}
    shop.standin.wait_until_idle()
    assert sorted(shop.receiver.types()) == ALL


def test_normal_again_lets_held_events_go(shop: Shop) -> None:
    shop.standin.control("settings", {"delivery": "held"})
    shop.paid()
    shop.standin.control("settings", {"delivery": "normal"})
    shop.standin.wait_until_idle()
    assert sorted(shop.receiver.types()) == ALL


def test_duplicates_are_the_same_event_again(shop: Shop) -> None:
    shop.standin.control("settings", {"duplicate": 2})
    shop.paid()
    shop.standin.wait_until_idle()
    assert Counter(shop.receiver.types()) == dict.fromkeys(ALL, 3)
    assert len({event["id"] for event in shop.receiver.received}) == len(ALL)


def test_shuffled_events_come_in_another_order(shop: Shop) -> None:
    shop.standin.control("settings", {"delivery": "held", "shuffle": True, "seed": 7, "fee_delay": 3600})
    for _ in range(5):
        shop.paid()
    made = [event.id for event in shop.client.v1.events.list({"limit": 100}).data][::-1]
    shop.standin.control("release", {})
    wait_for("all", lambda: len(shop.receiver.types()) == len(made))
    came = [event["id"] for event in shop.receiver.received]
    assert sorted(came) == sorted(made)
    moved = sum(abs(came.index(event_id) - place) > 3 for place, event_id in enumerate(made))
    assert moved > len(made) // 3


@pytest.mark.parametrize(("lose", "lost"), [(["charge.updated", "charge.succeeded"], 2), (1.0, 5), (0, 0)])
def test_lost_events_are_found_in_the_list(shop: Shop, lose: object, lost: int) -> None:
    shop.standin.control("settings", {"lose": lose})
    shop.paid()
    wait_for("the fee", lambda: sum(shop.standin.control("state")["deliveries"].values()) == len(ALL))
    shop.standin.wait_until_idle()
    assert shop.standin.control("state")["deliveries"]["lost"] == lost
    assert len(shop.receiver.types()) == len(ALL) - lost
    assert sorted(event.type for event in shop.client.v1.events.list().data) == ALL


def test_a_ratio_loses_about_that_many(shop: Shop) -> None:
    shop.standin.control("settings", {"lose": 0.5, "seed": 3, "delivery": "held"})
    for _ in range(20):
        shop.client.v1.checkout.sessions.expire(shop.session().id)
    deliveries = shop.standin.control("state")["deliveries"]
    assert deliveries["lost"] + deliveries["held"] == 20
    assert 4 <= deliveries["lost"] <= 16


def test_an_event_can_be_delivered_again(shop: Shop) -> None:
    shop.standin.control("settings", {"lose": ["checkout.session.expired"]})
    shop.client.v1.checkout.sessions.expire(shop.session().id)
    event = shop.client.v1.events.list().data[0]
    assert event.pending_webhooks == 1
    shop.standin.control("redeliver", {"event": event.id, "times": 3})
    shop.standin.wait_until_idle()
    assert [received["id"] for received in shop.receiver.received] == [event.id] * 3
    states = [row["state"] for row in shop.standin.control(f"deliveries?event={event.id}")["deliveries"]]
    assert sorted(states) == ["delivered"] * 3 + ["lost"]


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"fee_delay": -1},
        {"fee_delay": "soon"},
        {"delivery": "lost"},
        {"duplicate": 1.5},
        {"duplicate": True},
        {"shuffle": 1},
        {"lose": 1.1},
        {"lose": [1]},
    ],
)
def test_settings_that_make_no_sense_change_nothing(counter: Shop, changes: dict[str, object]) -> None:
    before = counter.standin.control("settings")
    with pytest.raises(AssertionError, match="answered 400"):
        counter.standin.control("settings", changes)
    assert counter.standin.control("settings") == before


@pytest.mark.parametrize(
    ("name", "payload"), [("redeliver", {}), ("redeliver", {"event": "evt_none"}), ("advance", {"object": 5})]
)
def test_controls_refuse_what_they_cannot_do(counter: Shop, name: str, payload: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match="answered 400"):
        counter.standin.control(name, payload)


def test_settings_survive_a_crash(shop: Shop) -> None:
    changed = shop.standin.control("settings", {"duplicate": 2, "lose": 0.25})
    shop.standin.kill()
    shop.standin.settings = {}
    shop.standin.start()
    assert shop.standin.control("settings") == changed


def test_a_second_stand_in_in_the_same_folder_is_refused(shop: Shop) -> None:
    second = StandIn(shop.standin.data, shop.receiver.url, SECRET)
    with pytest.raises(RuntimeError, match="runs already"):
        second.start()


def test_a_taken_port_gets_a_sentence(shop: Shop, tmp_path: Path) -> None:
    second = StandIn(tmp_path / "other", shop.receiver.url, SECRET, port=shop.standin.port)
    with pytest.raises(RuntimeError, match="Choose another --port"):
        second.start()


def test_a_forged_delivery_is_seen_by_the_sdk(receiver: Receiver) -> None:
    body = b'{"id":"evt_test","object":"event"}'
    assert receiver.take(body, signature_header(body, "whsec_other", 1_700_000_000)) == 400
    assert len(receiver.forged) == 1
    assert stripe.WebhookSignature.EXPECTED_SCHEME == "v1"
