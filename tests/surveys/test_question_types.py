"""Every type of question on its page without JavaScript: what is drawn, comes back as it was typed, and is sent."""

import re
from http import HTTPStatus
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from common.errors import DomainError
from councils.surveys import queries
from councils.surveys.forms.uploads import read_sent
from councils.surveys.models import EnvelopeFile, FormFile, Wave
from councils.surveys.queries import wave_key
from councils.surveys.rules import Question
from councils.surveys.rules.form import QuestionType
from tests.surveys.everything import EVERYTHING, wave_of_everything
from tests.surveys.pages import address, html_of, sealed_answers, text_of
from tests.surveys.recordings import SECRETS, film, mp3, ogg, wav, webm
from towns.models import Town

pytestmark = pytest.mark.django_db

KINDS = {
    "shown": "order mood warmth moment where way agree meter village story day hour",
    "a-order~pear": "1",
    "a-order~plum": "2",
    "a-order~apple": "3",
    "a-mood": "7",
    "a-warmth": "21.5",
    "a-moment": "2026-11-20T18:30",
    "a-where~lat": "50.054321",
    "a-where~lon": "72,951234",
    "a-way": "50.05 72.95\r\n50.06 72.96\r\n",
    "a-agree": "OK",
    "a-meter": "4600051000057",
    "a-village": "v7",
    "a-story": "Line one\r\nLine two",
    "a-day": "2026-11-19",
    "a-hour": "07:15",
}
TABLE = {"shown": "water roads", "a-water": "bad", "a-roads": "good"}


@pytest.fixture
def wave(town: Town) -> Wave:
    return wave_of_everything(town)


def _photo() -> SimpleUploadedFile:
    out = BytesIO()
    facts = Image.Exif()
    facts.get_ifd(0x8825).update({1: "N", 2: (44.0, 51.0, 0.0)})
    Image.new("RGB", (60, 40), (90, 110, 130)).save(out, "JPEG", exif=facts)
    return SimpleUploadedFile("Aigerim-2026-11-20.jpg", out.getvalue(), "image/jpeg")


def test_every_type_is_drawn_taken_and_kept(signed_in: Client, wave: Wave) -> None:
    at = address("section", wave.pk, 1)
    page = html_of(signed_in.get(at))
    assert page.count('<input type="radio" name="a-mood"') == 12  # 0 to 10, and no answer
    assert "From 0 to 40." in page
    assert 'type="datetime-local" name="a-moment"' in page
    assert re.search(r'<select name="a-village" id="id_a-village"> <option value="">–</option>', page)
    assert 'type="date" name="a-day" value="2026-01-02"' in page
    assert '<div class="hint" id="id_a-order_helptext">Best first</div>' in page
    assert '<fieldset class="field" aria-describedby="id_a-order_helptext">' in page
    assert signed_in.post(at, KINDS)["Location"] == address("section", wave.pk, 2)
    page = html_of(signed_in.get(at))
    assert re.search(r'name="a-order~pear"[^>]*> <option value="">–</option> <option value="1" selected>', page)
    assert re.search(r'name="a-mood" value="7" id="id_a-mood_7" checked', page)
    assert 'name="a-where~lat" id="id_a-where~lat" value="50.05"' in page  # to a kilometre, from the first moment
    assert ">50.05 72.95 50.06 72.96</textarea>" in page
    assert '<option value="v7" selected>' in page
    assert signed_in.post(address("section", wave.pk, 2), TABLE)["Location"] == address("section", wave.pk, 3)
    assert signed_in.post(address("section", wave.pk, 3), {"shown": ""})["Location"] == address("section", wave.pk, 4)
    files = {"shown": "photo sound paper"}
    assert signed_in.post(address("section", wave.pk, 4), files)["Location"] == address("review", wave.pk)
    review = text_of(signed_in.get(address("review", wave.pk)))
    assert "Put in order 1. Pear; 2. Plum; 3. Apple" in review
    assert "When was it? 2026-11-20 18:30" in review
    assert signed_in.post(address("review", wave.pk))["Location"] == address("done", wave.pk)
    [sent] = sealed_answers(wave)
    assert sent == {
        "order": ["pear", "plum", "apple"],
        "mood": "7",
        "warmth": "21.5",
        "moment": "2026-11-20T18:30",
        "where": "50.05 72.95",
        "way": "50.05 72.95;50.06 72.96",
        "agree": "OK",
        "meter": "4600051000057",
        "village": "v7",
        "story": "Line one\nLine two",
        "day": "2026-11-19",
        "hour": "07:15",
        "water": "bad",
        "roads": "good",
        "children": "0",
    }


def test_two_options_in_one_place_are_asked_again_and_the_others_stay(signed_in: Client, wave: Wave) -> None:
    at = address("section", wave.pk, 1)
    again = signed_in.post(at, {**KINDS, "a-order~plum": "1", "a-agree": ""})
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = html_of(again)
    assert '<a href="#id_a-order~apple">Put in order: Please put all of them in order, each once.</a>' in page
    assert '<a href="#id_a-agree_0">I have read this: Please answer this question.</a>' in page
    assert re.search(r'name="a-order~apple"[^>]*>.{60,120}<option value="3" selected>', page)
    assert not re.search(
        r'name="a-order~(pear|plum)"[^>]*> <option value="">–</option> <option value="1" selected', page
    )


def test_a_table_has_one_name_for_each_button(signed_in: Client, wave: Wave) -> None:
    signed_in.post(address("section", wave.pk, 1), KINDS)
    page = html_of(signed_in.get(address("section", wave.pk, 2)))
    assert page.count('role="radiogroup"') == 2
    assert 'aria-labelledby="id_a-roads_label" aria-describedby="id_a-roads_helptext"' in page
    assert (
        '<label class="choice"><input type="radio" name="a-water" value="fair" id="id_a-water_1"> <span>Fair</span>'
        in page
    )
    wrong = signed_in.post(address("section", wave.pk, 2), {"shown": "water roads"})
    assert '<a href="#id_a-water_0">Water: Please answer this question.</a>' in html_of(wrong)


def test_rounds_are_added_filled_and_taken_away_without_a_script(signed_in: Client, wave: Wave) -> None:
    signed_in.post(address("section", wave.pk, 1), KINDS)
    signed_in.post(address("section", wave.pk, 2), TABLE)
    at = address("section", wave.pk, 3)
    assert '<button type="submit" class="btn quiet" name="go" value="add child">Add: Child</button>' in html_of(
        signed_in.get(at)
    )
    assert signed_in.post(at, {"shown": "", "go": "add child"})["Location"] == f"{at}#id_a-child/0"
    first = {"shown": "child/0/name child/0/age", "a-child/0/name": "Aru", "a-child/0/age": "4"}
    assert signed_in.post(at, first | {"go": "add child"})["Location"] == f"{at}#id_a-child/1"
    assert signed_in.post(at, first | {"go": "add child/0/toy"})["Location"] == f"{at}#id_a-child/0/toy/0"
    page = html_of(signed_in.get(at))
    assert 'value="child/0/name child/0/age child/0/toy/0/toy_name child/1/name child/1/age"' in page
    assert "<legend>Child 2</legend>" in page
    assert 'name="a-child/0/name" value="Aru"' in page
    both = first | {
        "shown": "child/0/name child/0/age child/0/toy/0/toy_name child/1/name child/1/age",
        "a-child/0/toy/0/toy_name": "Ball",
        "a-child/1/name": " ",
        "a-child/1/age": "seven",
    }
    wrong = html_of(signed_in.post(at, both))
    assert '<a href="#id_a-child/1/name">Name: Please answer this question.</a>' in wrong
    assert 'name="a-child/1/age" value="seven"' in wrong
    assert signed_in.post(at, both | {"go": "remove child/1"})["Location"] == f"{at}#id_a-child"
    assert signed_in.post(at, both | {"shown": both["shown"].split(" child/1")[0]})["Location"] == address(
        "section", wave.pk, 4
    )
    assert "You told of 1 children" in text_of(signed_in.get(address("section", wave.pk, 4)))
    signed_in.post(address("section", wave.pk, 4), {"shown": ""})
    assert "Child 1 · Name Aru" in text_of(signed_in.get(address("review", wave.pk)))
    signed_in.post(address("review", wave.pk))
    assert sealed_answers(wave)[0]["child"] == [{"name": "Aru", "age": 4, "toy": [{"toy_name": "Ball"}]}]


def test_addresses_that_the_form_does_not_have_are_not_followed(signed_in: Client, wave: Wave) -> None:
    at = address("section", wave.pk, 3)
    for where in ("child/0/age/1/x", "child/100/age", "child/x/age", "toy/0/toy_name", "age", "kinds/0/mood", "mood"):
        signed_in.post(at, {"shown": where, f"a-{where}": "1"})
    for order in ("add mood", "add child/0/age", "remove child", "remove child/x", "remove mood/0", "add", "remove"):
        signed_in.post(at, {"shown": "", "go": order})
    kept = queries.draft_of(code=signed_in.cookies["answers-en"].value, wave=wave)
    assert kept is not None
    assert kept.answers == {}


def test_files_are_drawn_anew_locked_and_sent(signed_in: Client, wave: Wave) -> None:
    signed_in.post(address("section", wave.pk, 1), KINDS)
    signed_in.post(address("section", wave.pk, 2), TABLE)
    at = address("section", wave.pk, 4)
    assert 'enctype="multipart/form-data"' in html_of(signed_in.get(at))
    shown = {"shown": "photo sound paper"}
    wrong = signed_in.post(at, shown | {"a-photo": _photo(), "a-sound": SimpleUploadedFile("a.mp3", b"no sound")})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = html_of(wrong)
    assert '<a href="#id_a-sound">A sound: This file is not a sound' in page
    assert "A file is attached already." in page
    assert signed_in.post(at, shown)["Location"] == address("review", wave.pk)
    assert "A photo A file is attached" in text_of(signed_in.get(address("review", wave.pk)))
    [locked] = EnvelopeFile.objects.all()
    assert b"JFIF" not in bytes(locked.sealed)
    signed_in.post(address("review", wave.pk))
    [sent] = sealed_answers(wave)
    envelope = EnvelopeFile.objects.exclude(pk=locked.pk).get()
    key = wave_key(wave)
    assert envelope.pk == key.file_id(envelope.envelope, sent["photo"])
    with Image.open(BytesIO(key.open(envelope.sealed, place=str(envelope.pk)))) as picture:
        assert (picture.size, dict(picture.getexif())) == ((60, 40), {})
    assert "Aigerim" not in str(sent)
    # Taken away: the tick deletes it under the code, and sending again deletes what had been sent.
    signed_in.post(at, shown | {"a-photo~drop": "yes"})
    assert list(EnvelopeFile.objects.all()) == [envelope]
    signed_in.post(address("review", wave.pk))
    assert not EnvelopeFile.objects.exists()


@pytest.mark.parametrize(
    ("kind", "content", "ending"),
    [
        ("audio", mp3(), "mp3"),
        ("audio", wav(), "wav"),
        ("audio", film().replace(b"ftypisom", b"ftypM4A "), "m4a"),
        ("audio", ogg(), "ogg"),
        ("audio", b"MZ\x90", "not_this_kind"),
        ("video", film(), "mp4"),
        ("video", webm(), "webm"),
        ("video", mp3(), "not_this_kind"),
        ("video", b"<html>", "not_this_kind"),
        ("video", film(cut=9), "recording_damaged"),
        ("audio", b"", "file_empty"),
    ],
    ids=map(str, range(11)),
)
def test_sounds_and_films_are_known_by_what_they_hold(kind: QuestionType, content: bytes, ending: str) -> None:
    question = Question(name="q", path="/data/q", type=kind)
    file = SimpleUploadedFile("named.mp4", content, "video/mp4")
    if "_" not in ending:
        sent = read_sent(question, file)
        assert (sent.name.rpartition(".")[2], len(sent.name)) == (ending, 13 + len(ending))
        assert [one for one in SECRETS if one in sent.content] == []
    else:
        with pytest.raises(DomainError) as refused:
            read_sent(question, file)
        assert refused.value.code == ending


def test_options_that_are_shuffled_keep_their_order_for_one_respondent(signed_in: Client, town: Town) -> None:
    shuffled = EVERYTHING.replace(
        b"| | select_one village | village | Which village? | | | minimal | | | |",
        b"| | select_one village | village | Which village? | | | minimal | randomize=true | | |",
    )
    assert shuffled != EVERYTHING
    at = address("section", wave_of_everything(town, form=shuffled).pk, 1)

    def order(client: Client) -> list[str]:
        return re.findall(r'<option value="(v[0-9]+)"', html_of(client.get(at)))

    first = order(signed_in)
    assert sorted(first) == sorted(f"v{number}" for number in range(1, 21))
    assert order(signed_in) == first
    assert first != [f"v{number}" for number in range(1, 21)]


def test_deleting_the_answers_so_far_deletes_their_files(signed_in: Client, wave: Wave) -> None:
    signed_in.post(address("section", wave.pk, 4), {"shown": "photo", "a-photo": _photo()})
    assert EnvelopeFile.objects.count() == 1
    signed_in.post(address("forget", wave.pk))
    assert not EnvelopeFile.objects.exists()


def test_pictures_of_the_questionnaire_are_for_everybody(client: Client, wave: Wave) -> None:
    FormFile.objects.create(
        version_id=wave.version_id, name="house (1).jpg", content_type="image/jpeg", content=b"x" * 9, sha256="ab" * 32
    )
    at = address("file", wave.pk, "house (1).jpg")
    page = client.get(at)
    assert (page.content, page["Content-Type"], page["Cache-Control"]) == (
        b"x" * 9,
        "image/jpeg",
        "public, max-age=86400",
    )
    assert client.get(at, headers={"If-None-Match": page["ETag"]}).status_code == HTTPStatus.NOT_MODIFIED
    assert client.get(address("file", wave.pk, "cat.jpg")).status_code == HTTPStatus.NOT_FOUND


def test_a_hundred_questions_on_a_page_ask_the_database_little(signed_in: Client, town: Town) -> None:
    first, *rest = EVERYTHING.decode().partition("Kinds | | | | | | |")
    rows = [f"| | text | q{number} | Question {number} | | | | | | |" for number in range(100)]
    form = "".join([first, rest[0], "\n", "\n".join(rows), rest[1]]).encode()
    wave = wave_of_everything(town, form=form)
    at = address("section", wave.pk, 1)
    signed_in.post(at, KINDS)
    with CaptureQueriesContext(connection) as asked:
        page = signed_in.get(at)
    assert html_of(page).count('<input type="text" name="a-q') == 100
    assert len(asked) <= 8
