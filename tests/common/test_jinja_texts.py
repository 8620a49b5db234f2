"""Texts are put into templates when they are compiled, once per language, and values are still escaped."""

import pytest
from django.template import engines
from django.utils import translation

LANGUAGES = ("kk", "ru", "de", "en")


def said(source: str, language: str | None, **values: object) -> str:
    with translation.override(language):
        return str(engines["jinja2"].from_string(source).render(values))


def spoken(text: str, language: str | None) -> str:
    with translation.override(language):
        return translation.gettext(text)


@pytest.mark.parametrize("language", [*LANGUAGES, None])
def test_each_language_has_its_own_words(language: str | None) -> None:
    source = '{{ _("Towns") }}|{% trans %}Towns{% endtrans %}|{{ language() }}'
    towns = spoken("Towns", language)
    assert said(source, language) == f"{towns}|{towns}|{language or 'en'}"


def test_words_differ_between_languages() -> None:
    assert len({said('{{ _("Towns") }}', language) for language in LANGUAGES}) == len(LANGUAGES)


def test_values_are_escaped_and_signs_survive() -> None:
    source = '{% trans name=name %}100 % of {{ name }}{% endtrans %}|{{ _("a <b>%(x)s</b>", x=name) }}|{{ _("50%%") }}'
    assert said(source, "en", name="<i>") == "100 % of &lt;i&gt;|a <b>&lt;i&gt;</b>|50%"


def test_texts_known_only_later_are_still_translated() -> None:
    assert said("{{ _(word) }}", "ru", word="Towns") == spoken("Towns", "ru")
    count = "{% trans count=n %}{{ count }} town found.{% pluralize %}{{ count }} towns found.{% endtrans %}"
    assert [said(count, "en", n=n) for n in (1, 2)] == ["1 town found.", "2 towns found."]


def test_texts_are_words_in_every_place_of_an_expression() -> None:
    source = '{% set all = {"a": _("Towns")} %}{% macro m(x=_("Towns")) %}{{ x }}{% endmacro %}{{ all.a }}|{{ m() }}'
    source += '|{{ (_("Towns") ~ "<") if true }}'
    towns = spoken("Towns", "de")
    assert said(source, "de") == f"{towns}|{towns}|{towns}&lt;"
