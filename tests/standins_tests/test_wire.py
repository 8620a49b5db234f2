"""The front of the API: keys, versions, parameters, errors, as the official SDK sees them."""

import base64
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import Fetched, fetch

from .conftest import Shop, error_of

VERSION = "2026-10-28.endive"
PRICE = "line_items[0][price_data]"
AMOUNT = f"{PRICE}[unit_amount]"


def raw(shop: Shop, path: str, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Fetched:
    """A request without the SDK."""
    sent = {"Authorization": f"Bearer {shop.standin.secret_key}", **(headers or {})}
    return fetch(f"{shop.standin.base}{path}", form=form, headers=sent)


def error(answer: Fetched) -> dict[str, Any]:
    """The error object of an answer."""
    found: dict[str, Any] = json.loads(answer.text)["error"]
    return found


def refused(
    shop: Shop, *, amount: int = 500_000, currency: str = "kzt", **params: object
) -> stripe.InvalidRequestError:
    """The SDK's error for a session with these parameters."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(amount=amount, currency=currency, options=None, **params)
    assert caught.value.http_status == 400
    return caught.value


def price(**changes: object) -> list[dict[str, Any]]:
    """line_items with one price that differs from a good one."""
    data = {"currency": "kzt", "unit_amount": 500_000, "product_data": {"name": "Gift"}, **changes}
    return [{"price_data": {name: value for name, value in data.items() if value is not None}, "quantity": 1}]


def test_the_sdk_speaks_the_pinned_version() -> None:
    assert stripe.api_version == VERSION


def test_a_wrong_key_is_refused_without_being_shown(counter: Shop) -> None:
    client = counter.client_with("sk_test_wrong_1234")
    with pytest.raises(stripe.AuthenticationError) as caught:
        client.v1.balance.retrieve()
    assert caught.value.http_status == 401
    assert caught.value.user_message == "Invalid API Key provided: **************1234"


def test_no_key_at_all_is_refused(counter: Shop) -> None:
    answer = fetch(f"{counter.standin.base}/v1/balance")
    assert (answer.status, error(answer)["type"]) == (401, "invalid_request_error")


def test_basic_authentication_works_as_at_stripe(counter: Shop) -> None:
    basic = base64.b64encode(f"{counter.standin.secret_key}:".encode()).decode()
    assert raw(counter, "/v1/balance", headers={"Authorization": f"Basic {basic}"}).status == 200
    assert raw(counter, "/v1/balance", headers={"Authorization": "Basic ???"}).status == 401


def test_answers_carry_request_id_and_version(counter: Shop) -> None:
    first, second = raw(counter, "/v1/balance"), raw(counter, "/v1/balance")
    assert first.headers["Stripe-Version"] == VERSION
    assert first.headers["Request-Id"].startswith("req_")
    assert first.headers["Request-Id"] != second.headers["Request-Id"]


def test_another_version_is_refused(counter: Shop) -> None:
    answer = raw(counter, "/v1/balance", headers={"Stripe-Version": "2020-08-27"})
    assert (answer.status, error(answer)["param"]) == (400, "Stripe-Version")


def test_unknown_addresses_are_named(counter: Shop) -> None:
    answer = raw(counter, "/v1/coupons")
    assert answer.status == 404
    assert "GET: /v1/coupons" in error(answer)["message"]


@pytest.mark.parametrize(
    ("retrieve", "param"),
    [
        (lambda v1: v1.checkout.sessions.retrieve("cs_test_none"), "session"),
        (lambda v1: v1.payment_intents.retrieve("pi_none"), "intent"),
        (lambda v1: v1.charges.retrieve("ch_none"), "id"),
        (lambda v1: v1.balance_transactions.retrieve("txn_none"), "id"),
        (lambda v1: v1.events.retrieve("evt_none"), "id"),
        (lambda v1: v1.checkout.sessions.expire("cs_test_none"), "session"),
        (lambda v1: v1.charges.list({"starting_after": "ch_none"}), "starting_after"),
    ],
)
def test_an_id_that_names_nothing_is_missing(
    counter: Shop, retrieve: Callable[[stripe.V1Services], object], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        retrieve(counter.client.v1)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", param)


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"payment_intent_data": {"colour": "red"}}, "parameter_unknown", "payment_intent_data[colour]"),
        ({"line_items": price(colour="red")}, "parameter_unknown", "line_items[0][price_data][colour]"),
        ({"line_items": price(currency=None)}, "parameter_missing", "line_items[0][price_data][currency]"),
        ({"line_items": price(unit_amount=None)}, "parameter_missing", AMOUNT),
        ({"line_items": price(unit_amount="abc")}, "parameter_invalid_integer", AMOUNT),
        ({"line_items": price(unit_amount="12.5")}, "parameter_invalid_integer", AMOUNT),
        ({"line_items": price(unit_amount=0)}, "parameter_invalid_integer", AMOUNT),
        ({"line_items": price(unit_amount=-5)}, "parameter_invalid_integer", AMOUNT),
        ({"line_items": price(unit_amount=10**12)}, "amount_too_large", "line_items"),
        ({"line_items": price(unit_amount=100)}, "amount_too_small", "line_items"),
        ({"line_items": price(currency="xyz")}, None, "line_items[0][price_data][currency]"),
        ({"line_items": [*price(), *price(currency="eur")]}, None, "line_items[1][price_data][currency]"),
        ({"line_items": price(product_data={"name": ""})}, "parameter_invalid_empty", f"{PRICE}[product_data][name]"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"success_url": "thanks"}, "url_invalid", "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "url_invalid", "cancel_url"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"locale": "kk"}, None, "locale"),
        ({"submit_type": "give"}, None, "submit_type"),
        ({"mode": "setup"}, "stand_in_unsupported", "mode"),
        ({"mode": "subscription"}, None, "payment_intent_data"),
        ({"subscription_data": {"metadata": {"a": "b"}}}, None, "subscription_data"),
        ({"line_items": price(recurring={"interval": "month"})}, None, f"{PRICE}[recurring]"),
        ({"customer_update": {"name": "auto"}}, "stand_in_unsupported", "customer_update"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"expires_at": 2**40}, None, "expires_at"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"metadata": {str(number): "v" for number in range(51)}}, None, "metadata"),
        ({"client_reference_id": "r" * 201}, "parameter_invalid_string", "client_reference_id"),
        ({"expand": ["customer_email.name"]}, None, "expand"),
        ({"expand": ["nothing"]}, None, "expand"),
    ],
)  # fmt: skip
def test_what_stripe_refuses_is_refused(counter: Shop, params: dict[str, Any], code: str | None, param: str) -> None:
    before = counter.standin.control("state")["objects"]
    caught = refused(counter, **params)
    assert (caught.code, caught.param) == (code, param)
    assert error_of(caught)["type"] == "invalid_request_error"
    assert counter.standin.control("state")["objects"] == before


@pytest.mark.parametrize("name", ["mode", "line_items", "success_url", "cancel_url"])
def test_what_is_required_is_demanded(counter: Shop, name: str) -> None:
    form = {
        "mode": "payment",
        "success_url": "https://asar.test/",
        "cancel_url": "https://asar.test/",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "eur",
        AMOUNT: "500",
        f"{PRICE}[product_data][name]": "Gift",
    }
    assert raw(counter, "/v1/checkout/sessions", form=form).status == 200
    without = {key: value for key, value in form.items() if not key.startswith(name)}
    answer = raw(counter, "/v1/checkout/sessions", form=without)
    assert (answer.status, error(answer)["code"], error(answer)["param"]) == (400, "parameter_missing", name)


@pytest.mark.parametrize(
    "body", [b"mode=payment&mode[a]=1", b"a[b]=1&a=2", b"a[[b]]=1", b"a[]b=1", b"a[][b]=1", b"[a]=1", b"a=%ff", b"\xff"]
)
def test_malformed_forms_are_refused(counter: Shop, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {counter.standin.secret_key}"}
    assert fetch(f"{counter.standin.base}/v1/checkout/sessions", body=body, headers=headers).status == 400


def test_a_body_that_is_too_long_is_refused_unread(counter: Shop) -> None:
    headers = {"Authorization": f"Bearer {counter.standin.secret_key}", "Content-Length": "2000000"}
    assert fetch(f"{counter.standin.base}/v1/checkout/sessions", body=b"", headers=headers).status == 413


def test_amounts_keep_stripes_exponents(counter: Shop) -> None:
    """KZT, EUR, JPY, KRW, UGX, ISK, KWD, HUF: what is accepted, and what a person reads on the page."""
    pages = {
        ("kzt", 1_250_000): "12,500.00 ₸",
        ("eur", 2_500): "25.00 €",
        ("jpy", 2_500): "2,500 JPY",
        ("krw", 25_000): "25,000 KRW",
        ("ugx", 5_000_000): "50,000 UGX",
        ("isk", 1_000_000): "10,000 ISK",
        ("kwd", 5_120): "5.120 KWD",
        ("huf", 1_000_000): "10,000.00 HUF",
    }
    for (currency, amount), text in pages.items():
        made = counter.session(amount=amount, currency=currency, locale="en")
        assert (made.amount_total, made.currency) == (amount, currency)
        assert text.replace(" ", "\u00a0", 1) in fetch(f"{counter.standin.base}/c/pay/{made.id}").text


@pytest.mark.parametrize(("currency", "amount"), [("ugx", 5_000_050), ("isk", 1_000_001), ("kwd", 5_124)])
def test_amounts_that_stripe_cannot_charge_are_refused(counter: Shop, currency: str, amount: int) -> None:
    assert refused(counter, currency=currency, amount=amount).code == "parameter_invalid_integer"


def test_lists_page_both_ways(counter: Shop) -> None:
    made = [counter.session(client_reference_id=f"page-{number}").id for number in range(5)]
    newest = made[::-1]
    sessions = counter.client.v1.checkout.sessions
    first = sessions.list({"limit": 2})
    assert ([session.id for session in first.data], first.has_more) == (newest[:2], True)
    second = sessions.list({"limit": 2, "starting_after": newest[1]})
    assert [session.id for session in second.data] == newest[2:4]
    back = sessions.list({"limit": 2, "ending_before": newest[3]})
    assert ([session.id for session in back.data], back.has_more) == (newest[1:3], True)
    top = sessions.list({"limit": 3, "ending_before": newest[2]})
    assert ([session.id for session in top.data], top.has_more) == (newest[:2], False)
    walked = [session.id for session in first.auto_paging_iter()][: len(newest)]
    assert walked == newest


def test_lists_filter_by_moment(counter: Shop) -> None:
    made = counter.session()
    sessions = counter.client.v1.checkout.sessions
    at_its_moment = sessions.list({"created": {"gte": made.created, "lte": made.created}, "limit": 100})
    assert made.id in [session.id for session in at_its_moment.data]
    assert [session.id for session in sessions.list({"created": {"gt": made.created + 100}}).data] == []
    exact = raw(counter, f"/v1/checkout/sessions?{urllib.parse.urlencode({'created': made.created, 'limit': 100})}")
    assert made.id in [session["id"] for session in json.loads(exact.text)["data"]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "colour=red", "created[near]=5", "expand[]=status"]
)
def test_lists_refuse_what_makes_no_sense(counter: Shop, query: str) -> None:
    assert raw(counter, f"/v1/checkout/sessions?{query}").status == 400
