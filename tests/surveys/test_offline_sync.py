"""Answers that waited on a phone: they come late, twice and out of order, and exactly the right ones are kept."""

import json
from http import HTTPStatus
from itertools import permutations
from uuid import uuid4

import pytest
from django.test import Client

from common.clock import now
from councils.surveys import actions, queries
from councils.surveys.models import Draft, Envelope, QuestionnaireVersion, Wave
from councils.surveys.states import Audience
from tests.surveys.conftest import MakePerson
from tests.surveys.everything import wave_of_everything
from tests.surveys.pages import address, envelopes, html_of, sealed_answers, text_of, wave_from_today
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

GARDEN = {"shown": ["garden"], "pairs": [["a-garden", "no"]]}


def _sync(client: Client, wave: Wave, **said: object) -> dict[str, object]:
    body = json.dumps({"revision": 1, **said})
    answer = client.post(address("sync", wave.pk), body, content_type="application/json")
    told: dict[str, object] = answer.json()
    return told


def test_what_waited_is_kept_and_sent_once_and_says_by_which_way(signed_in: Client, today_wave: Wave) -> None:
    kept = _sync(signed_in, today_wave, **GARDEN)
    assert (kept["state"], kept["revision"]) == ("kept", 1)
    code = kept["code"]
    assert signed_in.cookies["answers-en"].value == code
    more = {"shown": ["trees", "tools"], "pairs": [["a-trees", "3"], ["a-tools", "rake"]], "code": code}
    instance = str(uuid4())
    for _again in range(3):  # the reply was lost, so the phone sends the same once more
        sent = _sync(signed_in, today_wave, revision=2, send=True, instance=instance, **more)
        assert (sent["state"], sent["revision"]) == ("sent", 2)
    [content] = envelopes(today_wave)
    assert content.answers == {"garden": "no", "trees": 3, "tools": ["rake"]}
    assert content.channel == "offline"


def test_in_any_order_the_latest_number_wins_and_nothing_else_is_undone(signed_in: Client, today_wave: Wave) -> None:
    for order in permutations((2, 3, 4)):
        code = _sync(signed_in, today_wave, **GARDEN)["code"]
        for revision in order:
            pairs = [["a-trees", str(revision)]]
            _sync(signed_in, today_wave, revision=revision, code=code, shown=["trees"], pairs=pairs)
        kept = queries.draft_of(code=str(code), wave=today_wave)
        assert kept is not None
        assert kept.answers == {"garden": "no", "trees": "4"}


def test_a_phone_that_is_behind_learns_it_and_says_again_what_it_changed(signed_in: Client, today_wave: Wave) -> None:
    code = _sync(signed_in, today_wave, **GARDEN)["code"]
    signed_in.post(address("section", today_wave.pk, 2), {"shown": "trees", "a-trees": "8"})
    flowers = {"shown": ["garden", "flowers"], "pairs": [["a-garden", "yes"], ["a-flowers", "Tulips"]], "code": code}
    stale = _sync(signed_in, today_wave, revision=2, **flowers)
    assert (stale["state"], stale["revision"]) == ("stale", 2)
    assert _sync(signed_in, today_wave, revision=3, **flowers)["state"] == "kept"
    kept = queries.draft_of(code=str(code), wave=today_wave)
    assert kept is not None
    assert kept.answers == {"garden": "yes", "flowers": "Tulips", "trees": "8"}


def test_what_was_sent_without_network_finds_the_answers_that_had_arrived(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), {"shown": "garden", "a-garden": "no"})
    assert _sync(signed_in, today_wave, send=True, instance="x")["state"] == "sent"
    assert sealed_answers(today_wave) == [{"garden": "no"}]


def test_missing_answers_are_kept_and_named_not_sent(signed_in: Client, today_wave: Wave) -> None:
    told = _sync(signed_in, today_wave, shown=["trees"], pairs=[["a-trees", "3"]], send=True, instance="x")
    assert told["state"] == "incomplete"
    assert not Envelope.objects.exists()
    assert "First part en: one answer" in text_of(signed_in.get(address("review", today_wave.pk)))
    # The same sending, once the answer is there.
    done = _sync(signed_in, today_wave, revision=2, code=told["code"], send=True, instance="x", **GARDEN)
    assert done["state"] == "sent"


def test_nobody_sends_the_answers_of_somebody_else_who_used_the_phone(
    signed_in: Client, person: MakePerson, resident: User, today_wave: Wave
) -> None:
    page = html_of(signed_in.get(address("section", today_wave.pk, 1)))
    owner = page.split('data-owner="')[1].split('"')[0]
    assert len(owner) == 24
    assert str(resident.pk).replace("-", "")[:24] != owner
    other = Client()
    other.force_login(person(Role.RESIDENT))
    assert _sync(other, today_wave, owner=owner, **GARDEN)["state"] == "other"
    assert _sync(Client(), today_wave, owner=owner, **GARDEN)["state"] == "sign_in"
    assert not Draft.objects.exists()
    assert _sync(signed_in, today_wave, owner=owner, **GARDEN)["state"] == "kept"


def test_strangers_closed_waves_and_nonsense(
    client: Client, signed_in: Client, person: MakePerson, today_wave: Wave
) -> None:
    stranger = Client()
    stranger.force_login(person())
    assert _sync(stranger, today_wave, **GARDEN)["state"] == "not_for_you"
    for body in (b"", b"{}", b"[]", b'{"revision": "1"}', b'{"revision": 1, "x": 1}', b"x" * 400_001):
        answer = signed_in.post(address("sync", today_wave.pk), body, content_type="application/json")
        assert (answer.status_code, answer.json()["state"]) == (HTTPStatus.BAD_REQUEST, "unreadable")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address("sync", today_wave.pk), b"{}", content_type="application/json").status_code == 403
    assert set(strict.get(address("sync", today_wave.pk)).json()) == {"csrf"}
    actions.close_wave(actor=None, wave=today_wave, now=now())
    assert _sync(signed_in, today_wave, **GARDEN)["state"] == "closed"


def test_in_a_wave_for_everybody_a_sending_that_comes_twice_counts_once(
    client: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, small_version, audience=Audience.OPEN)
    for _again in range(2):  # from the very first answer without network: the phone has no code yet
        assert _sync(client, wave, send=True, instance="one", **GARDEN)["state"] == "sent"
    assert sealed_answers(wave) == [{"garden": "no"}]


def test_the_worker_sees_its_own_pages_alone_and_the_kept_page_holds_no_person(
    signed_in: Client, town: Town, today_wave: Wave
) -> None:
    worker = signed_in.get(address("worker", today_wave.pk))
    assert worker["Content-Type"] == "text/javascript"
    assert worker.content.decode().count(str(today_wave.pk)) == 4  # its id, its pages, the page it keeps, its cache
    with_everything = wave_of_everything(town)
    page = signed_in.get(address("offline", with_everything.pk))
    html = html_of(page)
    for part in (*range(1, 5), "review", "done"):
        assert f'<section data-part="{part}" hidden>' in html
    assert 'name="a-village"' in html
    assert "a-child" not in html
    assert 'type="file"' not in html
    assert "csrf" not in html
    assert not page.cookies
    assert html.count("Some questions of this section need the network.") == 2
