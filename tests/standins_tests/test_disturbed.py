"""Events that are late, in parts, of another version, forged, or about something that nobody knows."""

from collections import Counter
from typing import Any

import pytest

from tests.standins.stripe.running import wait_for

from .conftest import Shop
from .test_delivery import ALL


def test_late_events_come_later(shop: Shop) -> None:
    shop.standin.control("settings", {"late": 3600})
    shop.paid()
    wait_for("the fee", lambda: shop.standin.control("state")["deliveries"]["pending"] == len(ALL))
    assert shop.receiver.received == []
    shop.standin.control("advance", {})
    shop.standin.wait_until_idle()
    assert sorted(shop.receiver.types()) == ALL


def test_shares_of_events_are_lost_doubled_and_late(shop: Shop) -> None:
    shop.standin.control("settings", {"lose": 0.1, "duplicate": 1, "duplicate_share": 0.2, "shuffle": True, "seed": 3})
    sessions = [shop.session() for _ in range(40)]
    acts: list[dict[str, object]] = [{"do": "pay", "session": each.id} for each in sessions]
    shop.standin.control("many", {"acts": acts})
    shop.standin.wait_until_idle()
    times = Counter(event["id"] for event in shop.receiver.received)
    events = [event.id for event in shop.client.v1.events.list({"limit": 100}).auto_paging_iter()]
    lost = [event for event in events if event not in times]
    doubled = [event for event in events if times[event] == 2]
    assert len(events) == 40 * len(ALL)
    assert 8 <= len(lost) <= 35
    assert 20 <= len(doubled) <= 60
    undelivered = shop.client.v1.events.list({"delivery_success": False, "limit": 100}).auto_paging_iter()
    assert sorted(event.id for event in undelivered) == sorted(lost)
    delivered = shop.client.v1.events.list({"delivery_success": True, "limit": 100}).auto_paging_iter()
    assert len(list(delivered)) == len(events) - len(lost)


def test_an_endpoint_of_another_version_is_told_so(shop: Shop) -> None:
    shop.standin.control("settings", {"event_version": "2024-06-20"})
    shop.paid()
    shop.standin.wait_until_idle()
    assert {event["api_version"] for event in shop.receiver.received} == {"2024-06-20"}


@pytest.mark.parametrize("how", ["signature", "no_signature", "garbled_signature", "altered", "old", "not_json"])
def test_forged_events_are_refused_by_the_official_check(shop: Shop, how: str) -> None:
    shop.paid()
    shop.standin.wait_until_idle()
    event = shop.client.v1.events.list().data[0].id
    for sent in ({"how": how}, {"how": how, "event": event}):
        assert shop.standin.control("forge", sent)["status"] == 400
    assert len(shop.receiver.forged) == 2
    assert len(shop.client.v1.events.list({"limit": 100}).data) == len(ALL)


def test_well_signed_oddities_arrive(shop: Shop) -> None:
    sent: Any = {"how": "livemode"}
    assert shop.standin.control("forge", sent)["status"] == 200
    assert shop.standin.control("forge", {"how": "version"})["status"] == 200
    odd = {"id": "moon_1", "object": "moon", "phase": "full"}
    assert shop.standin.control("forge", {"how": "genuine", "type": "moon.risen", "object": odd})["status"] == 200
    assert [(event["livemode"], event["api_version"][:4]) for event in shop.receiver.received[:2]] == [
        (True, "2026"),
        (False, "2019"),
    ]
    assert shop.receiver.received[2]["data"]["object"] == odd
    with pytest.raises(AssertionError, match="how must be one of"):
        shop.standin.control("forge", {"how": "politely"})


def test_an_event_about_anything_can_be_told(shop: Shop) -> None:
    hold = {"id": "rsvh_1", "object": "reserve.hold", "amount": 500, "currency": "eur"}
    shop.standin.control("emit", {"type": "reserve.hold.created", "object": hold})
    shop.standin.wait_until_idle()
    assert [(event["type"], event["data"]["object"]) for event in shop.receiver.received] == [
        ("reserve.hold.created", hold)
    ]
    assert shop.client.v1.events.list({"type": "reserve.hold.created"}).data[0].data.object["amount"] == 500
    with pytest.raises(AssertionError, match="says what it is"):
        shop.standin.control("emit", {"type": "moon.risen", "object": {"id": "x"}})
