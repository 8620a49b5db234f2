"""The council's own pages: what waits, and the form of an answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from common.uploads import Photo
from councils.needs import actions
from councils.needs.models import Need
from councils.needs.states import NeedState
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def test_strangers_are_sent_to_sign_in_and_others_away(
    client: Client, town: Town, waiting: Need, person: Callable[..., User]
) -> None:
    for address in (reverse("needs:triage", args=[town.slug]), reverse("needs:answer", args=[waiting.pk])):
        client.logout()
        response = client.get(address)
        assert response.status_code == HTTPStatus.FOUND
        assert response.headers["Location"].endswith(f"?next={address}")
        for role in (None, Role.RESIDENT, Role.AKIMAT, Role.TREASURER, Role.ENTERPRISE):
            client.force_login(person(role))
            response = client.get(address)
            assert response.status_code == HTTPStatus.FORBIDDEN
            assert "pump house" not in response.content.decode()
        for role in (Role.CHAIR, Role.SECRETARY, Role.COUNCILLOR, Role.MODERATOR):
            client.force_login(person(role))
            assert client.get(address).status_code == HTTPStatus.OK


def test_the_longest_waiting_first(
    client: Client, town: Town, file_need: Callable[..., Need], accepted: Need, secretary: User
) -> None:
    file_need("The younger need of the two")
    file_need("The older need of the two", at=accepted.filed_at - timedelta(days=3))
    client.force_login(secretary)
    html = client.get(reverse("needs:triage", args=[town.slug])).content.decode()
    assert html.index("The older need") < html.index("The younger need")
    assert "street lamps" not in html
    assert "2 needs wait for an answer" in html


@pytest.mark.parametrize("number", [1, 3])
def test_queries_of_triage(
    client: Client,
    town: Town,
    file_need: Callable[..., Need],
    secretary: User,
    photo: Photo,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        file_need(photo=photo)
    client.force_login(secretary)
    # session, person, town, role, needs, counts
    with django_assert_num_queries(6):
        client.get(reverse("needs:triage", args=[town.slug]))


def test_triage_goes_on(client: Client, town: Town, file_need: Callable[..., Need], secretary: User) -> None:
    for i in range(21):
        file_need(f"Need number {i:02} of our town")
    client.force_login(secretary)
    address = reverse("needs:triage", args=[town.slug])
    first = client.get(address).content.decode()
    cursor = first.split("?after=")[1].split('"')[0]
    second = client.get(address, {"after": cursor}).content.decode()
    assert (first.count('class="card"'), second.count('class="card"')) == (20, 1)


def test_the_author_is_never_shown(
    client: Client, file_need: Callable[..., Need], person: Callable[..., User], secretary: User
) -> None:
    author = person()
    author.display_name = "Dana Unique"
    author.save()
    need = file_need(author=author)
    client.force_login(secretary)
    html = client.get(reverse("needs:answer", args=[need.pk])).content.decode()
    assert "Dana Unique" not in html
    assert author.email not in html
    assert str(author.pk) not in html


def test_accepting_on_the_page(client: Client, waiting: Need, secretary: User) -> None:
    client.force_login(secretary)
    response = client.post(
        reverse("needs:answer", args=[waiting.pk]), {"verdict": "accept", "reason": "", "answer": "We look."}
    )
    assert response.headers["Location"] == reverse("needs:triage", args=[waiting.town.slug])
    need = Need.objects.get(pk=waiting.pk)
    assert (need.state, need.answer, need.answered_by) == (NeedState.ACCEPTED, "We look.", secretary)


def test_refusing_on_the_page(client: Client, waiting: Need, secretary: User) -> None:
    client.force_login(secretary)
    client.post(
        reverse("needs:answer", args=[waiting.pk]), {"verdict": "refuse", "reason": "unclear", "answer": "Which one?"}
    )
    need = Need.objects.get(pk=waiting.pk)
    assert (need.state, need.refusal_reason, need.answer) == (NeedState.REFUSED, "unclear", "Which one?")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "verdict_0"),
        ({"verdict": "maybe"}, "verdict_0"),
        ({"verdict": "refuse", "answer": "No."}, "reason"),
        ({"verdict": "refuse", "reason": "other"}, "answer"),
        ({"verdict": "refuse", "reason": "fun", "answer": "No."}, "reason"),
        ({"verdict": "accept", "reason": "other"}, "reason"),
        ({"verdict": "accept", "answer": "x" * 2001}, "answer"),
    ],
)
def test_mistakes_are_named_and_nothing_is_lost(
    client: Client, waiting: Need, secretary: User, sent: dict[str, str], field: str
) -> None:
    client.force_login(secretary)
    response = client.post(reverse("needs:answer", args=[waiting.pk]), sent)
    html = response.content.decode()
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'href="#id_{field}"' in html.split('class="error-summary"')[1].split("</div>")[0]
    assert sent.get("answer", "") in html
    assert Need.objects.get(pk=waiting.pk).state == NeedState.SUBMITTED


def test_who_comes_second_keeps_their_words(
    client: Client, waiting: Need, secretary: User, person: Callable[..., User], now: datetime
) -> None:
    client.force_login(person(Role.CHAIR))
    actions.accept_need(actor=secretary, need=waiting, now=now)
    response = client.post(
        reverse("needs:answer", args=[waiting.pk]),
        {"verdict": "refuse", "reason": "other", "answer": "My long answer."},
    )
    assert response.status_code == HTTPStatus.CONFLICT
    assert "answered this need in the meantime" in response.content.decode()
    assert Need.objects.get(pk=waiting.pk).state == NeedState.ACCEPTED


def test_an_answered_need_has_no_form(client: Client, accepted: Need, person: Callable[..., User]) -> None:
    client.force_login(person(Role.CHAIR))
    html = client.get(reverse("needs:answer", args=[accepted.pk])).content.decode()
    assert "An answer stands." in html
    assert 'name="verdict"' not in html
    assert "We put it on the agenda." in html


def test_ones_own_need_has_no_form(client: Client, file_need: Callable[..., Need], person: Callable[..., User]) -> None:
    chair = person(Role.CHAIR)
    need = file_need(author=chair)
    client.force_login(chair)
    html = client.get(reverse("needs:answer", args=[need.pk])).content.decode()
    assert "filed by you" in html
    assert 'name="verdict"' not in html
