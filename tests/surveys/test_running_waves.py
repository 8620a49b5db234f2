"""Running a wave: who has been heard, reminders to those who have not, several towns at once, invitations."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from common.clock import day_of
from common.errors import DomainError, Forbidden
from councils.surveys import actions
from councils.surveys.models import Campaign, Coverage, QuestionnaireVersion, Wave
from councils.surveys.rules.hearing import by_quarter, groups, unheard
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience
from tests.surveys.conftest import MakePerson, MakeWave
from tests.surveys.pages import address, text_of, wave_from_today
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

PEOPLE = {"female_young": 400, "female_old": 200, "male_young": 300, "male_old": 100}


def test_a_group_is_hoped_to_have_its_share() -> None:
    cells = {"female|young|north": 50, "female|old|": 15, "male|young|south": 5, "||": 5}
    found = groups(cells=cells, people=PEOPLE, target=100)
    assert [(one.sex, one.age, one.heard, one.hoped, one.missing) for one in found] == [
        ("female", "young", 50, 40, 0),
        ("female", "old", 15, 20, 5),
        ("male", "young", 5, 30, 25),
        ("male", "old", 0, 20, 20),
    ]
    assert [(one.sex, one.age) for one in unheard(found, most=2)] == [("male", "young"), ("male", "old")]
    assert by_quarter(cells) == {"north": 50, "south": 5}


def test_without_a_target_those_who_came_are_the_measure() -> None:
    found = groups(cells={"female|young|": 40}, people=PEOPLE, target=None)
    assert [one.hoped for one in found] == [16, 8, 12, 4]
    assert groups(cells={"female|young|": 40}, people={}, target=None) == ()


def test_reminders_go_to_those_who_have_not_answered(
    wave: Wave, person: MakePerson, secretary: User, now: datetime, elsewhere: Town
) -> None:
    heard, silent, far = person(Role.RESIDENT), person(Role.RESIDENT), person(Role.RESIDENT, where=elsewhere)
    actions.submit_answers(wave=wave, who=Respondent(user_id=heard.pk), answers={"garden": "no"}, now=now)
    reminder = actions.begin_reminder(actor=secretary, wave=wave, now=now)
    assert actions.send_some_reminders(reminder_id=reminder.pk, now=now) is False
    assert [letter.to for letter in mail.outbox] == [[silent.email]]
    assert far.email not in str([letter.to for letter in mail.outbox])
    assert f"/kk/surveys/wave/{wave.pk}/" in mail.outbox[0].body
    assert actions.send_some_reminders(reminder_id=reminder.pk, now=now) is False
    assert len(mail.outbox) == 1
    reminder.refresh_from_db()
    assert (reminder.letters, reminder.finished, reminder.reached) == (1, True, None)
    with pytest.raises(DomainError) as refusal:
        actions.begin_reminder(actor=secretary, wave=wave, now=now + timedelta(days=2))
    assert refusal.value.code == "too_soon"
    with pytest.raises(Forbidden):
        actions.begin_reminder(actor=silent, wave=wave, now=now)


def test_nobody_is_reminded_where_codes_answer(
    open_a_wave: MakeWave, small_version: QuestionnaireVersion, secretary: User, now: datetime
) -> None:
    wave = open_a_wave(small_version, audience=Audience.INVITED)
    with pytest.raises(DomainError) as refusal:
        actions.begin_reminder(actor=secretary, wave=wave, now=now)
    assert refusal.value.code == "by_code"


def test_a_campaign_opens_in_all_towns_or_in_none(
    town: Town, elsewhere: Town, small_version: QuestionnaireVersion, person: MakePerson, now: datetime
) -> None:
    administrator = person(Role.ADMINISTRATOR, everywhere=True)

    def open_all() -> list[Wave]:
        return actions.open_campaign(
            actor=administrator,
            towns=[town, elsewhere],
            version=small_version,
            opens_date=day_of(now),
            closes_date=day_of(now) + timedelta(days=9),
            audience=Audience.OPEN,
            now=now,
        )

    assert [wave.town for wave in open_all()] == [town, elsewhere]
    assert Campaign.objects.get().waves.count() == 2
    actions.close_wave(actor=None, wave=Wave.objects.get(town=town), now=now)
    with pytest.raises(DomainError) as refusal:
        open_all()
    assert refusal.value.code == "one_open_wave"
    assert Campaign.objects.count() == 1
    assert Wave.objects.count() == 2


def test_the_page_says_who_lacks_and_never_who_answered(
    client: Client, town: Town, real_version: QuestionnaireVersion, secretary: User, english: None
) -> None:
    wave = wave_from_today(town, real_version)
    client.force_login(secretary)
    page = client.get(address("run", wave.pk))
    assert "Fewer than five answers so far" in text_of(page)
    Wave.objects.update(
        margins=[{"dimension": "sex_age", "counts": {"female_age_18_29": 500, "male_age_18_29": 500}}], target=100
    )
    Coverage.objects.create(
        wave=wave,
        answers=45,
        cells={"female|age_18_29|": 40},
        channels={"web": 45},
        counted_date=wave.opens_date,
    )
    page = client.get(address("run", wave.pk))
    assert "Male, 18–29 years: 50 more interviews would mend it." in text_of(page)


def test_where_sex_and_age_are_not_asked_no_group_is_called_unheard(
    client: Client, today_wave: Wave, secretary: User, english: None
) -> None:
    Wave.objects.update(margins=[{"dimension": "sex_age", "counts": {"male_age_18_29": 500}}], target=100)
    Coverage.objects.create(
        wave=today_wave, answers=45, cells={"||": 45}, channels={"web": 45}, counted_date=today_wave.opens_date
    )
    client.force_login(secretary)
    page = text_of(client.get(address("run", today_wave.pk)))
    assert "This questionnaire does not ask sex and age, so nobody can say which groups lack." in page
    assert "would mend it" not in page


def test_the_invitation_is_the_same_for_everybody(client: Client, today_wave: Wave, english: None) -> None:
    Wave.objects.update(invitations={"kk": "Ауыл не дейді?"})
    page = client.get(address("share", today_wave.pk))
    assert page.status_code == 200
    assert "Ауыл не дейді?" in text_of(page)
    assert page.content.decode().count("https://wa.me/?text=") == len(today_wave.languages)
    assert client.cookies.output() == ""
    code = client.get(address("poster_code", today_wave.pk))
    assert (code["Content-Type"], code.content[:5]) == ("image/svg+xml", b"<?xml")
