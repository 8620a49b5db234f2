"""Movements of the card account: each type mapped, each booked once, unknown ones in suspense with an alert."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from funds.ledger.models import Entry, Fund, Transaction
from funds.ledger.states import Kind
from funds.payments.actions import BOOKERS, GROUP_HANDLERS, HANDLERS, book_movement, store_movements
from funds.payments.models import Movement
from funds.payments.queries import booked_totals, waiting_movements
from funds.payments.rules import MovementFact, kinds, reading
from funds.payments.states import MovementState
from funds.payments.tasks import book_movements

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

LISTED = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "charge.succeeded",
    "charge.updated",
    "charge.refunded",
    "charge.failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
    "review.opened",
    "review.closed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice_payment.paid",
    "mandate.updated",
    "setup_intent.succeeded",
    "payout.created",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "payout.reconciliation_completed",
    "balance.available",
    "reserve.hold.created",
    "reserve.release.created",
]
TYPES = [
    "charge",
    "payment",
    "refund",
    "payment_refund",
    "refund_failure",
    "payment_failure_refund",
    "adjustment",
    "payout",
    "payout_failure",
    "payout_cancel",
    "stripe_fee",
    "stripe_fx_fee",
    "tax_fee",
    "reserve_hold",
    "reserve_release",
    "reserved_funds",
    "payment_reversal",
    "topup",
]


def fact(name: str, type_: str, net: int, **changes: object) -> MovementFact:
    told = {"category": type_, "amount_minor": net, "fee_minor": 0, "currency": "EUR"}
    moments = {"created_at": NOW, "available_at": NOW}
    return MovementFact(id=name, type=type_, **{**told, **moments, **changes})  # type: ignore[arg-type]


def booked() -> list[tuple[str, str, int]]:
    rows = Entry.objects.order_by("id")
    return list(rows.values_list("transaction__kind", "account__code", "amount_minor"))


@pytest.mark.parametrize("name", LISTED)
def test_every_listed_event_is_handled_or_said_to_change_nothing(name: str) -> None:
    handled = name in HANDLERS or name in GROUP_HANDLERS
    assert handled is not (name in kinds.SEEN_EVENTS)
    assert name in kinds.KNOWN_EVENTS


@pytest.mark.parametrize("name", TYPES)
def test_every_listed_movement_has_its_booker_or_its_place(name: str) -> None:
    assert name in kinds.KNOWN_MOVEMENTS
    assert (name in BOOKERS) is not (name in (*kinds.FEES, *kinds.HELD))


@pytest.mark.django_db
def test_a_movement_is_kept_once_and_never_changed(fund: Fund) -> None:
    first = fact("txn_1", "stripe_fee", -500)
    assert [store_movements(facts=[first, first]), store_movements(facts=[first])] == [1, 0]
    store_movements(facts=[fact("txn_1", "stripe_fee", -900, payment_id="pi_1")])
    kept = Movement.objects.get()
    assert (kept.amount_minor, kept.net_minor, kept.payment_id) == (-500, -500, "pi_1")


@pytest.mark.django_db
def test_a_fee_of_the_account_is_borne_by_the_oldest_fund_and_booked_once(fund: Fund) -> None:
    store_movements(facts=[fact("txn_1", "stripe_fee", -500), fact("txn_2", "tax_fee", -100)])
    assert (book_movements(), book_movements()) == (2, 0)
    assert booked() == [("fee", "stripe", -500), ("fee", "fees", 500), ("fee", "stripe", -100), ("fee", "fees", 100)]
    assert booked_totals() == {"EUR": -600}
    assert set(Movement.objects.values_list("state", "fund_id")) == {(MovementState.BOOKED, fund.pk)}


@pytest.mark.django_db
def test_what_is_unknown_goes_to_suspense_with_an_alert(fund: Fund, caplog: pytest.LogCaptureFixture) -> None:
    store_movements(facts=[fact("txn_1", "climate_order_purchase", -700)])
    assert book_movements() == 1
    assert booked() == [("suspense", "stripe", -700), ("suspense", "suspense", 700)]
    kept = Movement.objects.get()
    assert (kept.state, kept.trouble) == (MovementState.SUSPENSE, "Not yet explained: climate_order_purchase")
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "Movement txn_1 of the card account is of an unknown type: climate_order_purchase"
    ]


@pytest.mark.django_db
def test_what_the_processor_holds_is_known_and_stands_in_suspense_until_it_is_released(
    fund: Fund, caplog: pytest.LogCaptureFixture
) -> None:
    store_movements(facts=[fact("txn_1", "reserve_hold", -700), fact("txn_2", "reserve_release", 700)])
    assert book_movements() == 2
    memos = set(Transaction.objects.filter(kind=Kind.SUSPENSE).values_list("memo", flat=True))
    assert memos == {"Held by the card processor", "Released by the card processor"}
    assert booked_totals() == {"EUR": 0}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.django_db
def test_a_charge_of_somebody_else_waits_a_day_and_is_then_not_explained(fund: Fund) -> None:
    store_movements(facts=[fact("txn_1", "charge", 900, fee_minor=30, payment_id="pi_shirt")])
    [key] = waiting_movements()
    assert not book_movement(movement_pk=key, now=NOW + timedelta(hours=23))
    assert book_movement(movement_pk=key, now=NOW + timedelta(hours=25))
    assert booked() == [("suspense", "stripe", 870), ("suspense", "suspense", -870)]
    assert waiting_movements() == []


@pytest.mark.django_db
def test_a_currency_that_no_ledger_holds_is_kept_and_shown(fund: Fund) -> None:
    store_movements(facts=[fact("txn_1", "stripe_fee", -500, currency="SEK", trouble="Stripe speaks of SEK")])
    assert book_movements() == 0
    assert (Movement.objects.get().trouble, Entry.objects.count()) == ("Stripe speaks of SEK", 0)


@pytest.mark.django_db
def test_without_any_fund_it_says_so_and_is_tried_again(db: None) -> None:
    store_movements(facts=[fact("txn_1", "stripe_fee", -500)])
    assert book_movements() == 0
    assert "CARD_ACCOUNT_FUND" in Movement.objects.get().trouble


def test_the_setting_is_explained_where_operators_look() -> None:
    told = (Path(__file__).parents[2] / ".env.example").read_text()
    assert re.findall(r"^# (CARD_ACCOUNT_FUND|ANONYMOUS_BATCH|ANONYMOUS_BATCH_DAYS)=", told, re.MULTILINE) == [
        "CARD_ACCOUNT_FUND",
        "ANONYMOUS_BATCH",
        "ANONYMOUS_BATCH_DAYS",
    ]


@pytest.mark.django_db
def test_what_is_finer_than_the_ledger_is_held_as_not_explained_with_an_alert(
    fund: Fund, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    told = {
        "id": "txn_1", "type": "stripe_fee", "reporting_category": "fee", "amount": -12_345, "fee": 0,
        "currency": "ugx", "created": int(now.timestamp()), "available_on": int(now.timestamp()), "source": None,
        "exchange_rate": None, "description": None,
    }  # fmt: skip
    fact = reading.movement(told)
    assert (fact.amount_minor, fact.trouble) == (-123, "-12345 ugx is finer than the ledger's minor unit")
    store_movements(facts=[fact])
    assert [line.levelname for line in caplog.records if "finer" in line.getMessage()] == ["ERROR"]
    assert book_movement(movement_pk=Movement.objects.get().pk, now=now) is True
    kept = Movement.objects.get()
    assert (kept.state, "finer" in kept.trouble, kept.fund_id) == (MovementState.SUSPENSE, True, fund.pk)
    legs = sorted(Entry.objects.values_list("account__code", "currency", "amount_minor"))
    assert legs == [("stripe", "UGX", -123), ("suspense", "UGX", 123)]
