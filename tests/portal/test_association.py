"""What towns like one of them have done: the likest first and why, with the way to copy it."""

from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.clock import day_of
from councils.surveys import actions
from councils.surveys.models import Wave
from councils.surveys.states import Audience
from funds.ledger.models import Fund
from portal.association import TOWNS, fellows
from tests.surveys.conftest import small_form
from tests.thread import Thread
from towns.models import Town
from users.states import Role

pytestmark = pytest.mark.django_db
HERE = "/en/towns/temirtau/alike/"


@pytest.fixture
def asked(now: datetime) -> list[Wave]:
    """Ridder has asked its residents, and so has Saran, in the same oblast as Temirtau."""
    version = actions.import_questionnaire(
        actor=None, slug="gardens", content=small_form(), filename="gardens.md", now=now
    )
    return [
        actions.open_wave(
            actor=None,
            town=Town.objects.get(slug=slug),
            version=version,
            opens_date=day_of(now),
            closes_date=day_of(now) + timedelta(days=7),
            audience=Audience.DECLARED,
            now=now,
        )
        for slug in ("ridder", "saran")
    ]


def built(slug: str, now: datetime) -> Thread:
    town = Town.objects.get(slug=slug)
    thread = Thread(town=town, fund=Fund.objects.create(town=town, founded_date=now.date()), now=now)
    thread.project(title=f"Lamps in {slug}")
    return thread


def words(answer: bytes) -> str:
    return " ".join(answer.decode().split())


def test_towns_of_the_same_oblast_come_first_and_say_why(asked: list[Wave], now: datetime) -> None:
    built("ridder", now)
    found = fellows(town=Town.objects.get(slug="temirtau"), language="en")
    assert [(one.town.slug, one.why) for one in found] == [
        ("saran", "In the same oblast"),
        ("ridder", "Another town of the association"),
    ]
    assert [[survey.wave for survey in one.surveys] for one in found] == [[asked[1]], [asked[0]]]
    assert [len(one.projects) for one in found] == [0, 1]


def test_everything_can_be_copied_from_the_page(client: Client, asked: list[Wave], now: datetime) -> None:
    project = built("ridder", now).fund.projects.get()
    answer = client.get(HERE)
    assert answer.status_code == HTTPStatus.OK
    page = answer.content.decode()
    assert "/en/surveys/temirtau/copy/" not in page  # the secretary's own page alone leads there
    assert f'href="/en/projects/temirtau/copy/{project.pk}/"' in page
    assert "Lamps in ridder" in page
    assert not answer.cookies


def test_a_secretary_is_led_to_copying_a_survey(client: Client, asked: list[Wave], thread: Thread) -> None:
    there = f"/en/towns/{thread.town.slug}/alike/copy/"
    assert client.get(there).status_code == HTTPStatus.FOUND
    client.force_login(thread.the(Role.TREASURER))
    assert client.get(there).status_code == HTTPStatus.FORBIDDEN
    client.force_login(thread.the(Role.SECRETARY))
    page = client.get(there).content.decode()
    for wave in asked:
        assert f'href="/en/surveys/{thread.town.slug}/copy/{wave.pk}/"' in page
    council = client.get(f"/en/surveys/{thread.town.slug}/council/").content.decode()
    assert f'href="{there}"' in council


def test_nobody_has_done_anything_yet(client: Client) -> None:
    assert "No other town has a survey or a project here yet." in words(client.get(HERE).content)
    assert client.get("/en/towns/atlantis/alike/").status_code == HTTPStatus.NOT_FOUND


def test_ones_own_town_is_not_among_them(asked: list[Wave]) -> None:
    found = fellows(town=asked[0].town, language="en")
    assert [one.town.slug for one in found] == ["saran"]
    assert len(found) <= TOWNS


def test_more_towns_mean_no_more_queries(client: Client, asked: list[Wave], now: datetime) -> None:
    counts = []
    for slugs in (["balkhash"], ["aksu", "satpayev"]):
        for slug in slugs:
            built(slug, now)
        with CaptureQueriesContext(connection) as queries:
            client.get(HERE)
        counts.append(len(queries))
    assert counts == [7, 7]  # version, town, axes, towns, surveys, projects, origins
