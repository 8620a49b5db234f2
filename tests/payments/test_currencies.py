"""Stripe's own exponents and special cases, and what a ledger here may hold."""

import pytest

from common.money import Money
from funds.payments.rules import UnknownCurrencyError, from_stripe, to_stripe
from funds.payments.rules.currencies import (
    ENABLED,
    THREE_DECIMAL,
    WHOLE_UNITS_ONLY,
    ZERO_DECIMAL,
    carries,
    decimals,
    leaves_whole,
    left_for_bank,
    step,
)


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


@pytest.mark.parametrize("currency", ENABLED)
def test_what_is_enabled_goes_to_stripe_and_comes_back(currency: str) -> None:
    money = Money(123_450, currency)
    sent, code = to_stripe(money)
    assert (sent, code) == (123_450 * (100 if code in WHOLE_UNITS_ONLY else 1), currency.lower())
    assert from_stripe(sent, code) == money


@pytest.mark.parametrize(
    ("money", "sent"),
    [
        (Money(5, "UGX"), 500),
        (Money(1_490, "ISK"), 149_000),
        (Money(5_120, "KWD"), 5_120),
        (Money(700, "JPY"), 700),
        (Money(9_900, "KRW"), 9_900),
        (Money(700_50, "HUF"), 70_050),
    ],
)
def test_special_currencies_are_sent_as_stripe_counts_them(money: Money, sent: int) -> None:
    assert to_stripe(money) == (sent, money.currency.lower())
    assert carries(money)


def test_what_cards_cannot_carry_is_never_rounded() -> None:
    assert not carries(Money(5_124, "KWD"))
    with pytest.raises(ValueError, match="5124 minor units of KWD"):
        to_stripe(Money(5_124, "KWD"))
    with pytest.raises(ValueError, match="finer"):
        from_stripe(550, "ugx")


def test_a_currency_that_no_ledger_holds_is_refused() -> None:
    with pytest.raises(UnknownCurrencyError):
        from_stripe(100, "sek")


def test_forints_and_taiwan_dollars_leave_for_a_bank_in_whole_units_alone() -> None:
    assert [leaves_whole(Money(minor, "HUF")) for minor in (12_300, 12_345)] == [True, False]
    assert (leaves_whole(Money(12_345, "KZT")), left_for_bank(12_300, "huf")) == (True, Money(12_300, "HUF"))
    with pytest.raises(ValueError, match="whole units"):
        left_for_bank(12_345, "huf")
