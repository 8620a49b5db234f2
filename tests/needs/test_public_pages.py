"""What everybody sees: the list, one need, its photo. Nothing of a hidden or waiting need anywhere."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from common.uploads import Photo
from councils.needs import actions
from councils.needs.models import Need
from councils.needs.states import RefusalReason
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

SECRETS = ("pump house", "Askar", "Abai street 7", "name neighbours")


def page(client: Client, name: str, *args: object, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_what_is_answered_and_counts_the_rest(
    client: Client, town: Town, waiting: Need, accepted: Need, refused: Need, hidden: Need
) -> None:
    html = page(client, "needs:list", town.slug)
    assert "Accepted: the street lamps are dark." in html
    assert "Refused: build us a seaport." in html
    assert "Not something the town can do" in html
    assert "waiting for an answer" in html
    assert "One more need was refused because it contained personal data" in html
    for secret in (*SECRETS, waiting.ticket, accepted.ticket, hidden.ticket, str(waiting.pk), str(hidden.pk)):
        assert secret not in html


def test_the_list_can_be_narrowed(client: Client, town: Town, accepted: Need, refused: Need) -> None:
    html = page(client, "needs:list", town.slug, query="?state=refused&category=lighting")
    assert "seaport" in html
    assert "street lamps" not in html
    assert "No answered need fits." in page(client, "needs:list", town.slug, query="?category=water")


@pytest.mark.parametrize("query", ["?state=submitted", "?category=nonsense", "?after=1", "?state=%00"])
def test_a_filter_that_does_not_exist(client: Client, town: Town, waiting: Need, query: str) -> None:
    response = client.get(reverse("needs:list", args=[town.slug]) + query)
    assert response.status_code == 404
    assert "pump house" not in response.content.decode()


def test_a_town_without_needs_invites(client: Client, town: Town) -> None:
    html = page(client, "needs:list", town.slug)
    assert "No need has been answered yet" in html
    assert reverse("needs:file", args=[town.slug]) in html


def test_a_town_that_does_not_exist(client: Client) -> None:
    assert client.get(reverse("needs:list", args=["atlantis"])).status_code == 404


def test_the_list_goes_on(
    client: Client, town: Town, file_need: Callable[..., Need], secretary: User, now: datetime
) -> None:
    for i in range(21):
        actions.accept_need(actor=secretary, need=file_need(f"Need number {i:02} of our town"), now=now)
    first = page(client, "needs:list", town.slug, query="?category=lighting")
    assert first.count('class="card"') == 20
    cursor = first.split("after=")[1].split('"')[0]
    second = page(client, "needs:list", town.slug, query=f"?category=lighting&after={cursor}")
    assert second.count('class="card"') == 1
    assert "after=" not in second.split("<main")[1]
    shown = {f"Need number {i:02}" for i in range(21) if f"Need number {i:02}" in first + second}
    assert len(shown) == 21


@pytest.mark.parametrize("number", [1, 3])
def test_queries_of_the_list(
    client: Client,
    town: Town,
    file_need: Callable[..., Need],
    secretary: User,
    now: datetime,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        actions.accept_need(actor=secretary, need=file_need(), now=now)
    # the version, the town, the counts, the needs
    with django_assert_num_queries(4):
        page(client, "needs:list", town.slug)


def test_queries_of_a_need(client: Client, accepted: Need, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        page(client, "needs:detail", accepted.pk)


def test_public_pages_are_cacheable_and_answer_304(client: Client, town: Town, accepted: Need, secretary: User) -> None:
    for address in (reverse("needs:list", args=[town.slug]), reverse("needs:detail", args=[accepted.pk])):
        first = client.get(address)
        assert "Cookie" not in first.headers.get("Vary", "")
        assert first.cookies == {}
        assert "public" in first.headers["Cache-Control"]
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_an_answer_changes_the_list_at_once(
    client: Client, town: Town, accepted: Need, waiting: Need, secretary: User, now: datetime
) -> None:
    address = reverse("needs:list", args=[town.slug])
    etag = client.get(address).headers["ETag"]
    actions.accept_need(actor=secretary, need=waiting, now=now)
    again = client.get(address, headers={"If-None-Match": etag})
    assert again.status_code == 200
    assert "pump house" in again.content.decode()


def test_one_need(client: Client, accepted: Need, refused: Need) -> None:
    html = page(client, "needs:detail", accepted.pk)
    for text in (
        "street lamps are dark",
        "We put it on the agenda.",
        "21 November 2026",
        "22 November 2026",
        "Microdistrict 5",
    ):
        assert text in html
    assert accepted.ticket not in html
    html = page(client, "needs:detail", refused.pk)
    assert "Refused: Not something the town can do" in html
    assert "The town has no sea." in html


def test_text_is_text_and_never_markup(
    client: Client, file_need: Callable[..., Need], secretary: User, now: datetime
) -> None:
    need = file_need('<script>alert("x")</script> lamps & lights', quarter="<b>5</b>")
    actions.accept_need(actor=secretary, need=need, answer="<img src=x onerror=alert(1)>", now=now)
    html = page(client, "needs:detail", need.pk)
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "<b>5" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("which", ["waiting", "hidden"])
def test_what_is_not_public_is_not_found_by_anybody(
    client: Client, request: pytest.FixtureRequest, which: str, person: Callable[..., User]
) -> None:
    need: Need = request.getfixturevalue(which)
    unknown = client.get(reverse("needs:detail", args=[uuid4()]))
    for who in (None, person(Role.SECRETARY)):
        if who:
            client.force_login(who)
        response = client.get(reverse("needs:detail", args=[need.pk]))
        assert response.status_code == unknown.status_code == 404
        for secret in SECRETS:
            assert secret not in response.content.decode()


def test_the_photo_of_a_public_need(
    client: Client, file_need: Callable[..., Need], secretary: User, photo: Photo, now: datetime
) -> None:
    need = file_need(photo=photo)
    actions.accept_need(actor=secretary, need=need, now=now)
    response = client.get(reverse("needs:photo", args=[need.pk]))
    assert response.status_code == 200
    assert response.content == photo.bytes
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert "Vary" not in response.headers or "Cookie" not in response.headers["Vary"]
    assert f'src="{reverse("needs:photo", args=[need.pk])}"' in page(client, "needs:detail", need.pk)


@pytest.mark.parametrize("state", ["waiting", "hidden"])
def test_the_photo_of_a_need_that_is_not_public(
    client: Client,
    file_need: Callable[..., Need],
    secretary: User,
    person: Callable[..., User],
    photo: Photo,
    now: datetime,
    state: str,
) -> None:
    need, other = file_need(photo=photo), file_need(photo=photo)
    if state == "hidden":
        actions.refuse_need(actor=secretary, need=need, reason=RefusalReason.PERSONAL, answer="Faces.", now=now)
    address = reverse("needs:photo", args=[need.pk])
    assert client.get(address).status_code == 404
    assert client.get(f"{address}?ticket={other.ticket}").status_code == 404
    by_ticket = client.get(f"{address}?ticket={need.ticket.lower()}")
    assert (by_ticket.status_code, by_ticket.content) == (200, photo.bytes)
    assert by_ticket.headers["Cache-Control"] == "private, no-store"
    client.force_login(person(Role.AKIMAT))
    assert client.get(address).status_code == 404
    client.force_login(secretary)
    by_council = client.get(address)
    assert (by_council.status_code, by_council.headers["Cache-Control"]) == (200, "private, no-store")


def test_a_need_without_a_photo_has_none(client: Client, accepted: Need) -> None:
    assert client.get(reverse("needs:photo", args=[accepted.pk])).status_code == 404
    assert "<img" not in page(client, "needs:detail", accepted.pk)


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_every_language_has_its_page(client: Client, town: Town, accepted: Need, language: str) -> None:
    with override(language):
        html = page(client, "needs:detail", accepted.pk)
        assert f'<html lang="{language}"' in html
        assert town.name_in(language) in html
