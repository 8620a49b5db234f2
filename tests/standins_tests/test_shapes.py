"""Our objects against Stripe's own published fixtures: every key is there and has the right JSON type.

The fixtures lie outside the project; without them there is nothing to compare with.
"""

import json
import typing
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import fetch, wait_for

from .conftest import Shop
from .test_monthly import begun

FIXTURES = Path(__file__).parents[3] / "shared/data/outside/stripe/fixtures3.json"

pytestmark = pytest.mark.skipif(not FIXTURES.exists(), reason="Stripe's fixtures are not on this machine")

LEFT_OUT = {"charge": {"refunds"}, "invoice": {"subscription"}}
"""Keys that Stripe sends only when they are expanded, and one that it no longer sends (the SDK has dropped it)."""

ANY_CONTENT = {"metadata", "data", "payment_method_options", "fraud_details", "object"}

CLASSES: dict[str, type[stripe.StripeObject]] = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "balance_transaction": stripe.BalanceTransaction,
    "event": stripe.Event,
    "balance": stripe.Balance,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "radar.early_fraud_warning": stripe.radar.EarlyFraudWarning,
    "review": stripe.Review,
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "price": stripe.Price,
    "product": stripe.Product,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "invoice": stripe.Invoice,
    "line_item": stripe.InvoiceLineItem,
    "invoice_payment": stripe.InvoicePayment,
    "mandate": stripe.Mandate,
    "payout": stripe.Payout,
    "setup_intent": stripe.SetupIntent,
    "billing_portal.configuration": stripe.billing_portal.Configuration,
    "billing_portal.session": stripe.billing_portal.Session,
    "item": stripe.LineItem,
}


def differences(ours: dict[str, Any], theirs: dict[str, Any], kind: str, path: str = "") -> list[str]:
    """What is missing from ours, or of another type; one line for each."""
    found = []
    for name, example in theirs.items():
        where = f"{kind}{path}.{name}"
        if name not in ours:
            if name not in LEFT_OUT.get(kind, set()) and (name != "card" or "sepa_debit" not in ours):
                found.append(f"{where} is missing")
            continue
        value = ours[name]
        if value is None or example is None:
            continue
        if type(value) is not type(example):
            found.append(f"{where} is {type(value).__name__}, not {type(example).__name__}")
        elif isinstance(value, dict) and name not in ANY_CONTENT:
            found += differences(value, example, kind, f"{path}.{name}")
        elif isinstance(value, list) and value and example and isinstance(value[0], dict):
            found += differences(value[0], example[0], kind, f"{path}.{name}[]")
    return found


def wrongly_null(ours: dict[str, Any], kind: str) -> list[str]:
    """Members that are null here and never null in the official SDK's types."""
    hints = CLASSES[kind].__annotations__
    return [
        f"{kind}.{name}"
        for name, value in ours.items()
        if value is None and name in hints and type(None) not in typing.get_args(hints[name])
    ]


def literals(hint: object) -> list[object]:
    """Every literal inside a type, however deep."""
    inner = typing.get_args(hint)
    return [hint] if not inner else [found for each in inner for found in literals(each)]


def unknown(ours: dict[str, Any], theirs: dict[str, Any], kind: str) -> list[str]:
    """Members that neither the fixtures nor the SDK know."""
    return [name for name in ours if name not in theirs and name not in CLASSES[kind].__annotations__]


@pytest.fixture(scope="module")
def fixtures() -> dict[str, dict[str, Any]]:
    """Stripe's example of each object."""
    found: dict[str, dict[str, Any]] = json.loads(FIXTURES.read_text())["resources"]
    return found


def on_the_wire(shop: Shop, path: str) -> dict[str, Any]:
    """The JSON itself: the SDK would turn decimals into its own types."""
    headers = {"Authorization": f"Bearer {shop.standin.secret_key}"}
    found: dict[str, Any] = json.loads(fetch(f"{shop.standin.base}/v1/{path}", headers=headers).text)
    return found


@pytest.fixture(scope="module")
def ours(counter: Shop) -> dict[str, list[dict[str, Any]]]:
    """Our objects of each kind after a payment, a decline and a session that is still open."""
    counter.paid(currency="eur", amount=2_500, customer_email="asel@example.com", locale="ru")
    counter.pay(counter.session(), card="4000000000000002")
    counter.session(custom_text={"submit": {"message": "Thank you"}}, adaptive_pricing={"enabled": True})
    wait_for("the fee", lambda: counter.client.v1.balance_transactions.list().data)
    for card in ("4000000000000259", "4000000000001976", "4000000000005423"):
        counter.pay(counter.session(), card=card)
    wait_for("disputes", lambda: len(counter.client.v1.disputes.list().data) == 2)
    wait_for("a warning", lambda: counter.client.v1.radar.early_fraud_warnings.list().data)
    charge = counter.client.v1.charges.list({"limit": 100}).data[-1].id
    for amount in (100, 200):
        counter.standin.control("refund", {"charge": charge, "amount": amount})
    counter.standin.control("fail_refund", {"refund": counter.client.v1.refunds.list().data[0].id})
    counter.standin.control("review", {"charge": charge})
    begun(counter, card="4000000000000341")
    debited = begun(counter, card="DE89370400440532013000", currency="eur", amount=2_500)
    for subscription in counter.client.v1.subscriptions.list().data:
        counter.standin.control("renew", {"subscription": subscription.id})
    counter.standin.control("payout_now", {"available": True})
    counter.standin.control("fail_payout", {"payout": counter.client.v1.payouts.list().data[0].id})
    opened = counter.client.v1.billing_portal.sessions.create({"customer": str(debited.customer)})
    fetch(opened.url, form={"action": "card", "card": "4242424242424242"})
    counter.client.v1.subscriptions.update(debited.id, {"cancel_at_period_end": True})
    paths = {
        "balance_transaction": "balance_transactions",
        "checkout.session": "checkout/sessions",
        "payment_intent": "payment_intents",
        "charge": "charges",
        "event": "events",
        "refund": "refunds",
        "dispute": "disputes",
        "radar.early_fraud_warning": "radar/early_fraud_warnings",
        "review": "reviews",
        "payout": "payouts",
        "setup_intent": "setup_intents",
        "billing_portal.configuration": "billing_portal/configurations",
        "customer": "customers",
        "price": "prices",
        "product": "products",
        "subscription": "subscriptions",
        "invoice": "invoices",
        "invoice_payment": "invoice_payments",
        "payment_method": "payment_methods",
    }
    made = {kind: on_the_wire(counter, f"{path}?limit=100")["data"] for kind, path in paths.items()}
    made["subscription_item"] = [item for each in made["subscription"] for item in each["items"]["data"]]
    made["line_item"] = [line for each in made["invoice"] for line in each["lines"]["data"]]
    told = [event["data"]["object"] for event in made["event"] if event["type"] == "mandate.updated"]
    made["mandate"] = [on_the_wire(counter, f"mandates/{each['id']}") for each in told]
    made["billing_portal.session"] = [
        event["data"]["object"] for event in made["event"] if event["type"] == "billing_portal.session.created"
    ]
    made["balance"] = [on_the_wire(counter, "balance")]
    made["item"] = on_the_wire(counter, f"checkout/sessions/{made['checkout.session'][0]['id']}/line_items")["data"]
    return made


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_every_key_of_stripes_fixture_is_there(
    ours: dict[str, list[dict[str, Any]]], fixtures: dict[str, dict[str, Any]], kind: str
) -> None:
    optional = {"connect_reserved"} if kind == "balance" else set()
    theirs = {name: value for name, value in fixtures[kind].items() if name not in optional}
    assert ours[kind]
    assert [line for each in ours[kind] for line in differences(each, theirs, kind)] == []


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_nothing_is_null_that_stripe_never_leaves_null(ours: dict[str, list[dict[str, Any]]], kind: str) -> None:
    assert [line for each in ours[kind] for line in wrongly_null(each, kind)] == []


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_nothing_is_there_that_stripe_does_not_know(
    ours: dict[str, list[dict[str, Any]]], fixtures: dict[str, dict[str, Any]], kind: str
) -> None:
    assert [line for each in ours[kind] for line in unknown(each, fixtures[kind], kind)] == []


def test_the_events_types_are_in_the_sdks_list(ours: dict[str, list[dict[str, Any]]]) -> None:
    known = set(literals(stripe.Event.__annotations__["type"]))
    assert {event["type"] for event in ours["event"]} - known == set()
    assert "charge.updated" in known
