"""Decisions at the same moment: numbers without gaps, one adopted decision, one per sending."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest

from common.errors import DomainError
from councils.meetings.actions import record_decision
from councils.meetings.models import Decision, Vote
from tests.meetings.conftest import Hall, set_up_hall, set_up_need
from tests.payments.stage import at_once
from towns.models import Town

pytestmark = pytest.mark.usefixtures("committed_db")


def recorder(now: datetime, letters: str, hall: Hall, *, one_need: bool) -> Callable[..., str]:
    town = Town.objects.get(slug="temirtau")
    needs = [set_up_need(hall, town, now, f"Need number {i} of our town") for i in range(1 if one_need else 4)]
    turns = count()

    def record(submission: UUID | None = None) -> str:
        try:
            decision = record_decision(
                actor=hall.secretary,
                need=needs[0 if one_need else next(turns)],
                title="Light",
                text="Twelve lamps.",
                language="en",
                decided_date=(now - timedelta(days=1)).date(),
                roll=hall.roll(letters),
                submission=submission or uuid4(),
                now=now,
            )
        except DomainError as error:
            return error.code
        return str(decision.number)

    return record


@pytest.fixture
def hall(now: datetime, committed_db: None) -> Hall:
    return set_up_hall(Town.objects.get(slug="temirtau"), now)


def test_four_decisions_at_once_have_four_numbers(now: datetime, hall: Hall) -> None:
    assert sorted(at_once(recorder(now, "+++++", hall, one_need=False), 4)) == ["1", "2", "3", "4"]
    assert Vote.objects.count() == 20


def test_a_need_is_decided_once(now: datetime, hall: Hall) -> None:
    outcomes = at_once(recorder(now, "+++++", hall, one_need=True), 4)
    assert sorted(outcomes) == ["1", "decided_already", "decided_already", "decided_already"]
    assert Decision.objects.count() == 1


def test_one_sending_is_one_decision(now: datetime, hall: Hall) -> None:
    record, submission = recorder(now, "-----", hall, one_need=True), uuid4()
    assert at_once(lambda: record(submission), 4) == ["1", "1", "1", "1"]
    assert Decision.objects.count() == 1
