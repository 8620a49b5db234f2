"""Copying a project: only for the own council's decision, with the words of another town, and both pages say so."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Record
from common.errors import DomainError
from common.money import Money
from councils.meetings.states import Choice
from funds.ledger.models import Fund
from funds.projects.actions import open_project
from funds.projects.models import Project
from funds.projects.queries import copies_of, newest_by_town
from tests.projects.test_pages import entered, text
from tests.thread import Thread
from towns.models import Town
from users.states import Role

pytestmark = pytest.mark.django_db


@dataclass
class Pair:
    """A project of one town, and another town with its own council and fund."""

    source: Project
    ours: Thread


@pytest.fixture
def pair(thread: Thread, now: datetime) -> Pair:
    town = Town.objects.get(slug="ridder")
    fund = Fund.objects.create(town=town, founded_date=now.date())
    return Pair(thread.project(goal=1_500_000), Thread(town=town, fund=fund, now=now))


def made(pair: Pair, source: Project | None) -> Project:
    decision = pair.ours.decision()
    return open_project(
        actor=pair.ours.the(Role.CHAIR),
        decision=decision,
        title="Our lamps",
        summary="Nine lamps.",
        low_carbon_note="",
        goal=Money(50_000_00, "KZT"),
        language="en",
        made_after=source,
        now=pair.ours.now,
    )


def test_the_form_brings_the_words_and_not_the_cost(pair: Pair) -> None:
    decision = pair.ours.decision()
    chair = entered(pair.ours.the(Role.CHAIR))
    waiting = Client().get(f"/en/projects/ridder/copy/{pair.source.pk}/").content.decode()
    address = f"/en/projects/decision/{decision.pk}/open/?like={pair.source.pk}"
    assert address in waiting
    page = chair.get(address).content.decode()
    assert "Twelve lamps along the way to school." in page
    assert "1\xa0500\xa0000\xa0₸" in page  # told, not filled in: what it costs here is this council's to find out
    assert 'name="goal" value' not in page
    facts = {"title": "Our lamps", "summary": "Nine lamps.", "goal": "900000", "low_carbon_note": ""}
    assert chair.post(address, facts).status_code == HTTPStatus.FOUND
    ours = Project.objects.get(fund=pair.ours.fund)
    assert (ours.made_after, ours.goal, ours.decision) == (pair.source, Money(900_000_00, "KZT"), decision)
    entry = Record.objects.get(action="projects.open", object_id=str(ours.pk))
    assert entry.detail["made_after"] == str(pair.source.pk)


def test_both_pages_name_each_other(pair: Pair) -> None:
    address = f"/en/projects/project/{pair.source.pk}/"
    before = Client().get(address)
    ours = made(pair, pair.source)
    after = Client().get(address, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == HTTPStatus.OK
    assert f"/en/projects/project/{ours.pk}/" in after.content.decode()
    assert "Towns that did the same Our lamps · Ridder" in text(address)
    told = text(f"/en/projects/project/{ours.pk}/")
    assert f"Made after a project of the town: {pair.source.fund.town.name_en}. Lamps" in told
    assert copies_of(project=pair.source) == [ours]


def test_another_towns_project_needs_a_decision_of_ones_own(pair: Pair) -> None:
    assert "No decision waits for a project." in text(f"/en/projects/ridder/copy/{pair.source.pk}/")
    rejected = pair.ours.decision(choice=Choice.AGAINST)
    chair = entered(pair.ours.the(Role.CHAIR))
    answer = chair.get(f"/en/projects/decision/{rejected.pk}/open/?like={pair.source.pk}")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    councillor = entered(pair.ours.the(Role.COUNCILLOR))
    decision = pair.ours.decision()
    assert (
        councillor.post(f"/en/projects/decision/{decision.pk}/open/?like={pair.source.pk}", {}).status_code
        == HTTPStatus.FORBIDDEN
    )
    assert not Project.objects.filter(fund=pair.ours.fund).exists()


def test_a_towns_own_project_is_no_model(pair: Pair) -> None:
    first = made(pair, None)
    with pytest.raises(DomainError) as refused:
        made(pair, first)
    assert refused.value.code == "own_project"
    assert "This is a project of your own town." in text(f"/en/projects/ridder/copy/{first.pk}/")
    with pytest.raises(IntegrityError, match="project_not_after_itself"), transaction.atomic():
        Project.objects.filter(pk=first.pk).update(made_after=first)


@pytest.mark.parametrize("like", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_project_is_no_model(pair: Pair, like: str) -> None:
    decision = pair.ours.decision()
    answer = entered(pair.ours.the(Role.CHAIR)).get(f"/en/projects/decision/{decision.pk}/open/?like={like}")
    assert answer.status_code == (HTTPStatus.NOT_FOUND if like.startswith("0") else HTTPStatus.OK)


def test_the_newest_of_each_town_in_one_query(pair: Pair, thread: Thread) -> None:
    ours = made(pair, pair.source)
    newest = thread.project(decision=thread.decision())
    with CaptureQueriesContext(connection) as asked:
        found = newest_by_town(towns=[thread.town.slug, "ridder"], each=1)
        told = {one.fund.town.slug: (one, one.made_after) for one in found}
    assert len(asked) == 1
    assert told == {"ridder": (ours, pair.source), thread.town.slug: (newest, None)}
