"""Running a wave: who has been heard, reminders to those who have not, several towns at once, invitations."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override

from common.clock import day_of
from common.clock import now as clock_now
from common.errors import DomainError, Forbidden
from councils.surveys import actions
from councils.surveys.actions.guiding import set_guides
from councils.surveys.models import Campaign, Coverage, QuestionnaireVersion, Wave
from councils.surveys.rules.hearing import Option, groups, named_cells, options, unheard
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, WaveState
from tests.surveys.conftest import MakePerson, MakeWave
from tests.surveys.pages import address, html_of, text_of, wave_from_today
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

QUARTERS = """
| survey |
| | type | name | label::Қазақша (kk) | label::Русский (ru) | label::Deutsch (de) | label::English (en) |
| | select_one sex | sex | Sex | Sex | Sex | Sex |
| | select_one age | age_group | Age | Age | Age | Age |
| | select_one quarter | quarter | Quarter | Quarter | Quarter | Quarter |
| choices |
| | list_name | name | label::Қазақша (kk) | label::Русский (ru) | label::Deutsch (de) | label::English (en) |
| | sex | male | Male | Male | Male | Male |
| | sex | female | Female | Female | Female | Female |
| | age | young | Young | Young | Young | Young |
| | age | old | Old | Old | Old | Old |
| | quarter | north | North | North | North | North |
| | quarter | south | South | South | South | South |
| | quarter | mine | Mine | Mine | Mine | Mine |
| settings |
| | public_title::kk | public_title::ru | public_title::de | public_title::en |
| | Quarters | Quarters | Quarters | Quarters |
"""
PEOPLE = {"female_young": 400, "female_old": 200, "male_young": 300, "male_old": 100}


def test_a_group_is_hoped_to_have_its_share() -> None:
    cells = {"female|young|": 50, "female|old|": 15, "male|young|": 5, "female||": 65, "||north": 50, "||south": 5}
    found = groups(cells=cells, people=PEOPLE, target=100)
    assert [(one.sex, one.age, one.heard, one.hoped, one.missing) for one in found] == [
        ("female", "young", 50, 40, 0),
        ("female", "old", 15, 20, 5),
        ("male", "young", 5, 30, 25),
        ("male", "old", 0, 20, 20),
    ]
    assert [(one.sex, one.age) for one in unheard(found, most=2)] == [("male", "young"), ("male", "old")]
    quarters = options(cells=cells, place=2, values=["mine", "north", "south"], quotas={"south": 20, "north": 40})
    assert quarters == (Option("mine", 0), Option("north", 50, 40), Option("south", 5, 20))
    assert [one.missing for one in quarters] == [0, 0, 15]


def test_each_sum_is_counted_by_itself_and_so_rounded_once() -> None:
    answers = [("female", "old", quarter) for quarter in ("north", "south", "mine") for _one in range(4)]
    assert named_cells([*answers, ("", "old", "mine"), ("", "", "")]) == {
        "female|old|": 12,
        "female||": 12,
        "|old|": 13,
        "||north": 4,
        "||south": 4,
        "||mine": 5,
    }


def test_without_a_target_those_who_came_are_the_measure() -> None:
    found = groups(cells={"female|young|": 40}, people=PEOPLE, target=None, came=40)
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
            target=300,
            now=now,
        )

    assert [(wave.town, wave.target) for wave in open_all()] == [(town, 300), (elsewhere, 300)]
    assert Campaign.objects.get().waves.count() == 2
    actions.close_wave(actor=None, wave=Wave.objects.get(town=town), now=now)
    with override("en"), pytest.raises(DomainError) as refusal:
        open_all()
    assert (refusal.value.code, refusal.value.field) == ("one_open_wave", "towns")
    assert f"is open already in: {elsewhere.name_in('en')}." in str(refusal.value.message)
    assert Campaign.objects.count() == 1
    assert Wave.objects.count() == 2


def test_after_opening_in_several_towns_each_of_them_is_one_step_away(
    client: Client, town: Town, elsewhere: Town, small_version: QuestionnaireVersion, administrator: User, english: None
) -> None:
    client.force_login(administrator)
    facts = {
        "towns": [town.slug, elsewhere.slug],
        "version": str(small_version.pk),
        "opens_date": day_of(clock_now()).isoformat(),
        "closes_date": (day_of(clock_now()) + timedelta(days=7)).isoformat(),
        "audience": "declared",
        "languages": ["kk", "ru"],
        "target": "200",
    }
    opened = client.post(address("open_campaign"), facts)
    assert opened["Location"] == f"{address('open_campaign')}#opened"
    page = html_of(client.get(address("open_campaign")))
    for wave in Wave.objects.select_related("town"):
        assert wave.target == 200
        assert f'<a href="{address("run", wave.pk)}">{wave.town.name_in("en")}</a> <span>· open</span>' in page
    refused = text_of(client.post(address("open_campaign"), facts))
    assert f"is open already in: {town.name_in('en')}, {elsewhere.name_in('en')}." in refused


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


def test_the_page_follows_the_questionnaire_and_its_quotas(
    client: Client, town: Town, secretary: User, now: datetime, english: None
) -> None:
    version = actions.import_questionnaire(
        actor=None, slug="quarters", content=QUARTERS.encode(), filename="quarters.md", now=now
    )
    wave = wave_from_today(town, version)
    Wave.objects.update(
        margins=[{"dimension": "sex_age", "counts": {"male_old": 500, "female_old": 500, "male_young": 5}}]
    )
    Coverage.objects.create(
        wave=wave,
        answers=45,
        cells={"female|old|": 40, "||south": 25},
        channels={"web": 45},
        counted_date=wave.opens_date,
    )
    client.force_login(secretary)
    page = text_of(client.get(address("run", wave.pk))).partition("Sex and age groups")[2]
    places = [page.index(words) for words in ("Male, Young", "Male, Old", "Female, Old", "North", "South", "Mine")]
    assert places == sorted(places)
    facts = {"target": "90", "quarter-0": "30", "quarter-1": "30", "quarter-2": ""}
    assert "By quarter of the town · North" in text_of(client.get(address("guides", wave.pk)))
    assert client.post(address("guides", wave.pk), {**facts, "target": "many"}).status_code == 422
    assert client.post(address("guides", wave.pk), facts)["Location"] == address("run", wave.pk)
    wave.refresh_from_db()
    assert (wave.target, wave.quotas) == (90, {"quarter": {"north": 30, "south": 30}})
    page = text_of(client.get(address("run", wave.pk)))
    assert "North: 30 more interviews would mend it." in page
    assert "South: 5 more interviews would mend it." in page
    for quotas in ({"quarter": {"east": 1}}, {"colour": {"red": 1}}):
        with pytest.raises(DomainError) as refusal:
            set_guides(actor=secretary, wave=wave, target=None, quotas=quotas, now=clock_now())
        assert refusal.value.code == "not_asked"
    actions.close_wave(actor=None, wave=wave, now=clock_now())
    assert client.post(address("guides", wave.pk), facts).status_code == 409
    assert "more interviews would mend it" not in text_of(client.get(address("run", wave.pk)))


def test_where_a_reminder_would_be_refused_the_page_says_why(
    client: Client, today_wave: Wave, secretary: User, english: None
) -> None:
    client.force_login(secretary)
    page = address("run", today_wave.pk)
    assert "Send a reminder" in text_of(client.get(page))
    client.post(page)
    after = text_of(client.get(page))
    assert "Send a reminder" not in after
    assert "The last reminder was sent on " in after
    assert client.post(page).status_code == 409
    Wave.objects.update(audience=Audience.OPEN)
    assert "Anybody may answer this survey: nobody knows whom to write to." in text_of(client.get(page))
    actions.close_wave(actor=None, wave=today_wave, now=clock_now())
    closed = text_of(client.get(page))
    assert "Remind those" not in closed
    assert "every five minutes" not in closed


def test_the_page_leads_to_what_comes_next(client: Client, today_wave: Wave, secretary: User, english: None) -> None:
    """First of all people must be asked, or have their codes; after closing somebody reads open answers and results."""
    client.force_login(secretary)

    def leads(name: str, kind: str = "") -> bool:
        return f'<a{kind} href="{address(name, today_wave.pk)}">' in html_of(client.get(address("run", today_wave.pk)))

    button = ' class="btn"'
    assert (leads("share", button), leads("codes", button)) == (True, False)
    Wave.objects.update(audience=Audience.INVITED)
    assert (leads("share", button), leads("codes", button)) == (False, True)
    assert not leads("reading")
    Wave.objects.update(state=WaveState.CLOSED, closed_at=clock_now())
    assert leads("reading")
    assert f'/indicators/{today_wave.pk}/"' in html_of(client.get(address("run", today_wave.pk)))


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
    assert f'src="{address("poster_code", today_wave.pk, language="kk")}"' in page.content.decode()
    code = client.get(address("poster_code", today_wave.pk))
    assert (code["Content-Type"], code.content[:5]) == ("image/svg+xml", b"<?xml")
    actions.close_wave(actor=None, wave=today_wave, now=clock_now())
    closed = client.get(address("share", today_wave.pk))
    assert "This survey is closed. No more answers are taken." in text_of(closed)
    assert "wa.me" not in closed.content.decode()


def test_the_public_page_names_the_languages_of_the_wave_alone(client: Client, today_wave: Wave, english: None) -> None:
    Wave.objects.update(languages=["kk", "ru"])
    assert "Kazakh, Russian</dd>" in html_of(client.get(address("wave", today_wave.pk)))
