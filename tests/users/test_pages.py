"""One's own page, name and residence; the secretary's list of residents; the administrator's page of roles."""

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from common import clock
from common.clock import day_of
from funds.ledger.models import Fund
from tests.users.conftest import Enter, MakePerson, hold
from towns.models import Town
from users.models import Appointment, User
from users.queries import PAGE
from users.states import Role

pytestmark = pytest.mark.django_db

OWN = ["/en/me/", "/en/me/name/", "/en/me/residence/"]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


@pytest.mark.parametrize("address", [*OWN, "/en/me/residents/", "/en/me/appointments/"])
def test_a_visitor_is_led_to_the_sign_in_page(address: str) -> None:
    answer = Client().get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/en/account/?next={address}")


@pytest.mark.parametrize("address", OWN)
def test_own_pages_are_never_kept_by_a_cache(person: MakePerson, entered: Enter, address: str) -> None:
    answer = entered(person()).get(address)
    assert answer.status_code == HTTPStatus.OK
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_whoever_has_no_role_is_told_what_to_do(person: MakePerson, entered: Enter) -> None:
    page = text(entered(person()), "/en/me/")
    assert "You have no role in a town yet" in page
    assert 'href="/en/me/residence/"' in page


@pytest.mark.parametrize("role", list(Role))
def test_each_role_finds_its_pages_and_each_link_opens(
    person: MakePerson, entered: Enter, town: Town, fund: Fund, role: Role
) -> None:
    everywhere = role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
    client = entered(person(role, everywhere=everywhere))
    page = text(client, "/en/me/")
    assert str(role.label) in page
    main = page[page.index("<main") : page.index("</main")]
    links = [link for link in re.findall(r'href="(/en/[^"]+)"', main) if "/me/" not in link]
    expected = {Role.AUDITOR: 0, Role.MODERATOR: 0, Role.HELPER: 1, Role.APPROVER: 1, Role.ADMINISTRATOR: 1}
    assert len(links) >= expected.get(role, 2)
    answers = {link: client.get(link).status_code for link in links}
    assert answers == dict.fromkeys(links, 200)


def test_an_ended_term_opens_nothing(person: MakePerson, entered: Enter, town: Town) -> None:
    user, today = person(), clock.day_of(clock.now())
    ended = today - timedelta(days=1)
    Appointment.objects.create(user=user, town=town, role=Role.SECRETARY, starts_date=ended, ends_date=ended)
    client = entered(user)
    assert "You have no role in a town yet" in text(client, "/en/me/")
    assert client.get("/en/me/residents/").status_code == HTTPStatus.FORBIDDEN


def test_a_name_is_changed(person: MakePerson, entered: Enter) -> None:
    user = person()
    client = entered(user)
    answer = client.post("/en/me/name/", {"display_name": " Дана  Ким ", "language": "ru"})
    assert (answer.status_code, answer["Location"]) == (302, "/en/me/")
    user.refresh_from_db()
    assert (user.display_name, user.language) == ("Дана Ким", "ru")
    assert 'value="Дана Ким"' in text(client, "/en/me/name/")


def test_a_wrong_name_keeps_what_was_typed(person: MakePerson, entered: Enter) -> None:
    user = person()
    answer = entered(user).post("/en/me/name/", {"display_name": "x" * 81, "language": "xx"})
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'value="{"x" * 81}"' in page
    assert ('id="id_display_name_error"' in page, 'id="id_language_error"' in page) == (True, True)
    user.refresh_from_db()
    assert user.display_name == ""


def test_a_name_is_never_a_tag(person: MakePerson, entered: Enter) -> None:
    client = entered(person())
    client.post("/en/me/name/", {"display_name": "<script>alert(1)</script>", "language": "en"})
    page = text(client, "/en/me/")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_residence_is_said_once_and_the_second_time_kindly_refused(
    person: MakePerson, entered: Enter, town: Town
) -> None:
    user = person()
    client = entered(user)
    assert client.post("/en/me/residence/", {"town": town.pk})["Location"] == "/en/me/"
    assert "As you told us; nobody has checked it." in text(client, "/en/me/")
    answer = client.post("/en/me/residence/", {"town": town.pk})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This person holds this role already." not in answer.content.decode()
    assert "You have said already that you live in this town." in answer.content.decode()
    assert user.appointments.count() == 1


@pytest.mark.parametrize("typed", ["", "no-uuid", "019ab6f0-0000-7000-8000-000000000000"])
def test_an_unknown_town_is_no_residence(person: MakePerson, entered: Enter, typed: str) -> None:
    user = person()
    answer = entered(user).post("/en/me/residence/", {"town": typed})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="id_town_error"' in answer.content.decode()
    assert user.appointments.count() == 0


def residents(page: str) -> list[str]:
    return re.findall(r"person\d+@example\.org", page)


def test_a_secretary_sees_the_residents_of_their_own_town_alone(
    person: MakePerson, entered: Enter, ridder: Town
) -> None:
    here, there = person(Role.RESIDENT), person(Role.RESIDENT, where=ridder)
    assert residents(text(entered(person(Role.SECRETARY)), "/en/me/residents/")) == [here.email]
    assert residents(text(entered(person(Role.SECRETARY, where=ridder)), "/en/me/residents/")) == [there.email]
    everybody = text(entered(person(Role.ADMINISTRATOR, everywhere=True)), "/en/me/residents/")
    assert residents(everybody) == [here.email, there.email]


def test_a_secretary_confirms_a_resident_of_their_town(person: MakePerson, entered: Enter, ridder: Town) -> None:
    resident, secretary = person(Role.RESIDENT), person(Role.SECRETARY)
    appointment = resident.appointments.get()
    stranger = entered(person(Role.SECRETARY, where=ridder))
    assert stranger.post("/en/me/residents/", {"appointment": appointment.pk}).status_code == HTTPStatus.FORBIDDEN
    client = entered(secretary)
    assert client.post("/en/me/residents/", {"appointment": appointment.pk})["Location"] == "/en/me/residents/"
    appointment.refresh_from_db()
    assert appointment.verified_by == secretary
    assert "Nobody is waiting" in text(client, "/en/me/residents/")
    assert "nobody has checked it" not in text(entered(resident), "/en/me/")


@pytest.mark.parametrize("typed", ["", "no-uuid", "019ab6f0-0000-7000-8000-000000000000", "\x00"])
def test_confirming_nobody_is_not_found(person: MakePerson, entered: Enter, typed: str) -> None:
    answer = entered(person(Role.SECRETARY)).post("/en/me/residents/", {"appointment": typed})
    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_a_role_that_is_no_residence_cannot_be_confirmed(person: MakePerson, entered: Enter) -> None:
    chair = person(Role.CHAIR).appointments.get()
    answer = entered(person(Role.SECRETARY)).post("/en/me/residents/", {"appointment": chair.pk})
    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_many_residents_are_turned_page_by_page(person: MakePerson, entered: Enter) -> None:
    waiting = [person(Role.RESIDENT).email for _ in range(2 * PAGE + 1)]
    client, seen, address = entered(person(Role.SECRETARY)), [], "/en/me/residents/"
    while address:
        page = text(client, address)
        seen += residents(page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"/en/me/residents/{more[1].replace('&amp;', '&')}" if more else ""
    assert seen == waiting


def test_a_resident_is_found_by_name_and_by_address(person: MakePerson, entered: Enter) -> None:
    one, two = person(Role.RESIDENT), person(Role.RESIDENT)
    User.objects.filter(pk=one.pk).update(display_name="Айгүл Серікқызы")
    client = entered(person(Role.SECRETARY))
    assert residents(text(client, "/en/me/residents/?q=айгүл")) == [one.email]
    assert residents(text(client, f"/en/me/residents/?q={two.email.upper()}")) == [two.email]
    assert "Nobody of this name or address is waiting" in text(client, "/en/me/residents/?q=zzz")
    assert residents(text(client, "/en/me/residents/?after=no-uuid")) == [one.email, two.email]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_residents_costs_the_same(
    person: MakePerson, entered: Enter, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        person(Role.RESIDENT)
    client = entered(person(Role.SECRETARY))
    with django_assert_num_queries(4):
        text(client, "/en/me/residents/")


@pytest.mark.parametrize("role", [None, Role.CHAIR, Role.SECRETARY, Role.MODERATOR, Role.AUDITOR, Role.TREASURER])
def test_only_the_administrator_appoints(person: MakePerson, entered: Enter, town: Town, role: Role | None) -> None:
    client, chair = entered(person(role)), person(Role.CHAIR).appointments.get()
    assert client.get("/en/me/appointments/").status_code == HTTPStatus.FORBIDDEN
    facts = {"email": person().email, "role": "treasurer", "town": town.pk, "starts_date": "2026-11-22"}
    assert client.post("/en/me/appointments/", facts).status_code == HTTPStatus.FORBIDDEN
    assert client.post(f"/en/me/appointments/{chair.pk}/end/").status_code == HTTPStatus.FORBIDDEN
    assert Appointment.objects.filter(role=Role.TREASURER).exclude(user__appointments__role=role).count() == 0
    chair.refresh_from_db()
    assert chair.ends_date is None


def test_the_administrator_appoints_and_ends(person: MakePerson, entered: Enter, town: Town) -> None:
    whom, administrator = person(), person(Role.ADMINISTRATOR, everywhere=True)
    client = entered(administrator)
    facts = {
        "email": whom.email.upper(),
        "role": "treasurer",
        "town": town.pk,
        "starts_date": "2026-11-01",
        "ends_date": "",
    }
    assert client.post("/en/me/appointments/", facts)["Location"] == "/en/me/appointments/"
    made = whom.appointments.get()
    assert (made.role, made.town, made.appointed_by, made.ends_date) == ("treasurer", town, administrator, None)
    page = text(client, "/en/me/appointments/")
    assert f'action="/en/me/appointments/{made.pk}/end/"' in page
    assert client.get(f"/en/me/appointments/{made.pk}/end/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post(f"/en/me/appointments/{made.pk}/end/")["Location"] == "/en/me/appointments/"
    made.refresh_from_db()
    assert made.ends_date == clock.day_of(clock.now())
    assert client.post(f"/en/me/appointments/{uuid4()}/end/").status_code == HTTPStatus.NOT_FOUND


def test_a_refused_appointment_says_why_and_keeps_what_was_typed(
    person: MakePerson, entered: Enter, town: Town, now: datetime
) -> None:
    client, whom = entered(person(Role.ADMINISTRATOR, everywhere=True)), person(Role.CHAIR)
    facts = {"email": whom.email, "role": "chair", "town": str(town.pk), "starts_date": "2026-11-01", "ends_date": ""}
    for change, field, words in (
        ({}, "role", "holds this role already"),
        ({"town": "", "role": "treasurer"}, "town", "This role belongs to a town"),
        ({"ends_date": "2026-10-01", "role": "treasurer"}, "ends_date", "The last day lies before the first one"),
        ({"email": "nobody@example.org"}, "email", "Nobody with this address has signed in yet"),
        ({"role": "emperor"}, "role", "emperor"),
        ({"starts_date": "yesterday"}, "starts_date", "valid date"),
    ):
        answer = client.post("/en/me/appointments/", {**facts, **change})
        page = answer.content.decode()
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert words in page
        assert f'id="id_{field}_error"' in page
        assert f'value="{ {**facts, **change}["email"] }"' in page
    assert Appointment.objects.count() == 2


def test_residents_are_not_listed_among_the_appointed(person: MakePerson, entered: Enter, town: Town) -> None:
    resident, chair = person(Role.RESIDENT), person(Role.CHAIR)
    hold(chair, Role.HELPER, town, clock.now())
    page = text(entered(person(Role.ADMINISTRATOR, everywhere=True)), "/en/me/appointments/")
    assert resident.email not in page
    assert page.count(chair.email) == 2


def test_the_page_says_that_another_town_ends_the_first(
    person: MakePerson, entered: Enter, town: Town, ridder: Town
) -> None:
    user = person()
    client = entered(user)
    assert "Your town now" not in client.get("/en/me/residence/").content.decode()
    client.post("/en/me/residence/", {"town": str(town.pk)})
    page = client.get("/en/me/residence/").content.decode()
    assert "Your town now: Temirtau. One lives in one town at a time" in page
    client.post("/en/me/residence/", {"town": str(ridder.pk)})
    assert "Your town now: Ridder." in client.get("/en/me/residence/").content.decode()


def test_an_appointment_that_has_not_begun_is_taken_back(person: MakePerson, entered: Enter, town: Town) -> None:
    first = day_of(clock.now()) + timedelta(days=30)
    made = Appointment.objects.create(user=person(), role="chair", town=town, starts_date=first)
    client = entered(person(Role.ADMINISTRATOR, everywhere=True))
    assert "Take back" in client.get("/en/me/appointments/").content.decode()
    assert client.post(f"/en/me/appointments/{made.pk}/end/").status_code == HTTPStatus.FOUND
    made.refresh_from_db()
    assert made.was_taken_back
    page = client.get("/en/me/appointments/").content.decode()
    assert ("Take back" in page, "taken back" in page) == (False, True)
