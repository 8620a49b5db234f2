"""Money is whole minor units of one currency. Nothing else can even be written down."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import CURRENCIES, EXPONENTS, CurrencyMismatchError, Money

amounts = st.integers(-(10**18), 10**18)


@pytest.mark.parametrize("minor", [1.0, 0.1, Decimal(1), "1", None, True, False])
def test_only_whole_minor_units(minor: Any) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        Money(minor, "KZT")


@pytest.mark.parametrize("currency", ["UAH", "kzt", "", "XXX", None])
def test_only_currencies_that_a_ledger_holds(currency: Any) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, currency)


def test_the_currencies_of_the_ledger() -> None:
    assert CURRENCIES[:3] == ("KZT", "EUR", "USD")
    # ISO 4217; Stripe's own exponents are another table.
    assert {code: places for code, places in EXPONENTS.items() if places != 2} == {
        "KRW": 0, "JPY": 0, "ISK": 0, "UGX": 0, "KWD": 3,
    }  # fmt: skip


@given(amounts, amounts)
def test_arithmetic_is_that_of_whole_numbers(one: int, two: int) -> None:
    a, b = Money(one, "EUR"), Money(two, "EUR")
    assert a + b == Money(one + two, "EUR")
    assert a - b == Money(one - two, "EUR")
    assert -a == Money(-one, "EUR")
    assert (a < b, a <= b, a == b) == (one < two, one <= two, one == two)
    assert hash(a) == hash(Money(one, "EUR"))


@pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__"])
def test_two_currencies_never_meet(act: str) -> None:
    with pytest.raises(CurrencyMismatchError, match="KZT and EUR"):
        getattr(Money(1, "KZT"), act)(Money(1, "EUR"))
    assert Money(1, "KZT") != Money(1, "EUR")


def test_money_never_changes() -> None:
    money: Any = Money(1, "KZT")
    with pytest.raises(AttributeError):
        money.minor = 2
    with pytest.raises(TypeError):
        sum([Money(1, "KZT"), Money(2, "KZT")])  # type: ignore[list-item]  # begins with a bare 0
