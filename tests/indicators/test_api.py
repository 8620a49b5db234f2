"""Published figures for programs: which leave, in which shape and order, and what a wrong parameter is told."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext, override
from pytest_django import DjangoAssertNumQueries

from councils.indicators.models import Estimate, Publication
from councils.indicators.queries import catalogue
from councils.surveys.models import Wave
from tests.conftest import NOW
from tests.indicators.conftest import Surveyed

Query = dict[str, str | int]
LIST = "/api/v1/indicators/"
STAYING = {one.code for one in catalogue().indicators if one.domain == "stay_or_leave"}

pytestmark = pytest.mark.xdist_group("surveyed")


@pytest.fixture
def program() -> Client:
    """A program at an address of its own: other tests' requests do not count against it."""
    return Client(REMOTE_ADDR="192.0.2.77")


def rows_of(program: Client, **query: str | int) -> list[dict[str, Any]]:
    body = program.get(LIST, {"limit": 500, **query}).json()
    assert body["next_after"] is None
    rows: list[dict[str, Any]] = body["results"]
    return rows


def expected(estimate: Estimate) -> dict[str, Any]:
    fields = (
        "indicator", "version", "option", "weighted", "value", "se", "ci_low", "ci_high", "n", "n_eff", "deff",
        "obs_status", "conf_status", "note", "trend",
    )  # fmt: skip
    facts = {field: getattr(estimate, field) for field in fields}
    wave = estimate.publication.wave
    closed = "2026-11-22T09:00:00Z"
    place = {"town": wave.town.slug, "wave": wave.number, "wave_id": str(wave.pk), "vintage": 1}
    return {"id": estimate.pk, **place, "closed_at": closed, **facts}


def test_every_row_is_what_is_stored(program: Client, surveyed: Surveyed) -> None:
    stored = Estimate.objects.select_related("publication__wave__town").order_by("id")
    assert set(stored.values_list("publication__wave", flat=True)) == {surveyed.raked.pk, surveyed.raw.pk}
    assert rows_of(program) == [expected(estimate) for estimate in stored]


def test_hidden_figures_have_no_number(program: Client, surveyed: Surveyed) -> None:
    hidden = [row for row in rows_of(program) if row["conf_status"] != "F"]
    assert {row["town"] for row in hidden} == {"temirtau", "rudny"}
    for row in hidden:
        assert [row[name] for name in ("value", "se", "ci_low", "ci_high", "n_eff", "deff")] == [None] * 6
        assert row["obs_status"] == "Q"
        assert row["note"]


def test_filters_narrow(program: Client, surveyed: Surveyed) -> None:
    everything = rows_of(program)
    for query, keep in (
        ({"town": "rudny"}, lambda row: row["town"] == "rudny"),
        ({"indicator": "stay"}, lambda row: row["indicator"] == "stay"),
        ({"weighted": "true"}, lambda row: row["weighted"]),
        ({"weighted": "false"}, lambda row: not row["weighted"]),
        (
            {"town": "temirtau", "indicator": "stay", "weighted": "true"},
            lambda row: row["town"] == "temirtau" and row["indicator"] == "stay" and row["weighted"],
        ),
        ({"wave": 1, "town": "rudny"}, lambda row: row["town"] == "rudny"),
        ({"wave_id": str(surveyed.raked.pk)}, lambda row: row["town"] == "temirtau"),
        ({"vintage": 1}, bool),
        ({"domain": "stay_or_leave"}, lambda row: row["indicator"] in STAYING),
        ({"after": everything[9]["id"]}, lambda row: row["id"] > everything[9]["id"]),
        ({"town": ""}, bool),
    ):
        wanted = [row for row in everything if keep(row)]
        assert wanted
        assert rows_of(program, **query) == wanted
    nowhere: list[Query] = [{"indicator": "none"}, {"after": 10**30}, {"wave": 99}, {"vintage": 2}]
    nowhere.append({"town": "rudny", "weighted": "true"})
    for nothing in nowhere:
        assert rows_of(program, **nothing) == []


def test_pages_together_are_everything_once(program: Client, surveyed: Surveyed) -> None:
    everything, found, after, pages = rows_of(program), [], 0, 0
    while after is not None:
        body = program.get(LIST, {"after": after, "limit": 60}).json()
        found += body["results"]
        after, pages = body["next_after"], pages + 1
    assert found == everything
    assert pages == -(-len(everything) // 60) > 2


def test_the_last_page_says_so_even_when_it_is_full(program: Client, surveyed: Surveyed) -> None:
    stays = rows_of(program, indicator="stay", town="rudny")
    asked = f"{LIST}?indicator=stay&town=rudny&limit="
    body = program.get(f"{asked}{len(stays)}").json()
    assert body == {"next_after": None, "results": stays}
    less = program.get(f"{asked}{len(stays) - 1}").json()
    assert less == {"next_after": stays[-2]["id"], "results": stays[:-1]}


def test_a_hundred_rows_unless_told(program: Client, surveyed: Surveyed) -> None:
    assert len(program.get(LIST).json()["results"]) == 100


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("town", "no slug!"),
        ("indicator", "x" * 41),
        ("indicator", "a\x00b"),
        ("weighted", "perhaps"),
        ("after", "-1"),
        ("after", "last"),
        ("domain", "weather"),
        ("wave", "0"),
        ("wave", str(2**31)),
        ("wave_id", "first"),
        ("vintage", "newest"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "1.5"),
    ],
)
def test_a_wrong_parameter_is_named(name: str, value: str, program: Client, surveyed: Surveyed) -> None:
    response = program.get(LIST, {name: value})
    assert response.status_code == HTTPStatus.BAD_REQUEST
    body = response.json()
    assert (body["code"], list(body["errors"])) == ("invalid", [name])
    with override("kk"):
        assert body["message"] == gettext("Some values are wrong; see errors.")


def test_nothing_of_an_open_wave(program: Client, surveyed: Surveyed) -> None:
    # Nothing could have stored this; should it ever stand there, it does not leave.
    unsealed = Publication.objects.create(
        wave=surveyed.unsealed, number=1, published_at=NOW, responses=0, method_version="0", weighting="unweighted"
    )
    Estimate.objects.create(publication=unsealed, indicator="stay", weighted=False, value=0.5)
    assert "rudny" in {row["town"] for row in rows_of(program, indicator="stay")}
    assert {row["wave"] for row in rows_of(program, town="rudny")} == {surveyed.raw.number}


def test_only_reading(program: Client, surveyed: Surveyed) -> None:
    assert program.post(LIST, {}).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("limit", [1, 300])
def test_two_queries_however_many_rows(
    limit: int, program: Client, surveyed: Surveyed, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        etag = program.get(LIST, {"limit": limit})["ETag"]
    with django_assert_num_queries(1):
        again = program.get(LIST, {"limit": limit}, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
    assert program.get(LIST, {"limit": limit + 1})["ETag"] != etag
    assert Wave.objects.count() == 3


def test_a_town_that_is_not_there_is_named(program: Client) -> None:
    answer = program.get(LIST, {"town": "atlantis"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_town")
