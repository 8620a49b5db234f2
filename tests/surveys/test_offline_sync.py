"""Answers that waited on a phone: they come late, twice and out of order, and exactly the right ones are kept."""

import json
from hashlib import sha256
from html import unescape
from http import HTTPStatus
from itertools import permutations
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common.clock import now
from councils.surveys import actions, queries
from councils.surveys.models import Draft, Envelope, EnvelopeFile, QuestionnaireVersion, Wave
from councils.surveys.states import Audience
from tests.surveys.conftest import MakePerson
from tests.surveys.everything import wave_of_everything
from tests.surveys.pages import address, envelopes, html_of, sealed_answers, text_of, wave_from_today
from tests.surveys.recordings import ogg
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

GARDEN = {"shown": ["garden"], "pairs": [["a-garden", "no"]]}


def sync(client: Client, wave: Wave, **said: object) -> dict[str, object]:
    body = json.dumps({"revision": 1, **said})
    answer = client.post(address("sync", wave.pk), body, content_type="application/json")
    told: dict[str, object] = answer.json()
    return told


def test_what_waited_is_kept_and_sent_once_and_says_by_which_way(signed_in: Client, today_wave: Wave) -> None:
    kept = sync(signed_in, today_wave, **GARDEN)
    assert (kept["state"], kept["revision"]) == ("kept", 1)
    code = kept["code"]
    assert signed_in.cookies["answers-en"].value == code
    more = {"shown": ["trees", "tools"], "pairs": [["a-trees", "3"], ["a-tools", "rake"]], "code": code}
    instance = str(uuid4())
    for _again in range(3):  # the reply was lost, so the phone sends the same once more
        sent = sync(signed_in, today_wave, revision=2, send=True, instance=instance, **more)
        assert (sent["state"], sent["revision"]) == ("sent", 2)
    [content] = envelopes(today_wave)
    assert content.answers == {"garden": "no", "trees": 3, "tools": ["rake"]}
    assert content.channel == "offline"


def test_in_any_order_the_latest_number_wins_and_nothing_else_is_undone(signed_in: Client, today_wave: Wave) -> None:
    for order in permutations((2, 3, 4)):
        code = sync(signed_in, today_wave, **GARDEN)["code"]
        for revision in order:
            pairs = [["a-trees", str(revision)]]
            sync(signed_in, today_wave, revision=revision, code=code, shown=["trees"], pairs=pairs)
        kept = queries.draft_of(code=str(code), wave=today_wave)
        assert kept is not None
        assert kept.answers == {"garden": "no", "trees": "4"}


def test_a_phone_that_is_behind_learns_it_and_says_again_what_it_changed(signed_in: Client, today_wave: Wave) -> None:
    code = sync(signed_in, today_wave, **GARDEN)["code"]
    signed_in.post(address("section", today_wave.pk, 2), {"shown": "trees", "a-trees": "8"})
    flowers = {"shown": ["garden", "flowers"], "pairs": [["a-garden", "yes"], ["a-flowers", "Tulips"]], "code": code}
    stale = sync(signed_in, today_wave, revision=2, **flowers)
    assert (stale["state"], stale["revision"]) == ("stale", 2)
    assert sync(signed_in, today_wave, revision=3, **flowers)["state"] == "kept"
    kept = queries.draft_of(code=str(code), wave=today_wave)
    assert kept is not None
    assert kept.answers == {"garden": "yes", "flowers": "Tulips", "trees": "8"}


def test_what_was_sent_without_network_finds_the_answers_that_had_arrived(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), {"shown": "garden", "a-garden": "no"})
    assert sync(signed_in, today_wave, send=True, instance="x")["state"] == "sent"
    assert sealed_answers(today_wave) == [{"garden": "no"}]


def test_missing_answers_are_kept_and_named_not_sent(signed_in: Client, today_wave: Wave) -> None:
    told = sync(signed_in, today_wave, shown=["trees"], pairs=[["a-trees", "3"]], send=True, instance="x")
    assert told["state"] == "incomplete"
    assert not Envelope.objects.exists()
    assert "First part en: one answer" in text_of(signed_in.get(address("review", today_wave.pk)))
    # The same sending, once the answer is there.
    done = sync(signed_in, today_wave, revision=2, code=told["code"], send=True, instance="x", **GARDEN)
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
    assert sync(other, today_wave, owner=owner, **GARDEN)["state"] == "other"
    assert sync(Client(), today_wave, owner=owner, **GARDEN)["state"] == "sign_in"
    assert not Draft.objects.exists()
    assert sync(signed_in, today_wave, owner=owner, **GARDEN)["state"] == "kept"


def test_strangers_closed_waves_and_nonsense(
    client: Client, signed_in: Client, person: MakePerson, today_wave: Wave
) -> None:
    stranger = Client()
    stranger.force_login(person())
    assert sync(stranger, today_wave, **GARDEN)["state"] == "not_for_you"
    for body in (b"", b"{}", b"[]", b'{"revision": "1"}', b'{"revision": 1, "x": 1}', b"x" * 400_001):
        answer = signed_in.post(address("sync", today_wave.pk), body, content_type="application/json")
        assert (answer.status_code, answer.json()["state"]) == (HTTPStatus.BAD_REQUEST, "unreadable")
    in_parts = signed_in.post(address("sync", today_wave.pk), {"said": "{"})  # a form with parts, none of them a file
    assert (in_parts.status_code, in_parts.json()["state"]) == (HTTPStatus.BAD_REQUEST, "unreadable")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address("sync", today_wave.pk), b"{}", content_type="application/json").status_code == 403
    assert set(strict.get(address("sync", today_wave.pk)).json()) == {"csrf"}
    actions.close_wave(actor=None, wave=today_wave, now=now())
    assert sync(signed_in, today_wave, **GARDEN)["state"] == "closed"


def test_in_a_wave_for_everybody_a_sending_that_comes_twice_counts_once(
    client: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, small_version, audience=Audience.OPEN)
    for _again in range(2):  # from the very first answer without network: the phone has no code yet
        assert sync(client, wave, send=True, instance="one", **GARDEN)["state"] == "sent"
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
    assert html.count("<template>") == 2
    assert "<legend>Child <span data-number></span></legend>" in html
    assert html.count('type="file"') == 3
    assert "csrf" not in html
    assert not page.cookies
    assert html.count("Entries that had arrived before are not shown here.") == 1


CONDITIONS = """
| survey | | | | | |
| | type | name | label::English (en) | relevant | appearance |
| | select_one yn | garden | Is there a garden? | | |
| | select_multiple yn | both | Which words? | | |
| | begin_group | inside | Inside | ${garden} = 'yes' | |
| | integer | trees | How many trees? | | |
| | text | why | Why so many? | ${trees} > 5 | |
| | end_group | | | | |
| | text | one | Only yes? | ${both} = 'yes' | |
| | text | none | Not yes? | not(selected(${both}, 'yes')) | |
| choices | | | |
| | list_name | name | label::English (en) |
| | yn | yes | Yes |
| | yn | no | No |
| settings | | | | | |
| | form_title | form_id | version | default_language | public_title::English (en) |
| | Conditions | conditions | 1 | English (en) | Conditions |
"""


def test_the_kept_page_says_and_tells_the_phone_whom_a_question_is_for(client: Client, town: Town) -> None:
    wave = wave_of_everything(town, form=CONDITIONS.encode())
    html = unescape(html_of(client.get(address("offline", wave.pk))))
    rules = json.loads(html.split('data-rules="')[1].split('" data-error')[0])
    told = {}
    for block in html.split("<div data-block=")[1:]:
        name = block.split('name="a-')[1].split('"')[0]
        told[name] = rules["nodes"][name].get("if"), "Only if" in block, "Not if" in block, "Leave this empty" in block
    assert told == {
        "garden": (None, False, False, False),
        "both": (None, False, False, False),
        "trees": (None, True, False, False),
        "why": ([">", ["$", "trees"], 5], True, False, True),
        "one": (["=", ["$", "both"], "yes"], False, False, True),
        "none": (["not", ["selected", ["$", "both"], "yes"]], False, True, False),
    }
    assert rules["nodes"][rules["nodes"]["trees"]["in"]]["if"] == ["=", ["$", "garden"], "yes"]
    assert "Only if you answered “Is there a garden?” with: Yes." in html
    assert "Not if you answered “Which words?” with: Yes." in html


def test_rules_too_heavy_for_a_phone_stay_away_and_the_server_judges_on_arrival(client: Client, town: Town) -> None:
    trees = "| | integer | trees | How many trees? | | |"
    form = CONDITIONS.replace("| appearance |", "| constraint | constraint_message::English (en) |")
    rows = [f"{trees[:-4]} | . < 50 | Fewer than 50 |"]
    for number in range(24):  # each check with words of its own: 29 KB however packed
        noise = "".join(sha256(f"{number} {part}".encode()).hexdigest() for part in range(30))
        rows.append(f"| | text | t{number} | Word {number} | | . != '{noise}' | Another word |")
    wave = wave_of_everything(town, form=form.replace(trees, "\n".join(rows)).encode(), audience=Audience.OPEN)
    kept = html_of(client.get(address("offline", wave.pk)))
    assert 'name="a-trees"' in kept
    assert 'data-rules=""' in kept
    pairs = [["a-garden", "yes"], ["a-trees", "60"]]
    arrived = sync(client, wave, send=True, instance=str(uuid4()), shown=["garden", "trees"], pairs=pairs)
    assert (arrived["state"], envelopes(wave)) == ("incomplete", [])


def _sync_file(client: Client, wave: Wave, content: bytes, **said: object) -> dict[str, object]:
    body = json.dumps({"revision": 1, "shown": ["sound"], **said})
    file = SimpleUploadedFile("REC_2026_11_20.ogg", content, "audio/ogg")
    told: dict[str, object] = client.post(address("sync", wave.pk), {"said": body, "a-sound": file}).json()
    return told


def test_a_file_that_waited_is_taken_once_and_a_wrong_one_is_named(signed_in: Client, town: Town) -> None:
    wave = wave_of_everything(town)
    first = _sync_file(signed_in, wave, ogg(number=1))
    assert (first["state"], first["revision"], "refused" in first) == ("kept", 1, False)
    code = str(first["code"])

    def kept() -> tuple[str, int]:
        draft = queries.draft_of(code=code, wave=wave)
        assert draft is not None
        return str(draft.answers["sound"]), EnvelopeFile.objects.count()

    name, files = kept()
    assert (name.endswith(".ogg"), "REC" in name, files) == (True, False, 1)
    # The reply was lost: the same comes again, with the same number and then with the next one.
    assert _sync_file(signed_in, wave, ogg(number=1), code=code)["state"] == "stale"
    assert _sync_file(signed_in, wave, ogg(number=1), code=code, revision=2)["state"] == "kept"
    assert kept()[1] == 1
    wrong = _sync_file(signed_in, wave, b"<html>", code=code, revision=3)
    assert wrong["state"] == "kept"
    assert str(wrong["refused"]).startswith("This file is not a sound that can be taken.")
    assert kept()[1] == 1
    elsewhere = _sync_file(signed_in, wave, ogg(), code=code, revision=4, shown=["nowhere"])
    assert (elsewhere["state"], kept()[1]) == ("kept", 1)


@pytest.mark.parametrize(
    ("audience", "signs_in", "letter"),
    [
        (Audience.DECLARED, True, True),
        (Audience.VERIFIED, True, False),
        (Audience.INVITED, False, True),
        (Audience.HOUSEHOLD, False, True),
    ],
)
def test_the_phone_leads_back_in_by_the_way_of_the_survey(
    client: Client, town: Town, small_version: QuestionnaireVersion, audience: Audience, signs_in: bool, letter: bool
) -> None:
    """Whoever came with a letter has no account: a way to sign in would leave their answers on the phone for ever."""
    wave = wave_from_today(town, small_version, audience=audience)
    page = client.get(address("offline", wave.pk)).content.decode()
    said = page.partition('data-says="sign_in"')[2].partition("</p>")[0]
    assert ("/account/" in said, f'href="{address("letter", wave.pk)}"' in said) == (signs_in, letter)
