"""Opening and closing: who may, which dates, which languages, one at a time; the seal; the sweeps."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from celery import Celery, current_app
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from audit.models import Record
from common.clock import day_of
from common.errors import DomainError, Forbidden
from councils.surveys import actions, queries, tasks
from councils.surveys.actions.keys import make_key
from councils.surveys.models import Draft, Envelope, OpenAnswer, QuestionnaireVersion, Response, Wave
from councils.surveys.queries.waves import PAGE
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel, WaveState
from tests.surveys.conftest import MakePerson, MakeWave, small_form
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def _open(*, actor: User | None, town: Town, version: QuestionnaireVersion, now: datetime, days: int = 14) -> Wave:
    return actions.open_wave(
        actor=actor,
        town=town,
        version=version,
        opens_date=day_of(now),
        closes_date=day_of(now) + timedelta(days=days),
        audience=Audience.DECLARED,
        now=now,
    )


def test_secretary_opens_and_closes(
    town: Town, small_version: QuestionnaireVersion, secretary: User, now: datetime
) -> None:
    wave = _open(actor=secretary, town=town, version=small_version, now=now)
    assert (wave.state, wave.number) == (WaveState.OPEN, 1)
    assert queries.open_waves_of(town=town) == [wave]
    closed = actions.close_wave(actor=secretary, wave=wave, now=now)
    assert (closed.state, closed.closed_at) == (WaveState.CLOSED, now)
    assert queries.open_waves_of(town=town) == []
    assert [one.pk for one in queries.closed_waves(town=town)] == [wave.pk]
    told = list(Record.objects.filter(object_type="wave").order_by("id").values_list("action", "actor_id", "town_slug"))
    assert told == [
        ("surveys.open_wave", secretary.pk, "temirtau"),
        ("surveys.close_wave", secretary.pk, "temirtau"),
        ("surveys.open_envelopes", None, "temirtau"),
    ]


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.SECRETARY, Role.ADMINISTRATOR}])
def test_other_roles_neither_open_nor_close(
    role: Role, town: Town, small_version: QuestionnaireVersion, person: MakePerson, now: datetime
) -> None:
    someone = person(role)
    with pytest.raises(Forbidden):
        _open(actor=someone, town=town, version=small_version, now=now)
    assert not Wave.objects.exists()
    wave = _open(actor=None, town=town, version=small_version, now=now)
    with pytest.raises(Forbidden):
        actions.close_wave(actor=someone, wave=wave, now=now)
    assert Wave.objects.get().state == WaveState.OPEN


def test_a_secretary_of_another_town_does_not_open(
    town: Town, elsewhere: Town, small_version: QuestionnaireVersion, person: MakePerson, now: datetime
) -> None:
    stranger = person(Role.SECRETARY, where=elsewhere)
    with pytest.raises(Forbidden):
        _open(actor=stranger, town=town, version=small_version, now=now)


@pytest.mark.parametrize(("opens", "closes", "code"), [(3, 2, "dates_backwards"), (-9, -1, "already_over")])
def test_dates_are_judged(
    opens: int, closes: int, code: str, open_a_wave: MakeWave, small_version: QuestionnaireVersion
) -> None:
    with pytest.raises(DomainError) as refusal:
        open_a_wave(small_version, opens_in=opens, closes_in=closes)
    assert (refusal.value.code, refusal.value.field) == (code, "closes_date")


@pytest.mark.parametrize(
    ("left_out", "language", "words"),
    [
        ("choice:no:kk", "Kazakh", "choice, garden · Have you a garden? en · no · No en"),
        ("label:trees:de", "German", "label, trees · How many trees? en"),
        ("message:trees:ru", "Russian", "message of a constraint, trees · How many trees? en"),
    ],
)
def test_a_missing_text_keeps_a_wave_from_opening(
    left_out: str, language: str, words: str, open_a_wave: MakeWave, now: datetime, english: None
) -> None:
    version = actions.import_questionnaire(
        actor=None, slug="gardens", content=small_form(without=left_out), filename="gardens.md", now=now
    )
    with pytest.raises(DomainError) as refusal:
        open_a_wave(version)
    assert refusal.value.code == "incomplete_languages"
    assert str(refusal.value.message) == (
        f"The questionnaire is not complete in every language. Missing: {language}: {words}."
    )


def test_one_open_wave_of_a_questionnaire_per_town(
    elsewhere: Town, open_a_wave: MakeWave, small_version: QuestionnaireVersion, wave: Wave, now: datetime
) -> None:
    with pytest.raises(DomainError) as refusal:
        open_a_wave(small_version)
    assert refusal.value.code == "one_open_wave"
    with pytest.raises(IntegrityError, match="wave_one_open_per_town"), transaction.atomic():
        Wave.objects.create(
            town=wave.town,
            version=small_version,
            questionnaire=small_version.questionnaire,
            number=7,
            state=WaveState.OPEN,
            opens_date=wave.opens_date,
            closes_date=wave.closes_date,
            entry_date=wave.closes_date,
        )
    assert open_a_wave(small_version, where=elsewhere).number == 1
    actions.close_wave(actor=None, wave=wave, now=now)
    assert open_a_wave(small_version).number == 2


def test_a_closed_wave_is_not_closed_again(wave: Wave, now: datetime) -> None:
    actions.close_wave(actor=None, wave=wave, now=now)
    with pytest.raises(DomainError) as refusal:
        actions.close_wave(actor=None, wave=wave, now=now + timedelta(hours=1))
    assert refusal.value.code == "not_open"
    assert Wave.objects.get().closed_at == now


def test_the_last_day_is_a_day_of_the_wave(
    open_a_wave: MakeWave, small_version: QuestionnaireVersion, now: datetime
) -> None:
    wave = open_a_wave(small_version, closes_in=0)
    assert queries.due_waves(on=day_of(now)) == []
    assert queries.due_waves(on=day_of(now) + timedelta(days=1)) == [wave.pk]


def test_due_waves_are_ended_opened_and_counted_and_their_keys_destroyed(
    elsewhere: Town,
    open_a_wave: MakeWave,
    small_version: QuestionnaireVersion,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    due = open_a_wave(small_version, closes_in=0)
    later = open_a_wave(small_version, where=elsewhere, closes_in=9)
    actions.save_draft(wave=due, code=actions.new_code(), answers={}, now=now)
    monkeypatch.setattr(tasks, "now", lambda: now + timedelta(days=1))
    sent: list[object] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, args)))
    monkeypatch.setattr(tasks, "ask_for_opening", lambda wave_id: sent.append(("open", wave_id)))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.end_due_waves()
    assert sent == [("open", due.pk)]
    assert dict(Wave.objects.values_list("pk", "state")) == {due.pk: WaveState.ENDED, later.pk: WaveState.OPEN}
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep_ended_waves()
    assert sent[1:] == [("councils.indicators.tasks.count_wave", [str(due.pk)])]
    assert dict(Wave.objects.values_list("pk", "state")) == {due.pk: WaveState.CLOSED, later.pk: WaveState.OPEN}
    assert not Draft.objects.exists()
    assert [queries.key_file(one).exists() for one in (due.pk, later.pk)] == [False, True]
    assert Wave.objects.get(pk=due.pk).key_sha256 == ""


def test_a_wave_without_its_key_takes_nothing_and_loses_nothing(wave: Wave, resident: User, now: datetime) -> None:
    who = Respondent(user_id=resident.pk)
    actions.submit_answers(wave=wave, who=who, answers={"garden": "no"}, now=now)
    away = queries.key_file(wave.pk).rename(queries.key_file(wave.pk).with_suffix(".away"))
    with pytest.raises(DomainError) as refusal:
        actions.submit_answers(wave=wave, who=who, answers={"garden": "no"}, now=now)
    assert refusal.value.code == "key_missing"
    actions.end_wave(actor=None, wave=wave, now=now)
    tasks.sweep_ended_waves()
    assert (Wave.objects.get().state, Envelope.objects.count()) == (WaveState.ENDED, 1)
    other = make_key(wave_id=wave.pk)
    assert other.fingerprint != wave.key_sha256
    tasks.sweep_ended_waves()
    assert Wave.objects.get().state == WaveState.ENDED
    away.replace(queries.key_file(wave.pk))
    tasks.sweep_ended_waves()
    assert (Wave.objects.get().state, Response.objects.count()) == (WaveState.CLOSED, 1)


def test_the_database_itself_keeps_the_seal(wave: Wave, now: datetime) -> None:
    for row in (
        Response(wave=wave, batch=0, channel="web", answers={}, codes=[]),
        OpenAnswer(wave=wave, question="wish", text="x"),
    ):
        with pytest.raises(IntegrityError, match="written when it is closed"), transaction.atomic():
            row.save(force_insert=True)
    actions.end_wave(actor=None, wave=wave, now=now)
    with pytest.raises(IntegrityError, match="not opened again"), transaction.atomic():
        Wave.objects.update(state=WaveState.OPEN)


def test_helpers_bring_sheets_in_after_the_last_day(
    open_a_wave: MakeWave, small_version: QuestionnaireVersion, resident: User, now: datetime
) -> None:
    wave = open_a_wave(small_version, closes_in=0)
    Wave.objects.update(entry_date=day_of(now) + timedelta(days=3))
    wave.refresh_from_db()
    who, later = Respondent(user_id=resident.pk), now + timedelta(days=2)
    with pytest.raises(DomainError) as refusal:
        actions.submit_answers(wave=wave, who=who, answers={"garden": "no"}, now=later)
    assert refusal.value.code == "not_open"
    assert actions.submit_answers(wave=wave, who=who, answers={"garden": "no"}, now=later, channel=Channel.PAPER)
    assert queries.due_waves(on=day_of(now) + timedelta(days=3)) == []


def test_a_dead_broker_fails_nothing(wave: Wave, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Celery("dead", set_as_current=False)
    dead.config_from_object("django.conf:settings", namespace="CELERY")
    dead.conf.update(broker_url="redis://127.0.0.1:9/0")
    monkeypatch.setattr(tasks, "current_app", dead)
    with pytest.raises(OperationalError):
        dead.send_task("anything")
    tasks.ask_for_count(wave.pk)


def test_answers_are_sealed_until_closing(wave: Wave, resident: User, now: datetime) -> None:
    actions.submit_answers(
        wave=wave, who=Respondent(user_id=resident.pk), answers={"garden": "no", "tools": ["rake"]}, now=now
    )
    with pytest.raises(DomainError) as refusal:
        queries.response_codes(wave.pk)
    assert refusal.value.code == "sealed"
    actions.close_wave(actor=None, wave=wave, now=now)
    assert list(queries.response_codes(wave.pk)) == [(0, [2, 0, 1])]
    assert list(queries.response_codes(wave.pk, after=0)) == []


def test_waves_come_in_pages(open_a_wave: MakeWave, small_version: QuestionnaireVersion, now: datetime) -> None:
    for _number in range(3):
        actions.close_wave(actor=None, wave=open_a_wave(small_version), now=now)
    town = Wave.objects.select_related("town")[0].town
    first = queries.waves_of_town(town=town, limit=2)
    assert ([wave.number for wave in first.items], first.next_before) == ([3, 2], 2)
    rest = queries.waves_of_town(town=town, limit=2, before=2)
    assert ([wave.number for wave in rest.items], rest.next_before) == ([1], None)


def test_those_who_run_surveys_reach_the_older_ones_too(
    client: Client, open_a_wave: MakeWave, small_version: QuestionnaireVersion, secretary: User, now: datetime
) -> None:
    for _number in range(PAGE + 1):
        actions.close_wave(actor=None, wave=open_a_wave(small_version), now=now)
    client.force_login(secretary)
    at = reverse("surveys:council", args=[Wave.objects.select_related("town")[0].town.slug])
    first, second = (client.get(f"{at}{query}").content.decode() for query in ("", "?before=2"))
    assert ('href="?before=2"' in first, "№ 1 " in first) == (True, False)
    assert ("№ 1 " in second, "№ 2 " in second, f'href="{at}"' in second) == (True, False, True)
