"""Official figures, norms and corrections: who may enter them, what is refused, what stays readable, what is shown."""

from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from common.clock import day_of, now
from common.errors import DomainError
from councils.indicators.actions import enter_official
from councils.indicators.models import Norm, OfficialFigure, Publication
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.payments.stage import text_of
from towns.models import Town
from towns.states import Confidence, Territory, YearBasis
from users.actions import appoint
from users.models import User
from users.states import Role

pytestmark = pytest.mark.xdist_group("surveyed")
FIGURE = {
    "indicator": "stay",
    "value": "61.5",
    "year": "2025",
    "year_basis": "stated",
    "territory": "town_as_named",
    "source": "Bureau of statistics, bulletin 7, page 3",
    "source_url": "https://stat.example.org/7",
    "confidence": "high",
    "reason": "",
}


def address(name: str, *args: Any) -> str:
    with override("en"):
        return reverse(f"indicators:{name}", args=args)


def holder(role: Role, town: Town | None) -> User:
    user = User.objects.create_user(f"{role}@example.org")
    day = day_of(now()) - timedelta(days=1)
    appoint(actor=None, user=user, role=role, town=town, starts_date=day, ends_date=None, now=now())
    return user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_official_figure_is_entered_corrected_with_a_reason_and_shown_with_its_source(surveyed: Surveyed) -> None:
    town = surveyed.margin_town
    akimat = browser(holder(Role.AKIMAT, town))
    there = address("official", town.slug)
    assert akimat.post(there, FIGURE).status_code == HTTPStatus.FOUND
    again = akimat.post(there, {**FIGURE, "value": "64"})
    assert again.status_code == HTTPStatus.CONFLICT
    assert "Write why yours replaces it" in again.content.decode()
    assert 'value="64"' in again.content.decode()  # what was typed stays
    assert akimat.post(there, {**FIGURE, "value": "64", "reason": "A misprint"}).status_code == HTTPStatus.FOUND
    first, second = OfficialFigure.objects.filter(town=town).order_by("entered_at", "id")
    assert (first.value, second.value, second.replaces, second.reason) == (
        Decimal("61.5"),
        Decimal(64),
        first,
        "A misprint",
    )
    entered = text_of(akimat.get(there).content)
    assert "61.5%" in entered
    assert "Replaced by a later entry" in entered
    page = Client().get(address("town", town.slug)).content
    words = text_of(page)
    assert "Official figure: 64% (2025)" in words
    assert "61.5%" not in words
    assert "Corrected: A misprint" in words
    assert b'href="https://stat.example.org/7"' in page


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"indicator": "weather"}, "no_indicator"),
        ({"value": Decimal(101)}, "no_share"),
        ({"value": Decimal("NaN")}, "no_share"),
        ({"year": 2100}, "no_year"),
        ({"source": "  "}, "no_source"),
    ],
)
def test_what_is_no_figure_is_refused(facts: dict[str, Any], code: str, surveyed: Surveyed) -> None:
    usual: dict[str, Any] = {
        "indicator": "stay",
        "year": 2025,
        "value": Decimal(50),
        "source": "Akimat",
        "year_basis": YearBasis.STATED,
        "territory": Territory.TOWN_AS_NAMED,
        "source_url": "",
        "confidence": Confidence.LOW,
        "reason": "",
    }
    actor = holder(Role.AUDITOR, None)
    with pytest.raises(DomainError) as refused:
        enter_official(actor=actor, town=surveyed.margin_town, now=now(), **{**usual, **facts})
    assert refused.value.code == code
    assert not OfficialFigure.objects.exists()


def test_another_towns_akimat_enters_nothing(surveyed: Surveyed) -> None:
    akimat = browser(holder(Role.AKIMAT, surveyed.plain_town))
    assert akimat.post(address("official", surveyed.margin_town.slug), FIGURE).status_code == HTTPStatus.FORBIDDEN
    assert not OfficialFigure.objects.exists()


def test_a_norm_is_empty_until_entered_and_then_stands_in_every_town(surveyed: Surveyed) -> None:
    administrator = browser(holder(Role.ADMINISTRATOR, None))
    there, facts = (
        address("norms"),
        {"indicator": "stay", "value": "70", "source": "Decree 710", "since_date": "2025-09-02"},
    )
    assert "Norm:" not in text_of(Client().get(address("town", surveyed.plain_town.slug)).content)
    assert administrator.post(there, {**facts, "since_date": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert administrator.post(there, facts).status_code == HTTPStatus.FOUND
    assert administrator.post(there, {**facts, "value": "75"}).status_code == HTTPStatus.FOUND
    old, new = Norm.objects.order_by("entered_at", "id")
    assert (old.value, new.value, new.replaces, new.since_date) == (
        Decimal(70),
        Decimal(75),
        old,
        date(2025, 9, 2),
    )
    words = text_of(Client().get(address("town", surveyed.plain_town.slug)).content)
    assert "Norm: 75%" in words
    assert "Decree 710" in words


def test_a_correction_needs_a_reason_and_makes_a_new_edition(surveyed: Surveyed) -> None:
    administrator = browser(holder(Role.ADMINISTRATOR, None))
    there = address("correct", surveyed.raw.pk)
    assert administrator.post(there, {"reason": " "}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    unchanged = administrator.post(there, {"reason": "To be sure"})
    assert unchanged.status_code == HTTPStatus.CONFLICT
    assert "Nothing would change" in unchanged.content.decode()
    waves.enter_margins(town=surveyed.plain_town, now=now())
    assert administrator.post(there, {"reason": "The census table was missing"}).status_code == HTTPStatus.FOUND
    numbers = Publication.objects.filter(wave=surveyed.raw).order_by("number").values_list("number", "reason")
    assert list(numbers) == [(1, ""), (2, "The census table was missing")]
    assert (
        browser(holder(Role.AKIMAT, surveyed.plain_town)).post(there, {"reason": "x"}).status_code
        == HTTPStatus.FORBIDDEN
    )
