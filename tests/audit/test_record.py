"""The record of who did what: written with the write or not at all, never changed, and the clock of public pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.actions import record
from audit.models import Record, Version
from audit.queries import site_version, town_version
from tests.payments.stage import at_once
from towns.models import Town
from users.models import User

Note = Callable[..., None]


@pytest.fixture
def note(now: datetime) -> Note:
    def make(town: str = "temirtau", **facts: Any) -> None:
        told = {"actor_id": None, "action": "tests.note", "object_type": "thing", "object_id": uuid4(), **facts}
        with transaction.atomic():
            record(now=now, town_slug=town, **told)

    return make


@pytest.mark.django_db
def test_a_row_tells_who_did_what_to_which_thing(note: Note, now: datetime) -> None:
    user, thing = User.objects.create_user("a@example.org"), uuid4()
    note(actor_id=user.pk, object_id=thing, detail={"amount_minor": 5})
    row = Record.objects.get(action="tests.note")
    assert (row.recorded_at, row.actor, row.town_slug, row.object_type, row.object_id, row.detail) == (
        now,
        user,
        "temirtau",
        "thing",
        str(thing),
        {"amount_minor": 5},
    )
    note(action="tests.anonymous")
    anonymous = Record.objects.get(action="tests.anonymous")
    assert (anonymous.actor_id, anonymous.detail) == (None, {})


@pytest.mark.django_db
def test_the_version_of_a_town_moves_with_each_of_its_writes(note: Note) -> None:
    def versions() -> tuple[int, int, int]:
        return town_version("temirtau"), town_version("ridder"), site_version()

    one, other, site = versions()
    note("temirtau")
    assert versions() == (one + 1, other, site + 1)
    note("ridder")
    note("ridder")
    assert versions() == (one + 1, other + 2, site + 3)
    note("")  # a write that belongs to no town may show on the pages of each
    assert versions() == (one + 2, other + 3, site + 4)
    assert town_version("atlantis") == town_version("no-town-at-all")


@pytest.mark.django_db
def test_a_write_that_is_taken_back_leaves_no_trace(note: Note, now: datetime) -> None:
    before = Record.objects.count(), site_version()

    def failing() -> None:
        with transaction.atomic():
            note()
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        failing()
    assert (Record.objects.count(), site_version()) == before


@pytest.mark.usefixtures("committed_db")
def test_a_record_outside_a_transaction_is_a_mistake(now: datetime) -> None:
    before = Record.objects.count()
    with pytest.raises(RuntimeError, match="belongs into the transaction of its write"):
        record(now=now, actor_id=None, town_slug="", action="x", object_type="x", object_id=1)
    assert Record.objects.count() == before


@pytest.mark.usefixtures("committed_db")
def test_versions_count_every_write_of_many_at_once(note: Note) -> None:
    before = town_version("temirtau")
    at_once(note, 6)
    assert town_version("temirtau") == before + 6
    assert Record.objects.filter(action="tests.note").count() == 6


def _sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


STATEMENTS = [
    "UPDATE audit_record SET action = 'nothing'",
    "DELETE FROM audit_record",
    "TRUNCATE audit_record",
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", [*STATEMENTS, "ALTER TABLE audit_record DISABLE TRIGGER ALL"])
def test_the_site_cannot_change_what_was_recorded(note: Note, statement: str) -> None:
    note()
    before = list(Record.objects.order_by("id").values())
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        _sql(statement)
    assert list(Record.objects.order_by("id").values()) == before


@pytest.mark.parametrize("statement", STATEMENTS)
def test_not_even_the_owner_changes_it_by_accident(as_database_owner: None, note: Note, statement: str) -> None:
    note()
    with pytest.raises(DatabaseError, match="only grows"):
        _sql(statement)


@pytest.mark.django_db
def test_a_town_has_one_version(note: Note, town: Town) -> None:
    note()
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.create(town_slug=town.slug)
