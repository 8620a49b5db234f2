"""Who holds which role, where and until when; who may give roles and confirm residents. Nothing is open by default."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from audit.models import Record
from common.errors import DomainError, Forbidden
from common.verdict import Verdict
from tests.users.conftest import MakePerson, hold
from towns.models import Town
from users import actions
from users.models import Appointment, User
from users.permissions import holds_role, roles_of
from users.states import EVERYWHERE_ROLES, Role

pytestmark = pytest.mark.django_db


def code_of(error: pytest.ExceptionInfo[DomainError]) -> tuple[str, str | None]:
    return error.value.code, error.value.field


def test_a_role_counts_in_its_own_town_alone(person: MakePerson, town: Town, ridder: Town, now: datetime) -> None:
    user, today = person(Role.TREASURER), now.date()
    assert holds_role(user, [Role.TREASURER], town, on=today) == Verdict(allowed=True)
    assert holds_role(user, [Role.APPROVER, Role.TREASURER], town, on=today).allowed
    assert not holds_role(user, [Role.TREASURER], ridder, on=today)
    assert not holds_role(user, [Role.TREASURER], None, on=today)
    assert not holds_role(user, [Role.APPROVER], town, on=today)
    assert roles_of(user, on=today).holds("treasurer", town.pk)
    assert not roles_of(user, on=today).holds("treasurer", ridder.pk)


def test_a_role_in_all_towns_counts_in_each(person: MakePerson, town: Town, ridder: Town, now: datetime) -> None:
    user, today = person(Role.AUDITOR, everywhere=True), now.date()
    assert [bool(holds_role(user, [Role.AUDITOR], where, on=today)) for where in (town, ridder, None)] == [True] * 3
    assert roles_of(user, on=today).holds("auditor", ridder.pk)


def test_a_term_counts_from_its_first_to_its_last_day(town: Town, now: datetime) -> None:
    user = User.objects.create_user("a@example.org")
    first, last = date(2026, 1, 10), date(2026, 3, 20)
    actions.appoint(actor=None, user=user, role=Role.CHAIR, town=town, starts_date=first, ends_date=last, now=now)
    day = timedelta(days=1)
    held = [bool(holds_role(user, [Role.CHAIR], town, on=on)) for on in (first - day, first, last, last + day)]
    assert held == [False, True, True, False]


def test_whoever_has_not_signed_in_holds_nothing(town: Town, now: datetime) -> None:
    verdict = holds_role(AnonymousUser(), list(Role), town, on=now.date())
    assert (verdict.allowed, str(verdict.reason)) == (False, "Sign in first.")
    assert roles_of(AnonymousUser(), on=now.date()).in_towns == frozenset()


@pytest.mark.parametrize("role", [role for role in Role if role not in EVERYWHERE_ROLES])
def test_a_role_of_a_town_needs_one(person: MakePerson, now: datetime, role: Role) -> None:
    user = person()
    with pytest.raises(DomainError) as error:
        hold(user, role, None, now)
    assert code_of(error) == ("town_missing", "town")
    with pytest.raises(IntegrityError, match="appointment_town"), transaction.atomic():
        Appointment.objects.create(user=user, role=role, town=None, starts_date=now.date())


def test_a_term_never_runs_backwards(person: MakePerson, town: Town, now: datetime) -> None:
    with pytest.raises(DomainError) as error:
        hold(person(), Role.CHAIR, town, now, ends=date(2020, 1, 1))
    assert code_of(error) == ("term_backwards", "ends_date")


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (date(2026, 1, 1), date(2026, 1, 10)),  # overlaps the first day
        (date(2026, 2, 1), date(2026, 2, 2)),  # inside
        (date(2026, 3, 20), None),  # overlaps the last day
        (date(2025, 1, 1), None),  # around
    ],
)
def test_two_terms_in_one_role_do_not_overlap(town: Town, now: datetime, starts: date, ends: date | None) -> None:
    user = User.objects.create_user("a@example.org")
    term = {"actor": None, "user": user, "role": Role.CHAIR, "town": town, "now": now}
    actions.appoint(**term, starts_date=date(2026, 1, 10), ends_date=date(2026, 3, 20))  # type: ignore[arg-type]
    with pytest.raises(DomainError) as error:
        actions.appoint(**term, starts_date=starts, ends_date=ends)  # type: ignore[arg-type]
    assert code_of(error) == ("already_appointed", "role")
    assert user.appointments.count() == 1


def test_a_term_that_has_not_begun_is_a_twin_too(town: Town, now: datetime) -> None:
    user = User.objects.create_user("a@example.org")
    term = {"actor": None, "user": user, "role": Role.CHAIR, "town": town, "now": now}
    actions.appoint(**term, starts_date=date(2027, 1, 1), ends_date=None)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="already_appointed"):
        actions.appoint(**term, starts_date=date(2026, 1, 1), ends_date=None)  # type: ignore[arg-type]
    actions.appoint(**term, starts_date=date(2026, 1, 1), ends_date=date(2026, 12, 31))  # type: ignore[arg-type]
    assert user.appointments.count() == 2


def test_after_an_ended_term_the_next_may_begin(person: MakePerson, town: Town, now: datetime) -> None:
    user = person(Role.CHAIR)
    ended = actions.end_appointment(actor=None, appointment=user.appointments.get(), ends_date=now.date(), now=now)
    assert ended.ends_date == now.date()
    assert holds_role(user, [Role.CHAIR], town, on=now.date())
    tomorrow = now.date() + timedelta(days=1)
    assert not holds_role(user, [Role.CHAIR], town, on=tomorrow)
    actions.appoint(actor=None, user=user, role=Role.CHAIR, town=town, starts_date=tomorrow, ends_date=None, now=now)
    assert holds_role(user, [Role.CHAIR], town, on=tomorrow)


def test_a_term_cannot_end_before_it_began(person: MakePerson, now: datetime) -> None:
    appointment = person(Role.CHAIR).appointments.get()
    with pytest.raises(DomainError, match="term_backwards"):
        actions.end_appointment(actor=None, appointment=appointment, ends_date=date(2020, 1, 1), now=now)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_give_and_end_roles(person: MakePerson, town: Town, now: datetime, role: Role) -> None:
    actor = person(role, everywhere=role in EVERYWHERE_ROLES)
    for whom in (person(), actor):
        with pytest.raises(Forbidden):
            actions.appoint(
                actor=actor,
                user=whom,
                role=Role.HELPER if role != Role.HELPER else Role.CHAIR,
                town=town,
                starts_date=now.date(),
                ends_date=None,
                now=now,
            )
    appointment = person(Role.CHAIR).appointments.get()
    with pytest.raises(Forbidden):
        actions.end_appointment(actor=actor, appointment=appointment, ends_date=now.date(), now=now)
    appointment.refresh_from_db()
    assert appointment.ends_date is None


def test_an_administrator_of_one_town_appoints_nobody(person: MakePerson, town: Town, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.appoint(
            actor=person(Role.ADMINISTRATOR, where=town),
            user=person(),
            role=Role.CHAIR,
            town=town,
            starts_date=now.date(),
            ends_date=None,
            now=now,
        )


def test_everybody_says_where_they_live_but_only_for_themselves(person: MakePerson, town: Town, now: datetime) -> None:
    user, other = person(), person()
    made = actions.declare_residence(user=user, town=town, now=now, today=now.date())
    assert (made.role, made.town, made.verified_by, made.appointed_by) == (Role.RESIDENT, town, None, user)
    assert list(Record.objects.filter(object_id=made.pk).values_list("action", "actor_id", "town_slug", "detail")) == [
        ("users.appoint", user.pk, "temirtau", {"role": "resident"})
    ]
    with pytest.raises(DomainError, match="resident_already"):
        actions.declare_residence(user=user, town=town, now=now, today=now.date())
    with pytest.raises(Forbidden):
        actions.appoint(
            actor=user, user=other, role=Role.RESIDENT, town=town, starts_date=now.date(), ends_date=None, now=now
        )


@pytest.mark.parametrize(
    ("role", "everywhere", "where", "allowed"),
    [
        (Role.SECRETARY, False, "temirtau", True),
        (Role.SECRETARY, False, "ridder", False),
        (Role.MODERATOR, False, "temirtau", True),
        (Role.MODERATOR, False, "ridder", False),
        (Role.MODERATOR, True, "", True),
        (Role.ADMINISTRATOR, True, "", True),
        (Role.CHAIR, False, "temirtau", False),
        (Role.COUNCILLOR, False, "temirtau", False),
        (Role.AUDITOR, True, "", False),
        (Role.AKIMAT, False, "temirtau", False),
    ],
)
def test_who_confirms_a_resident(
    person: MakePerson, town: Town, now: datetime, role: Role, everywhere: bool, where: str, allowed: bool
) -> None:
    resident = person(Role.RESIDENT).appointments.get()
    actor = person(role, everywhere=everywhere, where=Town.objects.filter(slug=where).first())
    if allowed:
        assert actions.verify_residence(actor=actor, appointment=resident, now=now).verified_by == actor
        assert Record.objects.get(action="users.verify_residence").actor_id == actor.pk
    else:
        with pytest.raises(Forbidden):
            actions.verify_residence(actor=actor, appointment=resident, now=now)
        resident.refresh_from_db()
        assert resident.verified_by is None


def test_nobody_confirms_themselves(person: MakePerson, town: Town, now: datetime) -> None:
    secretary = person(Role.SECRETARY)
    mine = hold(secretary, Role.RESIDENT, town, now)
    with pytest.raises(Forbidden) as error:
        actions.verify_residence(actor=secretary, appointment=mine, now=now)
    assert str(error.value.message) == "Somebody else has to see the proof of where you live."


def test_only_residence_is_confirmed(person: MakePerson, now: datetime) -> None:
    chair = person(Role.CHAIR).appointments.get()
    with pytest.raises(DomainError, match="not_a_resident"):
        actions.verify_residence(actor=person(Role.SECRETARY), appointment=chair, now=now)


def test_a_name_is_kept_in_one_line_and_noted_without_it(person: MakePerson, now: datetime) -> None:
    user = actions.name_myself(user=person(), display_name="  Нұрлан \n Әбдіров ", language="kk", now=now)
    user.refresh_from_db()
    assert (user.display_name, user.language, str(user)) == ("Нұрлан Әбдіров", "kk", "Нұрлан Әбдіров")
    entry = Record.objects.get(action="users.name")
    assert (entry.actor_id, entry.object_id, entry.town_slug, entry.detail) == (user.pk, str(user.pk), "", {})


def test_an_address_is_one_person_whatever_its_case() -> None:
    user = User.objects.create_user("Nurlan@Example.ORG")
    assert (user.email, str(user), user.has_usable_password()) == ("nurlan@example.org", str(user.pk), False)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("nurlan@example.org")
    assert User.unconfirmed("A@B.de").email == "a@b.de"
    assert uuid4() not in User.objects.values_list("pk", flat=True)


def test_a_term_that_has_not_begun_is_taken_back(person: MakePerson, town: Town, now: datetime) -> None:
    user, day = person(), timedelta(days=1)
    first = now.date() + 30 * day
    term = {"actor": None, "user": user, "role": Role.CHAIR, "town": town, "now": now}
    made = actions.appoint(**term, starts_date=first, ends_date=first + 90 * day)  # type: ignore[arg-type]
    ended = actions.end_appointment(actor=None, appointment=made, ends_date=now.date(), now=now)
    assert (ended.was_taken_back, ended.ends_date) == (True, first - day)
    assert [bool(holds_role(user, [Role.CHAIR], town, on=on)) for on in (first - day, first, first + day)] == [
        False
    ] * 3
    assert Record.objects.filter(object_id=made.pk).latest("id").action == "users.take_back_appointment"
    with pytest.raises(DomainError, match="term_over"):
        actions.end_appointment(actor=None, appointment=made, ends_date=now.date(), now=now)
    again = actions.appoint(**term, starts_date=first - 5 * day, ends_date=None)  # type: ignore[arg-type]
    assert holds_role(user, [Role.CHAIR], town, on=first)
    assert not again.was_taken_back


def test_what_is_over_is_not_ended_again(person: MakePerson, now: datetime) -> None:
    appointment = person(Role.CHAIR).appointments.get()
    yesterday = now.date() - timedelta(days=1)
    actions.end_appointment(actor=None, appointment=appointment, ends_date=yesterday, now=now)
    with pytest.raises(DomainError, match="term_over"):
        actions.end_appointment(actor=None, appointment=appointment, ends_date=now.date(), now=now)


def test_the_database_knows_no_term_of_fewer_days_than_none(person: MakePerson, town: Town, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="appointment_term"), transaction.atomic():
        Appointment.objects.create(
            user=person(), role="chair", town=town, starts_date=now.date(), ends_date=now.date() - timedelta(days=2)
        )


def residences(user: User, on: date) -> list[str]:
    rows = Appointment.objects.current(on=on).filter(user=user, role="resident")
    return [row.town.slug for row in rows if row.town]


def test_one_lives_in_one_town_at_a_time(person: MakePerson, town: Town, ridder: Town, now: datetime) -> None:
    user, today, day = person(), now.date(), timedelta(days=1)
    before = now - 10 * day
    actions.declare_residence(user=user, town=town, now=before, today=before.date())
    moved = actions.declare_residence(user=user, town=ridder, now=now, today=today)
    assert [residences(user, on) for on in (today - day, today, today + day)] == [["temirtau"], ["ridder"], ["ridder"]]
    # Whoever chose the wrong town may say so at once: what began today never counted.
    actions.declare_residence(user=user, town=town, now=now, today=today)
    assert [residences(user, on) for on in (today - day, today)] == [["temirtau"], ["temirtau"]]
    moved.refresh_from_db()
    assert moved.was_taken_back
    ends = Record.objects.filter(actor_id=user.pk).exclude(action="users.appoint").order_by("id")
    assert list(ends.values_list("action", "town_slug")) == [
        ("users.end_appointment", "temirtau"),
        ("users.take_back_appointment", "ridder"),
    ]


def test_nobody_gives_a_second_residence(person: MakePerson, town: Town, ridder: Town, now: datetime) -> None:
    user = person(Role.RESIDENT)
    with pytest.raises(DomainError) as error:
        hold(user, Role.RESIDENT, ridder, now)
    assert code_of(error) == ("resident_elsewhere", "town")
    with pytest.raises(IntegrityError, match="appointment_one_residence"), transaction.atomic():
        Appointment.objects.create(user=user, role="resident", town=ridder, starts_date=now.date())
