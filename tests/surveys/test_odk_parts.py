"""Submissions in parts, twice, in any order and never finished: the right set of answers is there, and their files."""

import io
import random
from http import HTTPStatus

import pytest
from PIL import Image

from common.clock import now
from councils.surveys import actions
from councils.surveys.models import Envelope, EnvelopeFile, OpenAnswer, QuestionnaireVersion, Wave
from councils.surveys.queries import wave_key
from councils.surveys.rules.recordings import cleaned
from councils.surveys.rules.sealing import unpacked
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_client import Device, filled, message_of
from tests.surveys.odk_world import by_token, codes_for, contents, new_device, running_wave
from tests.surveys.recordings import SECRETS, ogg
from towns.models import Town
from users.states import Role

pytestmark = pytest.mark.django_db

FORM = """
| survey | | | |
|        | type | name | label::Қазақша (kk) | label::Русский (ru) | label::English (en) | label::Deutsch (de) |
|        | integer | age | Жас | Возраст | Age | Alter |
|        | image | front | Алды | Перед | Front | Vorn |
|        | image | back | Арты | Зад | Back | Hinten |
|        | audio | voice | Дауыс | Голос | Voice | Stimme |
| settings | | | |
|        | form_title | form_id | version | public_title::Қазақша (kk) | public_title::Русский (ru) \
| public_title::English (en) | public_title::Deutsch (de) |
|        | Houses | houses | 3 | Үйлер | Дома | Houses | Häuser |
"""


def picture(shade: int) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (20, 10), (shade % 256, 9, 9)).save(out, "JPEG", exif=exif)
    return out.getvalue()


SOUND = ogg()


@pytest.fixture
def houses(db: None) -> QuestionnaireVersion:
    return actions.import_questionnaire(
        actor=None, slug="houses", content=FORM.encode(), filename="houses.md", now=now()
    )


@pytest.fixture
def wave(town: Town, houses: QuestionnaireVersion) -> Wave:
    return running_wave(town, houses)


@pytest.fixture
def device(person: MakePerson, town: Town, wave: Wave) -> Device:
    return by_token(new_device(person(Role.HELPER), town), language="en")


@pytest.fixture
def form(device: Device) -> bytes:
    [listed] = device.forms().values()
    return device.download(listed)


def house(form: bytes, code: str, *, age: int = 30, name: str = "1", instance: str = "") -> bytes:
    answers = {"age": str(age), "front": f"{name}-front.jpg", "back": f"{name}-back.jpg", "voice": f"{name}.ogg"}
    return filled(form, {**answers, "typed": code}, instance=instance)


def stored(wave: Wave) -> list[tuple[object, ...]]:
    """Age and the names of the files that are there and open with the wave's key, for every answer."""
    key = wave_key(wave)
    found = []
    for pk, sealed in Envelope.objects.filter(wave=wave).values_list("pk", "sealed"):
        answers = unpacked(key.open(sealed, place=str(pk))).answers
        files = {key.file_id(pk, str(answers[name])): str(answers[name]) for name in ("front", "back", "voice")}
        there = EnvelopeFile.objects.filter(envelope=pk).values_list("pk", "sealed")
        opened = [files[one] for one, content in there if key.open(content, place=str(one))]
        found.append((answers["age"], *sorted(opened)))
    return sorted(found, key=str)


def test_a_submission_in_two_parts_is_stored_when_it_is_whole(device: Device, wave: Wave, form: bytes) -> None:
    [code] = codes_for(wave, 1)
    body = house(form, code)
    first = device.send(body, {"1-front.jpg": picture(1)}, is_last=False)
    assert (first.status_code, contents(wave)) == (HTTPStatus.CREATED, [])
    assert EnvelopeFile.objects.count() == 1
    assert b"taken at home" not in bytes(EnvelopeFile.objects.get().sealed)
    second = device.send(body, {"1-back.jpg": picture(2), "1.ogg": SOUND, "audit.csv": b"event,node"})
    assert second.status_code == HTTPStatus.CREATED
    assert stored(wave) == [(30, "1-back.jpg", "1-front.jpg", "1.ogg")]
    assert EnvelopeFile.objects.count() == 3
    actions.close_wave(actor=None, wave=wave, now=now())
    kept = {row.question: bytes(row.file or b"") for row in OpenAnswer.objects.filter(wave=wave)}
    assert sorted(kept) == ["back", "front", "voice"]
    assert kept["voice"] == cleaned(SOUND, kind="ogg")
    assert [one for one in SECRETS if one in kept["voice"]] == []
    assert b"taken at home" not in kept["front"] + kept["back"]
    assert EnvelopeFile.objects.count() == 0


def test_the_last_part_may_come_first(device: Device, wave: Wave, form: bytes) -> None:
    [code] = codes_for(wave, 1)
    body = house(form, code)
    for _turn in range(2):
        assert device.send(body, {"1.ogg": SOUND}).status_code == HTTPStatus.CREATED
        early = {"1-front.jpg": picture(1), "1-back.jpg": picture(2)}
        assert device.send(body, early, is_last=False).status_code == HTTPStatus.CREATED
    assert stored(wave) == [(30, "1-back.jpg", "1-front.jpg", "1.ogg")]
    assert EnvelopeFile.objects.count() == 3


def test_a_part_of_answers_that_were_replaced_puts_nothing_to_the_new_ones(
    device: Device, wave: Wave, form: bytes
) -> None:
    [code] = codes_for(wave, 1)
    old, new = house(form, code, age=1, name="old"), house(form, code, age=2, name="new")
    device.send(old, {"old.ogg": SOUND})
    device.send(new, {"new.ogg": SOUND})
    assert device.send(old, {"old-front.jpg": picture(1)}, is_last=False).status_code == HTTPStatus.CREATED
    assert device.send(old, {"old.ogg": SOUND}).status_code == HTTPStatus.CREATED
    assert stored(wave) == [(2, "new.ogg")]
    assert EnvelopeFile.objects.count() == 1


def test_files_are_judged_by_what_they_hold(device: Device, wave: Wave, form: bytes) -> None:
    [code] = codes_for(wave, 1)
    body = house(form, code)
    for files, sentence in (
        ({"1-front.jpg": b"<html>"}, "This file is called .jpg but is not a picture. Choose another one."),
        (
            {"1.ogg": b"<html>"},
            "This file is not a sound that can be taken. Choose one as MP3, M4A, OGG, WAV or AMR.",
        ),
        ({"1.ogg": b""}, "This file is empty. Choose it again, or another one."),
        (
            {"1.ogg": SOUND[:-1]},
            "This recording cannot be read to its end, so the place in it cannot be taken out. Record it anew.",
        ),
    ):
        sent = device.send(body, files)
        assert (sent.status_code, message_of(sent)) == (HTTPStatus.CONFLICT, sentence)
    assert (contents(wave), EnvelopeFile.objects.count()) == ([], 0)


def _weather(device: Device, wave: Wave, form: bytes, *, submissions: int, seed: int) -> None:
    """Parts of many submissions, re-sent, reordered, some never finished: what is stored is exactly what is whole."""
    dice = random.Random(seed)
    parts, whole = [], []
    for number, code in enumerate(codes_for(wave, submissions)):
        name = str(number)
        front, voice = {f"{name}-front.jpg": picture(number)}, {f"{name}.ogg": SOUND}
        body = house(form, code, age=number % 100, name=name, instance=f"uuid:{number}")
        cut = dice.choice(["one", "two", "half"])
        sent = {"one": [(front | voice, True)], "two": [(front, False), (voice, True)], "half": [(front, False)]}[cut]
        parts += [(body, files, is_last) for files, is_last in sent * dice.choice([1, 1, 2])]
        if cut != "half":
            whole.append((number % 100, f"{name}-front.jpg", f"{name}.ogg"))
    dice.shuffle(parts)
    for body, files, is_last in parts:
        assert device.send(body, files, is_last=is_last).status_code == HTTPStatus.CREATED
    assert stored(wave) == sorted(whole, key=str)
    # Of half-uploaded ones the first part waits, locked; nothing waits of those that are whole.
    assert EnvelopeFile.objects.count() == 2 * len(whole) + (submissions - len(whole))


def test_sixty_submissions_in_bad_weather(device: Device, wave: Wave, form: bytes) -> None:
    _weather(device, wave, form, submissions=60, seed=5)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_submissions_in_bad_weather(device: Device, wave: Wave, form: bytes, seed: int) -> None:
    _weather(device, wave, form, submissions=1_000, seed=seed)
