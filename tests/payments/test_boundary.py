"""The only file that speaks to Stripe, spoken to by the stand-in over the wire through the official SDK."""

import importlib
from typing import Any
from uuid import uuid4

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import override
from pytest_django.fixtures import Settings

from common.errors import DomainError
from common.money import Money
from funds.payments import stripe as boundary
from funds.payments.rules import Checkout, CheckoutStatus, PaymentStatus, UnexpectedFactError
from tests.payments.stage import DECLINED, KEY
from tests.standins.stripe.running import StandIn, wait_for

pytestmark = pytest.mark.usefixtures("stripe_settings")


def checkout(amount: Money | None = None, **changes: Any) -> Checkout:
    facts: dict[str, Any] = {"title": "Lamps", "email": "", "language": "en", **changes}
    return boundary.create_checkout(
        reference=uuid4(),
        amount=amount or Money(25_00, "EUR"),
        success_url="http://testserver/thanks/",
        cancel_url="http://testserver/back/",
        **facts,
    )


def test_the_version_is_pinned_and_the_sdk_speaks_it() -> None:
    assert boundary.API_VERSION == stripe.api_version == "2026-10-28.endive"


def test_another_version_stops_the_site_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "api_version", "2027-01-01.other")
    spec = importlib.util.find_spec("funds.payments.stripe.wire")
    assert spec is not None
    assert spec.loader is not None
    fresh = importlib.util.module_from_spec(spec)
    with pytest.raises(ImproperlyConfigured, match=r"2027-01-01\.other"):
        spec.loader.exec_module(fresh)


def test_a_page_is_opened_and_read_back(stand_in: StandIn) -> None:
    made = checkout(email="donor@example.com")
    assert (made.status, made.url, made.payment) == (CheckoutStatus.OPEN, f"{stand_in.base}/c/pay/{made.id}", None)
    assert boundary.fetch_checkout(checkout_id=made.id) == made


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_every_language_of_the_site_gets_a_page(language: str) -> None:
    assert checkout(language=language).status == CheckoutStatus.OPEN


def test_the_same_reference_gets_the_same_page() -> None:
    reference = uuid4()
    pages = {
        boundary.create_checkout(
            reference=reference,
            amount=Money(500_00, "KZT"),
            title="Lamps",
            email="",
            language="kk",
            success_url="http://testserver/a/",
            cancel_url="http://testserver/b/",
        ).id
        for _ in range(3)
    }
    assert len(pages) == 1


def test_a_payment_tells_its_charge_at_once_and_its_fee_when_it_arrives(stand_in: StandIn) -> None:
    made = checkout()
    stand_in.pay(made.url)
    page = boundary.fetch_checkout(checkout_id=made.id)
    payment = page.payment
    assert payment is not None
    assert (page.status, page.url) == (CheckoutStatus.COMPLETE, "")
    assert (payment.reference, payment.status, payment.amount) == (
        made.reference,
        PaymentStatus.SUCCEEDED,
        Money(25_00, "EUR"),
    )
    assert (payment.charge_id[:3], payment.movement) == ("ch_", None)
    stand_in.control("advance", {"object": payment.charge_id})
    wait_for("the fee", lambda: boundary.fetch_payment(payment_id=payment.id).movement)
    settled = boundary.fetch_payment(payment_id=payment.id)
    moved = settled.movement
    assert moved is not None
    assert (moved.currency, moved.amount_minor, moved.fee_minor) == ("EUR", 25_00, 98)  # 2.9 % + 0.25
    assert (moved.type, moved.source_id, moved.payment_id) == ("charge", payment.charge_id, payment.id)
    assert boundary.fetch_checkout(checkout_id=made.id).payment == settled


def test_a_declined_card_is_a_failed_payment_on_an_open_page(stand_in: StandIn) -> None:
    made = checkout()
    stand_in.pay(made.url, card=DECLINED)
    page = boundary.fetch_checkout(checkout_id=made.id)
    assert page.payment is not None
    assert (page.status, page.payment.status, page.payment.charge_id) == (CheckoutStatus.OPEN, PaymentStatus.FAILED, "")


@pytest.mark.parametrize(
    ("amount", "code"), [(Money(1, "KZT"), "amount_too_small"), (Money(10**12, "EUR"), "amount_too_large")]
)
def test_what_stripe_finds_too_small_or_too_large_is_said_at_the_amount(amount: Money, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        checkout(amount)
    assert (refused.value.code, refused.value.field) == (code, "amount")


def test_a_silent_stripe_is_unavailable(settings: Settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(DomainError) as refused:
        checkout()
    assert refused.value.code == "unavailable"
    with override("en"):
        assert "Nothing was charged" in str(refused.value.message)


def test_a_wrong_key_is_our_fault_and_said_without_the_key(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_of_somebody_else"
    with pytest.raises(DomainError) as refused:
        checkout()
    assert refused.value.code == "misconfigured"
    assert "sk_test" not in caplog.text


def test_an_unknown_object_is_an_unexpected_fact() -> None:
    with pytest.raises(UnexpectedFactError, match="resource_missing"):
        boundary.fetch_payment(payment_id="pi_nowhere")


def test_the_site_runs_without_a_key(settings: Settings) -> None:
    assert (boundary.is_configured(), KEY) == (True, settings.STRIPE_SECRET_KEY)
    settings.STRIPE_SECRET_KEY = ""
    assert not boundary.is_configured()
