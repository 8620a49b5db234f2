"""Repeated gifts that somebody changes: lowered, paused, resumed, ended, begun anew."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from tests.standins.stripe.renewals import after
from tests.standins.stripe.running import wait_for

from .conftest import Shop
from .test_monthly import (
    ARRIVES,
    begun,
    invoices,
    monthly,
    renew,
    status,
    told,
)


def test_lowering_takes_effect_with_the_next_period(shop: Shop) -> None:
    subscription = begun(shop)
    item: Any = subscription["items"].data[0]
    data = {
        "currency": "kzt",
        "product": item.price.product,
        "recurring": {"interval": "month"},
        "unit_amount": 200_000,
    }
    change: Any = {
        "items": [{"id": item.id, "price_data": data}],
        "metadata": {"need": "lamps"},
        "proration_behavior": "none",
    }
    changed: Any = shop.client.v1.subscriptions.update(subscription.id, change)
    assert changed["items"].data[0].price.unit_amount == 200_000
    assert dict(changed.metadata.to_dict()) == {"gift": "gift-1", "need": "lamps"}
    assert len(invoices(shop, subscription)) == 1
    assert renew(shop, subscription).amount_paid == 200_000


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"proration_behavior": "create_prorations"}, "stand_in_unsupported", "proration_behavior"),
        ({"items": [{"id": "si_none", "quantity": 2}]}, "resource_missing", "items[0][id]"),
        ({"unit_amount": 10}, "amount_too_small", "items"),
        ({"currency": "eur"}, None, "items[0][price_data][currency]"),
        ({"product": "prod_none"}, "resource_missing", "items[0][price_data][product]"),
        ({"trial_end": "now"}, "stand_in_unsupported", "trial_end"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    shop: Shop, change: dict[str, Any], code: str | None, param: str
) -> None:
    subscription = begun(shop)
    item: Any = subscription["items"].data[0]
    data = {
        "currency": "kzt",
        "product": item.price.product,
        "recurring": {"interval": "month"},
        "unit_amount": 200_000,
    }
    data.update({name: change.pop(name) for name in list(change) if name in data})
    sent: Any = {"items": [{"id": item.id, "price_data": data}], "proration_behavior": "none", **change}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.subscriptions.update(subscription.id, sent)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_a_paused_collection_voids_its_invoices(shop: Shop) -> None:
    subscription = begun(shop)
    paused = shop.client.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    assert (paused.status, paused.pause_collection is not None) == ("active", True)
    assert renew(shop, subscription).status == "void"
    resumed = shop.client.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    assert resumed.pause_collection is None
    assert renew(shop, subscription).status == "paid"
    again: Any = {"pause_collection": {"behavior": "mark_uncollectible", "resumes_at": 1}}
    shop.client.v1.subscriptions.update(subscription.id, again)
    assert renew(shop, subscription).status == "paid"
    assert len(shop.client.v1.charges.list().data) == 3


def test_a_subscription_itself_can_be_paused_and_resumed(shop: Shop) -> None:
    subscription = begun(shop)
    assert shop.client.v1.subscriptions.pause(subscription.id).status == "paused"
    resume: Any = {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    assert shop.client.v1.subscriptions.resume(subscription.id, resume).status == "active"
    assert told(shop, "customer.subscription.") == [
        "customer.subscription.created",
        "customer.subscription.paused",
        "customer.subscription.resumed",
    ]


def test_ending_at_once_and_at_the_end_of_the_period(shop: Shop) -> None:
    now, later = begun(shop), begun(shop)
    ended = shop.client.v1.subscriptions.cancel(now.id, {"cancellation_details": {"comment": "Moved away"}})
    assert (ended.status, ended.ended_at is not None) == ("canceled", True)
    waits = shop.client.v1.subscriptions.update(later.id, {"cancel_at_period_end": True})
    assert (waits.status, waits.cancel_at) == ("active", later["items"].data[0].current_period_end)
    shop.standin.control("renew", {"subscription": later.id})
    assert (status(shop, later), len(invoices(shop, later))) == ("canceled", 1)
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription"):
        shop.client.v1.subscriptions.update(now.id, {"cancel_at_period_end": True})
    subscriptions = shop.client.v1.subscriptions
    assert subscriptions.list().data == []
    assert [each.id for each in subscriptions.list({"status": "all"}).data] == [later.id, now.id]
    assert len(subscriptions.list({"status": "ended", "customer": str(now.customer)}).data) == 1


def test_a_monthly_debit_is_active_while_it_is_under_way(shop: Shop) -> None:
    shop.standin.control("settings", {"async_delay": 3600})
    subscription = begun(shop, card=ARRIVES, currency="eur", amount=2_500)
    assert (subscription.status, invoices(shop, subscription)[0].status) == ("active", "open")
    charge = shop.client.v1.charges.list().data[0]
    shop.standin.control("advance", {"object": charge.id})
    wait_for("the invoice", lambda: invoices(shop, subscription)[0].status == "paid")
    assert told(shop, "mandate.") == ["mandate.updated"]
    assert told(shop, "checkout.session.async") == ["checkout.session.async_payment_succeeded"]


def test_demonstrations_renew_every_few_seconds(shop: Shop) -> None:
    shop.standin.control("settings", {"renew_every": 0.05})
    subscription = begun(shop)
    wait_for("three periods", lambda: len(invoices(shop, subscription)) >= 3)
    shop.standin.control("settings", {"renew_every": 0})


def test_a_declined_first_payment_begins_nothing(shop: Shop) -> None:
    made = monthly(shop)
    assert shop.pay(made, card="4000000000000002").status == 402
    objects = shop.standin.control("state")["objects"]
    assert (objects.get("subscription"), objects.get("invoice"), objects["customer"]) == (None, None, 1)
    assert shop.pay(made).status == 303
    assert shop.standin.control("state")["objects"]["customer"] == 1
    assert len(shop.client.v1.subscriptions.list().data) == 1


def test_a_known_customer_gives_again(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "asel@example.com", "metadata": {"donor": "1"}})
    subscription = begun(shop, customer=customer.id)
    assert subscription.customer == customer.id
    renamed = shop.client.v1.customers.update(customer.id, {"name": "Asel", "metadata": {"donor": ""}})
    assert (renamed.name, dict((renamed.metadata or stripe.StripeObject()).to_dict())) == ("Asel", {})
    found = shop.client.v1.customers.list({"email": "asel@example.com"}).data
    assert [each.id for each in found] == [customer.id]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        monthly(shop, customer="cus_none")
    assert caught.value.param == "customer"


@pytest.mark.parametrize(
    ("start", "interval", "count", "end"),
    [
        ("2026-01-31", "month", 1, "2026-02-28"),
        ("2026-02-28", "month", 1, "2026-03-31"),
        ("2026-11-30", "month", 3, "2027-02-28"),
        ("2024-02-29", "year", 1, "2025-02-28"),
        ("2026-12-31", "day", 1, "2027-01-01"),
        ("2026-12-31", "week", 2, "2027-01-14"),
    ],
)
def test_periods_end_where_the_calendar_lets_them(start: str, interval: str, count: int, end: str) -> None:
    anchor = (
        datetime(2026, 1, 31, tzinfo=UTC) if interval == "month" else datetime.fromisoformat(f"{start}T00:00:00+00:00")
    )
    begins = int(datetime.fromisoformat(f"{start}T00:00:00+00:00").timestamp())
    found = after(begins, {"interval": interval, "interval_count": count}, anchor=int(anchor.timestamp()))
    assert datetime.fromtimestamp(found, UTC).date().isoformat() == end
