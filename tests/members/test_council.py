"""Founding a council, who sits in it on which day, and declared interests."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from audit.models import Record
from common.errors import DomainError, Forbidden
from councils.members.actions import declare_interest, found_council
from councils.members.models import Council, Interest
from councils.members.queries import council_of, members_of, quorum_of, voting_members
from towns.models import Town
from users.models import Appointment, User
from users.states import Role

pytestmark = pytest.mark.django_db

Seat = Callable[..., Appointment]


@pytest.fixture
def council(town: Town, now: datetime) -> Council:
    return found_council(
        actor=None, town=town, seats=5, legal_basis="Charter of the council", founded_date=now.date(), now=now
    )


def test_founding(town: Town, council: Council) -> None:
    assert council_of(town=town) == council
    assert council_of(town=Town.objects.get(slug="ridder")) is None
    assert quorum_of(council=council) == 4
    record = Record.objects.get(action="members.found_council")
    assert (record.town_slug, record.object_id, record.detail) == ("temirtau", str(council.pk), {"seats": 5})


def test_the_quorum_follows_the_setting(council: Council, settings: Settings) -> None:
    settings.QUORUM_SHARE = 0.5
    assert quorum_of(council=council) == 3


def test_one_council_per_town(town: Town, council: Council, now: datetime) -> None:
    with pytest.raises(DomainError) as caught:
        found_council(actor=None, town=town, seats=9, legal_basis="Again", founded_date=now.date(), now=now)
    assert caught.value.code == "council_exists"
    assert Council.objects.get() == council


@pytest.mark.parametrize(
    ("seats", "basis", "code"),
    [(2, "Charter", "council_seats"), (100, "Charter", "council_seats"), (5, " ", "legal_basis_missing")],
)
def test_what_is_no_council(town: Town, now: datetime, seats: int, basis: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        found_council(actor=None, town=town, seats=seats, legal_basis=basis, founded_date=now.date(), now=now)
    assert caught.value.code == code
    assert Council.objects.count() == 0


def test_the_database_knows_the_sizes_too(council: Council) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Council.objects.filter(pk=council.pk).update(seats=2)


def test_only_an_administrator_founds(town: Town, seat: Seat, now: datetime) -> None:
    for role in Role:
        if role == Role.ADMINISTRATOR:
            continue
        with pytest.raises(Forbidden):
            found_council(actor=seat(role).user, town=town, seats=5, legal_basis="x", founded_date=now.date(), now=now)
    found_council(
        actor=seat(Role.ADMINISTRATOR).user, town=town, seats=5, legal_basis="x", founded_date=now.date(), now=now
    )
    assert Council.objects.count() == 1


def test_who_sits_on_which_day(town: Town, seat: Seat, now: datetime) -> None:
    today = now.date()
    seat(Role.SECRETARY, name="Saule")
    seat(Role.COUNCILLOR, name="Marat")
    seat(Role.CHAIR, name="Dana")
    seat(Role.COUNCILLOR, name="Gone", ends=today - timedelta(days=1))
    seat(Role.COUNCILLOR, name="Coming", starts=today + timedelta(days=1))
    seat(Role.COUNCILLOR, name="Elsewhere", where=Town.objects.get(slug="ridder"))
    seat(Role.TREASURER, name="Other role")
    assert [(m.name, m.votes) for m in members_of(town=town, on=today)] == [
        ("Dana", True),
        ("Marat", True),
        ("Saule", False),
    ]
    assert [m.name for m in voting_members(town=town, on=today)] == ["Dana", "Marat"]
    assert {m.name for m in voting_members(town=town, on=today - timedelta(days=1))} == {"Dana", "Marat", "Gone"}
    assert {m.name for m in voting_members(town=town, on=today + timedelta(days=1))} == {"Dana", "Marat", "Coming"}


def test_a_secretary_with_a_seat_votes_once(town: Town, seat: Seat, now: datetime) -> None:
    both = seat(Role.SECRETARY, name="Saule")
    seat(Role.COUNCILLOR, user=both.user)
    assert [(m.role, m.votes) for m in members_of(town=town, on=now.date())] == [
        ("councillor", True),
        ("secretary", False),
    ]


def test_an_address_never_stands_in_for_a_name(town: Town, seat: Seat, now: datetime) -> None:
    member = seat(Role.CHAIR)
    (shown,) = members_of(town=town, on=now.date())
    assert shown.name == "Member who has not given a name yet"
    assert member.user.email not in str(shown)


@pytest.mark.parametrize("number", [1, 3])
def test_queries(
    town: Town, seat: Seat, now: datetime, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(number):
        member = seat(Role.COUNCILLOR)
        declare_interest(actor=member.user, appointment=member, organisation="Lamps LLP", now=now)
    with django_assert_num_queries(1):
        assert len(members_of(town=town, on=now.date())) == number


def test_declared_interests_stand_beside_the_name(town: Town, seat: Seat, now: datetime) -> None:
    member, secretary = seat(Role.COUNCILLOR, name="Marat"), seat(Role.SECRETARY, name="Saule")
    declare_interest(actor=member.user, appointment=member, organisation=" Lamps LLP ", now=now)
    declare_interest(
        actor=secretary.user, appointment=member, organisation="Water JSC", bin_number="990340000023", now=now
    )
    (shown, _secretary) = members_of(town=town, on=now.date())
    assert shown.interests == ("Lamps LLP", "Water JSC")
    assert Record.objects.filter(action="members.declare_interest").count() == 2


def test_who_may_declare(seat: Seat, now: datetime) -> None:
    member = seat(Role.COUNCILLOR)
    strangers: list[User] = [seat(Role.COUNCILLOR).user, seat(Role.CHAIR).user, seat(Role.AKIMAT).user]
    for stranger in strangers:
        with pytest.raises(Forbidden):
            declare_interest(actor=stranger, appointment=member, organisation="Lamps LLP", now=now)
    resident = seat(Role.RESIDENT)
    with pytest.raises(Forbidden):
        declare_interest(actor=resident.user, appointment=resident, organisation="Lamps LLP", now=now)
    with pytest.raises(DomainError) as caught:
        declare_interest(actor=member.user, appointment=member, organisation=" ", now=now)
    assert (caught.value.code, caught.value.field) == ("organisation_missing", "organisation")
    assert Interest.objects.count() == 0
