"""The public pages of a survey, which never count, and the secretary's pages."""

import re
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.clock import day_of, now
from councils.surveys import actions
from councils.surveys.models import QuestionnaireVersion, Wave
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, WaveState
from tests.surveys.pages import address, html_of, text_of, wave_from_today
from towns.models import Town
from users.models import User

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parents[2] / "templates"


def test_public_pages_are_the_same_for_everybody_and_never_count(
    client: Client, resident: User, today_wave: Wave
) -> None:
    pages = [address("wave", today_wave.pk), address("list", today_wave.town.slug)]
    before = [client.get(page) for page in pages]
    assert [page["Vary"] for page in before] == ["Accept-Encoding", "Accept-Encoding"]
    assert all(not page.cookies for page in before)
    actions.submit_answers(wave=today_wave, who=Respondent(user_id=resident.pk), answers={"garden": "no"}, now=now())
    after = [client.get(page) for page in pages]
    assert [page.content for page in before] == [page.content for page in after]
    assert [page["ETag"] for page in before] == [page["ETag"] for page in after]


def test_closing_changes_the_public_pages(client: Client, today_wave: Wave) -> None:
    before = client.get(address("wave", today_wave.pk))
    actions.close_wave(actor=None, wave=today_wave, now=now())
    after = client.get(address("wave", today_wave.pk), headers={"If-None-Match": before["ETag"]})
    assert after.status_code == HTTPStatus.OK
    assert "See the results" in text_of(after)


def test_the_secretary_opens_and_closes_by_hand(
    client: Client, secretary: User, town: Town, small_version: QuestionnaireVersion
) -> None:
    client.force_login(secretary)
    today = day_of(now())
    facts = {
        "version": str(small_version.pk),
        "opens_date": today.isoformat(),
        "closes_date": (today + timedelta(days=7)).isoformat(),
        "audience": "verified",
        "languages": ["kk", "ru", "en", "de"],
        "target": "300",
        "invitation_ru": "Что изменить в городе?",
    }
    assert "Gardens en, version 1" in text_of(client.get(address("open_wave", town.slug)))
    bad = client.post(address("open_wave", town.slug), {**facts, "closes_date": "2020-01-01"})
    assert bad.status_code == HTTPStatus.CONFLICT
    assert "The last day lies before the first one." in text_of(bad)
    assert client.post(address("open_wave", town.slug), {}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Wave.objects.exists()
    client.post(address("open_wave", town.slug), facts)
    wave = Wave.objects.get()
    assert (wave.state, wave.audience, wave.closes_date) == (
        WaveState.OPEN,
        Audience.VERIFIED,
        today + timedelta(days=7),
    )
    assert (wave.target, wave.invitations, wave.entry_date) == (300, {"ru": "Что изменить в городе?"}, wave.closes_date)
    assert "Open in this town at the moment" in text_of(client.get(address("open_wave", town.slug)))
    again = client.post(address("open_wave", town.slug), facts)
    assert "Another survey with this questionnaire is open in this town." in text_of(again)
    assert client.get(address("close_wave", wave.pk)).status_code == HTTPStatus.OK
    client.post(address("close_wave", wave.pk))
    assert Wave.objects.get().state == WaveState.ENDED
    assert client.post(address("close_wave", wave.pk)).status_code == HTTPStatus.CONFLICT


def test_after_its_last_day_a_wave_waits_for_sheets_and_says_so(
    client: Client, secretary: User, today_wave: Wave, english: None
) -> None:
    today, other = day_of(now()), timedelta(days=1)
    public, client_page = address("wave", today_wave.pk), address("run", today_wave.pk)
    client.force_login(secretary)
    Wave.objects.update(opens_date=today + other)
    assert "not begun yet" in text_of(client.get(client_page))
    Wave.objects.update(opens_date=today - 9 * other, closes_date=today - other, entry_date=today + other)
    assert "paper sheets and devices only" in text_of(client.get(client_page))
    assert "are still coming home" in text_of(client.get(public))
    assert "are lost when you close now" in text_of(client.get(address("close_wave", today_wave.pk)))
    client.post(address("close_wave", today_wave.pk))
    assert "The answers are being opened and counted." in text_of(client.get(public))


@pytest.mark.parametrize("waves", [1, 3])
def test_the_list_asks_no_more_with_more_waves(
    waves: int, client: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    for _number in range(waves):
        actions.close_wave(actor=None, wave=wave_from_today(town, small_version), now=now())
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address("list", town.slug))
    assert html_of(page).count('class="card"') == waves
    assert len(asked) == 3


def test_what_is_refused_looks_so(client: Client, secretary: User, today_wave: Wave) -> None:
    client.force_login(secretary)
    at = address("run", today_wave.pk)
    assert client.post(at).status_code == HTTPStatus.FOUND
    refused = client.post(at)  # from a second window
    assert refused.status_code == HTTPStatus.CONFLICT
    assert '<div class="notice no" role="alert">' in refused.content.decode()


def test_every_notice_has_a_look_that_the_style_knows() -> None:
    calls = [call for file in TEMPLATES.rglob("*.html") for call in re.findall(r"\bnotice\((.*)\)", file.read_text())]
    used = {state for call in calls for state in re.findall(r'(?:, |else )"(\w+)"', call)}
    assert used == {"info", "ok", "wait", "no"}
