"""Opening a project: after an adopted decision, by those who keep the council's record, once, at a possible cost."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit.models import Record
from common.errors import DomainError
from common.money import Money
from councils.meetings.models import Decision
from councils.meetings.states import Choice
from funds.ledger.models import Earmark, Fund
from funds.projects.actions import open_project
from funds.projects.models import Project
from funds.projects.rules import MAX_GOAL, MIN_GOAL, funded_share, goal_is_possible
from funds.projects.states import ProjectState
from tests.payments.stage import at_once
from tests.thread import Thread
from towns.models import Town
from users.models import User
from users.states import Role

NOT_YOURS = (
    "Your roles do not include this. This may do: chairperson, secretary of the council."
    " If you should, ask the administrator."
)


def opened(thread: Thread, decision: Decision, actor: User | None = None, **change: Any) -> Project:
    facts: dict[str, Any] = {
        "title": "Lamps",
        "summary": "Twelve lamps.",
        "low_carbon_note": "LED",
        "goal": Money(50_000_00, "KZT"),
        "language": "en",
    }
    who = actor or thread.the(Role.CHAIR)
    return open_project(actor=who, decision=decision, now=thread.now, **{**facts, **change})


def refusal(act: Callable[[], object]) -> tuple[str, str, str | None]:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code, str(caught.value.message), caught.value.field


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CHAIR, Role.SECRETARY])
def test_a_decision_becomes_a_project_with_something_to_tie_money_to(thread: Thread, role: Role) -> None:
    decision = thread.decision()
    project = opened(thread, decision, thread.the(role))
    assert (project.state, project.goal, project.fund) == (ProjectState.OPEN, Money(50_000_00, "KZT"), thread.fund)
    earmark = Earmark.objects.get()
    assert (earmark.pk, earmark.label, earmark.fund) == (project.pk, "Lamps", thread.fund)
    entry = Record.objects.get(action="projects.open")
    assert (entry.actor_id, entry.town_slug, entry.object_id) == (thread.the(role).pk, "temirtau", str(project.pk))
    assert entry.detail == {"decision": str(decision.pk), "goal_minor": 50_000_00, "currency": "KZT"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *(role for role in Role if role not in (Role.CHAIR, Role.SECRETARY))])
def test_nobody_else_opens_projects(thread: Thread, role: Role | None) -> None:
    decision = thread.decision()
    other = thread.somebody(role, everywhere=role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR))
    assert refusal(lambda: opened(thread, decision, other)) == ("forbidden", NOT_YOURS, None)
    assert (Project.objects.count(), Earmark.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_the_chair_of_another_town_opens_nothing(thread: Thread) -> None:
    other = thread.somebody(Role.CHAIR, where=Town.objects.get(slug="ridder"))
    decision = thread.decision()
    assert refusal(lambda: opened(thread, decision, other))[0] == "forbidden"


@pytest.mark.django_db
def test_what_was_not_adopted_raises_no_money(thread: Thread) -> None:
    decision = thread.decision(choice=Choice.AGAINST)
    assert refusal(lambda: opened(thread, decision))[:2] == (
        "forbidden",
        "The council did not adopt this decision, so there is nothing to raise money for.",
    )


@pytest.mark.django_db
def test_a_decision_has_one_project(thread: Thread) -> None:
    decision = thread.decision()
    opened(thread, decision)
    assert refusal(lambda: opened(thread, decision))[1] == "This decision has its project already."


@pytest.mark.django_db
@pytest.mark.parametrize("minor", [-1, 0, 9_999_99, 1_000_000_000_01, 10**17])
def test_an_impossible_cost_is_refused_beside_its_field(thread: Thread, minor: int) -> None:
    decision = thread.decision()
    got = refusal(lambda: opened(thread, decision, goal=Money(minor, "KZT")))
    assert got[0::2] == ("goal_out_of_range", "goal")
    assert (Project.objects.count(), Earmark.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_town_without_a_fund_opens_no_project(town: Town, now: datetime) -> None:
    nowhere = Thread(town=town, fund=Fund(), now=now)
    decision = nowhere.decision()
    assert refusal(lambda: opened(nowhere, decision))[0] == "no_fund"


@pytest.mark.django_db
def test_the_database_ties_a_project_to_its_earmark_and_to_one_decision(thread: Thread) -> None:
    project = opened(thread, thread.decision())
    other = Earmark.objects.create(fund=thread.fund, label="Other")
    for change, constraint in (
        ({"id": uuid4(), "earmark": other}, "project_is_its_earmark"),
        ({"id": other.pk, "earmark": other}, "decision_id"),
        ({"id": other.pk, "earmark": other, "decision": thread.decision(), "goal_minor": 0}, "project_goal"),
    ):
        copy = Project.objects.get(pk=project.pk)
        for name, value in change.items():
            setattr(copy, name, value)
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            copy.save(force_insert=True)


@pytest.mark.usefixtures("committed_db")
def test_two_at_once_open_one_project(thread: Thread) -> None:
    decision = thread.decision()
    thread.the(Role.CHAIR)

    def attempt() -> str:
        try:
            opened(thread, decision)
        except DomainError as error:
            return error.code
        return "opened"

    assert sorted(at_once(attempt, 4)) == ["forbidden"] * 3 + ["opened"]
    assert (Project.objects.count(), Earmark.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("goal", "possible"),
    [
        (MIN_GOAL, True),
        (MAX_GOAL, True),
        (MIN_GOAL - Money(1, "KZT"), False),
        (MAX_GOAL + Money(1, "KZT"), False),
        (Money(0, "KZT"), False),
    ],
)
def test_the_bounds_belong_to_the_range(goal: Money, possible: bool) -> None:
    assert goal_is_possible(goal) is possible


@pytest.mark.parametrize(
    ("raised", "share"),
    [
        ([], 0.0),
        ([Money(250, "KZT")], 0.25),
        ([Money(250, "KZT"), Money(500, "KZT")], 0.75),
        ([Money(2_000, "KZT")], 1.0),
        ([Money(500, "EUR"), Money(500, "USD")], 0.0),
        ([Money(-500, "KZT")], 0.0),
    ],
)
def test_currencies_are_never_added_up(raised: list[Money], share: float) -> None:
    assert funded_share(Money(1_000, "KZT"), raised) == share
