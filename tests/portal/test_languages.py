"""The bare address leads to one of four languages; every page has a switch that keeps the page and what was asked."""

import re

import pytest
from django.test import Client

from towns.models import Town

LANGUAGES = ("kk", "ru", "de", "en")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "kk"),
        ("kk", "kk"),
        ("ru-KZ,ru;q=0.9,en;q=0.8", "ru"),
        ("de-DE,de;q=0.9", "de"),
        ("en-US,en;q=0.5", "en"),
        ("fr-FR,fr;q=0.9", "kk"),
        ("fr-FR,fr;q=0.9,ru;q=0.1", "ru"),
        ("*", "kk"),
        ("x" * 5_000, "kk"),
    ],
)
def test_the_bare_address_follows_the_browser(asked: str, language: str) -> None:
    answer = Client().get("/", headers={"accept-language": asked})
    assert (answer.status_code, answer["Location"]) == (302, f"/{language}/")
    assert answer["Vary"] == "Accept-Language"
    assert answer.cookies == {}


def test_an_address_without_a_language_finds_one(demo: Town) -> None:
    answer = Client().get(f"/towns/{demo.slug}/?x=1", headers={"accept-language": "de"})
    assert (answer.status_code, answer["Location"]) == (302, f"/de/towns/{demo.slug}/?x=1")
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switch_keeps_the_page_and_the_search(demo: Town, language: str) -> None:
    query = "q=%D1%82%D0%B5%D0%BA%D0%B5%D0%BB%D0%B8"  # текели
    page = Client().get(f"/{language}/towns/?{query}").content.decode()
    found = re.findall(r'<link rel="alternate"\s+hreflang="(\w+)"\s+href="([^"]+)"', page)
    assert found == [(other, f"http://testserver/{other}/towns/?{query}") for other in LANGUAGES]
    switch = page[page.index('class="tongues"') : page.index("</nav>")]
    links = re.findall(r'<a href="([^"]+)"\s+lang="(\w+)"', switch)
    assert links == [(f"/{other}/towns/?{query}", other) for other in LANGUAGES]
    assert re.findall(r'lang="(\w+)"\s+hreflang="\w+" aria-current="true"', switch) == [language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_page_is_said_in_the_language_of_its_address(demo: Town, language: str) -> None:
    answer = Client().get(f"/{language}/nowhere/")
    assert answer.status_code == 404
    assert f'<html lang="{language}">' in answer.content.decode()
