"""Numbers, money and dates: every language, every sign, and the answers that a cache must not mix up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.formats import get_format
from hypothesis import given
from hypothesis import strategies as st

from common import formats

DAY = date(2026, 11, 22)
N = "\u00a0"
LANGUAGES = ("kk", "ru", "de", "en")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1_250_000, "KZT", f"12{N}500{N}₸"),
        (125_050, "EUR", f"1{N}250,50{N}€"),
        (100, "USD", f"1{N}$"),
        (0, "KZT", f"0{N}₸"),
        (5, "EUR", f"0,05{N}€"),
        (-1_250_000_01, "KZT", f"\u22121{N}250{N}000,01{N}₸"),
        (500, "JPY", f"500{N}¥"),
        (500, "KRW", f"500{N}KRW"),
        (500, "UGX", f"500{N}UGX"),
        (500, "ISK", f"500{N}ISK"),
        (5_123, "KWD", f"5,123{N}KWD"),
        (10**14, "KZT", f"1{N}000{N}000{N}000{N}000{N}₸"),
    ],
)
def test_money_has_one_form_in_all_languages(minor: int, currency: str, text: str) -> None:
    assert formats.money(minor, currency) == text


def test_money_refuses_floats_even_when_the_same_whole_number_is_cached() -> None:
    formats.money(700, "KZT")
    with pytest.raises(TypeError, match="whole numbers"):
        formats.money(700.0, "KZT")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["KZT", "JPY", "KWD"]))
def test_money_can_be_read_back(minor: int, currency: str) -> None:
    places = formats.decimals(currency)
    written = formats.money(minor, currency).rsplit(N, 1)[0].replace(N, "").replace("\u2212", "-").replace(",", ".")
    assert Decimal(written).scaleb(places) == minor


@pytest.mark.parametrize(
    ("value", "digits", "comma"),
    [
        (1_411_000, None, f"1{N}411{N}000"),
        (61.1, None, "61,1"),
        (Decimal("9.0"), None, "9,0"),
        (9, None, "9"),
        (9.0, None, "9,0"),
        (Decimal("-0.1"), None, "\u22120,1"),
        (2.345, 2, "2,35"),
        (1e-7, 2, "0,00"),
        (12_345.678, 0, f"12{N}346"),
    ],
)
def test_numbers_keep_their_decimals_and_differ_only_in_the_mark(
    value: float | Decimal, digits: int | None, comma: str
) -> None:
    written = {language: formats.number(value, language, digits) for language in LANGUAGES}
    assert written == {"kk": comma, "ru": comma, "de": comma, "en": comma.replace(",", ".")}


def test_percent_follows_each_language() -> None:
    assert {language: formats.percent(0.611, language, 1) for language in LANGUAGES} == {
        "kk": "61,1%",
        "ru": f"61,1{N}%",
        "de": f"61,1{N}%",
        "en": "61.1%",
    }
    assert formats.percent(Decimal("0.295"), "ru") == f"30{N}%"
    assert formats.percent_range(0.57, 0.64, "ru") == f"57–64{N}%"


def test_dates_are_those_of_cldr() -> None:
    assert {language: formats.date_long(DAY, language) for language in LANGUAGES} == {
        "kk": "2026\u202fж. 22 қараша",
        "ru": "22 ноября 2026\u202fг.",
        "de": "22. November 2026",
        "en": "22 November 2026",
    }
    assert [formats.date_short(DAY, language) for language in LANGUAGES] == ["22.11.2026"] * 3 + ["22/11/2026"]


def test_a_moment_is_told_in_kazakhstans_time_which_is_utc_plus_five() -> None:
    late = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)
    assert formats.date_time(late, "de") == "23. November 2026, 01:05"
    assert formats.date_long(late, "de") == "23. November 2026"
    assert formats.date_short(late, "de") == "23.11.2026"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        formats.date_time(datetime(2026, 11, 22, 9, 0), "kk")  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("kk", ["12 күн бұрын", "кеше", "бүгін", "ертең", "3 күннен кейін", "40 күннен кейін"]),
        ("ru", ["12 дней назад", "вчера", "сегодня", "завтра", "через 3 дня", "через 40 дней"]),
        ("de", ["vor 12 Tagen", "gestern", "heute", "morgen", "in 3 Tagen", "in 40 Tagen"]),
        ("en", ["12 days ago", "yesterday", "today", "tomorrow", "in 3 days", "in 40 days"]),
    ],
)
def test_deadlines_are_counted_in_days(language: str, texts: list[str]) -> None:
    assert [formats.relative_day(DAY + timedelta(n), DAY, language) for n in (-12, -1, 0, 1, 3, 40)] == texts


@pytest.mark.parametrize("language", ["kk", "en"])
def test_forms_read_the_day_before_the_month(language: str) -> None:
    read = get_format("DATE_INPUT_FORMATS", lang=language, use_l10n=True)
    separator = "." if language == "kk" else "/"
    assert datetime.strptime(f"03{separator}11{separator}2026", read[0]).date() == date(2026, 11, 3)  # noqa: DTZ007
    assert get_format("DECIMAL_SEPARATOR", lang=language, use_l10n=True) == ("," if language == "kk" else ".")
