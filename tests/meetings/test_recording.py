"""Recording a decision: outcome and number are worked out, refusals are named, and what stands cannot be changed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.models import Record
from common.errors import DomainError, Forbidden
from councils.meetings import queries
from councils.meetings.models import Decision, Vote
from councils.meetings.permissions import can_record
from councils.meetings.rules import Ballot
from councils.meetings.states import Choice, Outcome
from councils.needs.actions import file_need
from councils.needs.models import Need
from councils.needs.states import Category
from towns.models import Town
from users.actions import appoint
from users.models import Appointment, User
from users.states import Role

if TYPE_CHECKING:
    from tests.meetings.conftest import Hall

pytestmark = pytest.mark.django_db

Decide = Callable[..., Decision]


def settle() -> None:
    """What commit would do: let the waiting constraints look now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_decision_with_its_roll_call(decide: Decide, hall: "Hall", need: Need, now: datetime) -> None:
    made = queries.decision(decide("++-0r").pk)
    settle()
    assert (made.in_favour, made.against, made.abstained, made.recused, made.absent) == (2, 1, 1, 1, 0)
    assert (made.seats, made.quorum, made.outcome, made.number) == (5, 4, Outcome.ADOPTED, 1)
    assert (made.need, made.council, made.recorded_by, made.recorded_at) == (need, hall.council, hall.secretary, now)
    assert [(row.name, row.role_label, row.choice, row.interest) for row in queries.roll_call(decision=made)] == [
        ("Dana", "chairperson", Choice.FOR, ""),
        ("Aigul", "council member", Choice.AGAINST, ""),
        ("Bota", "council member", Choice.RECUSED, "Owner of Lamps LLP"),
        ("Marat", "council member", Choice.FOR, ""),
        ("Sergey", "council member", Choice.ABSTAIN, ""),
    ]
    record = Record.objects.get(action="meetings.record_decision")
    assert (record.actor_id, record.town_slug, record.object_id) == (hall.secretary.pk, "temirtau", str(made.pk))
    assert record.detail == {"number": 1, "outcome": "adopted", "need": str(need.pk)}


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("+++++", Outcome.ADOPTED),
        ("++++a", Outcome.ADOPTED),
        ("+++aa", Outcome.NO_QUORUM),
        ("++--a", Outcome.REJECTED),
        ("+----", Outcome.REJECTED),
        ("00000", Outcome.REJECTED),
        ("+rrra", Outcome.ADOPTED),
        ("aaaaa", Outcome.NO_QUORUM),
    ],
)
def test_the_outcome_follows_from_the_roll(decide: Decide, letters: str, expected: Outcome) -> None:
    assert decide(letters).outcome == expected
    settle()


def test_numbers_have_no_gaps_even_after_refusals(
    decide: Decide, another_need: Callable[..., Need], hall: "Hall"
) -> None:
    first = decide("-----")
    with pytest.raises(DomainError):
        decide("+++++", day=date(2030, 1, 1))
    second = decide("+++++")
    third = decide("+++++", on=another_need())
    assert [d.number for d in (first, second, third)] == [1, 2, 3]
    assert queries.page_of_decisions(town=hall.council.town, limit=2).items == [third, second]


def test_each_council_counts_for_itself(decide: Decide, town: Town) -> None:
    decide()
    assert queries.page_of_decisions(town=town).items[0].number == 1
    assert queries.page_of_decisions(town=Town.objects.get(slug="ridder")).items == []


def test_one_adopted_decision_per_need(decide: Decide, need: Need) -> None:
    rejected = decide("-----")
    assert queries.adopted_decision_of(need_id=need.pk) is None
    adopted = decide("+++++")
    with pytest.raises(DomainError) as caught:
        decide("+++++")
    assert caught.value.code == "decided_already"
    assert queries.decisions_on(need_id=need.pk) == [rejected, adopted]
    assert queries.adopted_decision_of(need_id=need.pk) == adopted


def test_the_same_form_twice_is_one_decision(decide: Decide) -> None:
    submission = uuid4()
    first = decide("-----", submission=submission)
    assert decide("-----", submission=submission) == first
    assert Decision.objects.count() == 1
    assert decide("----a", submission=submission) != first


def test_who_may_record(hall: "Hall", town: Town, now: datetime, decide: Decide) -> None:
    def somebody(role: Role) -> User:
        user = User.objects.create_user(f"{role}@example.org")
        appoint(actor=None, user=user, role=role, town=town, starts_date=now.date(), ends_date=None, now=now)
        return user

    people = {role: somebody(role) for role in Role}
    assert {role for role, user in people.items() if can_record(user, town, on=now.date())} == {
        Role.CHAIR,
        Role.SECRETARY,
    }
    ridder = Town.objects.get(slug="ridder")
    assert not can_record(hall.chair, ridder, on=now.date())
    with pytest.raises(Forbidden):
        decide(actor=people[Role.COUNCILLOR])
    assert Decision.objects.count() == 0


def test_only_what_the_council_accepted(decide: Decide, town: Town, now: datetime) -> None:
    submitted = file_need(
        town=town,
        text="The pump house smells of gas.",
        page_language="en",
        category=Category.SAFETY,
        quarter="",
        photo=None,
        author=None,
        helper=None,
        submission=uuid4(),
        now=now,
    )
    with pytest.raises(DomainError) as caught:
        decide(on=submitted)
    assert caught.value.code == "not_accepted"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"title": " "}, "text_missing", "title"),
        ({"text": "\n"}, "text_missing", "text"),
        ({"day": date(2026, 11, 23)}, "day_wrong", "decided_date"),
        ({"day": date(2026, 11, 1)}, "day_wrong", "decided_date"),  # the need was filed on the 2nd
    ],
)
def test_refusals(decide: Decide, change: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(DomainError) as caught:
        decide(**change)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert Decision.objects.count() == 0


def test_the_day_of_filing_and_today_are_days_of_meetings(decide: Decide, another_need: Callable[..., Need]) -> None:
    assert decide(day=date(2026, 11, 2)).decided_date == date(2026, 11, 2)
    assert decide(on=another_need(), day=date(2026, 11, 22)).decided_date == date(2026, 11, 22)


def test_a_town_without_a_council(decide: Decide, hall: "Hall", town: Town, need: Need) -> None:
    hall.council.delete()
    with pytest.raises(DomainError) as caught:
        decide()
    assert caught.value.code == "no_council"


def test_every_member_must_be_called(decide: Decide, hall: "Hall") -> None:
    roll = hall.roll("+++++")
    missing = hall.seats[3]
    del roll[missing.pk]
    with pytest.raises(DomainError) as caught:
        decide(roll=roll)
    assert (caught.value.code, caught.value.field) == ("roll_incomplete", f"vote_{missing.pk}")
    assert "Sergey" in str(caught.value.message)


def test_nobody_else_is_called(decide: Decide, hall: "Hall") -> None:
    secretary = hall.secretary.appointments.get()
    with pytest.raises(DomainError) as caught:
        decide(roll=hall.roll("+++++") | {secretary.pk: Ballot(Choice.FOR)})
    assert caught.value.code == "roll_stranger"


@pytest.mark.parametrize(
    ("ballot", "code"),
    [(Ballot(Choice.RECUSED, " "), "interest_missing"), (Ballot(Choice.FOR, "Owner"), "interest_not_recused")],
)
def test_interests_belong_to_those_who_step_aside(decide: Decide, hall: "Hall", ballot: Ballot, code: str) -> None:
    marat = hall.seats[1]
    with pytest.raises(DomainError) as caught:
        decide(roll=hall.roll("+++++") | {marat.pk: ballot})
    assert (caught.value.code, caught.value.field) == (code, f"interest_{marat.pk}")


def test_the_members_of_that_day_are_called(decide: Decide, hall: "Hall") -> None:
    gone = hall.seats[4]
    Appointment.objects.filter(pk=gone.pk).update(ends_date=date(2026, 11, 15))
    with pytest.raises(DomainError) as caught:
        decide("+++++", day=date(2026, 11, 16))
    assert caught.value.code == "roll_stranger"
    assert decide("+++++", day=date(2026, 11, 15)).in_favour == 5


def test_never_more_votes_than_seats(decide: Decide, hall: "Hall", town: Town, now: datetime) -> None:
    sixth = User.objects.create_user("sixth@example.org")
    seat = appoint(
        actor=None,
        user=sixth,
        role=Role.COUNCILLOR,
        town=town,
        starts_date=(now - timedelta(days=60)).date(),
        ends_date=None,
        now=now,
    )
    with pytest.raises(DomainError) as caught:
        decide(roll=hall.roll("+++++") | {seat.pk: Ballot(Choice.FOR)})
    assert caught.value.code == "more_members_than_seats"


def test_what_waits_for_a_decision(decide: Decide, another_need: Callable[..., Need], need: Need, town: Town) -> None:
    other = another_need()
    decide("-----")
    assert set(queries.undecided_needs(town=town)) == {need, other}
    decide("+++++")
    assert queries.undecided_needs(town=town) == [other]


@pytest.mark.parametrize("table", ["meetings_decision", "meetings_vote"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_a_published_decision_is_never_changed(decide: Decide, table: str, statement: str) -> None:
    decide()
    refused = pytest.raises(DatabaseError, match=r"permission denied|only grows")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(f'"{table}"'))


def test_no_vote_slips_into_an_old_decision(decide: Decide, hall: "Hall") -> None:
    made = decide("++++a")
    settle()
    late = hall.secretary.appointments.get()
    with pytest.raises(IntegrityError, match=r"do not add up"), transaction.atomic():
        Vote.objects.create(decision=made, appointment=late, choice=Choice.AGAINST)


def test_no_decision_without_its_votes(decide: Decide, another_need: Callable[..., Need]) -> None:
    made = decide("+++++")
    settle()
    other = another_need()
    made.pk, made.number, made.need, made.submission_key = uuid4(), 2, other, uuid4()
    made._state.adding = True
    with pytest.raises(IntegrityError, match=r"do not add up"), transaction.atomic():
        made.save(force_insert=True)


@pytest.mark.parametrize(
    "lie",
    [
        {"outcome": Outcome.ADOPTED},
        {"outcome": Outcome.NO_QUORUM},
        {"outcome": Outcome.REJECTED, "quorum": 6},
        {"seats": 4},
    ],
)
def test_no_outcome_that_does_not_follow(
    decide: Decide, another_need: Callable[..., Need], lie: dict[str, object]
) -> None:
    made = decide("++--0")
    settle()
    made.pk, made.number, made.submission_key = uuid4(), 2, uuid4()
    for name, value in lie.items():
        setattr(made, name, value)
    with pytest.raises(IntegrityError, match=r"decision_outcome_follows|decision_within_seats"), transaction.atomic():
        made.save(force_insert=True)


def test_the_database_wants_the_interest_of_the_recused(decide: Decide, hall: "Hall") -> None:
    made = decide("+++++")
    seat = hall.secretary.appointments.get()
    for choice, interest in ((Choice.RECUSED, ""), (Choice.FOR, "Owner")):
        with pytest.raises(IntegrityError, match=r"vote_recused_says_why"), transaction.atomic():
            Vote.objects.create(decision=made, appointment=seat, choice=choice, interest=interest)
