"""Minutes are published once, with the attendance and the decisions of their day, and stand in the public log."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from http import HTTPStatus
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from common.errors import DomainError, Forbidden
from councils.meetings.actions import publish_minutes
from councils.meetings.models import Decision, MinutedDecision, Minutes
from tests.ledger.books import log_bodies
from tests.meetings.conftest import Hall
from towns.models import Town
from transparency.models import Opening
from users.models import User

pytestmark = pytest.mark.django_db
Decide = Callable[..., Decision]
Publish = Callable[..., Minutes]


@pytest.fixture
def day(now: datetime) -> date:
    """The day on which `decide` decides."""
    return (now - timedelta(days=2)).date()


@pytest.fixture
def publish(hall: Hall, town: Town, now: datetime, day: date) -> Publish:
    def make(letters: str = "yyyyy", *, actor: User | None = None, **change: object) -> Minutes:
        there = {seat.pk: letter == "y" for seat, letter in zip(hall.seats, letters, strict=True)}
        facts: dict[str, object] = {
            "sitting_date": day,
            "text": "The lamps were talked about.",
            "language": "en",
            "present": there,
            "submission": uuid4(),
        }
        return publish_minutes(actor=actor or hall.secretary, town=town, now=now, **{**facts, **change})  # type: ignore[arg-type]

    return make


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def test_minutes_hold_attendance_and_the_decisions_of_their_day(
    hall: Hall, town: Town, decide: Decide, publish: Publish, day: date
) -> None:
    decision = decide("++++a")
    minutes = publish("yyyyn")
    assert (minutes.number, minutes.seats) == (1, 5)
    assert list(MinutedDecision.objects.values_list("minutes_id", "decision_id")) == [(minutes.pk, decision.pk)]
    body = json.loads(log_bodies(town.slug)[-1])
    commitments = body.pop("commitments")
    assert body.pop("at").endswith("Z")
    assert body == {
        "attendance": ["present", "present", "present", "present", "absent"],
        "decisions": [str(decision.pk)],
        "id": str(minutes.pk),
        "language": "en",
        "number": 1,
        "quorum": minutes.quorum,
        "seats": 5,
        "sitting": day.isoformat(),
        "type": "minutes",
        "v": 1,
    }
    assert set(commitments) == {"text", *(f"member_{seat}" for seat in range(1, 6))}
    kept = dict(Opening.objects.filter(index=len(log_bodies(town.slug)) - 1).values_list("field", "value"))
    assert kept["text"] == "The lamps were talked about."
    page = Client().get(f"/en/decisions/minutes/{minutes.pk}/").content.decode()
    assert "The lamps were talked about." in page
    assert decision.title in page
    assert page.count("was not there") == 1
    assert f'href="/en/decisions/minutes/{minutes.pk}/"' in Client().get(f"/en/decisions/{town.slug}/").content.decode()


def test_one_form_publishes_once_and_a_day_has_one_text(publish: Publish) -> None:
    key: UUID = uuid4()
    assert publish(submission=key).pk == publish(submission=key).pk == key
    assert refused(lambda: publish(text="Other words")) == "minutes_there"
    assert Minutes.objects.count() == 1


def test_refusals(hall: Hall, publish: Publish, decide: Decide, now: datetime, town: Town) -> None:
    decide("+++aa")
    assert refused(lambda: publish("yyyyn")) == "attendance_contradicts"
    assert refused(lambda: publish("nyynn")) == "attendance_contradicts"
    assert refused(lambda: publish(text="  ")) == "text_missing"
    assert refused(lambda: publish(sitting_date=(now + timedelta(days=1)).date())) == "day_wrong"
    assert refused(lambda: publish(sitting_date=date(2020, 1, 1))) == "day_wrong"
    assert refused(lambda: publish(present={hall.seats[0].pk: True})) == "attendance_incomplete"
    assert refused(lambda: publish(present={uuid4(): True})) == "attendance_incomplete"
    assert Minutes.objects.count() == 0
    elsewhere = Town.objects.get(slug="ridder")
    with pytest.raises(Forbidden):
        publish_minutes(
            actor=hall.secretary,
            town=elsewhere,
            sitting_date=now.date(),
            text="x",
            language="en",
            present={},
            submission=uuid4(),
            now=now,
        )


def test_a_councillor_publishes_nothing(hall: Hall, publish: Publish) -> None:
    with pytest.raises(Forbidden):
        publish(actor=hall.seats[1].user)
    assert Minutes.objects.count() == 0


@pytest.mark.parametrize("statement", ["UPDATE", "DELETE"])
def test_minutes_are_never_changed(publish: Publish, statement: str) -> None:
    publish()
    change = "SET text = 'Nothing was said.'" if statement == "UPDATE" else "FROM meetings_minutes"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{statement} {'meetings_minutes ' if statement == 'UPDATE' else ''}{change}")


def sent(hall: Hall, day: date, **change: str) -> dict[str, str]:
    facts = {"sitting_date": day.isoformat(), "text": "The lamps were talked about.", "submission": str(uuid4())}
    return facts | {f"present_{seat.pk}": "yes" for seat in hall.seats} | change


def test_the_form(hall: Hall, town: Town, decide: Decide, day: date) -> None:
    decision = decide()
    client, address = Client(), f"/en/decisions/{town.slug}/minutes/new/"
    client.force_login(hall.secretary)
    assert decision.title in client.get(address, {"sitting_date": day.isoformat()}).content.decode()
    empty = client.post(address, sent(hall, day, text="", **{f"present_{hall.seats[0].pk}": ""}))
    assert empty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Write what was said." in empty.content.decode()
    assert "Say whether this member was there." in empty.content.decode()
    wrong = client.post(address, sent(hall, day, **{f"present_{hall.seats[0].pk}": "no"}))
    assert (wrong.status_code, "says otherwise about this member" in wrong.content.decode()) == (409, True)
    hidden = client.post(address, sent(hall, day, text="Minutes \u202eof"))
    assert hidden.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert Minutes.objects.count() == 0
    answer = client.post(address, sent(hall, day))
    assert answer["Location"] == f"/en/decisions/minutes/{Minutes.objects.get().pk}/"


def test_the_form_is_for_chair_and_secretary(hall: Hall, town: Town) -> None:
    address = f"/en/decisions/{town.slug}/minutes/new/"
    assert Client().get(address).status_code == HTTPStatus.FOUND
    for user, status in ((hall.chair, 200), (hall.secretary, 200), (hall.seats[1].user, 403)):
        client = Client()
        client.force_login(user)
        assert client.get(address).status_code == status


def test_a_town_without_a_council(town: Town) -> None:
    assert Client().get(f"/en/decisions/minutes/{uuid4()}/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_often_however_many_there_are(
    publish: Publish, town: Town, day: date, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for back in range(number):
        publish(sitting_date=day - timedelta(days=back))
    Client().get(f"/en/decisions/{town.slug}/")
    with django_assert_num_queries(7):
        page = Client().get(f"/en/decisions/{town.slug}/").content.decode()
    assert page.count("/en/decisions/minutes/") == number
