"""What is booked stays as it was booked, in one row of numbers without gaps, and personal values stand apart."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from tests.transparency.conftest import SLUG
from transparency import actions, queries
from transparency.models import Entry, Head, Log, Opening
from transparency.rules.canonical import canonical, commitment
from transparency.states import Kind

pytestmark = pytest.mark.django_db
Write = Callable[..., int]


def sql(text: str, *values: str | bytes | datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, list(values))


def test_entries_are_numbered_from_nought_without_gaps_and_each_town_for_itself(write: Write) -> None:
    assert [write(1), write(2), write(3, slug="rudny"), write(4)] == [0, 1, 0, 2]
    assert queries.open_logs() == ["rudny", "temirtau"]
    assert {log.slug: Head.objects.get(log_id=log.pk).size for log in Log.objects.all()} == {"rudny": 1, "temirtau": 3}


def test_the_bytes_are_canonical_and_stand_as_they_were_written(write: Write, now: datetime) -> None:
    ref = uuid4()
    index = write(7, ref=ref)
    entry = queries.entry_at(SLUG, index)
    assert bytes(entry.body) == b'{"at":"2026-11-22T09:00:00.000000Z","number":7,"type":"decision","v":1}'
    assert (entry.kind, entry.booked_at) == (Kind.DECISION, now)
    assert queries.index_of(ref) == index
    assert [one.index for one in queries.entries_about(ref)] == [index]
    assert queries.index_of(uuid4()) is None


def test_a_rolled_back_entry_leaves_no_gap(write: Write) -> None:
    write(1)
    with transaction.atomic():
        write(2)
        transaction.set_rollback(True)
    assert write(3) == 1


def test_personal_fields_are_committed_to_and_kept_apart(write: Write) -> None:
    index = write(1, personal={"name": "Айгүл", "why": "because"})
    body = json.loads(bytes(queries.entry_at(SLUG, index).body))
    kept = {one.field: one for one in Opening.objects.filter(index=index)}
    assert body["commitments"] == {
        field: commitment(key=bytes(one.key), field=field, value=one.value) for field, one in kept.items()
    }
    assert {field: one.value for field, one in kept.items()} == {"name": "Айгүл", "why": "because"}
    assert len({bytes(one.key) for one in kept.values()}) == 2
    assert "Айгүл" not in bytes(queries.entry_at(SLUG, index).body).decode()


def test_nobody_but_the_log_writes_moment_kind_and_version(now: datetime) -> None:
    with pytest.raises(ValueError, match="by the log itself"), transaction.atomic():
        actions.append(slug=SLUG, kind=Kind.DECISION, body={"at": "2020"}, now=now)


@pytest.mark.parametrize("kind", [Kind.TRANSACTION, Kind.CLOSE])
def test_money_is_written_by_the_ledger_alone(now: datetime, kind: Kind) -> None:
    with pytest.raises(ProgrammingError, match="only the ledger writes"), transaction.atomic():
        actions.append(slug=SLUG, kind=kind, body={}, now=now)
    assert queries.open_logs() == []


def call(kind: str, moment: datetime, body: bytes, slug: str = SLUG) -> None:
    sql("SELECT transparency_append(%s, %s, NULL, %s, %s)", slug, kind, moment, body)


def test_an_entry_cannot_say_other_than_its_row(now: datetime) -> None:
    at = actions.moment_text(now)
    good = {"at": at, "type": "decision", "v": 1}
    wrong: list[dict[str, object]] = [
        {**good, "type": "minutes"},
        {**good, "v": 2},
        {**good, "at": actions.moment_text(now + timedelta(1))},
        {"v": 1},
    ]
    for body in wrong:
        with pytest.raises(IntegrityError, match="another kind, moment or version"):
            call("decision", now, canonical(body))
    call("decision", now, canonical(good))
    assert Entry.objects.count() == 1


def test_unknown_kinds_odd_slugs_and_long_entries_are_refused(now: datetime) -> None:
    at = actions.moment_text(now)
    with pytest.raises(ProgrammingError, match="only the ledger writes entries of kind gossip"):
        call("gossip", now, canonical({"at": at, "type": "gossip", "v": 1}))
    body = canonical({"at": at, "type": "decision", "v": 1})
    for slug in ("", "Temirtau", "a/b", "-a"):
        with pytest.raises(IntegrityError, match="log_slug_plain"):
            call("decision", now, body, slug)
    longest = 65_535 - len(canonical({"at": at, "text": "", "type": "decision", "v": 1}))
    fits = {"at": at, "text": "x" * longest, "type": "decision", "v": 1}
    call("decision", now, canonical(fits))
    with pytest.raises(IntegrityError, match="log_entry_length"):
        call("decision", now, canonical({**fits, "text": "x" * (longest + 1)}))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transparency_entry SET body = '{}'",
        "DELETE FROM transparency_entry",
        "TRUNCATE transparency_entry",
        "INSERT INTO transparency_entry SELECT log_id, index + 1, kind, booked_at, body FROM transparency_entry",
        "UPDATE transparency_head SET size = 0",
        "DELETE FROM transparency_head",
        "INSERT INTO transparency_log (slug, opened_at) VALUES ('x', now())",
        "UPDATE transparency_log SET slug = 'other'",
        "DELETE FROM transparency_log",
        "DELETE FROM transparency_opening",
        "UPDATE transparency_opening SET value = 'somebody else'",
        "INSERT INTO transparency_opening SELECT log_id, index, 'x', key, value FROM transparency_opening",
        "SELECT transparency_open('x', now())",
        "ALTER TABLE transparency_entry DISABLE TRIGGER ALL",
        "INSERT INTO transparency_topic SELECT log_id, index, kind, NULL, NULL FROM transparency_entry",
        "UPDATE transparency_topic SET ref = NULL",
        "DELETE FROM transparency_topic",
        "TRUNCATE transparency_topic",
        "ALTER TABLE transparency_topic DISABLE TRIGGER ALL",
    ],
)
def test_the_site_itself_cannot_change_the_log(write: Write, statement: str) -> None:
    write(1, personal={"name": "x"})
    before = (list(Entry.objects.values_list("index", "body")), list(Opening.objects.values_list("field", "value")))
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        sql(statement)
    now = (list(Entry.objects.values_list("index", "body")), list(Opening.objects.values_list("field", "value")))
    assert now == before


def test_keeping_what_other_code_committed_to(now: datetime) -> None:
    key = actions.new_key()
    body = {"commitments": {"name": commitment(key=key, field="name", value="Бақыт")}}
    whole = {**body, "at": actions.moment_text(now), "type": "minutes", "v": 1}
    call("minutes", now, canonical(whole))
    for wrong in (
        actions.Kept(0, "name", key, "Somebody else"),
        actions.Kept(0, "other", key, "Бақыт"),
        actions.Kept(1, "name", key, "Бақыт"),
        actions.Kept(0, "name", actions.new_key(), "Бақыт"),
    ):
        with pytest.raises(ValueError, match="holds no commitment"):
            actions.keep_openings(slug=SLUG, openings=[wrong])
    actions.keep_openings(slug=SLUG, openings=[actions.Kept(0, "name", key, "Бақыт")])
    [opening] = queries.openings_of(SLUG, 0)
    assert (opening.field, opening.key, opening.value) == ("name", b64encode(key).decode(), "Бақыт")
