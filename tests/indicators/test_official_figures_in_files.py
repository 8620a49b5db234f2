"""Official figures in the files of a vintage: as they stood when it was published, provisional ones called so."""

import io
import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils.translation import override

from common.errors import DomainError
from common.formats import percent
from councils.indicators.actions import correct, enter_official, files
from councils.indicators.actions.files.paper import paper_data
from councils.indicators.actions.publishing import store
from councils.indicators.models import OfficialFigure, Publication
from councils.indicators.queries.exports import summary_of
from tests.conftest import NOW
from tests.indicators.conftest import Surveyed
from tests.indicators.test_town_page import page_of
from tests.ledger.gathering import address
from tests.payments.stage import text_of
from towns.states import Confidence, Territory, YearBasis
from users.actions import appoint
from users.models import User
from users.states import Role

pytestmark = pytest.mark.xdist_group("surveyed")


def officer_of(surveyed: Surveyed) -> User:
    user = User.objects.create_user("akimat@example.org")
    day = NOW.date() - timedelta(days=3)
    appoint(
        actor=None, user=user, role=Role.AKIMAT, town=surveyed.margin_town, starts_date=day, ends_date=None, now=NOW
    )
    return user


@pytest.fixture
def officer(surveyed: Surveyed) -> User:
    return officer_of(surveyed)


def enter(officer: User, surveyed: Surveyed, *, now: datetime, **facts: Any) -> None:
    usual: dict[str, Any] = {
        "indicator": "stay",
        "year": 2024,
        "value": Decimal("61.5"),
        "source": "Bureau of statistics, quick release",
        "provisional": True,
        "reason": "",
    }
    enter_official(
        actor=officer,
        town=surveyed.margin_town,
        year_basis=YearBasis.STATED,
        territory=Territory.TOWN_AS_NAMED,
        source_url="",
        confidence=Confidence.HIGH,
        now=now,
        **{**usual, **facts},
    )


def enter_before(officer: User, surveyed: Surveyed, *, published: datetime) -> None:
    """A figure that stood a day before the vintage of the module's world was published."""
    OfficialFigure.objects.create(
        town=surveyed.margin_town,
        indicator="stay",
        year=2024,
        year_basis=YearBasis.STATED.value,
        value=Decimal("61.5"),
        territory=Territory.TOWN_AS_NAMED.value,
        source="Bureau of statistics, quick release",
        confidence=Confidence.HIGH.value,
        provisional=True,
        entered_by=officer,
        entered_at=published - timedelta(days=1),
    )


def test_every_file_carries_the_official_figure_and_says_that_it_is_provisional(
    surveyed: Surveyed, officer: User
) -> None:
    published = Publication.objects.get(wave=surveyed.raked).published_at
    enter_before(officer, surveyed, published=published)
    rows = json.loads(files.made(summary_of(wave_id=surveyed.raked.pk), "summary.json", language="kk"))
    [row] = [row for row in rows if row["WEIGHTED"] == "_Z"]
    said = (
        "FREQ",
        "TIME_PERIOD",
        "INDICATOR",
        "OBS_VALUE",
        "UNIT_MEASURE",
        "OBS_STATUS",
        "CONF_STATUS",
        "SOURCE",
        "SE",
    )
    source = "Bureau of statistics, quick release"
    assert [row[name] for name in said] == ["A", "2024", "stay", 0.615, "share", "P", "F", source, None]
    # A frequency of the calendar and its period agree; a survey comes when it comes, on a day.
    shapes = {"A": r"\d{4}", "I": r"\d{4}-\d{2}-\d{2}"}
    assert {one["FREQ"] for one in rows} == set(shapes)
    assert [one for one in rows if not re.fullmatch(shapes[one["FREQ"]], one["TIME_PERIOD"])] == []
    summary = summary_of(wave_id=surveyed.raked.pk)
    book = openpyxl.load_workbook(io.BytesIO(files.made(summary, "summary.xlsx", language="en")))
    [wide] = [line for line in book["Wide"].iter_rows(values_only=True) if line[-2] == 2024]
    assert wide[-3] == 61.5
    assert str(wide[-1]).count(" / ") == 1
    with override("en"):
        told = paper_data(summary, "en")
    lines = {row["name"]: row["official"] for part in told["first"] + told["second"] for row in part["rows"]}
    assert {words for words in lines.values() if words} == {"Official figure: 61.5% (2024, provisional)"}
    assert lines[row["NAME_EN"]]


def test_a_vintage_keeps_what_stood_when_it_was_published(surveyed: Surveyed, officer: User, client: Client) -> None:
    published = Publication.objects.get(wave=surveyed.raked).published_at
    enter_before(officer, surveyed, published=published)
    before = files.made(summary_of(wave_id=surveyed.raked.pk), "summary.csv", language="kk")
    assert before.count(b",_Z,") == 1
    later = published + timedelta(hours=1)
    enter(officer, surveyed, now=later, value=Decimal(64), provisional=False, reason="The final figure came out")
    enter(officer, surveyed, now=later, indicator="akimat_trust", value=Decimal(40))
    assert files.made(summary_of(wave_id=surveyed.raked.pk), "summary.csv", language="kk") == before
    words = text_of(page_of(client, "town", surveyed.margin_town.slug).encode())
    assert "Official figure: 64% (2024)" in words
    assert "Official figure: 40% (2024, provisional)" in words


def test_a_figure_on_its_way_while_a_vintage_is_published_is_later_than_it(surveyed: Surveyed, officer: User) -> None:
    """Sent before the vintage was published, written after it: the files were made without it, and stay so."""
    publication = Publication.objects.get(wave=surveyed.raked)
    before = files.made(summary_of(wave_id=surveyed.raked.pk), "summary.csv", language="kk")
    enter(officer, surveyed, now=publication.published_at - timedelta(milliseconds=20))
    assert files.made(summary_of(wave_id=surveyed.raked.pk), "summary.csv", language="kk") == before
    assert OfficialFigure.objects.get(entered_by=officer).entered_at > publication.published_at


def test_publishing_waits_for_whoever_enters_a_figure(surveyed: Surveyed, officer: User) -> None:
    """So that a figure sent before a vintage is in it or later than it, whichever of the two is written first."""
    town, wave = surveyed.margin_town, surveyed.raked
    entering = "SELECT 1 FROM towns_town WHERE id = %s FOR NO KEY UPDATE"
    latest = Publication.objects.get(wave=wave)
    again = Publication(wave=wave, number=2, published_at=NOW, responses=latest.responses, margins=[], channels={})
    with psycopg.connect(address()) as other, connection.cursor() as cursor:
        other.execute(entering, [town.pk])
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            store(wave=wave, publication=again, rows=[], now=NOW)
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            enter(officer, surveyed, now=NOW)


def test_an_official_figure_that_came_later_is_published_by_a_correction(
    surveyed: Surveyed, officer: User, client: Client
) -> None:
    user = User.objects.create_user("administrator@example.org")
    appoint(actor=None, user=user, role=Role.ADMINISTRATOR, town=None, starts_date=NOW.date(), ends_date=None, now=NOW)
    wave, later = surveyed.raked, NOW + timedelta(hours=1)
    enter(officer, surveyed, now=later)
    second = correct(actor=user, wave=wave, reason="The bureau's figure is out.", now=later)
    assert second.changes == [{"indicator": "stay", "option": "", "weighted": False, "official": True}]
    assert second.sha256 == Publication.objects.get(wave=wave, number=1).sha256
    told = [files.made(summary_of(wave_id=wave.pk, number=number), "summary.csv", language="kk") for number in (1, 2)]
    assert [content.count(b",_Z,") for content in told] == [0, 1]
    assert "(official figure)" in text_of(page_of(client, "vintage", wave.pk, 2).encode())
    with pytest.raises(DomainError) as refused:
        correct(actor=user, wave=wave, reason="Once more", now=later)
    assert refused.value.code == "nothing_changes"


def test_the_axis_of_a_chart_writes_per_cent_as_its_figures_do(surveyed: Surveyed, client: Client) -> None:
    ends = {
        language: set(
            re.findall(r">(100[^<]*%)<", page_of(client, "town", surveyed.margin_town.slug, language=language))
        )
        for language in ("kk", "ru")
    }
    assert ends == {language: {percent(1, language)} for language in ("kk", "ru")}
    assert ends["kk"] != ends["ru"]


def test_the_form_speaks_of_no_document_of_ours(surveyed: Surveyed, officer: User, client: Client) -> None:
    client.force_login(officer)
    words = text_of(page_of(client, "official", surveyed.margin_town.slug).encode())
    assert "the source does not state the year: it is inferred" in words
    assert "2012" not in words
