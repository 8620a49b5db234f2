"""What stands on a town's page beside its indicators: official figure and norm, type, band of all domains, coverage."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from councils.indicators.actions.norms import enter_norm
from councils.indicators.actions.officials import enter_official
from councils.indicators.queries import catalogue
from councils.indicators.queries.types import AXIS_INDICATORS, published_axes
from councils.indicators.rules.chart import WIDTH
from councils.indicators.rules.reach import folded, reached
from councils.indicators.states import Withheld
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.neighbours import Figure, publish
from tests.indicators.test_results_page import drawings
from tests.indicators.test_town_page import administrator, page_of
from tests.payments.stage import text_of
from towns.states import Confidence, Territory, YearBasis
from users.actions import appoint
from users.models import User
from users.states import Role

pytestmark = pytest.mark.xdist_group("surveyed")
SVG = "{http://www.w3.org/2000/svg}"
OTHERS = ("ridder", "balkhash", "satpayev", "aksu")


def official(surveyed: Surveyed, value: str) -> None:
    officer = User.objects.create_user("akimat@example.org")
    town = surveyed.margin_town
    appoint(actor=None, user=officer, role=Role.AKIMAT, town=town, starts_date=NOW.date(), ends_date=None, now=NOW)
    enter_official(
        actor=officer,
        town=town,
        indicator="water_satisfied",
        year=2024,
        year_basis=YearBasis.STATED,
        value=Decimal(value),
        territory=Territory.TOWN_AS_NAMED,
        source="Report of the akim",
        source_url="",
        confidence=Confidence.HIGH,
        reason="",
        now=NOW,
    )


def neighbours(surveyed: Surveyed, hidden: str = "") -> None:
    """Four more towns with figures on every axis; `hidden` is withheld in all of them."""
    for place, slug in enumerate(OTHERS):
        figures = {code: Figure(0.2 + 0.1 * place, hidden=code == hidden) for code, _rest in AXIS_INDICATORS}
        publish(slug=slug, like=surveyed.raked, figures=figures)


def section(page: str, name: str) -> str:
    return page.split(f'<section id="{name}">')[1].split("</section>", maxsplit=1)[0]


def test_the_official_figure_and_the_norm_stand_on_the_axis(client: Client, surveyed: Surveyed) -> None:
    official(surveyed, "50")
    enter_norm(
        actor=administrator(),
        indicator="water_satisfied",
        value=Decimal(90),
        source="Decree 710",
        source_url="",
        since_date=NOW.date(),
        now=NOW,
    )
    page = page_of(client, "town", surveyed.margin_town.slug)
    drawn = [svg for svg in drawings(page) if svg.find(f".//{SVG}rect[@class='chart-official']") is not None]
    [svg] = drawn
    squares = [float(one.get("x", "")) + 5 for one in svg.iter(f"{SVG}rect") if one.get("class") == "chart-official"]
    uprights = [float(one.get("x1", "")) for one in svg.iter(f"{SVG}line") if one.get("class") == "chart-norm"]
    assert squares == [16, WIDTH / 2]  # the legend's, and 50 % in the middle of the axis
    assert uprights == [16, 280]
    words = ["".join(one.itertext()) for one in svg.iter(f"{SVG}text")]
    assert {"official figure", "norm"} <= set(words)
    assert "Official figure: 50% (2024)" in " ".join(words)


def indicator_name(code: str) -> str:
    return next(one.name["en"] for one in catalogue().indicators if one.code == code)


def test_without_the_three_figures_there_is_no_type(client: Client, surveyed: Surveyed) -> None:
    """A town of sixty answers hides one of them; the other has all three but too few towns beside it."""
    words = text_of(section(page_of(client, "town", surveyed.plain_town.slug), "type").encode())
    assert "The type of this town cannot be told." in words
    assert f"{indicator_name('stay_young')} {Withheld.SMALL_CELL.label}" in words
    assert list(published_axes()) == [surveyed.margin_town.slug]
    words = text_of(section(page_of(client, "town", surveyed.margin_town.slug), "type").encode())
    assert "So many towns have all three figures: 1. From 4 on, types can be told." in words


def test_a_type_is_told_with_every_probability_and_its_rules(client: Client, surveyed: Surveyed) -> None:
    neighbours(surveyed)
    client_page = page_of(client, "town", "ridder")
    told = section(client_page, "type")
    words = text_of(told.encode())
    assert "most probably: less dependent on the core enterprise, fewer of the young stay, poorer utilities." in words
    assert "20.0% (16–24%)" in words  # the town's own figure with its interval
    assert "The threshold is the median of the towns whose three figures are published" in words
    assert page_of(client, "town", "ridder") == client_page  # a fixed seed


def test_a_hidden_figure_is_never_used_for_a_type(client: Client, surveyed: Surveyed) -> None:
    neighbours(surveyed, hidden="stay_young")
    assert set(published_axes()) & set(OTHERS) == set()
    words = text_of(section(page_of(client, "town", "ridder"), "type").encode())
    assert "The type of this town cannot be told." in words
    assert str(Withheld.SMALL_CELL.label) in words


def test_an_older_wave_lends_no_figure(surveyed: Surveyed) -> None:
    """The newest wave hides what the one before told: the town has no type."""
    neighbours(surveyed)
    assert "ridder" in published_axes()
    figures = {code: Figure(0.5, hidden=code == "stay_young") for code, _rest in AXIS_INDICATORS}
    publish(slug="ridder", like=surveyed.raked, figures=figures, number=10)
    assert "ridder" not in published_axes()


def test_all_domains_are_a_band_without_a_number(client: Client, surveyed: Surveyed) -> None:
    told = section(page_of(client, "town", surveyed.margin_town.slug), "together")
    [svg] = drawings(told)
    assert list(svg.iter(f"{SVG}circle")) == []
    bands = [one for one in svg.iter(f"{SVG}rect") if one.get("class") == "chart-weighted"]
    assert len(bands) == len(catalogue().domains) + 1
    assert "1.96 standard errors" in text_of(told.encode())


def test_a_domain_without_figures_leaves_no_band(client: Client, surveyed: Surveyed) -> None:
    publish(
        slug="ridder",
        like=surveyed.raked,
        figures={"life_satisfied": Figure(0.5), "air_satisfied": Figure(0.4, hidden=True)},
    )
    told = text_of(section(page_of(client, "town", "ridder"), "together").encode())
    assert "There is no band for this town: in these domains no figure is published." in told
    assert catalogue().domains["environment"]["en"] in told
    assert catalogue().domains["quality_of_life"]["en"] not in told


def test_who_was_heard_stands_beside_who_lives_there(client: Client, surveyed: Surveyed) -> None:
    told = text_of(section(page_of(client, "town", surveyed.margin_town.slug), "heard").encode())
    women, living = sum(waves.ANSWERED["female"]), sum(waves.LIVES["female"])
    assert f"{5 * round(women / 5)} {living // 1000} {living % 1000:03} 1.2%" in told.replace("\xa0", " ")
    assert f"People: {waves.SOURCE}, 2025." in told
    assert "does not ask in which part of the town" in told
    plain = text_of(section(page_of(client, "town", surveyed.plain_town.slug), "heard").encode())
    assert "these figures rest on no population table" in plain


def test_groups_of_fewer_than_five_get_no_number() -> None:
    found = reached(counts={"a": 4, "b": 0, "c": 12, "d": 300}, people={"a": 100, "c": 200, "d": 250})
    assert [(one.answers, one.share) for one in found] == [(None, None), (None, None), (10, 0.05), (300, 1.0)]
    table = {"female_young": 3, "female_old": 4, "male_young": 5}
    assert folded(table=table, sexes=("female", "male"), ages=("young", "old")) == (
        {"female": 7, "male": 5},
        {"young": 8, "old": 4},
    )


def test_more_towns_do_not_mean_more_queries(client: Client, surveyed: Surveyed) -> None:
    asked = []
    for more in (False, True):
        if more:
            neighbours(surveyed)
        page_of(client, "town", surveyed.margin_town.slug)
        with CaptureQueriesContext(connection) as queries:
            page_of(client, "town", surveyed.margin_town.slug)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 10
