"""Paper: sheets with codes, typing them in by numbers, and the second typing of a sample by another helper."""

import io
import re
from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.test import Client
from pypdf import PdfReader

from common.clock import now
from common.errors import DomainError, NotFound
from councils.surveys import actions, tasks
from councils.surveys.actions import printing
from councils.surveys.actions.invitations import make_personal_code
from councils.surveys.actions.paper import Codes, check_sheet, decide_sheet, enter_sheet, is_sampled
from councils.surveys.models import Invitation, PaperEntry, Participation, QuestionnaireVersion, Tally, Wave
from councils.surveys.queries.paper import Quality, quality, sheet_by_code
from councils.surveys.queries.printing import sheets_data
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, InvitationKind
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_world import codes_for, contents, running_wave
from tests.surveys.pages import address, html_of, text_of
from tests.surveys.test_invitations import CODE
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

ANSWERS = {"garden": "yes", "flowers": "Tulips", "tools": ["spade"], "trees": "7", "wish": "Rain"}
TYPED = {"q-garden": "1", "q-flowers": "Tulips", "q-tools": "1", "q-trees": "7", "q-wish": "Rain"}


@pytest.fixture
def wave(town: Town, small_version: QuestionnaireVersion) -> Wave:
    return running_wave(town, small_version)


@pytest.fixture
def helper(person: MakePerson) -> User:
    return person(Role.HELPER)


@pytest.fixture
def other(person: MakePerson) -> User:
    return person(Role.HELPER)


def sheets_of(wave: Wave, *, sampled: bool, number: int = 1) -> list[str]:
    """Codes of sheets that are of the sample, or are not."""
    found: list[str] = []
    while len(found) < number:
        codes = codes_for(wave, 20, InvitationKind.SHEET)
        found += [code for code in codes if is_sampled(wave=wave, sheet=_sheet(wave, code)) == sampled]
    return found[:number]


def _sheet(wave: Wave, code: str) -> Invitation:
    found = sheet_by_code(wave, code)
    assert found is not None
    return found


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_one_sheet_in_ten_is_of_the_sample(wave: Wave) -> None:
    codes_for(wave, 1_000, InvitationKind.SHEET)
    sampled = sum(is_sampled(wave=wave, sheet=sheet) for sheet in Invitation.objects.filter(wave=wave))
    assert 60 <= sampled <= 145  # 100 +- 5 sigma


def test_a_sheet_is_typed_in_by_numbers(wave: Wave, helper: User) -> None:
    [code] = sheets_of(wave, sampled=False)
    client, page = browser(helper), address("paper", wave.pk)
    empty = client.post(page, {"sheet": code.lower(), "step": "open"})
    assert empty.status_code == HTTPStatus.OK
    assert "no-store" in empty["Cache-Control"]
    words = text_of(empty)
    assert "1. Have you a garden? en" in words
    assert "Only if you ticked “Yes en” in question 1." in words
    assert "<strong>1</strong> Yes en · <strong>2</strong> No en" in html_of(empty)
    stored = client.post(page, {"sheet": code, "step": "send", **TYPED})
    assert (stored.status_code, stored["Location"]) == (HTTPStatus.FOUND, f"{page}?done=stored")
    assert [(one.channel, one.answers) for one in contents(wave)] == [("paper", {**ANSWERS, "trees": 7})]
    entry = PaperEntry.objects.get()
    assert (entry.entered_by, entry.is_sample, entry.fields) == (helper, False, None)
    assert Tally.objects.get(helper=helper).entered == 1
    assert Participation.objects.filter(wave=wave, invitation=entry.sheet).count() == 1
    assert "The sheet is stored. Put it to the sheets that are done." in text_of(client.get(stored["Location"]))
    mended = client.post(page, {"sheet": code, "step": "send", **TYPED, "q-trees": "8"})
    assert mended.status_code == HTTPStatus.FOUND
    assert [one.answers["trees"] for one in contents(wave)] == [8]
    assert (Tally.objects.get(helper=helper).entered, PaperEntry.objects.count()) == (1, 1)


def test_what_is_wrong_is_named_and_what_was_typed_stays(wave: Wave, helper: User) -> None:
    [code] = sheets_of(wave, sampled=False)
    client, page = browser(helper), address("paper", wave.pk)
    wrong = {**TYPED, "q-garden": "3", "q-trees": "51"}
    answer = client.post(page, {"sheet": code, "step": "send", **wrong})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    words = text_of(answer)
    assert "1. Have you a garden? en There is no box with this number." in words
    assert "4. How many trees? en Between 0 and 50, please en" in words
    assert 'value="Tulips"' in html_of(answer)
    assert contents(wave) == []


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({"sheet": "222-222-222"}, "This is no sheet of this survey. Look at the code on it once more."),
        ({"sheet": "", "person": "x"}, "Type the code that is printed on the sheet."),
        ({"sheet": "SHEET", "person": "222-222-222"}, "This code does not belong to this survey."),
        ({"sheet": "LETTER"}, "This is no sheet of this survey. Look at the code on it once more."),
    ],
)
def test_codes_that_are_none_are_refused(wave: Wave, helper: User, codes: dict[str, str], words: str) -> None:
    real = {"SHEET": sheets_of(wave, sampled=False)[0], "LETTER": codes_for(wave, 1)[0]}
    sent = {name: real.get(code, code) for name, code in codes.items()}
    answer = browser(helper).post(address("paper", wave.pk), {**sent, "step": "send", **TYPED})
    assert answer.status_code in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    assert words in text_of(answer)
    assert contents(wave) == []


def test_a_second_helper_types_the_sample_without_seeing_the_first(wave: Wave, helper: User, other: User) -> None:
    [code] = sheets_of(wave, sampled=True)
    page = address("paper", wave.pk)
    stored = browser(helper).post(page, {"sheet": code, "step": "send", **TYPED})
    assert stored["Location"].endswith("?done=sample")
    assert quality(wave) == Quality(checked=0, fields=0, differing=0, waiting=1)
    second = browser(other)
    empty = second.post(page, {"sheet": code, "step": "open"})
    assert "Type this sheet a second time" in text_of(empty)
    assert "Tulips" not in html_of(empty)
    unfinished = second.post(page, {"sheet": code, "step": "send", **TYPED, "q-garden": ""})
    assert unfinished.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "First typing" not in text_of(unfinished)
    compared = second.post(page, {"sheet": code, "step": "send", **TYPED, "q-trees": "17", "q-tools": "1 2"})
    assert compared.status_code == HTTPStatus.CONFLICT
    words = text_of(compared)
    assert words.count("The two typings differ here. Look at the sheet and decide.") == 4  # in the list and at each
    assert "First typing: 7" in words
    assert "First typing: Tulips" not in words
    assert [one.answers["trees"] for one in contents(wave)] == [7]
    assert quality(wave) == Quality(checked=1, fields=5, differing=2, waiting=0)
    decided = second.post(
        page, {"sheet": code, "step": "send", "decide": "yes", **TYPED, "q-trees": "17", "q-tools": "1"}
    )
    assert decided["Location"].endswith("?done=decided")
    assert [(one.answers["trees"], one.answers["tools"]) for one in contents(wave)] == [(17, ["spade"])]
    assert "40.0%" in text_of(second.get(page))
    assert {tally.helper: tally.entered for tally in Tally.objects.all()} == {helper: 1}
    for client in (browser(helper), second):
        again = client.post(page, {"sheet": code, "step": "send", **TYPED})
        assert "This sheet was typed in already." in text_of(again)


def test_wrong_codes_are_told_before_a_whole_sheet_is_typed_again(wave: Wave, helper: User, other: User) -> None:
    [code], [letter] = sheets_of(wave, sampled=True), codes_for(wave, 1)
    enter_sheet(actor=helper, wave=wave, codes=Codes(sheet=code, person=letter), answers=ANSWERS, now=now())
    page = address("paper", wave.pk)
    for client in (browser(helper), browser(other)):
        refused = client.post(page, {"sheet": code, "step": "open"})
        assert refused.status_code == HTTPStatus.CONFLICT
        assert "Type the same codes as when this sheet was typed in first." in text_of(refused)
        assert client.post(page, {"sheet": code, "person": letter, "step": "open"}).status_code == HTTPStatus.OK
    compared = check_sheet(
        actor=other, wave=wave, codes=Codes(code, letter), answers={**ANSWERS, "trees": "8"}, now=now()
    )
    assert compared.differing == ("trees",)
    who = Respondent(invitation_id=Participation.objects.get(wave=wave).invitation_id)
    actions.submit_answers(wave=wave, who=who, answers={"garden": "no"}, now=now())
    with pytest.raises(DomainError, match="typed_already"):  # what the person said later by web is not typed over
        decide_sheet(actor=other, wave=wave, codes=Codes(code, letter), answers=ANSWERS, now=now())
    assert actions.withdraw_answers(wave=wave, who=who, now=now())
    with pytest.raises(DomainError, match="other_codes"):  # what was taken back stays taken back
        decide_sheet(actor=other, wave=wave, codes=Codes(code, letter), answers=ANSWERS, now=now())
    assert contents(wave) == []


def test_two_typings_that_agree_are_done(wave: Wave, helper: User, other: User) -> None:
    [code] = sheets_of(wave, sampled=True)
    codes = Codes(sheet=code)
    enter_sheet(actor=helper, wave=wave, codes=codes, answers=ANSWERS, now=now())
    with pytest.raises(DomainError, match="typed_already"):
        check_sheet(actor=helper, wave=wave, codes=codes, answers=ANSWERS, now=now())
    compared = check_sheet(actor=other, wave=wave, codes=codes, answers=ANSWERS, now=now())
    assert (compared.fields, compared.differing) == (5, ())
    with pytest.raises(DomainError, match="typed_already"):
        decide_sheet(actor=other, wave=wave, codes=codes, answers=ANSWERS, now=now())
    assert quality(wave).rate == 0.0


def test_another_helper_cannot_type_over_a_sheet(wave: Wave, helper: User, other: User) -> None:
    [code] = sheets_of(wave, sampled=False)
    enter_sheet(actor=helper, wave=wave, codes=Codes(sheet=code), answers=ANSWERS, now=now())
    with pytest.raises(DomainError, match="typed_already"):
        enter_sheet(actor=other, wave=wave, codes=Codes(sheet=code), answers=ANSWERS, now=now())
    [letter] = codes_for(wave, 1)
    with pytest.raises(DomainError, match="other_codes"):
        enter_sheet(actor=helper, wave=wave, codes=Codes(sheet=code, person=letter), answers=ANSWERS, now=now())
    assert len(contents(wave)) == 1


def test_residents_who_were_checked_write_their_own_code_on_the_sheet(
    town: Town, small_version: QuestionnaireVersion, helper: User, person: MakePerson, secretary: User
) -> None:
    wave = running_wave(town, small_version, Audience.VERIFIED)
    resident = person(Role.RESIDENT, verified_by=secretary)
    [code] = sheets_of(wave, sampled=True)
    with pytest.raises(DomainError, match="personal_code"):
        enter_sheet(actor=helper, wave=wave, codes=Codes(sheet=code), answers=ANSWERS, now=now())
    own = make_personal_code(user=resident, wave=wave, now=now())
    codes = Codes(sheet=code, person=own)
    enter_sheet(actor=helper, wave=wave, codes=codes, answers=ANSWERS, now=now())
    assert Participation.objects.get(wave=wave).user == resident
    # The person answers anew by web: the sheet is nobody's any more, and there is nothing to compare.
    actions.submit_answers(wave=wave, who=Respondent(user_id=resident.pk), answers={"garden": "no"}, now=now())
    compared = check_sheet(actor=secretary, wave=wave, codes=codes, answers=ANSWERS, now=now())
    assert (compared.fields, compared.differing) == (0, ())


def test_a_few_sheets_come_at_once(client: Client, wave: Wave, secretary: User) -> None:
    client.force_login(secretary)
    answer = client.post(address("sheets", wave.pk), {"language": "ru", "number": 2})
    assert (answer.status_code, answer["Content-Type"]) == (HTTPStatus.OK, "application/pdf")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    found = {code for page in pages for code in CODE.findall(page)}
    assert (len(found), Invitation.objects.filter(wave=wave, kind="sheet").count()) == (2, 2)
    assert all(_sheet(wave, code).kind == InvitationKind.SHEET for code in found)
    assert "1. Have you a garden? ru" in " ".join(pages).replace("\n", " ")
    for number in ("0", "201"):
        refused = client.post(address("sheets", wave.pk), {"language": "kk", "number": number})
        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    ("audience", "whose", "code", "label"),
    [
        (Audience.DECLARED, "person", "Your own code from the site, if you have one:", ["person"]),
        (Audience.VERIFIED, "person", "Your own code from the site (needed):", ["person"]),
        (Audience.INVITED, "person", "The code of your letter, if you got one:", ["person"]),
        (Audience.HOUSEHOLD, "household", "The code of your household's letter, if it got one:", ["household"]),
        (Audience.OPEN, "person", "", []),
    ],
)
def test_a_sheet_says_for_whom_it_is_and_which_code_counts_it_once(
    town: Town,
    small_version: QuestionnaireVersion,
    helper: User,
    audience: Audience,
    whose: str,
    code: str,
    label: list[str],
) -> None:
    wave = running_wave(town, small_version, audience)
    told = sheets_data(wave, ["7KD-4XM-2TF"], language="en")
    assert (told["intro"][0].partition(".")[0], told["person"]) == (f"This sheet is for one {whose}", code)
    start = browser(helper).get(address("paper", wave.pk)).content.decode()
    assert re.findall(r'<label for="id_person">\s*Code of the (\w+)', start) == label


def test_many_sheets_are_made_by_the_worker_and_fetched_once(wave: Wave, secretary: User) -> None:
    cache.clear()
    token = printing.order_sheets(actor=secretary, wave=wave, number=3, now=now())
    client, page = browser(secretary), address("sheets_ready", wave.pk, token)
    assert client.get(page)["Refresh"] == "3"
    assert client.post(page).status_code == HTTPStatus.NOT_FOUND
    tasks.print_sheets(str(wave.pk), str(secretary.pk), 3, "kk", token)
    state, sealed = cache.get(f"surveys:sheets:{wave.pk}:{token}")
    assert (state, b"%PDF" in sealed) == ("ready", False)
    assert "Refresh" not in client.get(page)
    made = client.post(page)
    assert made.content.startswith(b"%PDF")
    assert client.get(page).status_code == HTTPStatus.NOT_FOUND
    with pytest.raises(NotFound):
        printing.fetch_sheets(wave=wave, token=token)
    failing = printing.order_sheets(actor=secretary, wave=wave, number=3, now=now())
    actions.close_wave(actor=None, wave=wave, now=now())
    tasks.print_sheets(str(wave.pk), str(secretary.pk), 3, "kk", failing)
    assert "The sheets could not be made." in text_of(client.get(address("sheets_ready", wave.pk, failing)))


def test_a_closed_survey_takes_no_sheet(wave: Wave, helper: User) -> None:
    [code] = sheets_of(wave, sampled=False)
    actions.close_wave(actor=None, wave=wave, now=now())
    client, page = browser(helper), address("paper", wave.pk)
    assert client.get(page).status_code == HTTPStatus.OK
    answer = client.post(page, {"sheet": code, "step": "send", **TYPED})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "This survey is closed. No more answers are taken." in text_of(answer)
