"""ODK Collect and KoboCollect against our server, by a client that was written from the published protocol."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from common.clock import now
from councils.surveys import actions
from councils.surveys.actions.devices import add_device, revoke_device
from councils.surveys.actions.invitations import make_personal_code
from councils.surveys.models import HelperDevice, Participation, QuestionnaireVersion, Tally, Wave
from councils.surveys.queries.invitations import invitation_by_code
from councils.surveys.rules.device_form import device_form_id
from councils.surveys.states import Audience, Channel, InvitationKind
from tests.surveys.conftest import MakePerson, small_form
from tests.surveys.odk_client import Device, filled, message_of
from tests.surveys.odk_world import by_name, by_token, codes_for, contents, new_device, running_wave
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

ANSWERS = {"garden": "yes", "flowers": "Tulips", "tools": "rake spade", "trees": "7", "wish": "Rain"}
KEPT = {"garden": "yes", "flowers": "Tulips", "tools": ["spade", "rake"], "trees": 7, "wish": "Rain"}


@pytest.fixture
def helper(person: MakePerson) -> User:
    return person(Role.HELPER)


@pytest.fixture
def invited(town: Town, small_version: QuestionnaireVersion) -> Wave:
    return running_wave(town, small_version)


@pytest.fixture
def device(helper: User, town: Town) -> Device:
    return by_token(new_device(helper, town), language="en")


def only_form(device: Device) -> tuple[dict[str, str], bytes]:
    [form] = device.forms().values()
    return form, device.download(form)


def test_a_helper_finds_the_open_survey_fills_it_and_sends_it(device: Device, invited: Wave, helper: User) -> None:
    form, xml = only_form(device)
    assert form["formID"] == device_form_id("gardens", invited.pk)
    assert (form["name"], form["version"]) == ("Gardens en", "1")
    assert form["downloadUrl"].startswith(f"{device.server}/forms/")
    assert "descriptionText" not in form
    [code] = codes_for(invited, 1)
    sent = device.send(filled(xml, {**ANSWERS, "typed": code.lower().replace("-", " ")}))
    assert (sent.status_code, message_of(sent)) == (HTTPStatus.CREATED, "Thank you. The answers have arrived.")
    assert sent["Location"] == f"{device.server}/submission"
    [content] = contents(invited)
    assert (content.answers, content.channel) == (KEPT, "device")
    assert Participation.objects.filter(wave=invited, invitation__isnull=False).count() == 1
    tally = Tally.objects.get()
    assert (tally.helper, tally.channel, tally.entered) == (helper, Channel.DEVICE, 1)


def test_the_list_can_be_asked_for_one_form_and_for_words(device: Device, invited: Wave) -> None:
    form_id = device_form_id("gardens", invited.pk)
    told = device.forms(f"?formID={form_id}&verbose=true")[form_id]["descriptionText"]
    assert told.startswith(f"Town: {invited.town.name_in('en')}. Last day for sending: ")
    assert device.forms("?formID=other") == {}
    device.language = "ru"
    assert device.forms()[form_id]["name"] == "Gardens ru"


def test_without_a_language_of_its_own_the_device_hears_its_helpers(
    device: Device, invited: Wave, helper: User
) -> None:
    User.objects.filter(pk=helper.pk).update(language="de")
    device.language = ""
    assert [form["name"] for form in device.forms().values()] == ["Gardens de"]


def test_a_scanned_code_counts_as_the_address_on_the_letter_holds_it(device: Device, invited: Wave) -> None:
    _form, xml = only_form(device)
    [code] = codes_for(invited, 1)
    scanned = f"https://asar.example/kk/surveys/wave/{invited.pk}/#{code}"
    assert device.send(filled(xml, {**ANSWERS, "scan": scanned})).status_code == HTTPStatus.CREATED
    assert [content.answers for content in contents(invited)] == [KEPT]


@pytest.mark.parametrize("code", ["", "222-222-222", "not a code"])
def test_without_a_code_of_this_survey_nothing_is_taken(device: Device, invited: Wave, code: str) -> None:
    _form, xml = only_form(device)
    sent = device.send(filled(xml, {**ANSWERS, "typed": code}))
    assert (sent.status_code, message_of(sent)) == (
        HTTPStatus.FORBIDDEN,
        "This code does not belong to this survey. Look at the letter or the sheet once more.",
    )
    assert sent["X-OpenRosa-Accept-Content-Length"] == "10485760"
    assert contents(invited) == []


def test_answers_with_faults_are_refused_and_the_question_is_named(device: Device, invited: Wave) -> None:
    _form, xml = only_form(device)
    [code] = codes_for(invited, 1)
    sent = device.send(filled(xml, {**ANSWERS, "trees": "51", "typed": code}))
    assert (sent.status_code, message_of(sent)) == (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Some answers are missing or need another look. How many trees? en",
    )
    assert contents(invited) == []
    assert device.send(filled(xml, {**ANSWERS, "typed": code})).status_code == HTTPStatus.CREATED


def test_a_second_answer_with_the_same_code_takes_the_place_of_the_first(device: Device, invited: Wave) -> None:
    _form, xml = only_form(device)
    [code] = codes_for(invited, 1)
    for trees in ("1", "2"):
        assert device.send(filled(xml, {**ANSWERS, "trees": trees, "typed": code})).status_code == HTTPStatus.CREATED
    assert [content.answers["trees"] for content in contents(invited)] == [2]


def test_an_open_survey_asks_for_no_code_and_counts_submissions(
    device: Device, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = running_wave(town, small_version, Audience.OPEN)
    _form, xml = only_form(device)
    assert b"asar_respondent" not in xml
    one = filled(xml, ANSWERS)
    for body in (one, one, filled(xml, ANSWERS)):
        assert device.send(body).status_code == HTTPStatus.CREATED
    assert [content.answers for content in contents(wave)] == [KEPT, KEPT]


def test_a_household_answers_with_its_code(device: Device, town: Town, small_version: QuestionnaireVersion) -> None:
    wave = running_wave(town, small_version, Audience.HOUSEHOLD)
    _form, xml = only_form(device)
    [code] = codes_for(wave, 1, InvitationKind.HOUSEHOLD)
    assert device.send(filled(xml, {**ANSWERS, "typed": code})).status_code == HTTPStatus.CREATED
    assert len(contents(wave)) == 1


def test_residents_who_were_checked_need_their_personal_code(
    device: Device, town: Town, small_version: QuestionnaireVersion, person: MakePerson, secretary: User
) -> None:
    wave = running_wave(town, small_version, Audience.VERIFIED)
    _form, xml = only_form(device)
    [sheet] = codes_for(wave, 1, InvitationKind.SHEET)
    assert invitation_by_code(wave, sheet) is None  # on no way in: a sheet alone is no resident who was checked
    assert device.send(filled(xml, {**ANSWERS, "typed": sheet})).status_code == HTTPStatus.FORBIDDEN
    resident = person(Role.RESIDENT, verified_by=secretary)
    own = make_personal_code(user=resident, wave=wave, now=now())
    assert device.send(filled(xml, {**ANSWERS, "typed": own})).status_code == HTTPStatus.CREATED
    assert Participation.objects.get(wave=wave).user == resident


def test_what_a_device_tells_about_itself_is_not_kept(device: Device, invited: Wave) -> None:
    _form, xml = only_form(device)
    [code] = codes_for(invited, 1)
    body = filled(xml, {**ANSWERS, "typed": code})
    marked = body.replace(b"</", b"<deviceid>imei:1</deviceid></", 1) if b"deviceid" in xml else body
    assert device.send(marked).status_code == HTTPStatus.CREATED
    [content] = contents(invited)
    assert set(content.answers) == set(KEPT)


def test_a_closed_survey_says_so(device: Device, invited: Wave) -> None:
    _form, xml = only_form(device)
    [code] = codes_for(invited, 1)
    actions.close_wave(actor=None, wave=invited, now=now())
    sent = device.send(filled(xml, {**ANSWERS, "typed": code}))
    assert (sent.status_code, message_of(sent)) == (
        HTTPStatus.FORBIDDEN,
        "This survey is closed. No more answers are taken.",
    )
    assert device.forms() == {}


def test_forms_of_two_waves_do_not_mix(
    device: Device, invited: Wave, town: Town, small_version: QuestionnaireVersion
) -> None:
    _form, old = only_form(device)
    actions.close_wave(actor=None, wave=invited, now=now())
    wave = running_wave(town, small_version)
    form, _new = only_form(device)
    assert form["formID"] == device_form_id("gardens", wave.pk)
    [code] = codes_for(wave, 1)
    sent = device.send(filled(old, {**ANSWERS, "typed": code}))
    assert message_of(sent) == "This survey is closed. No more answers are taken."
    assert contents(wave) == []


def test_a_form_of_another_town_or_of_none_is_not_there(
    device: Device, elsewhere: Town, small_version: QuestionnaireVersion
) -> None:
    wave = running_wave(elsewhere, small_version)
    assert device.forms() == {}
    for form_id in (device_form_id("gardens", wave.pk), "gardens"):
        sent = device.send(f"<data id='{form_id}' version='1'><meta><instanceID>a</instanceID></meta></data>".encode())
        assert (sent.status_code, message_of(sent)) == (
            HTTPStatus.NOT_FOUND,
            "This form belongs to no survey of your town. Download the list of forms anew.",
        )


def test_a_form_of_another_version_is_refused(device: Device, invited: Wave) -> None:
    _form, xml = only_form(device)
    [code] = codes_for(invited, 1)
    body = filled(xml, {**ANSWERS, "typed": code}).replace(b'version="1"', b'version="0"')
    sent = device.send(body)
    assert (sent.status_code, message_of(sent)) == (
        HTTPStatus.BAD_REQUEST,
        "This submission belongs to another version of the form: “0”. Fetch the form again.",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b'<!DOCTYPE data [<!ENTITY a "b">]><data id="gardens__0123456789ab">&a;</data>',
        b"<data id='gardens__0123456789ab' version='1'/>",
        b"<data id='g'><meta><instanceID>" + b"i" * 129 + b"</instanceID></meta></data>",
        b"<data id='g'><meta><instanceID>i</instanceID></meta>" + b"<a>b</a>" * 30_000 + b"</data>",
    ],
)
def test_what_is_no_submission_is_refused_calmly(device: Device, body: bytes) -> None:
    sent = device.send(body)
    assert (sent.status_code, message_of(sent)) == (
        HTTPStatus.BAD_REQUEST,
        "This is no filled form. Send it once more.",
    )


def test_a_body_that_is_too_large_or_no_form_is_refused(device: Device) -> None:
    sent = device.ask("POST", f"{device.server}/submission", data=b"x" * 11_100_000, content_type="multipart/form-data")
    assert sent.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert len(sent.wsgi_request.META["wsgi.input"]) == 0  # whoever is cut off while sending never reads why
    for kind in ("text/xml", "multipart/form-data"):
        sent = device.ask("POST", f"{device.server}/submission", data=b"<data/>", content_type=kind)
        assert (sent.status_code, message_of(sent)) == (
            HTTPStatus.BAD_REQUEST,
            "This is no filled form. Send it once more.",
        )


def test_a_helper_whose_term_is_over_and_a_device_that_was_switched_off_get_nothing(
    device: Device, helper: User, person: MakePerson, town: Town, invited: Wave
) -> None:
    revoke_device(actor=helper, device=HelperDevice.objects.get(), now=now())
    answer = device.ask("GET", f"{device.server}/formList")
    assert (answer.status_code, message_of(answer)) == (
        HTTPStatus.NOT_FOUND,
        "This device is not known here any more. Set it up anew on the page for helpers.",
    )
    other = by_token(new_device(helper, town), language="en")
    assert set(other.forms()) == {device_form_id("gardens", invited.pk)}
    helper.appointments.update(ends_date="2020-01-01", starts_date="2019-01-01")
    assert other.ask("GET", f"{other.server}/formList").status_code == HTTPStatus.FORBIDDEN


def test_secrets_are_shown_once_and_lie_nowhere_in_clear(helper: User, town: Town, settings: Settings) -> None:
    made = add_device(actor=helper, town=town, label="Phone", now=now())
    row = HelperDevice.objects.values().get()
    stored = repr(row)
    assert made.secret not in stored
    assert made.token not in stored
    settings.SECRET_KEY = "another secret of the site"
    assert by_name(made).ask("GET", "http://testserver/odk/formList").status_code == HTTPStatus.UNAUTHORIZED


def test_the_list_costs_the_same_for_one_survey_and_for_three(device: Device, invited: Wave, town: Town) -> None:
    counts = []
    for slug in ("gardens", "houses", "trees"):
        if slug != "gardens":
            content = small_form().replace(b"| gardens |", f"| {slug} |".encode())
            made = actions.import_questionnaire(actor=None, slug=slug, content=content, filename="f.md", now=now())
            running_wave(town, made)
        assert device.forms()  # the forms are in the process now
        with CaptureQueriesContext(connection) as asked:
            listed = device.forms()
        counts.append((len(listed), len(asked)))
    assert [number for number, _queries in counts] == [1, 2, 3]
    assert len({queries for _number, queries in counts}) == 1


def test_methods_that_the_protocol_does_not_know_are_refused(device: Device) -> None:
    answer = device.ask("POST", f"{device.server}/formList", data={})
    assert (answer.status_code, answer["Allow"]) == (HTTPStatus.METHOD_NOT_ALLOWED, "GET, HEAD")


def test_no_session_and_no_cookie(client: Client, device: Device, invited: Wave) -> None:
    answer = device.ask("GET", f"{device.server}/formList")
    assert "Cookie" not in answer.get("Vary", "")
    assert "no-store" in answer["Cache-Control"]
