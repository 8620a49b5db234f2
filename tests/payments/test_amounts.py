"""What people type as an amount, read in one way or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import CURRENCIES, EXPONENTS, Money
from funds.payments.rules import AmountError, Refusal, from_stripe, limits, parse_amount, to_stripe


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
        ("5 000 ₽", "RUB", "ru", 5_000_00),
        ("500 руб.", "RUB", "ru", 500_00),
        ("£20", "GBP", "en", 20_00),
        ("150 zł", "PLN", "de", 150_00),
        ("4 500,50 Ft", "HUF", "de", 4_500_50),
        ("¥1,500", "JPY", "en", 1_500),
        ("1.500 JPY", "JPY", "de", 1_500),
        ("₩ 9 900", "KRW", "ru", 9_900),
        ("1 490 kr.", "ISK", "ru", 1_490),
        ("USh 40 000", "UGX", "en", 40_000),
        ("5.120", "KWD", "en", 5_120),
        ("5,12", "KWD", "ru", 5_120),
        ("KD 7", "KWD", "en", 7_000),
        ("120 сом", "KGS", "ru", 120_00),
        ("50 000 so'm", "UZS", "en", 50_000_00),
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
        ("1 500,5", "JPY", "ru", Refusal.TOO_MANY_DECIMALS),
        ("40 000,00", "UGX", "ru", Refusal.TOO_MANY_DECIMALS),
        ("200,1", "ISK", "de", Refusal.TOO_MANY_DECIMALS),
        ("5,124", "KWD", "ru", Refusal.NOT_THAT_FINE),
        ("5.1234", "KWD", "en", Refusal.TOO_MANY_DECIMALS),
        ("3 999", "UGX", "en", Refusal.TOO_SMALL),
        ("1 500 001", "JPY", "en", Refusal.TOO_LARGE),
        ("399,99", "HUF", "de", Refusal.TOO_SMALL),
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


@pytest.mark.parametrize("currency", CURRENCIES)
def test_floor_and_ceiling_can_be_given_and_sent_in_every_currency(currency: str) -> None:
    for bound in (limits(currency).floor, limits(currency).ceiling):
        whole, rest = divmod(bound.minor, 10 ** EXPONENTS[currency])
        assert rest == 0
        assert parse_amount(str(whole), currency, "en") == bound
        assert from_stripe(*to_stripe(bound)) == bound


@given(text=st.text(max_size=60), language=st.sampled_from(["kk", "ru", "de", "en"]))
def test_whatever_is_typed_gives_an_amount_within_the_limits_or_a_refusal(text: str, language: str) -> None:
    try:
        amount = parse_amount(text, "EUR", language)
    except AmountError:
        return
    assert limits("EUR").floor <= amount <= limits("EUR").ceiling
