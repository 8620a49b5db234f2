"""A town's page of figures: stored numbers with intervals, trends in words, refusals, editions, few queries."""

import gzip
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from common.formats import percent, percent_range
from common.ids import uuid7
from councils.indicators.actions import correct, count_wave
from councils.indicators.models import Estimate, Publication
from councils.indicators.queries import catalogue
from councils.indicators.states import Trend, Weighting, WeightingRefusal, Withheld
from councils.surveys.actions import close_wave
from councils.surveys.models import Wave
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.test_results_page import drawings, drawn_texts
from tests.payments.stage import text_of
from towns.models import Town
from towns.states import MarginDimension
from users.actions import appoint
from users.models import User
from users.states import Role

pytestmark = pytest.mark.xdist_group("surveyed")
KILOBYTE = 1024
LATER = NOW + timedelta(days=30)


def address(name: str, *args: Any, language: str = "en") -> str:
    with override(language):
        return reverse(f"indicators:{name}", args=args)


def page_of(client: Client, name: str, *args: Any, language: str = "en") -> str:
    response = client.get(address(name, *args, language=language))
    assert response.status_code == HTTPStatus.OK
    return response.content.decode()


def again(surveyed: Surveyed) -> None:
    """The plain town's open wave is answered by 54 more of those who answered the first one, closed and counted."""
    people = [User.objects.get(email=f"{surveyed.plain_town.slug}-{number}@example.org") for number in range(6, 60)]
    waves.answer(wave=surveyed.unsealed, people=people, sheets=waves.answers_of_everybody()[66:120], now=NOW)
    closed = close_wave(actor=None, wave=surveyed.unsealed, now=NOW)
    count_wave(wave_id=closed.pk, now=NOW)


def edition_again(wave: Wave, *, version: int = 1, trend: str = "", **facts: Any) -> None:
    """A second edition with the same figures, as a correction stores it."""
    edition = Publication.objects.get(wave=wave)
    rows = list(Estimate.objects.filter(publication=edition).order_by("id"))
    edition.pk, edition.replaces_id, edition.number, edition.reason = uuid7(), edition.pk, 2, "Corrected"
    for name, value in facts.items():
        setattr(edition, name, value)
    edition.save(force_insert=True)
    for row in rows:
        row.pk, row.publication, row.version, row.trend = None, edition, version, trend
    Estimate.objects.bulk_create(rows)


def administrator() -> User:
    user = User.objects.create_user("administrator@example.org")
    appoint(actor=None, user=user, role=Role.ADMINISTRATOR, town=None, starts_date=NOW.date(), ends_date=None, now=NOW)
    return user


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_published_figure_is_drawn_with_its_interval_and_stands_in_a_table(
    language: str, client: Client, surveyed: Surveyed
) -> None:
    page = page_of(client, "town", surveyed.margin_town.slug, language=language)
    rows = Estimate.objects.filter(publication__wave=surveyed.raked, option="", value__isnull=False)
    wanted = sorted(
        f"{percent(row.value or 0, language)} ({percent_range(row.ci_low or 0, row.ci_high or 0, language)})"
        for row in rows
    )
    domains = page.split('<section id="needs">')[0]
    assert sorted(drawn_texts(domains, "chart-value")) == wanted
    assert len(drawings(domains)) == len(catalogue().domains)
    for indicator in catalogue().indicators:
        assert indicator.definition[language] in " ".join(page.split()).replace("&#39;", "'")
    assert " style=" not in page.split("<main")[1]


def test_the_method_is_one_click_away(client: Client, surveyed: Surveyed) -> None:
    words = text_of(page_of(client, "town", surveyed.margin_town.slug).encode())
    found = Publication.objects.get(wave=surveyed.raked)
    for told in (
        found.sha256,
        found.question_version,
        str(Weighting.RAKED.label),
        f"{waves.SOURCE}, 2025",
        f"Effective answers (n_eff) {5 * round((found.n_eff or 0) / 5)}",
        "non-probability survey",
        "web page 100%",
    ):
        assert told in words
    assert not re.search(rf"\b{waves.PEOPLE}\b", words)


def test_refusals_are_seen(client: Client, surveyed: Surveyed) -> None:
    """No population table, too few answers behind a figure, and a wave that is still open."""
    words = text_of(page_of(client, "town", surveyed.plain_town.slug).encode())
    assert str(WeightingRefusal.NO_MARGINS.label) in words
    assert str(Withheld.SMALL_EFFECTIVE_SAMPLE.label) in words
    assert "its results are sealed until it closes" in words


def test_inconsistent_population_tables_are_told(client: Client, surveyed: Surveyed) -> None:
    """By sex and age 18,790 people, by education 400: nothing is weighted, and the figures are provisional."""
    town = Town.objects.get(slug="ridder")
    waves.enter_margins(town=town, now=NOW)
    levels = dict.fromkeys(("basic", "secondary", "vocational", "higher"), 100)
    waves.enter_margins(town=town, now=NOW, dimension=MarginDimension.EDUCATION, counts=levels)
    wave = waves.closed_wave(town=town, version=surveyed.version, people=[], sheets=[], now=NOW)
    waves.fill(wave=wave, version=surveyed.version, sheets=waves.answers_of_everybody())
    count_wave(wave_id=wave.pk, now=NOW)
    words = text_of(page_of(client, "town", town.slug).encode())
    assert str(WeightingRefusal.INCONSISTENT_MARGINS.label) in words
    assert "provisional: not weighted to the population yet" in words


def test_a_trend_in_words_and_why_there_is_none(client: Client, surveyed: Surveyed) -> None:
    again(surveyed)
    words = text_of(page_of(client, "town", surveyed.plain_town.slug).encode())
    assert "no clear change" in words
    assert "not comparable: one of the two waves has no published figure" in words
    assert "still open" not in words
    edition_again(surveyed.unsealed, version=2, trend=Trend.NOT_COMPARABLE)
    words = text_of(page_of(client, "town", surveyed.plain_town.slug).encode())
    assert words.count("not comparable: the question or its answers were worded differently") >= 1


def test_a_correction_leaves_the_old_edition_readable(client: Client, surveyed: Surveyed) -> None:
    waves.enter_margins(town=surveyed.plain_town, now=LATER)
    correct(actor=administrator(), wave=surveyed.raw, reason="The census table was missing", now=LATER)
    words = text_of(page_of(client, "town", surveyed.plain_town.slug).encode())
    assert "Corrected: The census table was missing" in words
    assert "Edition 2 of" in words
    old = text_of(page_of(client, "vintage", surveyed.raw.pk, 1).encode())
    assert "These figures were corrected later." in old
    assert str(WeightingRefusal.NO_MARGINS.label) in old
    assert Publication.objects.get(wave=surveyed.raw, number=1).sha256 in old
    new = text_of(page_of(client, "vintage", surveyed.raw.pk, 2).encode())
    assert "corrected later" not in new
    assert "Corrected: The census table was missing" in new
    assert client.get(address("vintage", surveyed.raw.pk, 3)).status_code == HTTPStatus.NOT_FOUND
    assert client.get(address("vintage", surveyed.unsealed.pk, 1)).status_code == HTTPStatus.NOT_FOUND


def test_a_town_that_was_never_asked(client: Client, surveyed: Surveyed) -> None:
    page = page_of(client, "town", "ridder")
    assert "No survey has been counted yet." in page
    assert "/en/towns/ridder/alike/" in page  # who has asked nothing yet can copy what others asked
    assert client.get(address("town", "atlantis")).status_code == HTTPStatus.NOT_FOUND


def test_ten_queries_and_sixty_kilobytes_at_most(client: Client, surveyed: Surveyed) -> None:
    again(surveyed)
    slug = surveyed.plain_town.slug
    page_of(client, "town", slug)
    with CaptureQueriesContext(connection) as asked:
        page = page_of(client, "town", slug, language="kk")
    assert len(asked) <= 10
    assert len(gzip.compress(page.encode())) <= 60 * KILOBYTE
