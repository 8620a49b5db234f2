"""Quorum and seats, without a database."""

from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.members.rules import Seat, quorum, seats_with_a_vote


@pytest.mark.parametrize(
    ("seats", "needed"), [(3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (9, 6), (10, 7), (12, 8), (15, 10), (99, 66)]
)
def test_two_thirds_of_all_seats_rounded_up(seats: int, needed: int) -> None:
    assert quorum(seats, 2 / 3) == needed
    assert quorum(seats, 0.6667) == needed


@given(st.integers(3, 99))
def test_never_less_than_two_thirds_and_never_one_more_than_needed(seats: int) -> None:
    needed = quorum(seats, 2 / 3)
    assert Fraction(needed, seats) >= Fraction(2, 3)
    assert Fraction(needed - 1, seats) < Fraction(2, 3)


def test_a_half_and_all() -> None:
    assert (quorum(10, 0.5), quorum(11, 0.5), quorum(10, 1), quorum(10, 0)) == (5, 6, 10, 1)


def seat(role: str, user: UUID | None = None) -> Seat:
    return Seat(appointment_id=uuid4(), user_id=user or uuid4(), role=role)


def test_the_chair_and_the_members_vote_and_the_secretary_does_not() -> None:
    member, secretary, chair = seat("councillor"), seat("secretary"), seat("chair")
    assert seats_with_a_vote([member, secretary, chair]) == [chair, member]


def test_one_person_has_one_vote() -> None:
    person = uuid4()
    as_member, as_chair, as_secretary = (seat(role, person) for role in ("councillor", "chair", "secretary"))
    assert seats_with_a_vote([as_member, as_chair]) == [as_chair]
    assert seats_with_a_vote([as_secretary, as_member]) == [as_member]


def test_other_roles_have_no_vote() -> None:
    assert seats_with_a_vote([seat(role) for role in ("resident", "moderator", "akimat", "treasurer")]) == []
