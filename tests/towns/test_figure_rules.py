"""How figures are written: never with more certainty than the source gives."""

from decimal import Decimal

import pytest

from towns.rules import figures

NB = "\u00a0"


@pytest.mark.parametrize(
    ("text", "qualifier", "written"),
    [
        ("4279.1", "exact", f"4{NB}279,1"),
        ("103.0", "exact", "103,0"),
        ("-9.0", "exact", "−9,0"),
        ("1410000", "about", f"≈{NB}1{NB}410{NB}000"),
        (">70", "more_than", f">{NB}70"),
        ("3.5", "more_than", f">{NB}3,5"),
        ("<300", "less_than", f"<{NB}300"),
        ("3-3.5", "range", "3–3,5"),
        ("20", "at_least", f"≥{NB}20"),
        ("5.5", "at_most", f"≤{NB}5,5"),
    ],
)
def test_values_are_written_with_their_limits(text: str, qualifier: str, written: str) -> None:
    assert figures.value_words(text, qualifier, "ru") == written


def test_words_are_translated_where_there_is_a_phrase() -> None:
    assert figures.value_words("growth", "words", "ru", phrase="рост") == "рост"
    assert figures.value_words("growth", "words", "ru") == "growth"


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [(">70", "exact"), ("<70", "more_than"), (">70", "less_than"), ("70", "range"), ("70", "words"), ("3-3.5", "about"),
     ("high", "exact"), ("1", "guess"), ("", "exact"), ("1,5", "exact")],
)  # fmt: skip
def test_a_value_must_have_the_form_of_its_qualifier(text: str, qualifier: str) -> None:
    with pytest.raises(ValueError, match="is not a value of the kind"):
        figures.check_value(text, qualifier)


def test_only_exact_and_about_values_are_numbers() -> None:
    assert figures.number_of("61.1", "exact") == Decimal("61.1")
    assert figures.number_of("40", "about") == Decimal(40)
    assert figures.number_of(">70", "more_than") is None
    assert figures.number_of("20", "at_least") is None
    assert figures.number_of("3-3.5", "range") is None


@pytest.mark.parametrize(
    ("kato", "kind"),
    [("352410000", "oblast"), ("101810000", "oblast"), ("233620100", "district"), ("634821100", "district")],
)
def test_significance_follows_from_the_classifier_code(kato: str, kind: str) -> None:
    assert figures.significance(kato) == kind


@pytest.mark.parametrize("kato", ["35241000", "35241000x", ""])
def test_what_is_no_code_has_no_significance(kato: str) -> None:
    with pytest.raises(ValueError, match="not a KATO code"):
        figures.significance(kato)


def test_a_unit_is_written_around_the_value() -> None:
    assert figures.with_unit("61,1", "{value} %") == f"61,1{NB}%"
    assert figures.with_unit("−9,0", "{value}") == "−9,0"
    assert figures.with_unit("87,1", "айына {value} мың теңге") == f"айына 87,1{NB}мың теңге"


def test_years_and_days() -> None:
    assert figures.year_words("2021", "kk") == "2021"
    assert figures.year_words("2014-08-01", "de") == "1. August 2014"
    assert figures.year_of("2014-08-01") == 2014
    with pytest.raises(ValueError, match="isoformat"):
        figures.year_of("summer 2014")


def test_people_without_a_source_are_approximate() -> None:
    assert figures.people_words(47_000, approximate=True, language="kk") == f"≈{NB}47{NB}000"
    assert figures.people_words(171_609, approximate=False, language="en") == f"171{NB}609"
