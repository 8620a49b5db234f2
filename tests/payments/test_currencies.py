"""Stripe's own exponents and special cases, and what a ledger here may hold."""

import pytest

from common.money import Money
from funds.payments.rules import UnknownCurrencyError, from_stripe, to_stripe
from funds.payments.rules.currencies import ENABLED, THREE_DECIMAL, WHOLE_UNITS_ONLY, ZERO_DECIMAL, decimals, step


@pytest.mark.parametrize(
    ("code", "places", "multiple"),
    [
        ("kzt", 2, 1),
        ("eur", 2, 1),
        ("usd", 2, 1),
        ("rub", 2, 1),
        ("huf", 2, 1),
        ("twd", 2, 1),
        ("jpy", 0, 1),
        ("krw", 0, 1),
        ("ugx", 2, 100),
        ("isk", 2, 100),
        ("kwd", 3, 10),
        ("bhd", 3, 10),
    ],
)
def test_exponents_and_steps_are_those_of_stripe(code: str, places: int, multiple: int) -> None:
    assert (decimals(code), step(code)) == (places, multiple)


def test_no_currency_stands_in_two_lists() -> None:
    assert frozenset() == ZERO_DECIMAL & THREE_DECIMAL
    assert frozenset() == WHOLE_UNITS_ONLY & (ZERO_DECIMAL | THREE_DECIMAL)


def test_what_is_enabled_goes_to_stripe_and_comes_back() -> None:
    assert ENABLED == ("KZT", "EUR", "USD")
    for currency in ENABLED:
        assert to_stripe(Money(123_456, currency)) == (123_456, currency.lower())
        assert from_stripe(123_456, currency.lower()) == Money(123_456, currency)


def test_a_currency_that_no_ledger_holds_is_refused() -> None:
    with pytest.raises(UnknownCurrencyError):
        from_stripe(100, "gbp")
