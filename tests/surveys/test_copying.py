"""Copying a survey of another town: the same version here, with where it came from; every rule of opening holds."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client

from audit.models import Record
from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.surveys import actions
from councils.surveys.models import QuestionnaireVersion, Wave
from councils.surveys.queries.copies import newest_waves_by_town, origins_of
from councils.surveys.states import Audience
from tests.surveys.pages import address, html_of, text_of, wave_from_today
from towns.models import Town
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(elsewhere: Town, small_version: QuestionnaireVersion) -> Wave:
    """An open survey of another town, for checked residents, with a target and words of its own."""
    wave = wave_from_today(elsewhere, small_version, audience=Audience.VERIFIED)
    wave.target, wave.invitations = 900, {"ru": "Ответьте на пять вопросов."}
    wave.save()
    return wave


def copied(actor: User, town: Town, source: Wave) -> Wave:
    today = day_of(now())
    return actions.copy_wave(
        actor=actor,
        town=town,
        source=source,
        opens_date=today,
        closes_date=today + timedelta(days=7),
        audience=Audience.DECLARED,
        now=now(),
    )


def test_a_copy_is_the_same_version_and_says_where_it_came_from(
    client: Client, secretary: User, town: Town, theirs: Wave
) -> None:
    client.force_login(secretary)
    page = address("copy_wave", town.slug, theirs.pk)
    shown = client.get(page)
    assert "Nothing is asked before you open it here." in text_of(shown)
    assert "Ответьте на пять вопросов." in html_of(shown)
    assert 'value="900"' not in html_of(shown)  # how many they hope for is their own
    assert not Wave.objects.filter(town=town).exists()
    today = day_of(now())
    sent = client.post(
        page,
        {
            "version": str(theirs.version_id),
            "opens_date": today.isoformat(),
            "closes_date": (today + timedelta(days=7)).isoformat(),
            "audience": "verified",
            "languages": ["kk", "ru", "en", "de"],
        },
    )
    mine = Wave.objects.get(town=town)
    assert sent["Location"] == address("run", mine.pk)
    assert (mine.version_id, mine.audience, mine.target) == (theirs.version_id, Audience.VERIFIED, None)
    entry = Record.objects.get(action="surveys.copy_wave")
    assert (entry.actor_id, entry.town_slug, entry.object_id) == (secretary.pk, town.slug, str(mine.pk))
    assert entry.detail == {"from": str(theirs.pk), "version": str(theirs.version_id)}
    public = Client().get(address("wave", mine.pk))
    assert f"Copied from the town: {theirs.town.name_en}, version 1 of the questionnaire." in text_of(public)
    assert address("wave", theirs.pk) in html_of(public)
    assert "Copied from" not in text_of(Client().get(address("wave", theirs.pk)))


def test_refusals_of_opening_are_those_of_copying(secretary: User, town: Town, theirs: Wave) -> None:
    mine = copied(secretary, town, theirs)
    with pytest.raises(DomainError) as second:
        copied(secretary, town, theirs)
    assert second.value.code == "one_open_wave"
    with pytest.raises(DomainError) as own:
        copied(secretary, town, mine)
    assert own.value.code == "own_survey"
    assert Wave.objects.filter(town=town).count() == Record.objects.filter(action="surveys.copy_wave").count() == 1


def test_only_those_who_run_the_towns_surveys_copy(
    client: Client, resident: User, secretary: User, town: Town, elsewhere: Town, theirs: Wave
) -> None:
    with pytest.raises(Forbidden):
        copied(resident, town, theirs)
    with pytest.raises(Forbidden):  # a secretary copies into the own town alone
        copied(secretary, elsewhere, theirs)
    assert client.get(address("copy_wave", town.slug, theirs.pk)).status_code == HTTPStatus.FOUND
    client.force_login(resident)
    assert client.get(address("copy_wave", town.slug, theirs.pk)).status_code == HTTPStatus.FORBIDDEN
    assert not Record.objects.filter(action="surveys.copy_wave").exists()


def test_a_refused_form_stores_nothing_and_keeps_what_was_typed(
    client: Client, secretary: User, town: Town, theirs: Wave
) -> None:
    client.force_login(secretary)
    page = address("copy_wave", town.slug, theirs.pk)
    assert client.post(page, {"invitation_kk": "Келіңіз"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    today = day_of(now())
    facts = {"version": str(theirs.version_id), "audience": "declared", "languages": ["kk"], "invitation_kk": "Келіңіз"}
    dates = {"opens_date": today.isoformat(), "closes_date": "2020-01-01"}
    answer = client.post(page, facts | dates)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Келіңіз" in html_of(answer)
    assert not Wave.objects.filter(town=town).exists()


def test_the_newest_of_each_town_and_their_origins(secretary: User, town: Town, elsewhere: Town, theirs: Wave) -> None:
    mine = copied(secretary, town, theirs)
    assert newest_waves_by_town(towns=[town.slug, elsewhere.slug], each=1) == sorted(
        [mine, theirs], key=lambda wave: wave.town.slug
    )
    assert newest_waves_by_town(towns=[], each=3) == []
    assert origins_of([mine.pk, theirs.pk]) == {mine.pk: theirs}
