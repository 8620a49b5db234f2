"""After the first sending and around it: changing, taking back, several tabs and phones, a sign-in that ended."""

import re

import pytest
from django.test import Client

from common.clock import now
from councils.surveys import queries
from councils.surveys.models import Draft, Envelope, Participation, Wave
from councils.surveys.views.keeping import keep
from tests.surveys.pages import address, html_of, sealed_answers, text_of
from users.models import User

pytestmark = pytest.mark.django_db

FLOWERS = {"shown": "garden flowers", "a-garden": "yes", "a-flowers": "Tulips & roses"}
SECOND = {"shown": "tools trees", "a-tools": ["rake"], "a-trees": "3"}


def test_a_double_click_and_a_second_phone_count_once(signed_in: Client, resident: User, today_wave: Wave) -> None:
    other = Client()
    other.force_login(resident)
    for phone, trees in ((signed_in, "3"), (other, "4")):
        phone.post(address("section", today_wave.pk, 1), {"shown": "garden", "a-garden": "no"})
        phone.post(address("section", today_wave.pk, 2), {"shown": "trees", "a-trees": trees})
    for phone in (signed_in, signed_in, other):
        assert phone.post(address("review", today_wave.pk))["Location"] == address("done", today_wave.pk)
    assert sealed_answers(today_wave) == [{"garden": "no", "trees": 4}]
    assert Participation.objects.count() == 1


def test_two_tabs_do_not_undo_each_other(signed_in: Client, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    code = signed_in.cookies["answers-en"].value
    seen = queries.draft_of(code=code, wave=today_wave)
    signed_in.post(address("section", today_wave.pk, 2), SECOND)
    # A tab that had read the answers before the other one wrote its own.
    keep(wave=today_wave, code=code, before=seen, change=lambda answers: {**answers, "wish": "Rain"}, now=now())
    kept = queries.draft_of(code=code, wave=today_wave)
    assert kept is not None
    assert kept.answers == {
        "garden": "yes", "flowers": "Tulips & roses", "tools": ["rake"], "trees": "3", "wish": "Rain"
    }  # fmt: skip
    assert kept.revision == 3


def _send(client: Client, wave: Wave) -> None:
    client.post(address("section", wave.pk, 1), {"shown": "garden", "a-garden": "no"})
    client.post(address("section", wave.pk, 2), {"shown": "trees", "a-trees": "3"})
    assert client.post(address("review", wave.pk))["Location"] == address("done", wave.pk)


def test_what_was_sent_can_be_changed_until_the_survey_closes(
    signed_in: Client, resident: User, today_wave: Wave
) -> None:
    _send(signed_in, today_wave)
    code = signed_in.cookies["answers-en"].value
    other = Client()
    other.force_login(resident)
    again = other.get(address("section", today_wave.pk, 1))
    assert "You have answered. You may answer again" in text_of(again)
    assert other.post(address("resume"), {"code": code})["Location"] == address("review", today_wave.pk)
    page = other.get(address("section", today_wave.pk, 2))
    assert 'value="3"' in html_of(page)
    assert "What you change here counts when you send them again." in text_of(page)
    other.post(address("section", today_wave.pk, 2), {"shown": "trees", "a-trees": "7"})
    assert sealed_answers(today_wave) == [{"garden": "no", "trees": 3}]
    assert "Send my answers again" in html_of(other.get(address("review", today_wave.pk)))
    other.post(address("review", today_wave.pk))
    assert sealed_answers(today_wave) == [{"garden": "no", "trees": 7}]
    assert Participation.objects.count() == 1


def test_answers_are_taken_back_after_asking(signed_in: Client, today_wave: Wave) -> None:
    _send(signed_in, today_wave)
    link = f'href="{address("withdraw", today_wave.pk)}">Take my answers back</a>'
    assert link in html_of(signed_in.get(address("done", today_wave.pk)))
    assert "Yes, take them back" in text_of(signed_in.get(address("withdraw", today_wave.pk)))
    assert len(sealed_answers(today_wave)) == 1  # asking takes nothing
    gone = signed_in.post(address("withdraw", today_wave.pk))
    assert "Your answers were taken back" in text_of(gone)
    assert [model.objects.count() for model in (Draft, Envelope, Participation)] == [0, 0, 0]
    assert "There are no answers of yours here" in text_of(signed_in.post(address("withdraw", today_wave.pk)))
    _send(signed_in, today_wave)
    assert len(sealed_answers(today_wave)) == 1


def test_a_shared_phone_forgets_the_code_and_the_answers_stay_sent(signed_in: Client, today_wave: Wave) -> None:
    _send(signed_in, today_wave)
    button = '<input type="hidden" name="only" value="phone">'
    assert button in html_of(signed_in.get(address("done", today_wave.pk)))
    signed_in.post(address("forget", today_wave.pk), {"only": "phone"})
    assert signed_in.cookies["answers-en"].value == ""
    assert [model.objects.count() for model in (Draft, Envelope)] == [1, 1]


def test_a_sign_in_that_ended_in_the_middle_loses_nothing(signed_in: Client, resident: User, today_wave: Wave) -> None:
    signed_in.post(address("section", today_wave.pk, 1), FLOWERS)
    signed_in.cookies.pop("sessionid")
    sent_away = signed_in.post(address("section", today_wave.pk, 2), SECOND)
    assert sent_away["Location"].endswith(f"?next={address('section', today_wave.pk, 2)}")
    signed_in.force_login(resident)
    assert re.search(r'name="a-trees" value="3"', html_of(signed_in.get(address("section", today_wave.pk, 2))))
    # And on the very first page, when nothing was kept yet.
    fresh = Client()
    fresh.post(address("section", today_wave.pk, 1), FLOWERS)
    fresh.force_login(resident)
    assert "Tulips &amp; roses" in html_of(fresh.get(address("section", today_wave.pk, 1)))
