"""Codes: made once, known by their mark alone, and one person counted once whichever way the answers come."""

import csv
import io
import re
from http import HTTPStatus

import pytest
from django.test import Client
from pypdf import PdfReader

from audit.models import Record
from common.clock import now
from common.errors import DomainError, Forbidden
from councils.surveys import actions
from councils.surveys.actions.invitations import MOST_CODES, make_invitations, make_personal_code, respondent_of
from councils.surveys.actions.paper import Codes, enter_sheet
from councils.surveys.models import Invitation, Participation, QuestionnaireVersion, Wave
from councils.surveys.queries import wave_key
from councils.surveys.queries.invitations import batches
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, InvitationKind
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_client import filled
from tests.surveys.odk_world import by_token, codes_for, contents, new_device, running_wave
from tests.surveys.pages import address, text_of
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
CODE = re.compile(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}-[2-9A-Z]{3}\b")


def test_codes_are_known_by_their_mark_alone(town: Town, small_version: QuestionnaireVersion, secretary: User) -> None:
    wave = running_wave(town, small_version)
    facts = {"actor": secretary, "wave": wave, "kind": InvitationKind.PERSON}
    codes = make_invitations(**facts, number=300, batch="Abai street", now=now())  # type: ignore[arg-type]
    assert len(set(codes)) == 300
    assert all(CODE.fullmatch(code) for code in codes)
    key = wave_key(wave)
    marks = set(Invitation.objects.filter(wave=wave).values_list("code_mark", flat=True))
    assert marks == {key.mark("invitation", code) for code in codes}
    assert batches(wave) == [("Abai street", "person", 300)]
    record = Record.objects.get(action="surveys.make_codes")
    assert (record.actor_id, record.detail) == (secretary.pk, {"kind": "person", "number": 300})


@pytest.mark.parametrize(
    ("audience", "kind", "taken"),
    [
        (Audience.INVITED, InvitationKind.PERSON, True),
        (Audience.DECLARED, InvitationKind.PERSON, True),
        (Audience.HOUSEHOLD, InvitationKind.HOUSEHOLD, True),
        (Audience.HOUSEHOLD, InvitationKind.PERSON, False),
        (Audience.INVITED, InvitationKind.HOUSEHOLD, False),
        (Audience.VERIFIED, InvitationKind.PERSON, False),
        (Audience.OPEN, InvitationKind.PERSON, False),
        (Audience.OPEN, InvitationKind.SHEET, True),
    ],
)
def test_a_survey_has_codes_of_its_own_kind(
    town: Town, small_version: QuestionnaireVersion, audience: Audience, kind: InvitationKind, taken: bool
) -> None:
    wave = running_wave(town, small_version, audience)
    if taken:
        assert len(codes_for(wave, 2, kind)) == 2
    else:
        with pytest.raises(DomainError, match="other_kind"):
            codes_for(wave, 2, kind)


def test_numbers_are_bounded_and_closed_surveys_and_strangers_refused(
    town: Town, small_version: QuestionnaireVersion, resident: User
) -> None:
    wave = running_wave(town, small_version)
    for number in (0, MOST_CODES + 1):
        with pytest.raises(DomainError, match="how_many"):
            codes_for(wave, number)
    facts = {"wave": wave, "kind": InvitationKind.PERSON, "number": 1, "batch": "", "now": now()}
    with pytest.raises(Forbidden):
        make_invitations(actor=resident, **facts)  # type: ignore[arg-type]
    actions.close_wave(actor=None, wave=wave, now=now())
    with pytest.raises(DomainError, match="not_open"):
        make_invitations(actor=None, **facts)  # type: ignore[arg-type]


def test_codes_may_be_printed_before_the_first_day(town: Town, small_version: QuestionnaireVersion) -> None:
    assert len(codes_for(running_wave(town, small_version, begins=3), 1)) == 1


def test_a_personal_code_is_the_persons_and_a_new_one_ends_the_old(
    town: Town, small_version: QuestionnaireVersion, resident: User, person: MakePerson
) -> None:
    wave = running_wave(town, small_version, Audience.DECLARED)
    old, new = (make_personal_code(user=resident, wave=wave, now=now()) for _turn in range(2))
    assert Invitation.objects.filter(wave=wave).count() == 1
    assert respondent_of(wave=wave, code=new) == Respondent(user_id=resident.pk)
    with pytest.raises(DomainError, match="no_such_code"):
        respondent_of(wave=wave, code=old)
    with pytest.raises(Forbidden):
        make_personal_code(user=person(), wave=wave, now=now())
    assert not Record.objects.filter(object_type="invitation").exists()


@pytest.mark.parametrize("audience", [one for one in Audience if one != Audience.OPEN])
def test_web_device_and_paper_count_one_person_once(
    audience: Audience, town: Town, small_version: QuestionnaireVersion, person: MakePerson, secretary: User
) -> None:
    wave = running_wave(town, small_version, audience)
    helper = person(Role.HELPER)
    if audience in {Audience.DECLARED, Audience.VERIFIED}:
        code = make_personal_code(user=person(Role.RESIDENT, verified_by=secretary), wave=wave, now=now())
    else:
        [code] = codes_for(
            wave, 1, InvitationKind.HOUSEHOLD if audience == Audience.HOUSEHOLD else InvitationKind.PERSON
        )
    who = respondent_of(wave=wave, code=code)  # on the web the person's account, or the letter's code
    answers = {"garden": "no", "trees": "1"}
    actions.submit_answers(wave=wave, who=who, answers=answers, now=now())
    device = by_token(new_device(helper, town))
    [form] = device.forms().values()
    xml = filled(device.download(form), {"garden": "no", "trees": "2", "typed": code})
    assert device.send(xml).status_code == HTTPStatus.CREATED
    assert [(one.channel, one.answers["trees"]) for one in contents(wave)] == [("device", 2)]
    [sheet] = codes_for(wave, 1, InvitationKind.SHEET)
    enter_sheet(
        actor=helper, wave=wave, codes=Codes(sheet=sheet, person=code), answers={**answers, "trees": "3"}, now=now()
    )
    assert [(one.channel, one.answers["trees"]) for one in contents(wave)] == [("paper", 3)]
    [taken] = Participation.objects.filter(wave=wave)
    assert (taken.user_id, taken.invitation_id) == (who.user_id, None if who.user_id else who.invitation_id)
    actions.submit_answers(wave=wave, who=who, answers=answers, now=now())
    assert [(one.channel, one.answers["trees"]) for one in contents(wave)] == [("web", 1)]
    closed = actions.close_wave(actor=None, wave=wave, now=now())
    assert list(closed.responses.values_list("answers__trees", flat=True)) == [1]


def test_a_persons_page_shows_the_code_once(
    signed_in: Client, town: Town, small_version: QuestionnaireVersion, resident: User
) -> None:
    wave = running_wave(town, small_version, Audience.DECLARED)
    page = address("my_code", wave.pk)
    assert CODE.search(text_of(signed_in.get(page))) is None
    answer = signed_in.post(page)
    found = CODE.search(text_of(answer))
    assert found is not None
    assert "no-store" in answer["Cache-Control"]
    assert respondent_of(wave=wave, code=found[0]) == Respondent(user_id=resident.pk)
    assert CODE.search(text_of(signed_in.get(page))) is None


def made_by(client: Client, wave: Wave, number: int, printing: str) -> bytes:
    answer = client.post(address("codes", wave.pk), {"number": number, "printing": printing, "batch": "B"})
    assert answer.status_code == HTTPStatus.OK, text_of(answer)
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    return answer.content


def test_the_secretary_gets_a_table_or_letters(
    client: Client, town: Town, small_version: QuestionnaireVersion, secretary: User
) -> None:
    wave = running_wave(town, small_version)
    client.force_login(secretary)
    rows = list(csv.reader(io.StringIO(made_by(client, wave, 3, "table").decode("utf-8-sig"))))
    assert rows[0] == ["code", "link"]
    assert [link.endswith(f"/kk/surveys/wave/{wave.pk}/code/#{code}") for code, link in rows[1:]] == [True] * 3
    assert all(respondent_of(wave=wave, code=code).invitation_id for code, _link in rows[1:])
    letters = PdfReader(io.BytesIO(made_by(client, wave, 3, "letters")))
    found = CODE.findall(" ".join(page.extract_text() for page in letters.pages))
    assert (len(letters.pages), len(set(found))) == (2, 3)
    assert all(respondent_of(wave=wave, code=code).invitation_id for code in found)
    assert "B code of a person 6" in text_of(client.get(address("codes", wave.pk)))


def test_too_many_letters_or_codes_are_refused_in_words(
    client: Client, town: Town, small_version: QuestionnaireVersion, secretary: User
) -> None:
    wave = running_wave(town, small_version)
    client.force_login(secretary)
    for number, printing, words in (
        ("201", "letters", "At most 200 letters come in one file. Take a table for more."),
        ("5001", "table", "Ensure this value is less than or equal to 5000."),
        ("", "table", "Choose between 1 and 5,000 codes."),
    ):
        answer = client.post(address("codes", wave.pk), {"number": number, "printing": printing})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert words in text_of(answer)
    assert Invitation.objects.count() == 0
