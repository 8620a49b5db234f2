"""The page of what waits: each role finds there the links that public pages do not show, and may open every one."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override

from common.clock import day_of, now
from councils.surveys.models import OpenAnswer
from councils.surveys.states import OpenAnswerState
from portal.waiting import ROLES, waiting_for
from tests.things_of_the_town import person
from towns.models import Town
from users.permissions import holds_role
from users.states import Role


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.mark.parametrize("role", ROLES)
def test_every_link_opens_for_the_role_that_sees_it(demo: Town, role: Role) -> None:
    client = Client()
    client.force_login(person(role.value))
    with override("en"):
        kinds = waiting_for(town=demo, held={role})
    shown = client.get(f"/en/towns/{demo.slug}/waiting/").content.decode()
    addresses = [address for kind in kinds for thing in kind.things for _words, address in thing.links]
    assert addresses
    assert [address for address in addresses if f'href="{address}"' not in shown] == []
    first = {re.sub("[0-9a-f-]{36}", "", address): address for address in addresses}
    assert {client.get(address).status_code for address in first.values()} == {200}


def test_the_secretary_learns_of_open_answers_that_nobody_has_read(demo: Town) -> None:
    def found(role: Role) -> list[str]:
        links = [link for kind in waiting_for(town=demo, held={role}) for thing in kind.things for link in thing.links]
        return [address for _words, address in links if address.endswith("/open-answers/")]

    unread = OpenAnswer.objects.filter(wave__town=demo, state=OpenAnswerState.WAITING)
    waves = unread.values("wave").distinct().count()
    assert waves > 0
    assert [len(found(role)) for role in (Role.SECRETARY, Role.CHAIR, Role.AUDITOR)] == [waves, 0, 0]
    unread.delete()
    assert found(Role.SECRETARY) == []


def test_towns_stand_in_the_order_of_the_readers_alphabet(demo: Town) -> None:
    """Kazakh: Қ comes after К and before Л, and Ә after А; plain letters of computers put both behind Я."""
    client = Client()
    client.force_login(person(Role.AUDITOR.value))
    page = client.get("/kk/waiting/").content.decode()
    places = [page.index(f">{name}</a>") for name in ("Кентау", "Қаражал", "Құлсары", "Лисаков", "Сәтбаев", "Шахтинск")]
    assert places == sorted(places)


def test_a_treasurer_finds_a_line_to_reverse_by_its_number(demo: Town) -> None:
    client, treasurer = Client(), person(Role.TREASURER.value)
    assert holds_role(treasurer, [Role.TREASURER], demo, on=day_of(now()))
    client.force_login(treasurer)
    page = f"/en/towns/{demo.slug}/waiting/"
    assert client.get(page, {"line": "1"})["Location"] == f"/en/ledger/{demo.slug}/1/reverse/"
    answers = [client.get(page, {"line": typed}) for typed in ("999999", "one", "", "9" * 40)]
    assert [answer.status_code for answer in answers] == [422] * 4
    assert "The ledger of this town has no line with this number." in answers[0].content.decode()
