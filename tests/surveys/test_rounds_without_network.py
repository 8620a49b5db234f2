"""Rounds of a repeated group that a phone made without network: whatever happens on the way, each comes once."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from councils.surveys import queries
from councils.surveys.models import EnvelopeFile, Wave
from tests.surveys.everything import wave_of_everything
from tests.surveys.pages import address, sealed_answers
from tests.surveys.test_odk_parts import picture
from tests.surveys.test_offline_sync import sync
from towns.models import Town

pytestmark = pytest.mark.django_db

HOUSE = """
| survey | | | |
| | type | name | label::English (en) |
| | integer | floors | How many floors? |
| | begin_repeat | child | Child |
| | integer | age | How old? |
| | image | photo | A photo |
| | begin_repeat | toy | Toy |
| | text | called | What is it called? |
| | end_repeat | | |
| | end_repeat | | |
| settings | | | | | |
| | form_title | form_id | version | default_language | public_title::English (en) |
| | House | house | 1 | English (en) | House |
"""
ONE, TWO, BALL = "child/+aaaaaaaaaaaaaaaa", "child/+bbbbbbbbbbbbbbbb", "toy/+cccccccccccccccc"


def _ages(wave: Wave, code: object) -> list[str]:
    draft = queries.draft_of(code=str(code), wave=wave)
    assert draft is not None
    return [str(one.get("age", "")) for one in draft.answers.get("child", [])]


def test_rounds_that_were_made_without_network_come_once_beside_those_that_are_there(
    signed_in: Client, town: Town
) -> None:
    wave = wave_of_everything(town, form=HOUSE.encode())
    signed_in.post(address("section", wave.pk, 1), {"shown": "floors", "a-floors": "1"})
    signed_in.post(address("section", wave.pk, 2), {"go": "add child"})
    signed_in.post(address("section", wave.pk, 2), {"shown": "child/0/age", "a-child/0/age": "9", "go": "back"})
    code = signed_in.cookies["answers-en"].value
    both = {
        "rounds": [f"{ONE}/{BALL}", TWO, ONE],
        "shown": [f"{ONE}/age", f"{TWO}/age", f"{ONE}/{BALL}/called"],
        "pairs": [[f"a-{ONE}/age", "3"], [f"a-{TWO}/age", "5"], [f"a-{ONE}/{BALL}/called", "Ball"]],
    }
    for revision in (4, 4, 3, 5):  # sent again, late, with another number
        assert sync(signed_in, wave, code=code, revision=revision, **both)["state"] == "kept"
        assert sorted(_ages(wave, code)) == ["3", "5", "9"]
    # Somebody takes the first one away on a page meanwhile; a change to another one still finds it.
    signed_in.post(address("section", wave.pk, 2), {"shown": "", "go": "remove child/0"})
    told = sync(signed_in, wave, code=code, revision=6, shown=[f"{TWO}/age"], pairs=[[f"a-{TWO}/age", "6"]])
    assert (told["state"], told["revision"]) == ("stale", 6)
    sync(signed_in, wave, code=code, revision=7, shown=[f"{TWO}/age"], pairs=[[f"a-{TWO}/age", "6"]])
    assert sorted(_ages(wave, code)) == ["3", "6"]
    for revision in (8, 8, 9):
        assert sync(signed_in, wave, code=code, revision=revision, gone=[TWO])["state"] == "kept"
        assert _ages(wave, code) == ["3"]
    sync(signed_in, wave, code=code, revision=10, send=True, instance="x")
    # The mark of a round is no part of what is sealed.
    assert sealed_answers(wave) == [{"floors": 1, "child": [{"age": 3, "toy": [{"called": "Ball"}]}]}]


def test_a_file_in_a_round_that_was_made_without_network_arrives(signed_in: Client, town: Town) -> None:
    wave = wave_of_everything(town, form=HOUSE.encode())
    photo = SimpleUploadedFile("IMG.jpg", picture(7), "image/jpeg")
    said = json.dumps({"revision": 1, "rounds": [ONE], "shown": [f"{ONE}/photo"]})
    told = signed_in.post(address("sync", wave.pk), {"said": said, f"a-{ONE}/photo": photo}).json()
    assert (told["state"], "refused" in told) == ("kept", False)
    draft = queries.draft_of(code=told["code"], wave=wave)
    assert draft is not None
    [child] = draft.answers["child"]
    assert str(child["photo"]).endswith(".jpg")
    assert (
        sync(signed_in, wave, code=told["code"], revision=2, rounds=[ONE], send=True, instance="x")["state"] == "sent"
    )
    assert EnvelopeFile.objects.count() >= 1


@pytest.mark.parametrize(
    "round_",
    ["child/+short", "age/+aaaaaaaaaaaaaaaa", "child/+aaaaaaaaaaaaaaaa/x", "floors", "", "+a/+a", "/"],
)
def test_no_round_is_made_where_the_form_has_none(signed_in: Client, town: Town, round_: str) -> None:
    wave = wave_of_everything(town, form=HOUSE.encode())
    told = sync(
        signed_in, wave, rounds=[round_], gone=[round_], shown=[f"{round_}/age"], pairs=[[f"a-{round_}/age", "1"]]
    )
    assert (told["state"], _ages(wave, told["code"])) == ("kept", [])
