"""Who is let in by which setting of a wave: by account, by the code of a letter, or everybody; and how codes travel."""

from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.test import Client

from common.ids import normalise_ticket
from councils.surveys.models import Envelope, Invitation, Participation, QuestionnaireVersion, Wave
from councils.surveys.queries import wave_key
from councils.surveys.states import Audience, InvitationKind
from tests.surveys.pages import address, html_of, sealed_answers, text_of, wave_from_today
from towns.models import Town

pytestmark = pytest.mark.django_db

LETTER = "7KD-4XM-2TF-9PQ"
NO_GARDEN = {"shown": "garden", "a-garden": "no"}


def _invite(wave: Wave, code: str = LETTER, kind: InvitationKind = InvitationKind.PERSON) -> None:
    mark = wave_key(wave).mark("invitation", normalise_ticket(code))
    Invitation.objects.create(wave=wave, kind=kind, code_mark=mark)


def _answer(client: Client, wave: Wave, trees: str) -> None:
    client.post(address("section", wave.pk, 1), NO_GARDEN)
    client.post(address("section", wave.pk, 2), {"shown": "trees", "a-trees": trees})
    assert client.post(address("review", wave.pk))["Location"] == address("done", wave.pk)


@pytest.mark.parametrize(
    ("audience", "kind", "told", "shared"),
    [
        (Audience.INVITED, InvitationKind.PERSON, "You have answered. You may answer again", False),
        (Audience.HOUSEHOLD, InvitationKind.HOUSEHOLD, "Somebody of your household has answered.", True),
    ],
)
def test_the_code_of_a_letter_lets_in_without_an_account_and_counts_once(
    client: Client,
    town: Town,
    small_version: QuestionnaireVersion,
    audience: Audience,
    kind: InvitationKind,
    told: str,
    shared: bool,
) -> None:
    wave = wave_from_today(town, small_version, audience=audience)
    _invite(wave, kind=kind)
    door = address("letter", wave.pk)
    agree = "if several of you send answers, the last ones count."
    assert [agree in text_of(client.get(page)) for page in (door, address("wave", wave.pk))] == [shared, shared]
    assert client.get(address("section", wave.pk, 1))["Location"] == door
    wrong = client.post(door, {"code": "7KD-4XM-2TF-9PR"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This code does not belong to this survey." in text_of(wrong)
    let_in = client.post(door, {"code": LETTER.lower().replace("-", " ")})
    assert let_in["Location"] == address("section", wave.pk, 1)
    cookie = let_in.cookies["letter-en"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", address("wave", wave.pk))
    assert "sessionid" not in let_in.cookies
    _answer(client, wave, "3")
    other = Client()
    other.post(door, {"code": LETTER})
    assert told in text_of(other.get(address("section", wave.pk, 1)))
    _answer(other, wave, "4")
    assert sealed_answers(wave) == [{"garden": "no", "trees": 4}]
    assert Participation.objects.count() == 1
    other.post(address("withdraw", wave.pk))
    assert not Participation.objects.exists()


def test_an_account_does_not_open_a_wave_of_letters(
    signed_in: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, small_version, audience=Audience.INVITED)
    assert signed_in.get(address("section", wave.pk, 1))["Location"] == address("letter", wave.pk)
    _invite(wave, kind=InvitationKind.HOUSEHOLD)
    page = signed_in.post(address("letter", wave.pk), {"code": LETTER})
    assert page.status_code == HTTPStatus.FORBIDDEN
    assert "This code is of another kind than this survey asks for." in text_of(page)


def test_the_code_of_a_sheet_serves_on_the_web_too(client: Client, today_wave: Wave) -> None:
    _invite(today_wave, kind=InvitationKind.SHEET)
    client.post(address("letter", today_wave.pk), {"code": LETTER})
    _answer(client, today_wave, "5")
    assert sealed_answers(today_wave) == [{"garden": "no", "trees": 5}]


def test_wrong_codes_run_out(client: Client, town: Town, small_version: QuestionnaireVersion) -> None:
    cache.clear()
    wave = wave_from_today(town, small_version, audience=Audience.INVITED)
    _invite(wave)
    for _try in range(30):
        client.post(address("letter", wave.pk), {"code": "7KD-4XM-2TF-9PR"})
    for at, code in ((address("letter", wave.pk), LETTER), (address("resume"), LETTER)):
        assert "Too many codes were tried from here." in text_of(client.post(at, {"code": code}))
    cache.clear()
    assert client.post(address("letter", wave.pk), {"code": LETTER}).status_code == HTTPStatus.FOUND


def test_in_an_open_wave_every_browser_counts_once_and_the_page_says_that_nobody_checks(
    client: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, small_version, audience=Audience.OPEN)
    page = client.get(address("section", wave.pk, 1))
    assert "so nobody checks that each person answers once" in text_of(page)
    assert "sessionid" not in page.cookies
    _answer(client, wave, "3")
    _answer(client, wave, "4")  # the same code: the later answer takes the place of the first
    _answer(Client(), wave, "9")
    assert sorted(answers["trees"] for answers in sealed_answers(wave)) == [4, 9]
    assert not Participation.objects.exists()
    other = Client()
    other.post(address("resume"), {"code": client.cookies["answers-en"].value})
    other.post(address("withdraw", wave.pk))
    assert [answers["trees"] for answers in sealed_answers(wave)] == [9]


def test_verified_residents_alone_answer_a_wave_of_theirs(
    signed_in: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, small_version, audience=Audience.VERIFIED)
    page = signed_in.post(address("section", wave.pk, 1), NO_GARDEN)
    assert page.status_code == HTTPStatus.FORBIDDEN
    assert "residents whose address was checked" in text_of(page)
    assert not Envelope.objects.exists()


def test_no_code_stands_in_an_address(client: Client, town: Town, small_version: QuestionnaireVersion) -> None:
    wave = wave_from_today(town, small_version, audience=Audience.OPEN)
    _answer(client, wave, "3")
    code = client.cookies["answers-en"].value
    for name, args in (("section", [1]), ("review", []), ("done", []), ("forget", []), ("withdraw", [])):
        page = html_of(client.get(address(name, wave.pk, *args)))
        assert code not in "".join(part.split('"')[0] for part in page.split('href="')[1:])
