"""The customer portal: who comes in, what can be done there, and what the site hears of it."""

from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import fetch

from .conftest import Shop
from .test_monthly import begun, renew, status, told


def opened(shop: Shop, subscription: stripe.Subscription, **more: Any) -> stripe.billing_portal.Session:
    """A way in for the customer of a subscription."""
    params: Any = {"customer": str(subscription.customer), "return_url": "https://asar.test/me/", **more}
    return shop.client.v1.billing_portal.sessions.create(params)


def test_a_subscription_is_ended_and_kept_there(shop: Shop) -> None:
    subscription = begun(shop)
    page = opened(shop, subscription, locale="ru").url
    first = fetch(page)
    assert (first.status, "Прекратить в конце периода" in first.text, "https://asar.test/me/" in first.text) == (
        200,
        True,
        True,
    )
    form = {"action": "cancel", "subscription": subscription.id}
    assert fetch(page, form=form).headers["Location"] == page
    ending = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (ending.cancel_at_period_end, ending.status) == (True, "active")
    assert fetch(page, form={**form, "action": "keep"}).status == 303
    assert shop.client.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end is False
    assert told(shop, "customer.subscription.updated") == ["customer.subscription.updated"] * 2
    assert told(shop, "billing_portal.") == ["billing_portal.session.created"]


def test_another_card_renews(shop: Shop) -> None:
    subscription = begun(shop, card="4000000000000341")
    page = opened(shop, subscription).url
    for card, answer in (("4111", 422), ("4000000000000002", 402), ("5555555555554444", 200)):
        assert fetch(page, form={"action": "card", "card": card}).status == answer
    assert (renew(shop, subscription).status, status(shop, subscription)) == ("paid", "active")
    charge: Any = shop.client.v1.charges.list().data[0]
    assert charge.payment_method_details.card.last4 == "4444"
    setup = shop.client.v1.setup_intents.list().data[0]
    assert (setup.status, setup.payment_method) == ("succeeded", charge.payment_method)
    assert told(shop, "setup_intent.") == ["setup_intent.created", "setup_intent.succeeded"]


def test_invoices_are_listed(shop: Shop) -> None:
    subscription = begun(shop)
    invoice = renew(shop, subscription)
    page = fetch(opened(shop, subscription).url)
    assert str(invoice.hosted_invoice_url) in page.text
    assert str(invoice.number) in page.text


def test_nobody_changes_what_belongs_to_another(shop: Shop) -> None:
    mine, others = begun(shop), begun(shop)
    page = opened(shop, mine).url
    assert others.id not in fetch(page).text
    assert fetch(page, form={"action": "cancel", "subscription": others.id}).status == 404
    assert fetch(page, form={"action": "delete", "subscription": mine.id}).status == 404
    assert fetch(f"{shop.standin.base}/c/portal/bps_none").status == 404
    assert shop.client.v1.subscriptions.retrieve(others.id).cancel_at_period_end is False


def test_a_configuration_decides_what_is_offered(shop: Shop) -> None:
    params: Any = {"features": {"subscription_cancel": {"enabled": False}}, "name": "Invoices only"}
    made = shop.client.v1.billing_portal.configurations.create(params)
    subscription = begun(shop)
    page = opened(shop, subscription, configuration=made.id).url
    assert "End at the end of the period" not in fetch(page).text
    form = {"action": "cancel", "subscription": subscription.id}
    assert fetch(page, form=form).status == 404
    changed: Any = {"features": {"subscription_cancel": {"enabled": True}}}
    shop.client.v1.billing_portal.configurations.update(made.id, changed)
    assert "End at the end of the period" in fetch(page).text
    opened(shop, subscription)
    defaults = shop.client.v1.billing_portal.configurations.list({"is_default": True}).data
    assert len(defaults) == 1
    assert defaults[0].id != made.id


@pytest.mark.parametrize(
    ("params", "code"),
    [({"customer": "cus_none"}, "resource_missing"), ({}, "parameter_missing"), ({"locale": "kk"}, None)],
)
def test_what_makes_no_sense_is_refused(counter: Shop, params: dict[str, Any], code: str | None) -> None:
    sent: Any = {"customer": "cus_none", **params} if "locale" in params else params
    with pytest.raises(stripe.InvalidRequestError) as caught:
        counter.client.v1.billing_portal.sessions.create(sent)
    assert caught.value.code == code
