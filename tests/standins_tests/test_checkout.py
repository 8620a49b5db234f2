"""A gift's way through the stand-in: session, page, card, charge, fee, and the ways in which it ends otherwise."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import fetch, wait_for

from .conftest import Shop

EXPANDED: Any = {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}


def test_a_new_session_waits_without_an_intent(shop: Shop) -> None:
    made = shop.session(customer_email="asel@example.com", locale="ru")
    assert made.to_dict() == shop.client.v1.checkout.sessions.retrieve(made.id).to_dict()
    assert (made.status, made.payment_status, made.payment_intent) == ("open", "unpaid", None)
    assert made.url == f"{shop.standin.base}/c/pay/{made.id}"
    assert made.expires_at - made.created == 24 * 3600
    assert shop.client.v1.events.list().data == []


def test_paying_leads_back_and_leaves_every_object(shop: Shop) -> None:
    made = shop.session()
    answer = shop.pay(made, email="asel@example.com")
    assert answer.status == 303
    assert answer.headers["Location"] == f"https://asar.test/en/gifts/thanks/?session={made.id}"
    shop.standin.wait_until_idle()
    session = shop.client.v1.checkout.sessions.retrieve(made.id, EXPANDED)
    intent: Any = session.payment_intent
    charge = intent.latest_charge
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert session.customer_details is not None
    assert session.customer_details.email == "asel@example.com"
    assert session.line_items is not None
    assert [item.description for item in session.line_items.data] == ["Gift to the fund of Zhanatas"]
    assert (intent.status, intent.amount_received, intent.metadata["gift"]) == ("succeeded", 500_000, "gift-1")
    assert (charge.status, charge.paid, charge.captured, charge.metadata["gift"]) == ("succeeded", True, True, "gift-1")
    assert charge.payment_method_details.card.last4 == "4242"
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (29_500, 470_500)


def test_events_tell_the_whole_story_and_are_signed(shop: Shop) -> None:
    made = shop.paid()
    shop.standin.wait_until_idle()
    assert shop.receiver.forged == []
    assert sorted(shop.receiver.types()) == [
        "charge.succeeded",
        "charge.updated",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]
    events = {event["type"]: event for event in shop.receiver.received}
    session = events["checkout.session.completed"]["data"]["object"]
    assert session == shop.client.v1.checkout.sessions.retrieve(made.id).to_dict()
    assert events["payment_intent.created"]["data"]["object"]["status"] == "requires_payment_method"
    assert events["charge.succeeded"]["data"]["object"]["balance_transaction"] is None
    assert events["charge.updated"]["data"]["previous_attributes"] == {"balance_transaction": None}
    for event in events.values():
        assert (event["api_version"], event["livemode"]) == (stripe.api_version, False)
        stored = shop.client.v1.events.retrieve(event["id"])
        assert stored.data.object == stripe.Event.construct_from(event, "sk").data.object
        assert stored.pending_webhooks == 0


def test_the_fee_arrives_later(shop: Shop) -> None:
    shop.standin.control("settings", {"fee_delay": 3600})
    session = shop.paid()
    charges = shop.client.v1.charges
    charge = charges.list({"payment_intent": str(session.payment_intent)}).data[0]
    assert charge.balance_transaction is None
    assert shop.client.v1.balance_transactions.list().data == []
    assert shop.standin.control("advance", {"object": charge.id}) == {"timers": 1, "retries": 0}
    shop.standin.wait_until_idle()
    after = charges.retrieve(charge.id, {"expand": ["balance_transaction"]})
    movement: Any = after.balance_transaction
    assert (movement.amount, movement.currency, movement.source) == (500_000, "kzt", charge.id)
    assert (movement.type, movement.reporting_category, movement.status) == ("charge", "charge", "pending")
    assert [(detail.type, detail.amount) for detail in movement.fee_details] == [("stripe_fee", movement.fee)]
    assert shop.receiver.types()[-1] == "charge.updated"


@pytest.mark.parametrize(
    ("currency", "amount", "fee"),
    [("kzt", 500_000, 29_500), ("eur", 2_500, 98), ("usd", 5_000, 175), ("jpy", 3_000, 127), ("kwd", 5_120, 248)],
)
def test_fees_are_whole_numbers_in_the_charges_currency(shop: Shop, currency: str, amount: int, fee: int) -> None:
    shop.paid(currency=currency, amount=amount)
    shop.standin.wait_until_idle()
    movement = shop.client.v1.balance_transactions.list().data[0]
    assert (movement.currency, movement.fee, movement.net) == (currency, fee, amount - fee)


def test_the_balance_is_the_sum_of_its_transactions(shop: Shop) -> None:
    for currency, amount in (("kzt", 500_000), ("eur", 2_500), ("eur", 10_000)):
        shop.paid(currency=currency, amount=amount)
    shop.standin.wait_until_idle()
    sums: dict[str, int] = {}
    for movement in shop.client.v1.balance_transactions.list().auto_paging_iter():
        sums[movement.currency] = sums.get(movement.currency, 0) + movement.net
    balance = shop.client.v1.balance.retrieve()
    assert {part.currency: part.amount for part in balance.pending} == sums
    assert {part.currency: part.amount for part in balance.available} == {"eur": 0, "kzt": 0}


@pytest.mark.parametrize(
    ("card", "code", "decline_code", "text"),
    [
        ("4000 0000 0000 0002", "card_declined", "generic_decline", "The card was declined."),
        ("4000000000009995", "card_declined", "insufficient_funds", "The card has insufficient funds."),
        ("4000000000000069", "expired_card", None, "The card has expired."),
    ],
)
def test_a_declined_card_leaves_the_session_open(
    shop: Shop, card: str, code: str, decline_code: str | None, text: str
) -> None:
    made = shop.session()
    answer = shop.pay(made, card=card)
    assert (answer.status, text in answer.text) == (402, True)
    session = shop.client.v1.checkout.sessions.retrieve(made.id, EXPANDED)
    intent: Any = session.payment_intent
    error = intent.last_payment_error.to_dict()
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert (error["code"], error.get("decline_code")) == (code, decline_code)
    assert (intent.latest_charge.status, intent.latest_charge.failure_code) == ("failed", code)
    shop.standin.wait_until_idle()
    assert sorted(shop.receiver.types()) == ["charge.failed", "payment_intent.created", "payment_intent.payment_failed"]
    assert shop.client.v1.balance_transactions.list().data == []


def test_after_a_decline_another_card_pays_the_same_intent(shop: Shop) -> None:
    made = shop.session()
    shop.pay(made, card="4000000000000002")
    declined = shop.client.v1.checkout.sessions.retrieve(made.id)
    assert shop.pay(made, card="5555555555554444").status == 303
    paid = shop.client.v1.checkout.sessions.retrieve(made.id, EXPANDED)
    intent: Any = paid.payment_intent
    assert (intent.id, intent.last_payment_error) == (declined.payment_intent, None)
    charges = shop.client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


def test_paying_twice_at_the_same_moment_charges_once(shop: Shop) -> None:
    made = shop.session()
    with ThreadPoolExecutor(8) as tabs:
        answers = list(tabs.map(lambda _tab: shop.pay(made), range(8)))
    assert {(answer.status, answer.headers["Location"]) for answer in answers} == {
        (303, f"https://asar.test/en/gifts/thanks/?session={made.id}")
    }
    shop.standin.wait_until_idle()
    assert len(shop.client.v1.charges.list().data) == 1
    assert shop.receiver.types().count("checkout.session.completed") == 1
    late = fetch(f"{shop.standin.base}/c/pay/{made.id}")
    assert (late.status, "This payment is complete" in late.text) == (200, True)


def test_a_session_expires_through_the_api(shop: Shop) -> None:
    made = shop.session()
    expired = shop.client.v1.checkout.sessions.expire(made.id)
    assert (expired.status, expired.url) == ("expired", None)
    page = fetch(f"{shop.standin.base}/c/pay/{made.id}")
    assert (page.status, "This payment page has expired" in page.text) == (410, True)
    assert shop.pay(made).status == 410
    shop.standin.wait_until_idle()
    assert shop.receiver.types() == ["checkout.session.expired"]
    assert shop.receiver.received[0]["request"]["id"].startswith("req_")
    with pytest.raises(stripe.InvalidRequestError, match="has a status of expired"):
        shop.client.v1.checkout.sessions.expire(made.id)


def test_a_session_expires_by_the_clock(shop: Shop) -> None:
    made = shop.session()
    assert shop.standin.control("advance", {"object": made.id}) == {"timers": 1, "retries": 0}
    wait_for("the event", lambda: shop.receiver.types() == ["checkout.session.expired"])
    assert shop.receiver.received[0]["request"] == {"id": None, "idempotency_key": None}
    assert shop.client.v1.checkout.sessions.retrieve(made.id).status == "expired"


def test_a_paid_session_cannot_expire(shop: Shop) -> None:
    paid = shop.paid()
    with pytest.raises(stripe.InvalidRequestError, match="has a status of complete"):
        shop.client.v1.checkout.sessions.expire(paid.id)
    assert [timer["kind"] for timer in shop.standin.control("state")["timers"] if timer["object"] == paid.id] == []


def test_lists_find_by_what_links_objects(shop: Shop) -> None:
    first, second = shop.paid(), shop.paid()
    shop.standin.wait_until_idle()
    v1 = shop.client.v1
    sessions = v1.checkout.sessions.list({"payment_intent": str(first.payment_intent)}).data
    assert [session.id for session in sessions] == [first.id]
    assert [intent.id for intent in v1.payment_intents.list().data] == [second.payment_intent, first.payment_intent]
    charge = v1.charges.list({"payment_intent": str(second.payment_intent)}).data[0]
    assert [found.source for found in v1.balance_transactions.list({"source": charge.id}).data] == [charge.id]
    asked: Any = {"types": ["charge.updated", "checkout.session.completed"], "limit": 100}
    assert sorted(event.type for event in v1.events.list(asked).data) == (
        ["charge.updated"] * 2 + ["checkout.session.completed"] * 2
    )
    assert v1.checkout.sessions.list({"status": "open"}).data == []
    deep = v1.charges.list({"expand": ["data.balance_transaction", "data.payment_intent"]}).data[0]
    assert (deep.balance_transaction.object, deep.payment_intent.object) == ("balance_transaction", "payment_intent")  # type: ignore[union-attr]
    items = v1.checkout.sessions.line_items.list(first.id).data
    assert [(item.amount_total, item.quantity) for item in items] == [(500_000, 1)]


@pytest.mark.parametrize(
    ("locale", "browser", "language", "banner"),
    [
        ("ru", "de", "ru", "ТЕСТОВЫЙ ПЛАТЁЖ — деньги не списываются"),
        ("de", "ru", "de", "TESTZAHLUNG — es fließt kein Geld"),
        ("en-GB", "ru", "en", "TEST PAYMENT — no money moves"),
        ("auto", "kk,ru;q=0.8,en;q=0.5", "ru", "ТЕСТОВЫЙ ПЛАТЁЖ — деньги не списываются"),
        (None, "kk", "en", "TEST PAYMENT — no money moves"),
        ("fr", "de", "en", "TEST PAYMENT — no money moves"),
    ],
)
def test_the_page_says_test_in_the_sessions_language(
    counter: Shop, locale: str | None, browser: str, language: str, banner: str
) -> None:
    made = counter.session(locale=locale) if locale else counter.session()
    page = fetch(f"{counter.standin.base}/c/pay/{made.id}", headers={"Accept-Language": browser})
    assert (page.status, re.findall(r'<html lang="(..)">', page.text)) == (200, [language])
    assert banner in page.text
    assert re.findall(r"<script|style=|https?://(?!asar)", page.text) == []


def test_what_others_wrote_is_escaped_on_the_page(counter: Shop) -> None:
    bad = "<script>alert(1)</script>"
    items = [
        {
            "price_data": {"currency": "eur", "unit_amount": 500, "product_data": {"name": bad, "description": bad}},
            "quantity": 2,
        }
    ]
    made = counter.session(line_items=items)
    page = counter.pay(made, email='"><script>', card='"><script>4111111111111111')
    assert page.status == 422
    assert "<script" not in page.text


@pytest.mark.parametrize("card", ["4111111111111111", "4242424242424241", "", "kaspi"])
def test_a_card_that_is_no_test_card_leaves_no_trace(shop: Shop, card: str) -> None:
    made = shop.session()
    answer = shop.pay(made, card=card)
    assert (answer.status, "This is not one of the test cards" in answer.text) == (422, True)
    assert not card or card not in answer.text
    assert shop.standin.control("state")["objects"] == {"checkout.session": 1}
    kept = b"".join(path.read_bytes() for path in shop.standin.data.iterdir())
    assert not card or card.encode() not in kept


def test_the_e_mail_is_asked_for_unless_the_session_has_one(shop: Shop) -> None:
    assert shop.pay(shop.session(), email="nobody").status == 422
    known = shop.session(customer_email="asel@example.com")
    assert shop.pay(known, email="other@example.com").status == 303
    details = shop.client.v1.checkout.sessions.retrieve(known.id).customer_details
    assert details is not None
    assert details.email == "asel@example.com"


def test_an_unknown_page_says_so(counter: Shop) -> None:
    page = fetch(f"{counter.standin.base}/c/pay/cs_test_none", headers={"Accept-Language": "ru"})
    assert (page.status, "Такой страницы оплаты нет" in page.text) == (404, True)
