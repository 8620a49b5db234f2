"""What people type as an amount, read in one way or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from funds.payments.rules import AmountError, Refusal, limits, parse_amount


@pytest.mark.parametrize(
    ("text", "currency", "language", "minor"),
    [
        ("1 000", "KZT", "kk", 1_000_00),
        ("1\u00a0000", "KZT", "ru", 1_000_00),
        ("1\u202f000,50", "KZT", "ru", 1_000_50),
        ("1000,50", "KZT", "ru", 1_000_50),
        ("1000.50", "EUR", "de", 1_000_50),
        ("1000,5", "EUR", "en", 1_000_50),
        ("1.000", "EUR", "de", 1_000_00),
        ("1,000", "EUR", "en", 1_000_00),
        ("1,000.50", "EUR", "en", 1_000_50),
        ("1.000,50", "EUR", "en", 1_000_50),
        ("1.000.000", "KZT", "ru", 1_000_000_00),
        ("1'000", "USD", "de", 1_000_00),
        ("  50  ", "EUR", "en", 50_00),
        ("€ 50", "EUR", "en", 50_00),
        ("5 000 ₸", "KZT", "kk", 5_000_00),
        ("5000 тенге", "KZT", "ru", 5_000_00),
        ("00700", "KZT", "kk", 700_00),
        ("500", "KZT", "kk", 500_00),
        ("5 000 000", "KZT", "kk", 5_000_000_00),
        ("1", "EUR", "de", 1_00),
        ("10000,00", "USD", "de", 10_000_00),
    ],
)
def test_amounts_that_are_read(text: str, currency: str, language: str, minor: int) -> None:
    assert parse_amount(text, currency, language) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "language", "refusal"),
    [
        ("", "KZT", "kk", Refusal.EMPTY),
        (" \u00a0 ", "KZT", "kk", Refusal.EMPTY),
        ("€", "EUR", "de", Refusal.EMPTY),
        ("abc", "EUR", "en", Refusal.NOT_A_NUMBER),
        ("1e5", "KZT", "en", Refusal.NOT_A_NUMBER),
        ("50 ₸", "EUR", "en", Refusal.NOT_A_NUMBER),
        ("١٢", "EUR", "en", Refusal.NOT_A_NUMBER),
        (".5", "EUR", "en", Refusal.NOT_A_NUMBER),
        ("1,000,00", "EUR", "en", Refusal.NOT_A_NUMBER),
        ("12.34,56", "USD", "de", Refusal.NOT_A_NUMBER),
        ("9" * 50, "EUR", "en", Refusal.NOT_A_NUMBER),
        ("1,000", "EUR", "de", Refusal.TOO_MANY_DECIMALS),
        ("1.000", "EUR", "ru", Refusal.TOO_MANY_DECIMALS),
        ("12,345", "KZT", "kk", Refusal.TOO_MANY_DECIMALS),
        ("1.00000", "EUR", "en", Refusal.TOO_MANY_DECIMALS),
        ("0", "EUR", "en", Refusal.TOO_SMALL),
        ("0,99", "EUR", "en", Refusal.TOO_SMALL),
        ("499.99", "KZT", "en", Refusal.TOO_SMALL),
        ("-5", "EUR", "en", Refusal.TOO_SMALL),
        ("\u2212500", "KZT", "kk", Refusal.TOO_SMALL),
        (str(10**12), "KZT", "en", Refusal.TOO_LARGE),
        ("5 000 000,01", "KZT", "ru", Refusal.TOO_LARGE),
        ("10000.01", "USD", "en", Refusal.TOO_LARGE),
    ],
)
def test_amounts_that_are_refused(text: str, currency: str, language: str, refusal: Refusal) -> None:
    with pytest.raises(AmountError) as refused:
        parse_amount(text, currency, language)
    assert (refused.value.refusal, refused.value.limits) == (refusal, limits(currency))


@given(
    minor=st.integers(min_value=500_00, max_value=5_000_000_00),
    language=st.sampled_from(["kk", "ru", "de", "en"]),
    point=st.sampled_from([",", "."]),
)
def test_every_amount_written_with_decimals_comes_back(minor: int, language: str, point: str) -> None:
    whole, rest = divmod(minor, 100)
    assert parse_amount(f"{whole:,}".replace(",", " ") + f"{point}{rest:02}", "KZT", language) == Money(minor, "KZT")


@given(text=st.text(max_size=60), language=st.sampled_from(["kk", "ru", "de", "en"]))
def test_whatever_is_typed_gives_an_amount_within_the_limits_or_a_refusal(text: str, language: str) -> None:
    try:
        amount = parse_amount(text, "EUR", language)
    except AmountError:
        return
    assert limits("EUR").floor <= amount <= limits("EUR").ceiling
