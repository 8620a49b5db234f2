"""Idempotency keys: one execution each, whatever is repeated, and the first answer again."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.parse import urlencode

import pytest
import stripe

from tests.standins.stripe.running import Fetched, fetch, wait_for

from .conftest import Shop, error_of

FORM = {
    "mode": "payment",
    "success_url": "https://asar.test/",
    "cancel_url": "https://asar.test/",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "500",
    "line_items[0][price_data][product_data][name]": "Gift",
}


def post(shop: Shop, key: str, path: str = "/v1/checkout/sessions", **changes: str) -> Fetched:
    """A request of its own with this key."""
    headers = {"Authorization": f"Bearer {shop.standin.secret_key}", "Idempotency-Key": key}
    body = urlencode({**FORM, **changes} if path == "/v1/checkout/sessions" else changes).encode()
    return fetch(f"{shop.standin.base}{path}", body=body, headers=headers)


def count(shop: Shop) -> int:
    """How many sessions there are."""
    found: int = shop.standin.control("state")["objects"].get("checkout.session", 0)
    return found


def test_the_sdk_gets_the_first_session_again(shop: Shop) -> None:
    first = shop.session(options={"idempotency_key": "gift:1"})
    again = shop.session(options={"idempotency_key": "gift:1"})
    assert again.to_dict() == first.to_dict()
    assert count(shop) == 1


def test_the_replay_is_byte_for_byte_and_says_so(shop: Shop) -> None:
    first, again = post(shop, "gift:1"), post(shop, "gift:1")
    assert (again.status, again.text) == (200, first.text)
    assert (first.headers["Idempotent-Replayed"], again.headers["Idempotent-Replayed"]) == (None, "true")
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert (first.headers["Idempotency-Key"], again.headers["Idempotency-Key"]) == ("gift:1", "gift:1")


def test_the_replay_is_the_first_answer_even_after_payment(shop: Shop) -> None:
    first = shop.session(options={"idempotency_key": "gift:1"})
    assert shop.pay(first).status == 303
    again = shop.session(options={"idempotency_key": "gift:1"})
    assert (again.id, again.status) == (first.id, "open")


def test_the_order_of_parameters_does_not_matter(shop: Shop) -> None:
    post(shop, "gift:1")
    headers = {"Authorization": f"Bearer {shop.standin.secret_key}", "Idempotency-Key": "gift:1"}
    body = urlencode(dict(reversed(FORM.items()))).encode()
    assert fetch(f"{shop.standin.base}/v1/checkout/sessions", body=body, headers=headers).status == 200
    assert count(shop) == 1


def test_the_same_key_with_other_parameters_is_an_error(shop: Shop) -> None:
    shop.session(amount=500_000, options={"idempotency_key": "gift:1"})
    with pytest.raises(stripe.IdempotencyError) as caught:
        shop.session(amount=600_000, options={"idempotency_key": "gift:1"})
    assert caught.value.http_status == 400
    assert error_of(caught.value)["type"] == "idempotency_error"
    assert count(shop) == 1


def test_the_same_key_at_another_endpoint_is_an_error(shop: Shop) -> None:
    session_id = json.loads(post(shop, "gift:1").text)["id"]
    answer = post(shop, "gift:1", f"/v1/checkout/sessions/{session_id}/expire")
    assert (answer.status, json.loads(answer.text)["error"]["type"]) == (400, "idempotency_error")
    assert shop.client.v1.checkout.sessions.retrieve(session_id).status == "open"


def test_a_refused_parameter_does_not_use_up_the_key(shop: Shop) -> None:
    refused = post(shop, "gift:1", mode="gift")
    assert (refused.status, refused.headers["Idempotent-Replayed"]) == (400, None)
    assert post(shop, "gift:1").status == 200


def test_a_refusal_after_the_work_began_is_replayed(shop: Shop) -> None:
    session_id = json.loads(post(shop, "gift:1").text)["id"]
    path = f"/v1/checkout/sessions/{session_id}/expire"
    assert post(shop, "expire:1", path).status == 200
    first, again = post(shop, "expire:2", path), post(shop, "expire:2", path)
    assert (first.status, again.status, again.text) == (400, 400, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_an_event_names_the_request_that_caused_it(shop: Shop) -> None:
    session_id = json.loads(post(shop, "gift:1").text)["id"]
    answer = post(shop, "expire:1", f"/v1/checkout/sessions/{session_id}/expire")
    event = shop.client.v1.events.list().data[0]
    assert event.request is not None
    assert (event.request.id, event.request.idempotency_key) == (answer.headers["Request-Id"], "expire:1")


def test_a_key_that_is_too_long_is_refused(shop: Shop) -> None:
    assert post(shop, "k" * 255).status == 200
    assert post(shop, "k" * 256).status == 400


def test_while_one_request_runs_the_key_is_taken(shop: Shop) -> None:
    shop.standin.control("settings", {"api_delay": 1.0})
    with ThreadPoolExecutor(1) as background:
        first = background.submit(post, shop, "gift:1")
        wait_for("the first request runs", lambda: shop.standin.control("state")["keys_in_use"])
        second = post(shop, "gift:1")
        assert (second.status, json.loads(second.text)["error"]["code"]) == (409, "idempotency_key_in_use")
        assert first.result().status == 200
    shop.standin.control("settings", {"api_delay": 0})
    third = post(shop, "gift:1")
    assert (third.text, third.headers["Idempotent-Replayed"]) == (first.result().text, "true")
    assert count(shop) == 1


def test_many_at_once_with_one_key_make_one_session(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _number: post(shop, "gift:1"), range(24)))
    made = {json.loads(answer.text)["id"] for answer in answers if answer.status == 200}
    assert ({answer.status for answer in answers} - {409}, len(made), count(shop)) == ({200}, 1, 1)


def test_a_crash_under_load_forgets_nothing_acknowledged(shop: Shop) -> None:
    """Whatever was answered before the kill is there after it, and every key still leads to one session."""
    acknowledged: dict[str, str] = {}

    def make(number: int) -> None:
        try:
            answer = post(shop, f"gift:{number}")
        except (OSError, HTTPException):
            return
        if answer.status == 200:
            acknowledged[f"gift:{number}"] = json.loads(answer.text)["id"]

    with ThreadPoolExecutor(4) as crowd:
        running = [crowd.submit(make, number) for number in range(200)]
        wait_for("some sessions", lambda: len(acknowledged) >= 20)
        shop.standin.kill()
        for each in running:
            each.result()
    assert len(acknowledged) < 200
    shop.standin.start()
    again = {key: json.loads(post(shop, key).text)["id"] for key in acknowledged}
    assert again == acknowledged
    assert count(shop) - len(acknowledged) <= 4


def test_a_crash_forgets_no_key(shop: Shop) -> None:
    first = post(shop, "gift:1")
    shop.standin.kill()
    shop.standin.start()
    again = post(shop, "gift:1")
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
