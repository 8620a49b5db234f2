"""What an entry is about stands beside it: written with it and by nobody else, never changed, never about nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.transparency.conftest import SLUG
from transparency import actions, queries
from transparency.models import Entry, Topic
from transparency.states import Kind

Write = Callable[..., int]
PUT = "INSERT INTO transparency_topic (log_id, index, kind, ref, day) VALUES (%s, %s, %s, %s, %s)"


def put(index: int, kind: Kind, day: date | None = None) -> None:
    log_id = Entry.objects.values_list("log_id", flat=True)[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PUT, [log_id, index, kind.value, uuid4(), day])


def topics() -> list[tuple[object, ...]]:
    return list(Topic.objects.order_by("index").values_list("index", "kind", "ref", "day"))


@pytest.mark.django_db
def test_it_is_written_with_its_entry(write: Write, now: datetime) -> None:
    decision, evening = uuid4(), datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # the next day begins in Kazakhstan
    assert [write(1), write(2, ref=decision), write(3, kind=Kind.MINUTES, ref=decision)] == [0, 1, 2]
    assert [actions.heartbeat(slug=SLUG, now=one) for one in (now, evening)] == [3, 4]
    assert topics() == [
        (1, "decision", decision, None),
        (2, "minutes", decision, None),
        (3, "heartbeat", None, date(2026, 11, 22)),
        (4, "heartbeat", None, date(2026, 11, 23)),
    ]
    assert [one.index for one in queries.entries_about(decision)] == [1, 2]
    with transaction.atomic():
        write(4, ref=decision)
        transaction.set_rollback(True)
    assert len(topics()) == 4


@pytest.mark.django_db
def test_another_town_has_entries_of_the_same_number(write: Write) -> None:
    ours, theirs = uuid4(), uuid4()
    assert (write(1, ref=ours), write(1, slug="rudny", ref=theirs)) == (0, 0)
    assert [one.log_id for one in queries.entries_about(ours) + queries.entries_about(theirs)] == [
        Topic.objects.get(ref=ref).log_id for ref in (ours, theirs)
    ]


@pytest.mark.parametrize("change", ["UPDATE {} SET ref = NULL", "DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_the_owner_changes_it_by_accident(as_database_owner: None, write: Write, change: str) -> None:
    write(1, ref=uuid4())
    before = topics()
    with (
        pytest.raises(DatabaseError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format("transparency_topic"))
    assert topics() == before


def test_the_owner_writes_none_that_is_of_no_entry(as_database_owner: None, write: Write, now: datetime) -> None:
    write(1)
    today = (now + timedelta(hours=5)).date()
    actions.heartbeat(slug=SLUG, now=now)
    actions.heartbeat(slug=SLUG, now=now + timedelta(1))
    with pytest.raises(IntegrityError):  # a sign of life has its own already
        put(1, Kind.HEARTBEAT, today)
    for index, kind, day in (
        (3, Kind.DECISION, None),
        (0, Kind.PUBLICATION, None),
        (0, Kind.DECISION, today),
        (1, Kind.HEARTBEAT, None),
        (2, Kind.HEARTBEAT, today + timedelta(7)),
    ):
        with pytest.raises(IntegrityError, match="no such entry"):
            put(index, kind, day)
    put(0, Kind.DECISION)
    assert len(topics()) == 3
