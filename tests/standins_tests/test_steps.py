"""Payments that take more than one step: the bank's confirmation, and debits that arrive later or bounce."""

from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import fetch, wait_for

from .conftest import Shop
from .test_refunds import balance, net

ONCE = "4000002500003155"
ARRIVES, BOUNCES = "DE89370400440532013000", "DE62370400440532013001"


def step_of(shop: Shop, made: stripe.checkout.Session, card: str = ONCE) -> str:
    """Pay with a card whose bank asks; the address of the step."""
    answer = shop.pay(made, card=card)
    assert answer.status == 303
    return str(answer.headers["Location"])


def test_the_banks_step_comes_before_the_charge(shop: Shop) -> None:
    made = shop.session(locale="de")
    step = step_of(shop, made)
    waiting: Any = shop.client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    intent = waiting.payment_intent
    assert (waiting.status, intent.status, intent.latest_charge) == ("open", "requires_action", None)
    assert intent.next_action.redirect_to_url.url == step
    page = fetch(step)
    assert (page.status, "Die Bank bittet um Bestätigung" in page.text) == (200, True)
    done = fetch(step, form={"answer": "authenticate"})
    assert (done.status, done.headers["Location"]) == (303, f"https://asar.test/en/gifts/thanks/?session={made.id}")
    assert fetch(step, form={"answer": "authenticate"}).headers["Location"] == done.headers["Location"]
    shop.standin.wait_until_idle()
    assert len(shop.client.v1.charges.list().data) == 1
    assert sorted(shop.receiver.types()) == [
        "charge.succeeded",
        "charge.updated",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
    ]


def test_a_step_that_fails_leaves_the_session_open(shop: Shop) -> None:
    made = shop.session()
    failed = fetch(step_of(shop, made), form={"answer": "fail"})
    assert (failed.status, "confirmation failed" in failed.text) == (402, True)
    intent: Any = shop.client.v1.payment_intents.list().data[0]
    assert (intent.status, intent.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_authentication_failure",
    )
    assert shop.pay(made).status == 303
    assert shop.client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


def test_the_control_api_passes_the_step_at_once(shop: Shop) -> None:
    made, other = shop.session(), shop.session()
    paid = shop.standin.control("pay", {"session": made.id, "card": ONCE, "step": "authenticate"})
    assert (paid["status"], paid["payment_status"]) == ("complete", "paid")
    waits = shop.standin.control("pay", {"session": other.id, "card": ONCE})
    assert (waits["status"], waits["step"]) == ("open", f"{shop.standin.base}/c/auth/{waits['payment_intent']}")
    answered = shop.standin.control("step", {"payment_intent": waits["payment_intent"], "answer": "authenticate"})
    assert answered["status"] == "succeeded"
    with pytest.raises(AssertionError, match="waits for no step"):
        shop.standin.control("step", {"payment_intent": waits["payment_intent"], "answer": "fail"})


def test_a_debit_is_unpaid_until_it_arrives(shop: Shop) -> None:
    shop.standin.control("settings", {"async_delay": 3600})
    made = shop.session(currency="eur", amount=2_500)
    assert shop.pay(made, card=ARRIVES).status == 303
    waiting: Any = shop.client.v1.checkout.sessions.retrieve(
        made.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    charge = waiting.payment_intent.latest_charge
    assert (waiting.status, waiting.payment_status, waiting.payment_intent.status) == (
        "complete",
        "unpaid",
        "processing",
    )
    assert (charge.status, charge.paid, charge.balance_transaction.type) == ("pending", False, "payment")
    assert charge.id.startswith("py_")
    shop.standin.control("advance", {"object": charge.id})
    wait_for("the debit", lambda: shop.client.v1.charges.retrieve(charge.id).status == "succeeded")
    assert shop.client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"
    shop.standin.wait_until_idle()
    told = shop.receiver.types()
    assert {"charge.pending", "payment_intent.processing", "checkout.session.async_payment_succeeded"} <= set(told)
    refund = shop.client.v1.refunds.create({"charge": charge.id})
    assert (refund.status, refund.id.startswith("pyr_")) == ("pending", True)
    moved = shop.client.v1.balance_transactions.list({"source": refund.id}).data
    assert [each.type for each in moved] == ["payment_refund"]


def test_a_debit_that_bounces_is_taken_back_with_its_fee(shop: Shop) -> None:
    shop.standin.control("settings", {"async_delay": 0})
    made = shop.session(currency="eur", amount=2_500)
    shop.pay(made, card=BOUNCES)
    wait_for("the end", lambda: "checkout.session.async_payment_failed" in shop.receiver.types())
    session = shop.client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    intent: Any = session.payment_intent
    assert (session.payment_status, intent.status, intent.latest_charge.status) == (
        "unpaid",
        "requires_payment_method",
        "failed",
    )
    moved = shop.client.v1.balance_transactions.list().data
    assert [(each.type, each.amount) for each in moved] == [("payment_failure_refund", -2_500), ("payment", 2_500)]
    assert net(shop) == {"eur": 0} == balance(shop)


def test_a_debit_pays_euro_alone(shop: Shop) -> None:
    made = shop.session()
    assert shop.pay(made, card=ARRIVES).status == 422
    assert "DE89" not in fetch(f"{shop.standin.base}/c/pay/{made.id}").text
    with pytest.raises(AssertionError, match="not in euro"):
        shop.standin.control("pay", {"session": made.id, "card": ARRIVES})


def test_an_unknown_step_says_so(counter: Shop) -> None:
    assert fetch(f"{counter.standin.base}/c/auth/pi_none").status == 404
    assert fetch(f"{counter.standin.base}/c/nothing/x").status == 404
