"""My page: the treasurer's many links stand under headings, everybody else's in one list."""

import re

import pytest
from django.test import Client

from tests.thread import Thread
from users.states import Role


@pytest.mark.django_db
def test_the_treasurer_finds_links_under_headings(thread: Thread, client: Client) -> None:
    client.force_login(thread.the(Role.TREASURER))
    page = client.get("/en/me/").content.decode()
    section = page[page.index("<h2>treasurer") :]
    headings = re.findall(r"<h3>([^<]+)</h3>", section)
    assert headings == ["Today", "Money that came", "Money that goes", "The books", "Checks and duties"]
    assert [part.partition("</ul>")[0].count("<li>") for part in section.split("<h3>")[1:6]] == [1, 6, 2, 5, 4]


@pytest.mark.django_db
def test_a_refusal_names_the_roles_that_may(thread: Thread, client: Client) -> None:
    client.force_login(thread.the(Role.CHAIR))
    answer = client.get(f"/en/treasury/{thread.town.slug}/lines/")
    assert answer.status_code == 403
    assert "This may do: treasurer, auditor." in answer.content.decode()
    assert Client().get(f"/en/treasury/{thread.town.slug}/lines/").status_code == 302
