"""A helper's pages: surveys of the day, devices, and answering together, of which nothing stays in the browser."""

import base64
import json
import re
import zlib
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.clock import now
from councils.surveys.actions.devices import MOST_DEVICES, collect_settings
from councils.surveys.actions.invitations import make_personal_code
from councils.surveys.models import HelperDevice, QuestionnaireVersion, Tally, Wave
from councils.surveys.states import Audience, Channel
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_client import Device
from tests.surveys.odk_world import codes_for, contents, new_device, running_wave
from tests.surveys.pages import address, html_of, text_of
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

TYPED = {"q-garden": "1", "q-flowers": "Tulips", "q-tools": ["1", "2"], "q-trees": "7", "q-wish": "Rain"}
KEPT = {"garden": "yes", "flowers": "Tulips", "tools": ["spade", "rake"], "trees": 7, "wish": "Rain"}


@pytest.fixture
def helper(person: MakePerson) -> User:
    return person(Role.HELPER)


@pytest.fixture
def helping(client: Client, helper: User) -> Client:
    client.force_login(helper)
    return client


@pytest.fixture
def wave(town: Town, small_version: QuestionnaireVersion) -> Wave:
    return running_wave(town, small_version)


def test_a_helper_finds_the_surveys_of_the_day(helping: Client, wave: Wave, town: Town) -> None:
    page = html_of(helping.get(address("helping", town.slug)))
    for name in ("together", "paper"):
        assert f'href="{address(name, wave.pk)}"' in page
    assert f'href="{address("devices", town.slug)}"' in page


def test_answering_together_leaves_nothing_in_the_browser(helping: Client, wave: Wave, helper: User) -> None:
    [code] = codes_for(wave, 1)
    page = address("together", wave.pk)
    cookies = {name: morsel.value for name, morsel in helping.cookies.items()}
    opened = helping.post(page, {"person": code, "step": "open"})
    assert 'type="radio"' in html_of(opened)
    assert code not in page
    sent = helping.post(page, {"person": code, "step": "send", **TYPED})
    assert (sent.status_code, sent["Location"]) == (HTTPStatus.FOUND, f"{page}?done=yes")
    empty = helping.get(sent["Location"])
    assert "this page holds nothing of them any more" in text_of(empty)
    for answer in (opened, sent, empty):
        assert "no-store" in answer["Cache-Control"]
        assert not answer.cookies.keys() - {"csrftoken"}
    assert {name for name in helping.cookies if name not in cookies} <= {"csrftoken"}
    assert code not in html_of(empty) + "".join(helping.session.keys())
    [content] = contents(wave)
    assert (content.channel, content.answers) == ("helper", KEPT)
    tally = Tally.objects.get()
    assert (tally.helper, tally.channel, tally.entered) == (helper, Channel.HELPER, 1)
    assert str(helper.pk) not in str(content)


def test_faults_are_shown_and_the_answers_stay_on_the_page(helping: Client, wave: Wave) -> None:
    [code] = codes_for(wave, 1)
    answer = helping.post(
        address("together", wave.pk), {"person": code, "step": "send", "q-trees": "99", "q-tools": ["2"]}
    )
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Between 0 and 50, please en" in text_of(answer)
    assert re.search(r'name="q-tools" value="2" checked', html_of(answer))
    assert contents(wave) == []


def test_an_unknown_code_opens_nothing(helping: Client, wave: Wave) -> None:
    answer = helping.post(address("together", wave.pk), {"person": "222-222-222", "step": "open"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "This code does not belong to this survey." in text_of(answer)
    assert helping.post(address("together", wave.pk), {}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_person_with_an_account_counts_once(
    helping: Client, town: Town, small_version: QuestionnaireVersion, resident: User
) -> None:
    wave = running_wave(town, small_version, Audience.DECLARED)
    code = make_personal_code(user=resident, wave=wave, now=now())
    for trees in ("1", "2"):
        answer = {"person": code, "step": "send", **TYPED, "q-trees": trees}
        assert helping.post(address("together", wave.pk), answer).status_code == HTTPStatus.FOUND
    assert [content.answers["trees"] for content in contents(wave)] == [2]


def test_an_open_survey_needs_no_code_and_a_second_click_counts_once(
    helping: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = running_wave(town, small_version, Audience.OPEN)
    page = address("together", wave.pk)
    assert "Code of the person" not in text_of(helping.get(page))
    found = re.search(r'name="instance" value="([^"]+)"', html_of(helping.post(page, {"step": "open"})))
    assert found is not None
    for _click in range(2):
        assert helping.post(page, {"instance": found[1], "step": "send", **TYPED}).status_code == HTTPStatus.FOUND
    assert helping.post(page, {"step": "send", **TYPED}).status_code == HTTPStatus.FOUND
    assert len(contents(wave)) == 2


def test_a_device_is_set_up_by_what_the_page_shows_once(helping: Client, town: Town, wave: Wave) -> None:
    page = address("devices", town.slug)
    made = helping.post(page, {"label": "Blue tablet"})
    words = text_of(made)
    name = re.search(r"User name (\S+)", words)
    secret = re.search(r"Password (\S+)", words)
    assert name is not None
    assert secret is not None
    assert "<svg" in html_of(made)
    assert "no-store" in made["Cache-Control"]
    device = Device(server="http://testserver/odk", username=name[1], secret=secret[1])
    assert len(device.forms()) == 1
    again = text_of(helping.get(page))
    assert secret[1] not in again
    assert "Blue tablet" in again
    row = HelperDevice.objects.get()
    assert helping.post(address("revoke_device", town.slug, row.pk)).status_code == HTTPStatus.FOUND
    assert "Blue tablet" not in text_of(helping.get(page))
    assert device.ask("GET", "http://testserver/odk/formList").status_code == HTTPStatus.UNAUTHORIZED


def test_the_square_code_holds_collects_settings() -> None:
    told = collect_settings(server="https://asar.example/odk/token", project="Surveys: Temirtau")
    assert json.loads(zlib.decompress(base64.b64decode(told))) == {
        "general": {
            "protocol": "odk_default",
            "server_url": "https://asar.example/odk/token",
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "delete_send": True,
            "analytics": False,
        },
        "admin": {},
        "project": {"name": "Surveys: Temirtau"},
    }


def test_devices_are_bounded_and_each_sees_their_own(
    helping: Client, town: Town, helper: User, person: MakePerson, secretary: User
) -> None:
    other = person(Role.HELPER)
    theirs = new_device(other, town).device
    page = address("devices", town.slug)
    with CaptureQueriesContext(connection) as one:
        assert "Blue tablet" not in text_of(helping.get(page))
    for _number in range(MOST_DEVICES):
        new_device(helper, town)
    with CaptureQueriesContext(connection) as ten:
        helping.get(page)
    assert len(one) == len(ten)
    answer = helping.post(page, {"label": "Eleventh"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "You have ten devices here." in text_of(answer)
    assert helping.post(address("revoke_device", town.slug, theirs.pk)).status_code == HTTPStatus.FORBIDDEN
    helping.force_login(secretary)
    assert helping.post(address("revoke_device", town.slug, theirs.pk)).status_code == HTTPStatus.FOUND
    assert not HelperDevice.objects.filter(user=other, revoked_at=None).exists()
