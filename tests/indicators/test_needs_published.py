"""The shares of needs as they are published: the same in every file, hidden ones nowhere, the order made of them."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from councils.indicators.actions import correct, count_wave
from councils.indicators.models import Estimate, Publication
from councils.indicators.queries import catalogue
from councils.indicators.rules.needs_order import Order, Shown, order_of
from councils.indicators.rules.needs_plan import EVERYBODY, NAMED, SEVERE, STRAINED
from councils.indicators.states import NeedsRefusal, Trend
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.test_results_page import drawings, drawn_texts
from tests.indicators.test_town_page import administrator, edition_again, page_of
from tests.payments.stage import text_of

pytestmark = pytest.mark.xdist_group("surveyed")
CODES = (NAMED, SEVERE, STRAINED)


def rows_of(client: Client, surveyed: Surveyed, number: int = 1) -> list[dict[str, Any]]:
    with override("en"):
        address = reverse("indicators:vintage_file", args=[surveyed.raked.pk, number, "summary.json"])
    found: list[dict[str, Any]] = json.loads(client.get(address).content)
    return found


def test_every_file_holds_the_shares_of_needs(client: Client, surveyed: Surveyed) -> None:
    stored = Estimate.objects.filter(publication__wave=surveyed.raked, indicator__in=CODES)
    wanted = {(row.indicator, row.option, row.weighted): row.value for row in stored}
    assert {option for code, option, _weighted in wanted if code == NAMED} >= {"water", "roads", "jobs", "other"}
    assert (STRAINED, EVERYBODY, True) in wanted
    own = [row for row in rows_of(client, surveyed) if row["INDICATOR"] in CODES]
    assert {(row["INDICATOR"], row["OPTION"], row["WEIGHTED"] == "1"): row["OBS_VALUE"] for row in own} == wanted
    assert next(row["OPTION_RU"] for row in own if row["OPTION"] == "water") == "Водоснабжение и канализация"
    with override("en"):
        address = reverse("indicators:vintage_file", args=[surveyed.raked.pk, 1, "summary.csv"])
    table = list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))
    assert sum(row["INDICATOR"] in CODES for row in table) == len(wanted)
    told = client.get(
        "/api/v1/indicators/", {"wave_id": str(surveyed.raked.pk), "indicator": NAMED, "limit": "500"}
    ).json()
    assert {(row["option"], row["weighted"]): row["value"] for row in told["results"]} == {
        (option, weighted): value for (code, option, weighted), value in wanted.items() if code == NAMED
    }


def test_a_share_by_hand(surveyed: Surveyed) -> None:
    """Every third of the invented people names water alone, all others roads and jobs, roads first."""
    sheets = waves.answers_of_everybody()
    raw = {
        (row.indicator, row.option): row
        for row in Estimate.objects.filter(publication__wave=surveyed.raked, indicator__in=CODES, weighted=False)
    }
    water = [sheet for sheet in sheets if "water" in sheet["urgent_needs"]]
    assert raw[NAMED, "water"].value == round(len(water) / len(sheets), 3)
    definite = [sheet for sheet in water if sheet["need_severity"] != "hard_to_say"]
    severe = sum(sheet["need_severity"] in ("very_much", "noticeably") for sheet in definite)
    assert raw[SEVERE, "water"].value == round(severe / len(definite), 3)
    told = [sheet for sheet in water if sheet["income_enough"] != "hard_to_say"]
    poor = sum(sheet["income_enough"] in ("not_food", "food") for sheet in told)
    assert raw[STRAINED, "water"].value == round(poor / len(told), 3)
    assert raw[SEVERE, "jobs"].note == "no_answers"


def test_hidden_shares_have_no_number_anywhere(client: Client, surveyed: Surveyed) -> None:
    hidden = [row for row in rows_of(client, surveyed) if row["INDICATOR"] in CODES and row["CONF_STATUS"] != "F"]
    assert hidden
    for row in hidden:
        assert {row[name] for name in ("OBS_VALUE", "SE", "CI_LOW", "CI_HIGH", "N_EFF", "DEFF")} == {None}


def test_anybody_can_make_the_order_from_the_file(client: Client, surveyed: Surveyed) -> None:
    shown = {
        (row["INDICATOR"], row["OPTION"] or ""): Shown(*(row[n] for n in ("OBS_VALUE", "CI_LOW", "CI_HIGH", "N_EFF")))
        for row in rows_of(client, surveyed)
        if row["WEIGHTED"] == "1" and row["OBS_VALUE"] is not None
    }
    needs = sorted({option for code, option in shown if code == NAMED})
    published = Publication.objects.get(wave=surveyed.raked)
    assert order_of(plan=catalogue().needs, needs=needs, shown=shown) == Order.from_json(published.needs)


def test_who_names_a_need_is_compared_with_the_wave_before(client: Client, surveyed: Surveyed) -> None:
    """Two of three of those who named roads before now name water; all who named water still do."""
    sheets = waves.answers_of_everybody()
    moved = [
        sheet | {"urgent_needs": ["water"], "first_need": ""} if n % 3 else sheet for n, sheet in enumerate(sheets)
    ]
    again = waves.closed_wave(
        town=surveyed.margin_town, version=surveyed.version, people=[], sheets=[], now=NOW + timedelta(days=8)
    )
    waves.fill(wave=again, version=surveyed.version, sheets=[*moved[:160], *sheets[160:]])
    publication = count_wave(wave_id=again.pk, now=NOW + timedelta(days=9))
    own = Estimate.objects.filter(publication=publication, indicator=NAMED, value__isnull=False)
    trends = {row.option: row.trend for row in own if row.option in ("water", "roads")}
    assert trends == {"water": Trend.ROSE, "roads": Trend.FELL}
    # What is hidden in one of the two is compared with nothing, and no indicator of the town has changed.
    hidden = Estimate.objects.filter(publication=publication, indicator__in=CODES, value__isnull=True)
    assert {row.trend for row in hidden} == {Trend.NOT_COMPARABLE}
    towns = Estimate.objects.filter(publication=publication, option="", value__isnull=False)
    assert {row.trend for row in towns} <= {Trend.NO_CLEAR_CHANGE, Trend.NOT_COMPARABLE}
    page = text_of(page_of(client, "needs", surveyed.margin_town.slug).encode())
    assert ("Since the survey before: rose" in page, "Since the survey before: fell" in page) == (True, True)
    told = client.get(f"/kk/indicators/{again.pk}/v1/summary.json").json()
    assert {
        row["OPTION"]: row["TREND"] for row in told if row["INDICATOR"] == NAMED and row["OPTION"] in trends
    } == trends


def test_a_correction_keeps_what_was_hidden_and_the_old_order(client: Client, surveyed: Surveyed) -> None:
    before = Publication.objects.get(wave=surveyed.raw)
    hidden = set(
        Estimate.objects.filter(publication=before, indicator__in=CODES)
        .exclude(conf_status="F")
        .values_list("indicator", "option")
    )
    waves.enter_margins(town=surveyed.plain_town, now=NOW)
    after = correct(actor=administrator(), wave=surveyed.raw, reason="Census", now=NOW + timedelta(days=1))
    still = set(
        Estimate.objects.filter(publication=after, indicator__in=CODES, weighted=False)
        .exclude(conf_status="F")
        .values_list("indicator", "option")
    )
    assert hidden
    assert hidden <= still
    assert Publication.objects.get(pk=before.pk).needs == before.needs
    assert after.needs["order"]
    page = text_of(page_of(client, "vintage", surveyed.raw.pk, 2).encode())
    assert "Name this need" in page


@pytest.mark.parametrize("language", ["kk", "en"])
def test_the_page_draws_every_place_with_its_band(language: str, client: Client, surveyed: Surveyed) -> None:
    page = page_of(client, "needs", surveyed.margin_town.slug, language=language)
    places = Order.from_json(Publication.objects.get(wave=surveyed.raked).needs).places
    assert len(drawings(page)) == 1
    assert len(drawn_texts(page, "chart-value")) == len(places)
    if language == "en":
        words = text_of(page.encode())
        assert all(f"between place {p.best} and place {p.worst}" in words for p in places if p.best < p.worst)
        assert "Something else Many different things: it has no place of its own." in words
        assert "of all residents: this need’s own is not published" in words
        assert "95 % interval (Wilson)" in words


@pytest.mark.parametrize("refusal", list(NeedsRefusal))
def test_why_there_is_no_order_is_said(refusal: NeedsRefusal, client: Client, surveyed: Surveyed) -> None:
    edition_again(surveyed.raw, needs={"refusal": refusal.value, "order": []})
    page = page_of(client, "needs", surveyed.plain_town.slug)
    assert str(refusal.label) in text_of(page.encode())
    assert drawings(page) == []
    assert "No survey has been counted yet." in text_of(page_of(client, "needs", "ridder").encode())


def test_few_queries(client: Client, surveyed: Surveyed) -> None:
    page_of(client, "needs", surveyed.margin_town.slug)
    with CaptureQueriesContext(connection) as queries:
        page_of(client, "needs", surveyed.margin_town.slug)
    assert len(queries) <= 7
