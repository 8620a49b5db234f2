"""Helpers' own programs send filled questionnaires: who may, what becomes of each, and what a reply may say."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import pace
from common.clock import day_of, now
from councils.surveys.actions import end_wave
from councils.surveys.actions.devices import revoke_device
from councils.surveys.actions.invitations import make_personal_code
from councils.surveys.api import LARGEST_BODY, MOST_RESPONSES, Pace
from councils.surveys.models import Envelope, Participation, QuestionnaireVersion, Received, Tally, Wave
from councils.surveys.queries import form_of
from councils.surveys.queries.waves import known_for_sending
from councils.surveys.rules import accept
from councils.surveys.states import Audience, Channel, WaveState
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_client import Device, filled
from tests.surveys.odk_world import SERVER, codes_for, contents, new_device, running_wave
from towns.models import Town
from users.models import Appointment, User
from users.states import Role

pytestmark = pytest.mark.django_db

GOOD = {"garden": "yes", "flowers": "Tulips", "tools": ["rake", "spade"], "trees": 7}
KEPT = {"garden": "yes", "flowers": "Tulips", "tools": ["spade", "rake"], "trees": 7}
FIRST = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def uncounted() -> Iterator[None]:
    cache.clear()
    pace._here.clear()
    yield
    cache.clear()
    pace._here.clear()


@pytest.fixture
def helper(person: MakePerson) -> User:
    return person(Role.HELPER)


@pytest.fixture
def token(helper: User, town: Town) -> str:
    return new_device(helper, town).token


@pytest.fixture
def invited(town: Town, small_version: QuestionnaireVersion) -> Wave:
    return running_wave(town, small_version)


@pytest.fixture
def for_all(town: Town, small_version: QuestionnaireVersion) -> Wave:
    return running_wave(town, small_version, Audience.OPEN)


def address(wave: Wave | UUID) -> str:
    return f"/api/v1/surveys/waves/{wave.pk if isinstance(wave, Wave) else wave}/responses/"


def send(wave: Wave | UUID, sent: object, *, token: str = "", language: str = "en") -> Any:
    proof = {"authorization": f"Token {token}"} if token else {}
    body = sent if isinstance(sent, bytes) else json.dumps(sent)
    return Client(enforce_csrf_checks=True).post(
        address(wave), body, content_type="application/json", headers={"accept-language": language, **proof}
    )


def response(answers: Mapping[str, object] = GOOD, *, instance: str = FIRST, **told: str) -> dict[str, object]:
    return {"instance": instance, "answers": answers, **told}


def test_a_helpers_program_sends_the_answers_of_a_letters_holder(invited: Wave, token: str, helper: User) -> None:
    [code] = codes_for(invited, 1)
    got = send(invited, response(code=code), token=token)
    assert (got.status_code, got.json()) == (HTTPStatus.OK, {"results": [{"instance": FIRST, "state": "taken"}]})
    assert (got["Cache-Control"], got.cookies.output()) == ("no-store", "")
    [content] = contents(invited)
    assert (content.answers, content.channel) == (KEPT, Channel.DEVICE)
    assert Participation.objects.get().user_id is None
    assert Tally.objects.values_list("helper_id", "channel", "entered").get() == (helper.pk, "device", 1)
    again = send(invited, response({"garden": "no"}, code=code), token=token)
    assert again.json() == {"results": [{"instance": FIRST, "state": "known"}]}
    assert [one.answers for one in contents(invited)] == [KEPT]
    assert Tally.objects.get().entered == 1


def test_of_many_each_is_judged_by_itself(invited: Wave, token: str) -> None:
    first, second = codes_for(invited, 2)
    other = "00000000-0000-4000-8000-000000000002"
    third = "00000000-0000-4000-8000-000000000003"
    got = send(
        invited,
        [
            response(code=first),
            response({**GOOD, "garden": "maybe", "trees": 51}, instance=other, code=second),
            response(instance=third, code="AAA-AAA-AAA"),
            response(code=first),
        ],
        token=token,
    )
    assert got.status_code == HTTPStatus.MULTI_STATUS
    taken, faulty, strange, known = got.json()["results"]
    assert (taken, known) == ({"instance": FIRST, "state": "taken"}, {"instance": FIRST, "state": "known"})
    assert faulty["errors"] == {"garden": "Please choose from the list.", "trees": "Between 0 and 50, please en"}
    assert (faulty["state"], faulty["code"]) == ("refused", "incomplete")
    assert (strange["instance"], strange["code"]) == (third, "no_such_code")
    assert Envelope.objects.count() == Participation.objects.count() == Received.objects.count() == 1


def test_a_name_that_the_survey_does_not_have_is_told(for_all: Wave) -> None:
    misspelled = {**GOOD, "tres": 7, "flower": "Roses"}
    got = send(for_all, [response(misspelled), response(misspelled), response(instance=str(uuid4()))])
    taken, known, good = got.json()["results"]
    assert (taken["state"], taken["unknown"]) == ("taken", ["tres", "flower"])
    assert (known["state"], known["unknown"]) == ("known", ["tres", "flower"])
    assert "unknown" not in good
    refused = send(for_all, response({"gardn": "yes", "trees": 51}, instance=str(uuid4()))).json()["results"][0]
    assert (refused["state"], refused["unknown"]) == ("refused", ["gardn"])
    assert [one.answers for one in contents(for_all)] == [KEPT, KEPT]


@pytest.mark.parametrize("header", ["Token ключ", "Tokеn secret", "Токен secret", "\u00a0Token secret", ""])
def test_a_token_that_a_keyboard_spoilt_is_not_as_good_as_none(for_all: Wave, header: str) -> None:
    sent = Client().post(
        address(for_all), json.dumps(response()), content_type="application/json", headers={"authorization": header}
    )
    assert sent.status_code == HTTPStatus.UNAUTHORIZED
    assert Envelope.objects.count() == 0


def test_reasons_are_told_in_the_readers_language(invited: Wave, token: str) -> None:
    [code] = codes_for(invited, 1)
    got = send(invited, response({**GOOD, "trees": 51}, code=code), token=token, language="ru")
    assert got.json()["results"][0]["errors"] == {"trees": "Between 0 and 50, please ru"}


def test_a_persons_own_code_counts_as_the_person(
    town: Town, small_version: QuestionnaireVersion, token: str, resident: User
) -> None:
    wave = running_wave(town, small_version, Audience.DECLARED)
    code = make_personal_code(user=resident, wave=wave, now=now())
    got = send(wave, response(code=code), token=token)
    assert got.json()["results"][0]["state"] == "taken"
    assert Participation.objects.get().user_id == resident.pk


def test_surveys_for_everybody_need_no_token(for_all: Wave, token: str, helper: User) -> None:
    assert send(for_all, response()).status_code == HTTPStatus.OK
    assert send(for_all, response(instance=str(uuid4())), token=token).status_code == HTTPStatus.OK
    assert sorted(one.channel for one in contents(for_all)) == ["device", "web"]
    assert Tally.objects.values_list("helper_id", "entered").get() == (helper.pk, 1)


def test_one_submission_counts_once_by_whichever_way_it_comes(for_all: Wave, token: str) -> None:
    device = Device(server=f"{SERVER}/{token}")
    [form] = device.forms().values()
    xml = filled(device.download(form), {"garden": "no"}, instance=f"uuid:{FIRST}")
    assert device.send(xml).status_code == HTTPStatus.CREATED
    assert send(for_all, response()).json()["results"][0]["state"] == "known"
    assert [one.answers for one in contents(for_all)] == [{"garden": "no"}]


def test_without_a_device_that_works_nothing_is_taken(
    invited: Wave, helper: User, town: Town, elsewhere: Town, person: MakePerson, small_version: QuestionnaireVersion
) -> None:
    [code] = codes_for(invited, 1)
    made = new_device(helper, town)
    got = send(invited, response(code=code))
    assert (got.status_code, got["WWW-Authenticate"]) == (HTTPStatus.UNAUTHORIZED, "Token")
    assert send(invited, response(code=code), token="x").status_code == HTTPStatus.UNAUTHORIZED
    far = new_device(person(Role.HELPER, where=elsewhere), elsewhere)
    assert send(invited, response(code=code), token=far.token).json()["code"] == "other_town"
    Appointment.objects.filter(user=helper).update(ends_date=day_of(now()) - timedelta(days=1))
    assert send(invited, response(code=code), token=made.token).status_code == HTTPStatus.FORBIDDEN
    revoke_device(actor=helper, device=made.device, now=now())
    refused = send(invited, response(code=code), token=made.token)
    assert (refused.status_code, refused["Cache-Control"]) == (HTTPStatus.UNAUTHORIZED, "no-store")
    assert Envelope.objects.count() == 0


def test_a_survey_that_is_not_open_takes_nothing(for_all: Wave, token: str) -> None:
    assert send(uuid4(), response(), token=token).json()["code"] == "no_such_wave"
    end_wave(actor=None, wave=for_all, now=now())
    assert send(for_all, response()).json()["code"] == "not_open"
    assert Envelope.objects.count() == 0


def test_a_survey_that_has_not_begun_takes_nothing(town: Town, small_version: QuestionnaireVersion) -> None:
    later = running_wave(town, small_version, Audience.OPEN, begins=1)
    assert send(later, response()).json()["code"] == "not_open"
    assert Envelope.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"nothing",
        b"\xff",
        b'{"instance": "7", "answers": {}}',
        b'{"instance": "%s", "answers": []}' % FIRST.encode(),
        b'{"instance": "%s", "answers": {}, "name": "Aida"}' % FIRST.encode(),
        b'{"instance": "%s", "answers": {"a": %s}}' % (FIRST.encode(), b"[" * 100_000),
        json.dumps([response() for _number in range(MOST_RESPONSES + 1)]).encode(),
    ],
)
def test_what_is_no_response_is_not_read(for_all: Wave, body: bytes) -> None:
    got = send(for_all, body)
    assert (got.status_code, got.json()["code"]) == (HTTPStatus.BAD_REQUEST, "unreadable")


def test_what_is_too_large_is_not_read(for_all: Wave) -> None:
    got = send(for_all, b" " * (LARGEST_BODY + 1))
    assert (got.status_code, got.json()["code"]) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")


def test_a_form_of_a_browser_is_not_read(for_all: Wave) -> None:
    got = Client().post(address(for_all), {"instance": FIRST})
    assert got.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_who_sends_too_often_waits(for_all: Wave, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "rate", "2/min", raising=False)
    assert [send(for_all, response()).status_code for _try in range(3)] == [200, 200, 429]
    got = send(for_all, response())
    assert (got.json()["code"], got["Retry-After"]) == ("throttled", "60")
    assert send(for_all, response(), token=token).status_code == HTTPStatus.OK  # counted by its device


def test_an_answer_costs_two_statements_and_its_transaction(for_all: Wave) -> None:
    send(for_all, response())
    known_for_sending.clear()  # as a second later
    with CaptureQueriesContext(connection) as queries:
        send(for_all, response(instance=str(uuid4())))
    kinds = [query["sql"].split()[0] for query in queries]
    assert kinds == ["SELECT", "SAVEPOINT", "SELECT", "RELEASE"]


def test_a_survey_that_was_closed_a_moment_ago_takes_nothing(for_all: Wave) -> None:
    """The wave as a process knows it may be a second old."""
    assert send(for_all, response()).status_code == HTTPStatus.OK
    Wave.objects.filter(pk=for_all.pk).update(state=WaveState.ENDED)
    answer = send(for_all, response(instance=str(uuid4())))
    assert [(one["state"], one["code"]) for one in answer.json()["results"]] == [("refused", "not_open")]
    assert Envelope.objects.filter(wave=for_all).count() == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries(dict.fromkeys(GOOD, _JSON)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_stands_in_answers_is_judged(small_version: QuestionnaireVersion, answers: dict[str, Any]) -> None:
    checked = accept(form_of(small_version.pk), answers, today=day_of(now()))
    json.dumps(checked.values).encode()
