"""The council's public pages and the form on which a decision is written down."""

from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from councils.meetings.models import Decision
from councils.meetings.states import Outcome
from councils.members.actions import declare_interest
from councils.needs.models import Need
from towns.models import Town
from users.models import Appointment

if TYPE_CHECKING:
    from tests.meetings.conftest import Hall

pytestmark = pytest.mark.django_db

Decide = Callable[..., Decision]


@pytest.fixture(autouse=True)
def at_noon(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("councils.meetings.views.now", lambda: now)


def sheet(hall: "Hall", letters: str = "++++a", **changed: str) -> dict[str, str]:
    """What a browser sends for this roll call."""
    facts = {
        "title": "Light for school 12",
        "text": "The fund is asked to raise money for twelve lamps.",
        "decided_date": "2026-11-20",
        "submission": str(uuid4()),
    }
    for appointment_id, ballot in hall.roll(letters).items():
        facts[f"vote_{appointment_id}"] = ballot.choice.value
        facts[f"interest_{appointment_id}"] = ballot.interest
    return facts | changed


def test_the_list(client: Client, town: Town, decide: Decide, need: Need, another_need: Callable[..., Need]) -> None:
    other = another_need()
    made = decide("+++-a")
    html = client.get(reverse("meetings:list", args=[town.slug])).content.decode()
    for text in (
        "Light for school 12",
        "№ 1 · 20 November 2026",
        "In favour: 3 · Against: 1",
        "Charter of the council",
    ):
        assert text in html
    assert reverse("meetings:detail", args=[made.pk]) in html
    waiting = html.split('id="waiting"')[1].split("</section>")[0]
    assert reverse("needs:detail", args=[other.pk]) in waiting
    assert reverse("needs:detail", args=[need.pk]) not in waiting
    assert reverse("meetings:record", args=[other.pk]) not in html  # a public page leads nobody to a refusal
    members = html.split('<h2 id="members">')[1]
    assert [members.index(name) for name in ("Dana", "Marat", "Saule")] == sorted(
        members.index(name) for name in ("Dana", "Marat", "Saule")
    )
    assert "without a vote" in members


def test_a_town_without_a_council(client: Client, town: Town) -> None:
    html = client.get(reverse("meetings:list", args=[town.slug])).content.decode()
    assert "no community council yet" in html
    assert "No decision has been made yet." in html


@pytest.mark.parametrize("number", [1, 3])
def test_queries_of_the_list(
    client: Client,
    town: Town,
    decide: Decide,
    another_need: Callable[..., Need],
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for i in range(number):
        decide("+++++", on=another_need(f"Need number {i} of our town"))
        another_need(f"Waiting need number {i} of our town")
    # version, town, council, decisions, members with their interests, waiting needs
    with django_assert_num_queries(7):
        client.get(reverse("meetings:list", args=[town.slug]))


def test_the_list_goes_on(client: Client, town: Town, decide: Decide) -> None:
    for i in range(21):
        decide("-----", title=f"Decision about lamp {i:02}")
    address = reverse("meetings:list", args=[town.slug])
    first = client.get(address).content.decode()
    assert "?before=2" in first
    second = client.get(f"{address}?before=2").content.decode()
    assert "Decision about lamp 00" in second
    assert "Decision about lamp 00" not in first
    assert "Decision about lamp 01" not in second
    assert "?before=" not in second.split("<main")[1]


def test_a_decision(client: Client, decide: Decide, need: Need) -> None:
    made = decide("++-ra")
    html = client.get(reverse("meetings:detail", args=[made.pk])).content.decode()
    for text in (
        "Light for school 12",
        "twelve lamps",
        "Present: 4 of 5 seats. Needed: 4.",
        "More were in favour than against, so it is adopted.",
        "Owner of Lamps LLP",
        reverse("needs:detail", args=[need.pk]),
        reverse("portal:chain", args=[need.pk]),
    ):
        assert text in html
    roll = html.split('id="roll"')[1]
    for name, vote in (("Dana", "in favour"), ("Aigul", "against"), ("Sergey", "recused"), ("Bota", "absent")):
        assert vote in roll.split(name)[1].split("</tr>")[0]


@pytest.mark.parametrize(("letters", "words"), [("+++aa", "Too few were present"), ("++--a", "so it is rejected")])
def test_other_outcomes_say_why(client: Client, decide: Decide, letters: str, words: str) -> None:
    assert words in client.get(reverse("meetings:detail", args=[decide(letters).pk])).content.decode()


def test_queries_of_a_decision(
    client: Client, decide: Decide, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = decide()
    with django_assert_num_queries(4):
        client.get(reverse("meetings:detail", args=[made.pk]))


def test_public_pages_are_cacheable(client: Client, town: Town, decide: Decide) -> None:
    for address in (reverse("meetings:list", args=[town.slug]), reverse("meetings:detail", args=[decide().pk])):
        first = client.get(address)
        assert first.cookies == {}
        assert "Cookie" not in first.headers.get("Vary", "")
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == HTTPStatus.NOT_MODIFIED


def test_unknown_decisions_are_not_found(client: Client) -> None:
    assert client.get(reverse("meetings:detail", args=[uuid4()])).status_code == HTTPStatus.NOT_FOUND


def test_the_form_calls_every_member(client: Client, hall: "Hall", need: Need, now: datetime) -> None:
    declare_interest(actor=hall.chair, appointment=hall.seats[0], organisation="Lamps LLP", now=now)
    client.force_login(hall.secretary)
    html = client.get(reverse("meetings:record", args=[need.pk])).content.decode()
    for seat in hall.seats:
        assert f'name="vote_{seat.pk}"' in html
        assert f'name="interest_{seat.pk}"' in html
    assert "Saule" not in html
    assert "Declared interests: Lamps LLP" in html
    assert "Seats: 5. Must be present: 4." in html
    assert '<option value="for" selected' not in html


def test_who_gets_the_form(client: Client, hall: "Hall", need: Need) -> None:
    address = reverse("meetings:record", args=[need.pk])
    assert client.get(address).status_code == HTTPStatus.FOUND
    client.force_login(hall.seats[1].user)
    assert client.get(address).status_code == HTTPStatus.FORBIDDEN
    assert client.post(address, sheet(hall)).status_code == HTTPStatus.FORBIDDEN
    assert Decision.objects.count() == 0
    client.force_login(hall.chair)
    assert client.get(address).status_code == HTTPStatus.OK


def test_recording_on_the_page(client: Client, hall: "Hall", need: Need) -> None:
    client.force_login(hall.secretary)
    response = client.post(reverse("meetings:record", args=[need.pk]), sheet(hall, "++-ra"))
    made = Decision.objects.get()
    assert response.headers["Location"] == reverse("meetings:detail", args=[made.pk])
    assert (made.outcome, made.in_favour, made.recused, made.absent) == (Outcome.ADOPTED, 2, 1, 1)
    assert (made.decided_date, made.language, made.recorded_by) == (date(2026, 11, 20), "en", hall.secretary)


def test_a_double_tap_records_once(client: Client, hall: "Hall", need: Need) -> None:
    client.force_login(hall.secretary)
    facts = sheet(hall, "-----")
    answers = [client.post(reverse("meetings:record", args=[need.pk]), facts) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert Decision.objects.count() == 1


def test_mistakes_are_named_and_nothing_is_lost(client: Client, hall: "Hall", need: Need) -> None:
    dana, marat, aigul = (seat.pk for seat in hall.seats[:3])
    client.force_login(hall.secretary)
    facts = sheet(hall, "++++a", title="")
    facts |= {f"vote_{dana}": "", f"vote_{marat}": "recused", f"interest_{aigul}": "Owner of Water JSC"}
    response = client.post(reverse("meetings:record", args=[need.pk]), facts)
    html = response.content.decode()
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    summary = html.split('class="error-summary"')[1].split("</div>")[0]
    for field in ("title", f"vote_{dana}", f"interest_{marat}", f"interest_{aigul}"):
        assert f'href="#id_{field}"' in summary
    for kept in ("twelve lamps", "Owner of Water JSC", "2026-11-20"):
        assert kept in html
    assert html.count('<option value="for" selected>') == 2
    assert Decision.objects.count() == 0


def test_a_day_that_cannot_be(client: Client, hall: "Hall", need: Need) -> None:
    client.force_login(hall.secretary)
    response = client.post(reverse("meetings:record", args=[need.pk]), sheet(hall, decided_date="2026-11-23"))
    assert response.status_code == HTTPStatus.CONFLICT
    assert 'href="#id_decided_date"' in response.content.decode()


def test_an_older_day_calls_the_members_of_then(client: Client, hall: "Hall", need: Need) -> None:
    bota = hall.seats[4]
    Appointment.objects.filter(pk=bota.pk).update(ends_date=date(2026, 11, 18))
    client.force_login(hall.secretary)
    address = reverse("meetings:record", args=[need.pk])
    today = client.get(address).content.decode()
    assert f"vote_{bota.pk}" not in today
    without = {name: value for name, value in sheet(hall).items() if str(bota.pk) not in name}
    response = client.post(address, without | {"decided_date": "18.11.2026"})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'href="#id_vote_{bota.pk}"' in response.content.decode()
    client.post(address, sheet(hall, "+++++", decided_date="18.11.2026"))
    assert Decision.objects.get().in_favour == 5


def test_a_decided_need_leads_to_its_decision(client: Client, hall: "Hall", need: Need, decide: Decide) -> None:
    made = decide()
    client.force_login(hall.secretary)
    html = client.get(reverse("meetings:record", args=[need.pk])).content.decode()
    assert reverse("meetings:detail", args=[made.pk]) in html
    assert 'name="title"' not in html


def test_text_is_text(client: Client, decide: Decide) -> None:
    made = decide(title="<b>Light</b>", text="<script>alert(1)</script>")
    html = client.get(reverse("meetings:detail", args=[made.pk])).content.decode()
    assert "<script>alert" not in html
    assert "<b>Light" not in html
