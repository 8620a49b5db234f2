"""Towns side by side: every figure with its interval, a type only with its probability, few queries."""

from dataclasses import replace
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from common.formats import percent, percent_range
from councils.indicators.models import Estimate
from councils.indicators.queries.neighbours import COMPARED, Neighbour, axes_by_town, neighbours
from councils.indicators.queries.types import type_in
from tests.indicators.conftest import Surveyed
from tests.indicators.test_results_page import drawn_texts
from tests.payments.stage import text_of
from towns.models import Town

pytestmark = pytest.mark.xdist_group("surveyed")
AXES = ("core_dependence", "stay_young", "water_satisfied")


def address(slug: str) -> str:
    with override("en"):
        return reverse("indicators:compare", args=[slug])


def test_two_towns_stand_beside_each_other_with_intervals(client: Client, surveyed: Surveyed) -> None:
    client.get(address(surveyed.margin_town.slug))
    with CaptureQueriesContext(connection) as asked:
        response = client.get(address(surveyed.margin_town.slug))
    page = response.content.decode()
    assert len(asked) <= 4  # version, town, editions, figures
    rows = Estimate.objects.filter(indicator__in=COMPARED, option="", value__isnull=False)
    assert sorted(drawn_texts(page, "chart-value")) == sorted(
        f"{percent(row.value or 0, 'en')} ({percent_range(row.ci_low or 0, row.ci_high or 0, 'en')})" for row in rows
    )
    words = text_of(response.content)
    assert "the figures do not tell types yet" in words
    assert "This is no ranking." in words
    assert words.index(surveyed.margin_town.name_en) < words.index(surveyed.plain_town.name_en)


def test_a_town_without_figures_is_compared_with_nobody(client: Client, surveyed: Surveyed) -> None:
    response = client.get(address("ridder"))
    assert response.status_code == HTTPStatus.OK
    assert "No survey has been counted yet." in text_of(response.content)


def placed(pattern: Neighbour, slug: str, values: tuple[float, float, float]) -> Neighbour:
    """A town with these shares on the axes, each with a standard error of 0.03."""
    estimates = [Estimate(indicator=code, value=value, se=0.03) for code, value in zip(AXES, values, strict=True)]
    found = {
        code: replace(pattern.results[code], weighted=None, raw=one) for code, one in zip(AXES, estimates, strict=True)
    }
    return Neighbour(Town.objects.get(slug=slug), pattern.publication, found)


def test_a_type_comes_with_its_probability_and_the_towns_that_are_like_it(surveyed: Surveyed) -> None:
    pattern = next(one for one in neighbours() if one.town == surveyed.margin_town)
    among = [
        placed(pattern, "temirtau", (0.6, 0.2, 0.2)),
        placed(pattern, "rudny", (0.62, 0.21, 0.22)),
        placed(pattern, "ridder", (0.2, 0.6, 0.7)),
        placed(pattern, "balkhash", (0.22, 0.62, 0.71)),
    ]
    found = type_in(slug="temirtau", known=axes_by_town(among))
    assert found is not None
    assert found.above == {"dependent": True, "young_stay": False, "utilities_poor": True}
    assert found.thresholds["dependent"] == pytest.approx(0.41)
    assert found.probability == max(found.probabilities) > 0.99
    assert sum(found.probabilities) == pytest.approx(1.0)
    assert [slug for slug, _same in found.alike] == ["rudny"]  # what would read 0 % is left out
    assert type_in(slug="temirtau", known=axes_by_town(among[:3])) is None  # too few towns to have a median
    withheld = Neighbour(among[3].town, pattern.publication, {})
    assert type_in(slug="balkhash", known=axes_by_town([*among[:3], withheld])) is None
