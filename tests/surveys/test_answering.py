"""Answers as actions: who may, once each, drafts, closing in between; two people and two tabs at the same time."""

import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Record
from common.clock import day_of
from common.errors import DomainError, Forbidden
from councils.surveys import actions, queries
from councils.surveys.actions import DRAFT_DAYS
from councils.surveys.models import Draft, Envelope, OpenAnswer, Participation, QuestionnaireVersion, Response, Wave
from councils.surveys.rules import Raw
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience
from tests.surveys.conftest import MakePerson, MakeWave
from tests.surveys.envelopes import content
from towns.models import Town
from users.models import Appointment, User
from users.states import Role

pytestmark = pytest.mark.django_db

GOOD: dict[str, Raw] = {"garden": "yes", "flowers": "Tulips", "tools": ["rake", "spade"], "trees": "3", "wish": "Rain"}


def _submit(wave: Wave, user: User, now: datetime, answers: dict[str, Raw] | None = None, code: str = "") -> None:
    actions.submit_answers(
        wave=wave,
        who=Respondent(user_id=user.pk),
        answers=GOOD if answers is None else answers,
        now=now,
        code=code,
    )


def test_answers_are_stored_canonically_and_apart_from_the_person(wave: Wave, resident: User, now: datetime) -> None:
    before = Record.objects.count()
    _submit(wave, resident, now)
    found = content(wave)
    assert found.answers == {
        "garden": "yes",
        "flowers": "Tulips",
        "tools": ["spade", "rake"],
        "trees": 3,
        "wish": "Rain",
    }
    assert (found.codes, found.channel) == ([1, 1, 1], "web")
    assert not Response.objects.exists()
    participation = Participation.objects.get()
    assert (participation.wave_id, participation.user_id) == (wave.pk, resident.pk)
    assert Record.objects.count() == before


def test_closing_divides_an_answer_from_its_open_parts(wave: Wave, resident: User, now: datetime) -> None:
    _submit(wave, resident, now)
    actions.close_wave(actor=None, wave=wave, now=now)
    response = Response.objects.get()
    assert response.answers == {"garden": "yes", "tools": ["spade", "rake"], "trees": 3}
    assert (response.codes, response.channel) == ([1, 1, 1], "web")
    texts = list(OpenAnswer.objects.order_by("question").values_list("question", "text", "state"))
    assert texts == [("flowers", "Tulips", "waiting"), ("wish", "Rain", "waiting")]
    assert not Envelope.objects.exists()


def test_what_does_not_count_is_not_kept(wave: Wave, resident: User, now: datetime) -> None:
    _submit(wave, resident, now, {**GOOD, "garden": "no", "unknown": "x"})
    assert content(wave).answers == {"garden": "no", "tools": ["spade", "rake"], "trees": 3}


def test_a_second_answer_takes_the_place_of_the_first(wave: Wave, resident: User, now: datetime) -> None:
    _submit(wave, resident, now)
    _submit(wave, resident, now, {"garden": "no"})
    assert Participation.objects.count() == 1
    assert content(wave).answers == {"garden": "no"}


def test_a_submission_sent_again_changes_nothing(wave: Wave, resident: User, now: datetime) -> None:
    def send(instance: str, answers: dict[str, Raw]) -> bool:
        who = Respondent(user_id=resident.pk)
        return actions.submit_answers(wave=wave, who=who, answers=answers, now=now, instance=instance)

    assert [send("first", GOOD), send("second", {"garden": "no"}), send("first", GOOD)] == [True, True, False]
    assert content(wave).answers == {"garden": "no"}


def test_answers_are_taken_back_for_good(wave: Wave, resident: User, now: datetime) -> None:
    who = Respondent(user_id=resident.pk)
    _submit(wave, resident, now)
    assert actions.withdraw_answers(wave=wave, who=who, now=now) is True
    assert not Envelope.objects.exists()
    assert not Participation.objects.exists()
    assert actions.withdraw_answers(wave=wave, who=who, now=now) is False


@pytest.mark.parametrize(
    "wrong",
    [{}, {"garden": "perhaps"}, {"garden": "yes"}, {**GOOD, "trees": "51"}, {**GOOD, "trees": "many"}],
)
def test_answers_with_a_fault_are_refused_whole(
    wrong: dict[str, Raw], wave: Wave, resident: User, now: datetime
) -> None:
    with pytest.raises(DomainError) as refusal:
        _submit(wave, resident, now, wrong)
    assert refusal.value.code == "incomplete"
    assert not Participation.objects.exists()
    assert not Envelope.objects.exists()


@pytest.mark.parametrize("role", [None, *[role for role in Role if role != Role.RESIDENT]])
def test_only_residents_answer(role: Role | None, wave: Wave, person: MakePerson, now: datetime) -> None:
    with pytest.raises(Forbidden):
        _submit(wave, person(role), now)
    assert not Participation.objects.exists()


def test_residents_of_another_town_do_not(wave: Wave, elsewhere: Town, person: MakePerson, now: datetime) -> None:
    with pytest.raises(Forbidden):
        _submit(wave, person(Role.RESIDENT, where=elsewhere), now)


def test_some_waves_ask_for_a_checked_address(
    open_a_wave: MakeWave,
    small_version: QuestionnaireVersion,
    person: MakePerson,
    secretary: User,
    resident: User,
    now: datetime,
) -> None:
    wave = open_a_wave(small_version, audience=Audience.VERIFIED)
    with pytest.raises(Forbidden):
        _submit(wave, resident, now)
    _submit(wave, person(Role.RESIDENT, verified_by=secretary), now)
    assert Participation.objects.count() == 1


@pytest.mark.parametrize(("opens", "closes", "later"), [(2, 9, 0), (-1, 1, 2)])
def test_outside_its_days_a_wave_takes_nothing(
    opens: int,
    closes: int,
    later: int,
    open_a_wave: MakeWave,
    small_version: QuestionnaireVersion,
    resident: User,
    now: datetime,
) -> None:
    wave = open_a_wave(small_version, opens_in=opens, closes_in=closes)
    with pytest.raises(DomainError) as refusal:
        _submit(wave, resident, now + timedelta(days=later))
    assert refusal.value.code == "not_open"


def test_a_closed_wave_takes_nothing_whatever_the_caller_read_before(wave: Wave, resident: User, now: datetime) -> None:
    read_before = Wave.objects.get(pk=wave.pk)
    actions.save_draft(wave=wave, code="7KD-4XM-2TF-9PQ", answers=GOOD, now=now)
    actions.end_wave(actor=None, wave=wave, now=now)
    for attempt in (
        lambda: _submit(read_before, resident, now),
        lambda: actions.save_draft(wave=read_before, code="7KD-4XM-2TF-9PQ", answers=GOOD, now=now),
    ):
        with pytest.raises(DomainError) as refusal:
            attempt()
        assert refusal.value.code == "not_open"
    assert [model.objects.count() for model in (Draft, Participation, Envelope)] == [1, 0, 0]
    assert actions.unseal_wave(wave_id=wave.pk, now=now) is True
    assert [model.objects.count() for model in (Draft, Response)] == [0, 0]


def test_a_draft_is_locked_with_its_code_and_stays_for_changes(wave: Wave, resident: User, now: datetime) -> None:
    code = actions.new_code()
    actions.save_draft(wave=wave, code=code, answers={"garden": "no", "trees": "thr\x00ee"}, now=now)
    draft = Draft.objects.get()
    assert code not in draft.code_mark
    assert b"garden" not in bytes(draft.sealed)
    found = queries.draft_of(code=code.lower().replace("-", " "), wave=wave)
    assert found == queries.OpenedDraft(answers={"garden": "no", "trees": "three"}, is_sent=False, revision=1)
    assert queries.draft_of(code=actions.new_code(), wave=wave) is None
    assert queries.draft_of(code="", wave=wave) is None
    assert queries.wave_of_draft(code=code) == wave
    _submit(wave, resident, now, code=code)
    sent = queries.draft_of(code=code, wave=wave)
    assert sent is not None
    assert (sent.is_sent, sent.answers) == (True, found.answers)
    actions.forget_draft(wave=wave, code=code)
    assert not Draft.objects.exists()


def test_an_older_change_of_a_draft_changes_nothing(wave: Wave, now: datetime) -> None:
    code = actions.new_code()

    def save(revision: int, garden: str) -> tuple[object, int]:
        kept = actions.save_draft(wave=wave, code=code, answers={"garden": garden}, now=now, revision=revision)
        return kept.answers["garden"], kept.revision

    assert [save(3, "yes"), save(2, "no"), save(3, "no"), save(4, "no")] == [
        ("yes", 3),
        ("yes", 3),
        ("yes", 3),
        ("no", 4),
    ]


def test_a_draft_too_long_is_refused(wave: Wave, now: datetime) -> None:
    answers: dict[str, Raw] = {f"q{number}": "x" * 9_000 for number in range(40)}
    with pytest.raises(DomainError) as refusal:
        actions.save_draft(wave=wave, code="7KD-4XM-2TF-9PQ", answers=answers, now=now)
    assert refusal.value.code == "draft_too_long"
    assert not Draft.objects.exists()


def test_codes_cannot_be_guessed() -> None:
    codes = {actions.new_code() for _number in range(500)}
    assert len(codes) == 500
    assert {len(code) for code in codes} == {15}


def test_old_drafts_are_deleted(wave: Wave, now: datetime) -> None:
    old, fresh = actions.new_code(), actions.new_code()
    late = day_of(now) + timedelta(days=2 * DRAFT_DAYS)
    Wave.objects.filter(pk=wave.pk).update(closes_date=late, entry_date=late)
    actions.save_draft(wave=wave, code=old, answers={}, now=now)
    actions.save_draft(wave=wave, code=fresh, answers={}, now=now + timedelta(days=1))
    assert actions.delete_old_drafts(on=day_of(now) + timedelta(days=DRAFT_DAYS)) == 0
    assert actions.delete_old_drafts(on=day_of(now) + timedelta(days=DRAFT_DAYS + 1)) == 1
    assert [draft.code_mark for draft in Draft.objects.all()] == [queries.code_mark(queries.wave_key(wave), fresh)]


def test_what_cannot_be_sent_any_more_is_deleted_while_sheets_are_awaited(wave: Wave, now: datetime) -> None:
    actions.save_draft(wave=wave, code=actions.new_code(), answers={"garden": "yes"}, now=now)
    last = day_of(now) + timedelta(days=1)
    Wave.objects.filter(pk=wave.pk).update(closes_date=last, entry_date=last + timedelta(days=9))
    assert actions.delete_old_drafts(on=last) == 0
    assert actions.delete_old_drafts(on=last + timedelta(days=1)) == 1


def test_submitting_asks_the_database_little(wave: Wave, resident: User, now: datetime) -> None:
    queries.form_of(wave.version_id)
    with CaptureQueriesContext(connection) as asked:
        _submit(wave, resident, now)
    sql = [query["sql"].split()[0] for query in asked.captured_queries]
    assert sql == ["SELECT", "SAVEPOINT", "SELECT", "RELEASE"]


def test_four_hundred_answers_load_in_four_seconds(
    open_a_wave: MakeWave, real_version: QuestionnaireVersion, town: Town, now: datetime
) -> None:
    wave = open_a_wave(real_version)
    form = queries.form_of(real_version.pk)
    answers: dict[str, Raw] = {"urgent_needs": ["water"], "household_size": 3}
    answers |= {
        question.name: form.choices(question)[0].value for question in form.questions if question.type == "select_one"
    }
    users = User.objects.bulk_create([User.unconfirmed(f"resident{number}@example.org") for number in range(400)])
    Appointment.objects.bulk_create(
        [Appointment(user=user, town=town, role=Role.RESIDENT, starts_date=day_of(now)) for user in users]
    )
    begun = time.process_time()  # what others do on this machine is not ours
    for user in users:
        actions.submit_answers(wave=wave, who=Respondent(user_id=user.pk), answers=answers, now=now)
    assert time.process_time() - begun < 4
    assert Envelope.objects.count() == 400
