"""Two at the same moment, each with their own connection and real commits: one need, one answer, no lost ticket."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest

from audit.models import Record
from common.errors import DomainError
from councils.needs import actions
from councils.needs.models import Need
from councils.needs.states import Category, NeedState, RefusalReason
from tests.payments.stage import at_once
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role

pytestmark = pytest.mark.usefixtures("committed_db")


def filed(now: datetime, submission: UUID) -> Need:
    return actions.file_need(
        town=Town.objects.get(slug="temirtau"),
        text="The street lamps are dark since October.",
        page_language="en",
        category=Category.LIGHTING,
        quarter="",
        photo=None,
        author=None,
        helper=None,
        submission=submission,
        now=now - timedelta(days=1),
    )


def member(now: datetime, number: int) -> User:
    user = User.objects.create_user(f"member{number}@example.org")
    appoint(
        actor=None,
        user=user,
        role=Role.SECRETARY,
        town=Town.objects.get(slug="temirtau"),
        starts_date=(now - timedelta(days=9)).date(),
        ends_date=None,
        now=now,
    )
    return user


def test_one_sending_from_four_connections_is_one_need(now: datetime) -> None:
    submission = uuid4()
    needs = at_once(lambda: filed(now, submission), 4)
    assert len({need.pk for need in needs}) == 1
    assert len({need.ticket for need in needs}) == 1
    assert Need.objects.count() == 1
    assert Record.objects.filter(action="needs.file").count() == 1


def test_four_people_at_once_are_four_needs(now: datetime) -> None:
    needs = at_once(lambda: filed(now, uuid4()), 4)
    assert len({need.ticket for need in needs}) == 4
    assert Need.objects.count() == 4


def test_two_answers_at_once_are_one_answer(now: datetime) -> None:
    need = filed(now, uuid4())
    people = [member(now, number) for number in range(2)]
    turns = count()

    def answer() -> str:
        turn = next(turns)
        try:
            if turn == 0:
                actions.accept_need(actor=people[0], need=need, answer="Yes.", now=now)
            else:
                actions.refuse_need(
                    actor=people[1], need=need, reason=RefusalReason.OTHER, answer="No, never.", now=now
                )
        except DomainError as error:
            return error.code
        return ("accepted", "refused")[turn]

    outcomes = at_once(answer, 2)
    kept = Need.objects.get(pk=need.pk)
    assert sorted(outcomes) == sorted([kept.state, "already_answered"])
    assert (kept.state, kept.answer, kept.answered_by) in (
        (NeedState.ACCEPTED, "Yes.", people[0]),
        (NeedState.REFUSED, "No, never.", people[1]),
    )
    assert Record.objects.filter(action__in=["needs.accept", "needs.refuse"]).count() == 1
