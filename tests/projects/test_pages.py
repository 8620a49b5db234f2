"""The pages of projects: what the ledger says of them, page by page, and the form that opens one."""

import re
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import Client

from common.money import Money
from funds.projects.models import Project
from funds.projects.queries import PAGE
from tests.thread import Thread
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def text(address: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == HTTPStatus.OK
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\xa0", " ").split())


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_project_shows_what_the_ledger_says(thread: Thread) -> None:
    project = thread.project(goal=1_000_000)
    thread.gift(project, 250_000)
    thread.gift(project, 40, "EUR")
    thread.payout(250_000)
    thread.paid(project, 100_000)
    page = text(f"/en/projects/project/{project.pk}/")
    assert "Given 250 000 ₸ Paid 100 000 ₸ Left for this project 150 000 ₸" in page
    assert "Given 40 €, paid 0 €, left for this project 40 €" in page
    assert "Cost: 1 000 000 ₸" in page


def test_a_project_without_gifts_says_its_cost(thread: Thread) -> None:
    project = thread.project()
    page = text(f"/en/projects/project/{project.pk}/")
    assert "Cost: 1 000 000 ₸" in page
    assert "Given" not in page.split("Cost:")[0]


def test_what_was_typed_is_text(thread: Thread) -> None:
    project = thread.project(title="<b>Lamps</b> & more")
    for address in (f"/en/projects/project/{project.pk}/", f"/en/projects/{thread.town.slug}/"):
        page = Client().get(address).content.decode()
        assert "<b>Lamps</b>" not in page
        assert "&lt;b&gt;Lamps&lt;/b&gt; &amp; more" in page


@pytest.mark.parametrize(
    "address", ["/en/projects/atlantis/", "/en/projects/project/{}/", "/en/spending/project/{}/new/"]
)
def test_what_is_not_there_is_said(thread: Thread, address: str) -> None:
    client = entered(thread.the(Role.TREASURER))
    assert client.get(address.format(uuid4())).status_code == HTTPStatus.NOT_FOUND


def test_many_projects_are_turned_page_by_page(thread: Thread) -> None:
    made = [str(thread.project().pk) for _ in range(PAGE + 3)][::-1]
    seen, address = [], f"/en/projects/{thread.town.slug}/"
    while address:
        page = Client().get(address).content.decode()
        seen += re.findall(r'<h\d class="card-title"><a href="/en/projects/project/([0-9a-f-]+)/"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"/en/projects/{thread.town.slug}/{more[1]}" if more else ""
    assert seen == made
    assert text(f"/en/projects/{thread.town.slug}/?after=nonsense")


FACTS = {"title": "Lamps", "summary": "Twelve lamps.", "low_carbon_note": ""}


def test_the_chair_opens_a_project(thread: Thread) -> None:
    decision = thread.decision()
    client = entered(thread.the(Role.CHAIR))
    address = f"/en/projects/decision/{decision.pk}/open/"
    assert 'value="Light for school 12"' in client.get(address).content.decode()
    answer = client.post(address, {**FACTS, "goal": "1 240 000,50"})
    project = Project.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/en/projects/project/{project.pk}/")
    assert (project.goal, project.language) == (Money(1_240_000_50, "KZT"), "en")
    assert client.get(address).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"goal": "abc"}, "goal"),
        ({"goal": "0"}, "goal"),
        ({"goal": "-5"}, "goal"),
        ({"goal": "1e30"}, "goal"),
        ({"goal": "9999"}, "goal"),
        ({"goal": "99999999999999999999"}, "goal"),
        ({"goal": "NaN"}, "goal"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"summary": " "}, "summary"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(thread: Thread, change: dict[str, str], field: str) -> None:
    decision = thread.decision()
    client = entered(thread.the(Role.SECRETARY))
    typed = {**FACTS, "goal": "50000", "summary": "Kept words.", **change}
    answer = client.post(f"/en/projects/decision/{decision.pk}/open/", typed)
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'id="id_{field}_error"' in page
    if field != "summary":
        assert "Kept words." in page
    assert f'value="{typed["goal"]}"' in page
    assert Project.objects.count() == 0


def test_a_decision_that_is_not_there(thread: Thread) -> None:
    client = entered(thread.the(Role.CHAIR))
    assert client.get(f"/en/projects/decision/{uuid4()}/open/").status_code == HTTPStatus.NOT_FOUND
