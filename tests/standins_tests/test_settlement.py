"""What a donor pays and what the account gets: conversion, its rate, the fee in the currency of the settlement."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import stripe

from tests.standins.stripe.rates import settle
from tests.standins.stripe.settings import Settings

from .conftest import Shop

RATES = {"usd": 1.0, "eur": 1.1, "kzt": 0.0022, "jpy": 0.0066, "kwd": 3.3, "ugx": 0.000275, "uzs": 0.000077}


@pytest.mark.parametrize(
    ("currency", "amount", "settled", "rate"),
    [
        ("kzt", 500_000, 1_000, 0.002),
        ("eur", 2_500, 2_500, None),
        ("jpy", 3_000, 1_800, 0.6),
        ("kwd", 5_120, 1_536, 0.3),
        ("ugx", 5_000_000, 1_250, 0.00025),
        ("uzs", 10_000_000, 700, 0.00007),
        ("usd", 1_000, 909, 0.909091),
    ],
)
def test_a_charge_reaches_the_balance_in_euro(
    shop: Shop, currency: str, amount: int, settled: int, rate: float | None
) -> None:
    shop.standin.control("settings", {"settlement": ["eur"], "rates": RATES})
    session = shop.paid(currency=currency, amount=amount)
    shop.standin.wait_until_idle()
    charge: Any = shop.client.v1.charges.list({"expand": ["data.balance_transaction"]}).data[0]
    movement = charge.balance_transaction
    assert (session.currency, charge.currency, charge.amount) == (currency, currency, amount)
    assert (movement.currency, movement.amount) == ("eur", settled)
    assert movement.exchange_rate == (None if rate is None else pytest.approx(rate, rel=1e-9))
    assert movement.fee == (settled * 29 + 500) // 1000 + 25
    assert [(part.amount, part.currency) for part in movement.fee_details] == [(movement.fee, "eur")]
    assert movement.net == movement.amount - movement.fee


def test_a_currency_of_the_account_is_not_converted(shop: Shop) -> None:
    shop.standin.control("settings", {"settlement": ["eur", "kzt"]})
    for currency, amount in (("kzt", 500_000), ("usd", 5_000)):
        shop.paid(currency=currency, amount=amount)
    shop.standin.wait_until_idle()
    movements = shop.client.v1.balance_transactions.list().data
    assert [(movement.currency, movement.exchange_rate is None) for movement in movements] == [
        ("eur", False),
        ("kzt", True),
    ]


@pytest.mark.parametrize("number", range(50))
def test_the_amount_is_the_rate_times_the_presented_amount(number: int) -> None:
    settings = Settings(settlement=["eur"], rate_drift=0.05, seed=number)
    for amount in (1, 99, 500_000, 12_345_678_901):
        found = settle(settings, amount, "kzt", drift=number)
        assert found.exchange_rate is not None
        told = Decimal(str(found.exchange_rate)) * amount
        assert found.amount == int(told.to_integral_value(ROUND_HALF_UP))


def test_a_drifted_rate_stays_within_its_bounds_and_is_the_same_again() -> None:
    settings = Settings(settlement=["eur"], rates=RATES, rate_drift=0.02)
    rates = {settle(settings, 10**9, "kzt", drift=number).exchange_rate for number in range(100)}
    assert len(rates) > 50
    assert all(rate is not None and 0.00196 <= rate <= 0.00204 for rate in rates)
    assert settle(settings, 10**9, "kzt", drift=7) == settle(settings, 10**9, "kzt", drift=7)


def test_the_smallest_charge_is_that_of_the_settlement(shop: Shop) -> None:
    shop.standin.control("settings", {"settlement": ["eur"], "rates": RATES})
    assert shop.session(amount=25_000).amount_total == 25_000
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(amount=24_000)
    assert (caught.value.code, caught.value.param) == ("amount_too_small", "line_items")
    assert "must convert to at least 0.50" in str(caught.value)
    shop.standin.control("settings", {"settlement": []})
    with pytest.raises(stripe.InvalidRequestError, match="must add up to at least"):
        shop.session(amount=24_000)


def test_a_card_pays_up_to_twelve_digits(shop: Shop) -> None:
    largest = shop.paid(amount=999_999_999_999)
    shop.standin.wait_until_idle()
    movement = shop.client.v1.balance_transactions.list().data[0]
    assert (largest.amount_total, movement.amount) == (999_999_999_999, 999_999_999_999)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(amount=10**12)
    assert caught.value.code == "amount_too_large"


def test_an_account_that_is_settled_in_yen_has_no_decimals(shop: Shop) -> None:
    shop.standin.control("settings", {"settlement": ["jpy"], "rates": RATES})
    shop.paid(currency="eur", amount=2_500)
    shop.standin.wait_until_idle()
    movement = shop.client.v1.balance_transactions.list().data[0]
    assert (movement.amount, movement.currency, movement.fee) == (4_167, "jpy", 161)


@pytest.mark.parametrize(
    "wrong",
    [
        {"settlement": ["xyz"]},
        {"settlement": "eur"},
        {"rates": {"eur": 0}},
        {"rates": {"xyz": 1}},
        {"rates": {"eur": "1"}},
        {"rate_drift": 2},
    ],
)
def test_settings_that_make_no_sense_change_nothing(counter: Shop, wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="answered 400"):
        counter.standin.control("settings", wrong)
    assert counter.standin.control("settings")["settlement"] == []


def test_a_currency_without_a_rate_is_refused_by_name(shop: Shop) -> None:
    shop.standin.control("settings", {"settlement": ["eur"]})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(currency="mga", amount=100_000)
    assert caught.value.code == "stand_in_unsupported"
