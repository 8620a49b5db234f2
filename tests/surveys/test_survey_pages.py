"""The pages: the way from the first section to the thanks, what is kept on it, what is refused, what is never shown."""

import gzip
import re
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from common.clock import now
from councils.surveys import actions, queries
from councils.surveys.models import Draft, Participation, QuestionnaireVersion, Response, Wave
from tests.surveys.conftest import LANGUAGES, MakePerson
from tests.surveys.pages import address, html_of, sealed_answers, text_of, wave_from_today
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

FIRST = {"shown": "garden", "a-garden": "yes"}
FLOWERS = {"shown": "garden flowers", "a-garden": "yes", "a-flowers": "Tulips & roses"}
SECOND = {"shown": "tools trees", "a-tools": ["rake"], "a-trees": "3"}
THIRD = {"shown": "wish", "a-wish": "Rain"}


def test_from_the_first_section_to_the_thanks(signed_in: Client, today_wave: Wave) -> None:
    intro = signed_in.get(address("wave", today_wave.pk))
    assert address("section", today_wave.pk, 1) in html_of(intro)
    first = signed_in.get(address("section", today_wave.pk, 1))
    assert "Section 1 of 3" in text_of(first)
    assert not Draft.objects.exists()

    # An answer on the page brings up a question of the same page: it is asked before going on.
    again = signed_in.post(address("section", today_wave.pk, 1), FIRST)
    assert again.status_code == HTTPStatus.OK
    assert '<a href="#id_a-flowers">Which flowers? en</a>' in html_of(again)
    assert 'value="garden flowers"' in html_of(again)

    onward = signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    assert onward["Location"] == address("section", today_wave.pk, 2)
    assert signed_in.post(address("section", today_wave.pk, 2), SECOND)["Location"] == address(
        "section", today_wave.pk, 3
    )
    assert signed_in.post(address("section", today_wave.pk, 3), THIRD)["Location"] == address("review", today_wave.pk)
    review = text_of(signed_in.get(address("review", today_wave.pk)))
    for words in ("Have you a garden? en Yes en", "Tulips &amp; roses", "Which tools? en Rake en", "trees? en 3"):
        assert words in review
    assert not Participation.objects.exists()

    sent = signed_in.post(address("review", today_wave.pk))
    assert sent["Location"] == address("done", today_wave.pk)
    assert sealed_answers(today_wave) == [
        {"garden": "yes", "flowers": "Tulips & roses", "tools": ["rake"], "trees": 3, "wish": "Rain"}
    ]
    assert Participation.objects.count() == 1
    thanks = signed_in.get(sent["Location"])
    assert "Thank you" in text_of(thanks)
    assert f'<p class="ticket">{signed_in.cookies["answers-en"].value}</p>' in html_of(thanks)
    assert "Nobody can see them" in text_of(thanks)


def test_sections_without_a_question_are_passed_over(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), {"shown": "garden", "a-garden": "no"})
    onward = signed_in.post(address("section", today_wave.pk, 2), SECOND)
    assert onward["Location"] == address("review", today_wave.pk)


def test_a_fault_is_said_beside_its_field_in_the_language_of_the_page_and_nothing_typed_is_lost(
    signed_in: Client, today_wave: Wave
) -> None:
    for language in LANGUAGES:
        wrong = signed_in.post(
            address("section", today_wave.pk, 2, language=language),
            {"shown": "tools trees", "a-tools": ["rake"], "a-trees": "five<hundred>"},
        )
        html = html_of(wrong)
        assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert 'value="five&lt;hundred&gt;"' in html
        assert '<a href="#id_a-trees">How many trees? ' + language in html
        assert 'id="id_a-trees_error"' in html
        assert re.search(r'value="rake" id="id_a-tools_1" checked', html)
        outside = signed_in.post(
            address("section", today_wave.pk, 2, language=language), {"shown": "trees", "a-trees": "51"}
        )
        assert f"Between 0 and 50, please {language}" in html_of(outside)
        kept = html_of(signed_in.get(address("section", today_wave.pk, 2, language=language)))
        assert 'value="51"' in kept


def test_a_question_that_the_page_did_not_show_is_not_called_missing(signed_in: Client, today_wave: Wave) -> None:
    page = signed_in.post(address("section", today_wave.pk, 1), FIRST)
    assert "error-summary" not in html_of(page)
    page = signed_in.post(address("section", today_wave.pk, 1), {**FLOWERS, "a-flowers": " "})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert '<a href="#id_a-flowers">' in html_of(page)


def test_back_keeps_what_was_typed_without_judging_it(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    back = signed_in.post(address("section", today_wave.pk, 2), {**SECOND, "a-trees": "lots", "go": "back"})
    assert back["Location"] == address("section", today_wave.pk, 1)
    assert 'value="lots"' in html_of(signed_in.get(address("section", today_wave.pk, 2)))
    out = signed_in.post(address("section", today_wave.pk, 1), {**FLOWERS, "go": "back"})
    assert out["Location"] == address("wave", today_wave.pk)


def test_the_review_leads_to_what_is_missing_and_does_not_send(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 2), SECOND)
    for page in (signed_in.get(address("review", today_wave.pk)), signed_in.post(address("review", today_wave.pk))):
        html = html_of(page)
        assert f'<a href="{address("section", today_wave.pk, 1)}#id_a-garden_0">' in html
        assert "First part en: one answer</a>" in html
        assert "Send my answers" not in html
    assert not Participation.objects.exists()


def test_a_change_of_language_keeps_the_answers(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    page = html_of(signed_in.get(address("section", today_wave.pk, 1, language="kk")))
    assert "Which flowers? kk" in page
    assert "Tulips &amp; roses" in page


def test_the_code_leads_back_on_another_phone(signed_in: Client, resident: User, today_wave: Wave) -> None:
    sent = signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    cookie = sent.cookies["answers-en"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True,
        "Lax",
        address("wave", today_wave.pk),
        "",
    )
    shown = html_of(signed_in.get(address("section", today_wave.pk, 2)))
    assert f'<p class="ticket">{cookie.value}</p>' in shown
    draft = Draft.objects.get()
    assert cookie.value not in draft.code_mark
    assert b"Tulips" not in bytes(draft.sealed)

    other = Client()
    other.force_login(resident)
    assert other.get(address("section", today_wave.pk, 2))["Location"] == address("section", today_wave.pk, 1)
    wrong = other.post(address("resume"), {"code": "7KD-4XM-2TF-9PQ"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    found = other.post(address("resume"), {"code": cookie.value.lower().replace("-", " ")})
    assert found["Location"] == address("review", today_wave.pk)
    assert "Tulips" in text_of(other.get(address("review", today_wave.pk)))


def test_answers_so_far_can_be_deleted(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    link = f'href="{address("forget", today_wave.pk)}">Delete my answers so far</a>'
    assert link in html_of(signed_in.get(address("section", today_wave.pk, 2)))
    asked = html_of(signed_in.get(address("forget", today_wave.pk)))
    assert "Delete your answers so far?" in asked
    assert f'href="{address("review", today_wave.pk)}">No, go on answering</a>' in asked
    assert '<button type="submit" class="btn danger">Yes, delete them</button>' in asked
    assert Draft.objects.count() == 1  # asking deletes nothing
    assert signed_in.post(address("forget", today_wave.pk))["Location"] == address("wave", today_wave.pk)
    assert not Draft.objects.exists()
    assert "Tulips" not in html_of(signed_in.get(address("section", today_wave.pk, 1)))


def test_whoever_has_no_answers_so_far_is_not_asked(signed_in: Client, today_wave: Wave) -> None:
    assert signed_in.get(address("forget", today_wave.pk))["Location"] == address("wave", today_wave.pk)


def test_a_survey_closed_in_the_middle_says_so(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    actions.close_wave(actor=None, wave=today_wave, now=now())
    for page in (
        signed_in.get(address("section", today_wave.pk, 2)),
        signed_in.post(address("section", today_wave.pk, 2), SECOND),
        signed_in.post(address("review", today_wave.pk)),
    ):
        assert page.status_code == HTTPStatus.CONFLICT
        assert "This survey is closed" in text_of(page)
    assert [model.objects.count() for model in (Draft, Participation, Response)] == [0, 0, 0]


def test_before_its_first_day_a_survey_waits(
    signed_in: Client, town: Town, small_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, small_version, begins=2)
    page = signed_in.get(address("section", wave.pk, 1))
    assert page.status_code == HTTPStatus.CONFLICT
    assert "This survey has not begun yet" in text_of(page)
    assert "This survey has not begun yet" in text_of(signed_in.get(address("wave", wave.pk)))


def test_strangers_are_told_what_to_do(client: Client, person: MakePerson, today_wave: Wave) -> None:
    page = client.get(address("section", today_wave.pk, 1))
    assert page[
        "Location"
    ] == f"{reverse('account_request_login_code')}?next={address('section', today_wave.pk, 1)}" or (
        page["Location"].endswith(f"?next={address('section', today_wave.pk, 1)}")
    )
    client.force_login(person())
    page = client.get(address("section", today_wave.pk, 1))
    assert page.status_code == HTTPStatus.FORBIDDEN
    with override("en"):
        assert f'href="{reverse("users:residence")}"' in html_of(page)


def test_unknown_addresses_are_not_found(signed_in: Client, today_wave: Wave) -> None:
    for number in (0, 4):
        assert signed_in.get(address("section", today_wave.pk, number)).status_code == HTTPStatus.NOT_FOUND
    for name, args in (("wave", [uuid4()]), ("section", [uuid4(), 1]), ("done", [uuid4()]), ("list", ["nowhere"])):
        assert signed_in.get(address(name, *args)).status_code == HTTPStatus.NOT_FOUND


def test_a_forged_page_cannot_answer_for_other_sections(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(
        address("section", today_wave.pk, 1),
        {"shown": "garden trees wish tools", "a-garden": "no", "a-trees": "3", "a-wish": "x", "a-tools": "rake"},
    )
    kept = queries.draft_of(code=signed_in.cookies["answers-en"].value, wave=today_wave)
    assert kept is not None
    assert kept.answers == {"garden": "no"}


def test_a_section_asks_little_and_weighs_little(
    client: Client, resident: User, town: Town, real_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, real_version)
    client.force_login(resident)
    client.get(address("section", wave.pk, 1))
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address("section", wave.pk, 1, language="kk"))
    assert len(asked) <= 8
    assert len(gzip.compress(page.content)) < 40_000


def test_the_whole_real_questionnaire_in_every_language(
    client: Client, person: MakePerson, town: Town, real_version: QuestionnaireVersion
) -> None:
    wave = wave_from_today(town, real_version)
    for language in LANGUAGES:
        client.force_login(person(Role.RESIDENT))
        at, asked = address("section", wave.pk, 1, language=language), 0
        while "/answer/" in at:
            html = html_of(client.get(at))
            asked += 1
            sent = client.post(at, _first_choices(html))
            while sent.status_code == HTTPStatus.OK:
                sent = client.post(at, _first_choices(html_of(sent)))
            assert sent.status_code == HTTPStatus.FOUND, text_of(sent)
            at = sent["Location"]
        assert asked == 7
        assert client.post(at)["Location"] == address("done", wave.pk, language=language)
    assert len(sealed_answers(wave)) == len(LANGUAGES)


def _first_choices(html: str) -> dict[str, str]:
    """The page filled in: the first option of everything, 3 in every text field."""
    data = {"shown": re.findall(r'name="shown" value="([^"]*)"', html)[0]}
    for name, value in re.findall(r'<input type="(?:radio|checkbox)" name="(a-[^"]+)" value="([^"]*)"', html):
        data.setdefault(name, value)
    for name in re.findall(r'<(?:input type="text"|textarea)[^>]* name="(a-[^"]+)"', html):
        data.setdefault(name, "3")
    return data
