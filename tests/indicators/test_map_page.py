"""The map of an indicator: marks by quarters with rings of uncertainty, and a table that says the same."""

import re
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from councils.indicators.rules.mapping import class_of, mark, wedge
from councils.indicators.states import Withheld
from tests.indicators.conftest import Surveyed
from tests.indicators.neighbours import Figure, publish
from tests.payments.stage import text_of
from towns.models import Town

pytestmark = pytest.mark.xdist_group("surveyed")


def page_of(client: Client, indicator: str = "", language: str = "en") -> str:
    with override(language):
        address = reverse("indicators:map")
    response = client.get(address, {"indicator": indicator} if indicator else {})
    assert response.status_code == HTTPStatus.OK
    return response.content.decode()


def wide(page: str) -> str:
    return page.split('<g class="map-wide">')[1].split("</g>", maxsplit=1)[0]


def mark_of(page: str, name: str) -> str:
    [found] = [one for one in wide(page).split("<a ") if f"<title>{name}: " in one]
    return found


def test_every_town_is_a_link_with_its_figure_in_words(client: Client, surveyed: Surveyed) -> None:
    publish(slug="ridder", like=surveyed.raked, figures={"roads_satisfied": Figure(0.62)})
    publish(slug="balkhash", like=surveyed.raked, figures={"roads_satisfied": Figure(0.48)})
    publish(slug="aksu", like=surveyed.raked, figures={"roads_satisfied": Figure(0.4, hidden=True)})
    page = page_of(client, "roads_satisfied")
    assert wide(page).count("<a href=") == Town.objects.count() == 27
    sure, unsure, none = (mark_of(page, name) for name in ("Ridder", "Balkhash", "Aksu"))
    assert "<title>Ridder: 62% (58–66%)</title>" in sure
    assert ('class="ring"' in sure, 'class="ring unsure"' in unsure) == (True, True)  # 44 to 52 crosses a half
    assert 'class="none"' in none
    assert "wedge" not in none
    rows = {" ".join(row.split()) for row in text_of(page.encode()).split("Effective answers")}
    assert any("Aksu " + str(Withheld.SMALL_CELL.label) + " no figure" in row for row in rows)
    assert any("Ridder 62% 62% (58–66%) 58–66% 200 150 yes" in row for row in rows)
    assert any("Balkhash 48% 48% (44–52%) 44–52% 200 150 no" in row for row in rows)
    assert " style=" not in page


def test_a_town_that_was_never_asked_says_so(client: Client, surveyed: Surveyed) -> None:
    page = text_of(page_of(client).encode())
    assert "Ridder" in page.partition("Towns where no survey has been counted yet")[2]


def test_unknown_indicators_fall_back_to_the_first(client: Client, surveyed: Surveyed) -> None:
    strange, plain = (page_of(client, code).split("<main")[1] for code in ("nonsense'\"<", ""))
    assert strange == plain
    with override("kk"):
        assert client.get(reverse("indicators:map"), {"indicator": "roads_satisfied"}).status_code == HTTPStatus.OK


def test_the_page_asks_as_little_with_more_towns(client: Client, surveyed: Surveyed) -> None:
    asked = []
    for slugs in ([], ["ridder", "balkhash", "aksu"]):
        for slug in slugs:
            publish(slug=slug, like=surveyed.raked, figures={"life_satisfied": Figure(0.5)})
        page_of(client)
        with CaptureQueriesContext(connection) as queries:
            page_of(client)
        asked.append(len(queries))
    assert asked == [5, 5]  # version, editions, figures, names, places


@pytest.mark.parametrize(("share", "quarters"), [(0.0, 1), (0.249, 1), (0.25, 2), (0.5, 3), (0.75, 4), (1.0, 4)])
def test_classes_are_quarters(share: float, quarters: int) -> None:
    assert class_of(share) == quarters


def test_the_wider_the_interval_the_wider_the_ring() -> None:
    narrow = mark(x=0, y=0, value=0.6, low=0.55, high=0.65, radius=10)
    broad = mark(x=0, y=0, value=0.6, low=0.4, high=0.8, radius=10)
    assert narrow.sure is True
    assert broad.sure is False
    assert broad.ring > narrow.ring > 10
    for value, low, high in ((1.2, 0.5, 1.3), (0.5, 0.6, 0.7)):
        with pytest.raises(ValueError, match="outside"):
            mark(x=0, y=0, value=value, low=low, high=high, radius=10)


def test_a_full_disc_is_drawn_as_one() -> None:
    assert len(re.findall("A", wedge(x=0, y=0, radius=5, quarters=4))) == 2
    assert wedge(x=10, y=10, radius=5, quarters=1) == "M10 10L10 5A5 5 0 0 1 15 10z"
