"""Needs for programs: what leaves, in which shape, and what never does."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from common.uploads import Photo
from councils.needs import actions
from councils.needs.models import Need
from councils.needs.states import Category
from towns.models import Town
from users.models import User

pytestmark = pytest.mark.django_db

LIST = "/api/v1/needs/"


def test_one_need_whole(
    client: Client, file_need: Callable[..., Need], secretary: User, photo: Photo, now: datetime
) -> None:
    need = file_need(photo=photo)
    actions.accept_need(actor=secretary, need=need, answer="We look.", now=now)
    response = client.get(f"{LIST}{need.pk}/")
    assert response.json() == {
        "id": str(need.pk),
        "town": "temirtau",
        "text": need.text,
        "language": "en",
        "category": "lighting",
        "quarter": "Microdistrict 5",
        "state": "accepted",
        "refusal_reason": "",
        "answer": "We look.",
        "filed_date": "2026-11-21",
        "answered_date": "2026-11-22",
        "photo_url": f"http://testserver{reverse('needs:photo', args=[need.pk])}",
        "page_url": f"http://testserver{reverse('needs:detail', args=[need.pk])}",
    }


def test_only_what_is_public_leaves(client: Client, waiting: Need, accepted: Need, refused: Need, hidden: Need) -> None:
    response = client.get(LIST)
    assert {row["id"] for row in response.json()["results"]} == {str(accepted.pk), str(refused.pk)}
    for query in ("?state=submitted", "?state=refused", "?category=lighting", "?limit=100", f"?after={hidden.pk}"):
        body = client.get(LIST + query).content.decode()
        for secret in (
            "pump house",
            "Askar",
            "Abai street 7",
            "neighbours",
            waiting.ticket,
            hidden.ticket,
            accepted.ticket,
            str(waiting.pk),
            str(hidden.pk),
        ):
            assert secret not in body


def test_hidden_waiting_and_unknown_look_alike(client: Client, waiting: Need, hidden: Need) -> None:
    answers = [client.get(f"{LIST}{pk}/") for pk in (waiting.pk, hidden.pk, uuid4())]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "no_such_need"


def test_no_moment_of_filing_leaves(client: Client, accepted: Need) -> None:
    body = client.get(LIST).content.decode()
    assert "T" + accepted.filed_at.strftime("%H:%M") not in body
    assert "filed_at" not in body


def test_filters(client: Client, file_need: Callable[..., Need], secretary: User, now: datetime, refused: Need) -> None:
    ridder = Town.objects.get(slug="ridder")
    person = User.objects.create_user("moderator@example.org")
    person.appointments.create(role="moderator", starts_date=now.date())
    there = file_need("Roads of the other town", where=ridder, category=Category.ROADS)
    actions.accept_need(actor=person, need=there, now=now)

    def ids(query: str) -> list[str]:
        return [row["id"] for row in client.get(LIST + query).json()["results"]]

    assert ids("?town=ridder") == [str(there.pk)]
    assert ids("?town=temirtau") == [str(refused.pk)]
    assert ids("?category=roads") == [str(there.pk)]
    assert ids("?state=refused") == [str(refused.pk)]
    assert ids("?town=ridder&state=refused") == []
    assert ids("?town=altay") == []  # there is such a town; nothing of it can be read
    answer = client.get(LIST + "?town=atlantis", headers={"accept-language": "en"})
    told = {"code": "no_such_town", "message": "There is no town with this slug; /api/v1/towns/ lists them."}
    assert (answer.status_code, answer.json()) == (404, told)


@pytest.mark.parametrize("query", ["?state=submitted", "?category=x", "?limit=0", "?limit=101", "?limit=x", "?after=1"])
def test_wrong_parameters_are_named(client: Client, accepted: Need, query: str) -> None:
    response = client.get(LIST + query)
    assert response.status_code == 400
    body = response.json()
    assert body["code"] == "invalid"
    assert list(body["errors"]) == [query[1:].split("=", maxsplit=1)[0]]


def test_page_by_page(client: Client, file_need: Callable[..., Need], secretary: User, now: datetime) -> None:
    needs = [file_need(f"Need number {i} of our town") for i in range(5)]
    for need in needs:
        actions.accept_need(actor=secretary, need=need, now=now)
    seen, query = [], "?limit=2"
    while query:
        body = client.get(LIST + query).json()
        seen += [row["id"] for row in body["results"]]
        query = f"?limit=2&after={body['next_after']}" if body["next_after"] else ""
    assert len(seen) == 5
    assert set(seen) == {str(need.pk) for need in needs}


@pytest.mark.parametrize("number", [1, 3])
def test_queries(
    client: Client,
    file_need: Callable[..., Need],
    secretary: User,
    now: datetime,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        actions.accept_need(actor=secretary, need=file_need(), now=now)
    with django_assert_num_queries(1):
        client.get(LIST)


def test_nothing_can_be_written(client: Client, accepted: Need) -> None:
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(LIST, "{}", content_type="application/json").status_code == 405
        assert method(f"{LIST}{accepted.pk}/", "{}", content_type="application/json").status_code == 405
