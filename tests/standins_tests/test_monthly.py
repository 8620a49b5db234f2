"""Repeated gifts: begun at Checkout, renewed, failing, mended, changed, paused, ended."""

from typing import Any

import pytest
import stripe

from tests.standins.stripe.renewals import after
from tests.standins.stripe.running import fetch, wait_for

from .conftest import Shop
from .test_refunds import balance, net

FAILS_LATER, ALWAYS_ASKS, ARRIVES = "4000000000000341", "4000002760003184", "DE89370400440532013000"


def monthly(shop: Shop, *, amount: int = 500_000, currency: str = "kzt", **more: object) -> stripe.checkout.Session:
    """A session for a gift of 5 000.00 KZT each month."""
    params: Any = {
        "mode": "subscription",
        "line_items": [
            {
                "price_data": {
                    "currency": currency,
                    "unit_amount": amount,
                    "product_data": {"name": "Monthly gift"},
                    "recurring": {"interval": "month"},
                },
                "quantity": 1,
            }
        ],
        "client_reference_id": "gift-1",
        "metadata": {"gift": "gift-1"},
        "subscription_data": {"metadata": {"gift": "gift-1"}, "description": "For the lamps"},
        "success_url": "https://asar.test/thanks/",
        "cancel_url": "https://asar.test/",
        **more,
    }
    return shop.client.v1.checkout.sessions.create(params)


def begun(shop: Shop, *, card: str = "4242424242424242", **more: Any) -> stripe.Subscription:
    """A subscription whose first payment went through."""
    made = monthly(shop, **more)
    paid = shop.standin.control("pay", {"session": made.id, "card": card, "step": "authenticate"})
    assert paid["status"] == "complete"
    return shop.client.v1.subscriptions.retrieve(paid["subscription"])


def invoices(shop: Shop, subscription: stripe.Subscription) -> list[stripe.Invoice]:
    """Its invoices, the latest first."""
    return shop.client.v1.invoices.list({"subscription": subscription.id, "limit": 100}).data


def status(shop: Shop, subscription: stripe.Subscription) -> str:
    return str(shop.client.v1.subscriptions.retrieve(subscription.id).status)


def renew(shop: Shop, subscription: stripe.Subscription) -> stripe.Invoice:
    """The next period begins; its invoice."""
    shop.standin.control("renew", {"subscription": subscription.id})
    return invoices(shop, subscription)[0]


def retry(shop: Shop, invoice: stripe.Invoice) -> stripe.Invoice:
    """The next try of the schedule comes now."""
    shop.standin.control("collect", {"invoice": invoice.id})
    return shop.client.v1.invoices.retrieve(invoice.id)


def lowered(item: Any) -> dict[str, Any]:
    """`price_data` that makes an item 2 000.00 KZT each month."""
    recurring = {"interval": "month"}
    return {"currency": "kzt", "product": item.price.product, "recurring": recurring, "unit_amount": 200_000}


def told(shop: Shop, prefix: str) -> list[str]:
    shop.standin.wait_until_idle()
    return sorted(kind for kind in shop.receiver.types() if kind.startswith(prefix))


def test_paying_begins_a_subscription_with_everything_that_belongs_to_it(shop: Shop) -> None:
    made = monthly(shop)
    assert (made.mode, made.payment_status, made.customer, made.subscription) == ("subscription", "unpaid", None, None)
    assert shop.pay(made, email="asel@example.com").status == 303
    session: Any = shop.client.v1.checkout.sessions.retrieve(
        made.id, {"expand": ["customer", "subscription.latest_invoice.payments", "invoice"]}
    )
    subscription = session.subscription
    invoice = subscription.latest_invoice
    assert (session.status, session.payment_status, session.payment_intent) == ("complete", "paid", None)
    assert (session.customer.email, session.customer.currency) == ("asel@example.com", "kzt")
    assert (subscription.status, subscription.metadata["gift"], subscription.description) == (
        "active",
        "gift-1",
        "For the lamps",
    )
    item = subscription["items"].data[0]
    assert (item.price.unit_amount, item.price.recurring.interval, item.quantity) == (500_000, "month", 1)
    start, each_month = item.current_period_start, {"interval": "month", "interval_count": 1}
    assert item.current_period_end == after(start, each_month, anchor=start)
    assert (session.invoice.id, invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        invoice.id,
        "paid",
        500_000,
        "subscription_create",
    )
    details = invoice.parent.subscription_details
    assert (details.subscription, details.metadata["gift"]) == (subscription.id, "gift-1")
    assert (invoice.payments.data[0].status, invoice.payments.data[0].amount_paid) == ("paid", 500_000)
    product = shop.client.v1.products.retrieve(item.price.product)
    assert product.name == "Monthly gift"


def test_the_first_payment_tells_of_everything(shop: Shop) -> None:
    begun(shop)
    shop.standin.wait_until_idle()
    assert sorted(shop.receiver.types()) == [
        "charge.succeeded",
        "charge.updated",
        "checkout.session.completed",
        "customer.created",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "payment_intent.created",
        "payment_intent.succeeded",
        "payment_method.attached",
    ]


def test_a_charge_leads_back_to_its_subscription(shop: Shop) -> None:
    subscription = begun(shop)
    charge: Any = shop.client.v1.charges.list().data[0]
    which = {"type": "payment_intent", "payment_intent": charge.payment_intent}
    params: Any = {"payment": which, "expand": ["data.invoice"]}
    (payment,) = shop.client.v1.invoice_payments.list(params).data
    invoice: Any = payment.invoice
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert charge.customer == subscription.customer


def test_a_renewal_charges_the_kept_card_for_the_next_period(shop: Shop) -> None:
    subscription = begun(shop)
    first = subscription["items"].data[0]
    shop.standin.control("advance", {"object": subscription.id})
    wait_for("a second invoice", lambda: len(invoices(shop, subscription)) == 2)
    latest = invoices(shop, subscription)[0]
    assert (latest.status, latest.billing_reason, latest.attempt_count) == ("paid", "subscription_cycle", 1)
    after_it: Any = shop.client.v1.subscriptions.retrieve(subscription.id)
    item = after_it["items"].data[0]
    assert item.current_period_start == first.current_period_end
    assert (latest.period_start, latest.period_end) == (item.current_period_start, item.current_period_end)
    assert latest.number != invoices(shop, subscription)[1].number
    shop.standin.wait_until_idle()
    assert net(shop) == {"kzt": 2 * 470_500} == balance(shop)


def test_a_renewal_that_fails_is_tried_again_and_then_given_up(shop: Shop) -> None:
    shop.standin.control("settings", {"retries": [100, 200]})
    subscription = begun(shop, card=FAILS_LATER)
    invoice = renew(shop, subscription)
    assert (invoice.status, invoice.attempt_count, status(shop, subscription)) == ("open", 1, "past_due")
    assert invoice.next_payment_attempt is not None
    assert 95 <= invoice.next_payment_attempt - invoice.created <= 100
    assert (retry(shop, invoice).attempt_count, status(shop, subscription)) == (2, "past_due")
    last = retry(shop, invoice)
    assert (last.attempt_count, last.next_payment_attempt, status(shop, subscription)) == (3, None, "canceled")
    ended = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert ended.cancellation_details is not None
    assert shop.standin.control("advance", {"object": invoice.id})["timers"] == 0
    assert ended.cancellation_details.reason == "payment_failed"
    assert told(shop, "invoice.payment_failed") == ["invoice.payment_failed"] * 3
    assert told(shop, "customer.subscription.") == [
        "customer.subscription.created",
        "customer.subscription.deleted",
        *["customer.subscription.updated"] * 2,
    ]
    assert told(shop, "charge.failed") == ["charge.failed"] * 3


@pytest.mark.parametrize("end", ["unpaid", "past_due"])
def test_what_follows_the_last_try_is_a_setting(shop: Shop, end: str) -> None:
    shop.standin.control("settings", {"retries": [], "after_retries": end})
    subscription = begun(shop, card=FAILS_LATER)
    renew(shop, subscription)
    assert status(shop, subscription) == (end if end == "unpaid" else "past_due")


def test_the_schedule_runs_by_the_clock(shop: Shop) -> None:
    shop.standin.control("settings", {"retries": [0, 0]})
    subscription = begun(shop, card=FAILS_LATER)
    renew(shop, subscription)
    wait_for("the end", lambda: status(shop, subscription) == "canceled")
    assert invoices(shop, subscription)[0].attempt_count == 3


def test_a_failed_renewal_is_paid_on_its_page(shop: Shop) -> None:
    subscription = begun(shop, card=FAILS_LATER)
    invoice = renew(shop, subscription)
    url = str(invoice.hosted_invoice_url)
    assert (fetch(url).status, fetch(url, form={"card": "4111"}).status) == (200, 422)
    assert fetch(url, form={"card": "4000000000000002"}).status == 402
    assert fetch(url, form={"card": "4242424242424242"}).status == 303
    page = fetch(url, headers={"Accept-Language": "ru"})
    assert (page.status, "Этот счёт оплачен" in page.text) == (200, True)
    assert (shop.client.v1.invoices.retrieve(invoice.id).status, status(shop, subscription)) == ("paid", "active")
    assert fetch(f"{shop.standin.base}/c/invoice/in_none").status == 404


def test_a_card_that_always_asks_needs_the_person_at_every_renewal(shop: Shop) -> None:
    subscription = begun(shop, card=ALWAYS_ASKS)
    invoice = renew(shop, subscription)
    assert (invoice.status, status(shop, subscription)) == ("open", "past_due")
    shop.standin.wait_until_idle()
    assert {"invoice.payment_action_required", "payment_intent.requires_action", "invoice.payment_failed"} <= set(
        shop.receiver.types()
    )
    page = fetch(str(invoice.hosted_invoice_url))
    intent: Any = shop.client.v1.payment_intents.list().data[0]
    step = intent.next_action.redirect_to_url.url
    assert step in page.text
    assert fetch(step, form={"answer": "authenticate"}).headers["Location"] == invoice.hosted_invoice_url
    assert (shop.client.v1.invoices.retrieve(invoice.id).status, status(shop, subscription)) == ("paid", "active")


def test_a_card_that_asks_once_renews_by_itself(shop: Shop) -> None:
    subscription = begun(shop, card="4000002500003155")
    assert renew(shop, subscription).status == "paid"


def test_the_api_pays_an_open_invoice_or_says_why_not(shop: Shop) -> None:
    subscription = begun(shop, card=FAILS_LATER)
    invoice = renew(shop, subscription)
    with pytest.raises(stripe.CardError) as caught:
        shop.client.v1.invoices.pay(invoice.id)
    assert caught.value.code == "card_declined"
    assert shop.client.v1.invoices.retrieve(invoice.id).attempt_count == 2
    with pytest.raises(stripe.InvalidRequestError) as again:
        shop.client.v1.invoices.pay(invoices(shop, subscription)[1].id)
    assert again.value.code == "invoice_already_paid"
    assert shop.client.v1.invoices.void_invoice(invoice.id).status == "void"
    assert told(shop, "payment_intent.canceled") == ["payment_intent.canceled"]
