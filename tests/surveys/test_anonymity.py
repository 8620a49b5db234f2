"""Somebody with the whole machine but the key tries to find out who said what, after 500 answers of known people.

Tried while the wave is open: every text of every table (as a backup would hold it), the server's files and its
write-ahead log byte by byte, the lengths of envelopes, equal answers, Valkey, the site's log. Tried after closing with
everything, the copy from before included: ids, physical order (`ctid`), numbers of transactions (`xmin`), batches,
sequences, ids kept from before, the order in which the write-ahead log got the answers, and the key itself.
The control shows that the attacks find everybody when there is something to find: with the key, while the wave is open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client

from audit.models import Record
from common import pace
from common.clock import day_of
from councils.surveys import actions, queries
from councils.surveys.models import (
    Coverage,
    Draft,
    Envelope,
    EnvelopeFile,
    Invitation,
    OpenAnswer,
    Participation,
    Received,
    Response,
    Wave,
)
from councils.surveys.rules.sealing import SMALLEST, unpacked
from tests.surveys.crowd import PEOPLE, World, answer, crowd
from towns.models import Town

# Of 500 pairs laid at random one is right on average; nine or more happen once in a million.
CHANCE = 9


@dataclass
class Copy:
    """What somebody took away while the wave was open: which person wrote which envelope, and its bytes."""

    writers: list[int]
    envelopes: list[str]
    locked: list[bytes]


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _persons(column: str) -> list[int]:
    """The numbers of the people in the order of a column of the identity side."""
    who = "(SELECT email FROM users_user WHERE id = user_id)"
    rows = _rows(f"SELECT substring({who} from '[0-9]+')::int FROM surveys_participation ORDER BY {column}")  # noqa: S608
    return [int(str(row[0])) for row in rows]


def _secrets(order: str) -> list[int]:
    wishes = "SELECT substring(text from '[0-9]+')::int FROM surveys_openanswer WHERE question = 'wish'"
    rows = _rows(f"{wishes} ORDER BY {order}")
    return [int(str(row[0])) for row in rows]


def _trees(order: str) -> list[int]:
    """The answer that tells a person's number modulo 50, in an order of the closed answers."""
    return [int(str(row[0])) for row in _rows(f"SELECT answers->>'trees' FROM surveys_response ORDER BY {order}")]  # noqa: S608


def _right(persons: list[int], guesses: list[int]) -> int:
    return sum(person == guess for person, guess in zip(persons, guesses, strict=True))


def _rank_correlation(left: list[int], right: list[int]) -> float:
    """Spearman's, between the places of a person and of their secret in two orders."""
    place = {number: index for index, number in enumerate(right)}
    n = len(left)
    distance = sum((index - place[number]) ** 2 for index, number in enumerate(left))
    return 1 - 6 * distance / (n * (n * n - 1))


def _nothing(persons: list[int], guesses: list[int]) -> None:
    assert sorted(persons) == sorted(guesses)
    assert len(persons) > 0.95 * PEOPLE
    assert _right(persons, guesses) < CHANCE
    assert _right(persons, guesses[::-1]) < CHANCE
    assert abs(_rank_correlation(persons, guesses)) < 5 / PEOPLE**0.5  # five standard deviations


def _tables() -> dict[str, str]:
    """Every row of every table as text: what a backup holds."""
    tables = [str(row[0]) for row in _rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {table: "\n".join(str(row[0]) for row in _rows(f'SELECT t::text FROM "{table}" t')) for table in tables}  # noqa: S608


def _server_folder() -> Path:
    """The folder of the server's files; it is the working directory of the process that answers us."""
    pid = int(str(_rows("SELECT pg_backend_pid()")[0][0]))
    return Path(f"/proc/{pid}/cwd").resolve()


def _files(*parts: str) -> Iterator[bytes]:
    """The server's files, its write-ahead log among them, byte by byte."""
    for part in parts:
        for path in sorted((_server_folder() / part).rglob("*")):
            if path.is_file():
                yield path.read_bytes()


def _database_files() -> str:
    oid = _rows("SELECT oid FROM pg_database WHERE datname = current_database()")[0][0]
    return f"base/{oid}"


def _take_copy() -> Copy:
    """A person and their envelope have one transaction: a superuser joins them, and gets locked bytes."""
    rows = _rows(
        "SELECT substring(u.email from '[0-9]+')::int, e.id, e.sealed FROM surveys_participation p"
        " JOIN surveys_envelope e ON e.xmin::text = p.xmin::text JOIN users_user u ON u.id = p.user_id ORDER BY e.ctid"
    )
    return Copy(
        writers=[int(str(row[0])) for row in rows],
        envelopes=[str(row[1]) for row in rows],
        locked=[bytes(row[2]) for row in rows],  # type: ignore[call-overload]
    )


@pytest.fixture
def world(committed_db: str, town: Town, now: datetime) -> World:
    return crowd(town, now)


def test_nobody_is_found_while_the_wave_is_open_nor_after_it(
    world: World, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    sequences = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"
    before = (_rows(sequences), Record.objects.count(), Session.objects.count())
    caplog.clear()
    for number in range(PEOPLE):
        answer(world, number, now)
    assert (_rows(sequences), Record.objects.count(), Session.objects.count()) == before
    assert [record.getMessage() for record in caplog.records] == []
    assert actions.count_coverage(wave_id=world.wave.pk, on=day_of(now)) is True
    copy = _take_copy()
    fingerprint = queries.wave_key(world.wave).fingerprint

    _nobody_is_found_while_open(world, copy)
    assert _found_with_the_key(world, copy) == PEOPLE

    actions.close_wave(actor=None, wave=world.wave, now=now)
    _nobody_is_found_after_closing(world, copy, fingerprint)


def _nobody_is_found_while_open(world: World, copy: Copy) -> None:
    """There is nothing to guess with: no answer can be read anywhere, and locked bytes are all alike."""
    assert sorted(copy.writers) == list(range(PEOPLE))
    assert [table for table, text in _tables().items() if world.tag in text] == []
    for data in _files("pg_wal", _database_files()):
        assert world.tag.encode() not in data
    assert {len(locked) for locked in copy.locked} == {SMALLEST + 28}
    assert len({locked[:64] for locked in copy.locked}) == PEOPLE
    assert not Response.objects.exists()
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        held = b"\n".join(valkey.dump(name) or b"" for name in valkey.scan_iter(count=1000))
    assert world.tag.encode() not in held
    assert str(world.wave.pk).encode() not in held


def _found_with_the_key(world: World, copy: Copy) -> int:
    """The control, and what the wave's page says: until closing, database and key together join everybody."""
    key = queries.wave_key(world.wave)
    return sum(
        unpacked(key.open(locked, place=envelope)).answers["wish"] == world.secret(writer)
        for writer, envelope, locked in zip(copy.writers, copy.envelopes, copy.locked, strict=True)
    )


def _nobody_is_found_after_closing(world: World, copy: Copy, fingerprint: str) -> None:
    assert not queries.key_file(world.wave.pk).exists()
    assert fingerprint not in "".join(_tables().values())
    assert [table.objects.count() for table in (Envelope, EnvelopeFile, Draft, Received)] == [0, 0, 0, 0]
    assert Response.objects.count() == Participation.objects.count() == PEOPLE
    # Every order of the one side against every order of the other, and against the order of the copy.
    left = [_persons(column) for column in ("ctid", "id", "xmin::text::bigint, ctid")] + [copy.writers]
    left.append([copy.writers[index] for index in _order(copy.envelopes)])
    for persons in left:
        for order in ("ctid", "id", "xmin::text::bigint, ctid"):
            _nothing(persons, _secrets(order))
        for order in ("ctid", "id", "batch, ctid"):
            # One answer in fifty is right by chance: of 500 ten on average, 28 or more once in a million.
            assert _right([number % 50 for number in persons], _trees(order)) < 28
    # One transaction wrote all answers: its number tells nothing; and no id was kept.
    assert len(_rows("SELECT DISTINCT xmin::text FROM surveys_response")) == 1
    assert len(_rows("SELECT DISTINCT xmin::text FROM surveys_openanswer")) == 1
    ids = {str(pk) for table in (Response, OpenAnswer) for pk in table.objects.values_list("pk", flat=True)}
    assert ids.isdisjoint(copy.envelopes)
    secret = re.compile(rb"secret-([0-9]+)-" + world.tag.encode())
    # The write-ahead log got the answers in an order that chance made.
    logged = dict.fromkeys(int(number) for data in _files("pg_wal") for number in secret.findall(data))
    _nothing([person for person in _persons("ctid") if person in logged], list(logged))  # pages cut a few in two
    # The closed answers of a person and their words lie apart: nothing joins the two either.
    assert _right([number % 50 for number in _secrets("ctid")], _trees("ctid")) < 28


def _order(names: list[str]) -> list[int]:
    return sorted(range(len(names)), key=names.__getitem__)


def test_every_table_is_searched(world: World, now: datetime) -> None:
    """Wherever a person or an id of the room stands in the database, it stands where it must."""
    for number in range(12):
        answer(world, number, now)
    texts = _tables()

    def holding(words: list[str]) -> set[str]:
        return {table for table, text in texts.items() if any(word in text for word in words)}

    assert holding([str(pk) for pk in Envelope.objects.values_list("pk", flat=True)]) == {"surveys_envelope"}
    assert holding([str(pk) for pk in Participation.objects.values_list("pk", flat=True)]) == {"surveys_participation"}
    assert holding([str(person.pk) for person in world.people]) == {
        "users_user",
        "users_appointment",
        "surveys_participation",
    }


def test_the_two_sides_share_nothing_but_the_wave() -> None:
    """A new column on either side has to be thought about here."""

    def columns(table: type[Model]) -> set[str]:
        return {str(field.column) for field in table._meta.concrete_fields}

    assert columns(Participation) == {"id", "wave_id", "user_id", "invitation_id"}
    assert columns(Invitation) == {"id", "wave_id", "kind", "code_mark", "user_id", "batch"}
    assert columns(Envelope) == {"id", "wave_id", "sealed"}
    assert columns(EnvelopeFile) == {"id", "wave_id", "envelope", "sealed"}
    assert columns(Received) == {"mark", "wave_id"}
    assert columns(Draft) == {"code_mark", "wave_id", "sealed", "touched_date"}
    assert columns(Response) == {"id", "wave_id", "batch", "channel", "answers", "codes"}
    assert columns(Coverage) == {"wave_id", "answers", "cells", "channels", "counted_date"}
    reading = {"state", "published", "read_by_id", "read_at"}
    assert columns(OpenAnswer) == {"id", "wave_id", "question", "text", "file", "content_type"} | reading


def test_who_was_heard_is_rounded_and_nobody_is_seen_to_come(world: World, now: datetime) -> None:
    def count() -> tuple[bool, list[object]]:
        done = actions.count_coverage(wave_id=world.wave.pk, on=day_of(now))
        return done, [(one.answers, one.cells, one.channels) for one in Coverage.objects.all()]

    for number in range(4):
        answer(world, number, now)
    assert count() == (False, [])
    for number in range(4, 9):
        answer(world, number, now)
    assert count() == (True, [(5, {}, {"web": 5})])
    for number in range(9, 14):  # the tenth would come alone after nine, and so would each of the next four
        answer(world, number, now)
        assert count() == (False, [(5, {}, {"web": 5})])
    answer(world, 14, now)
    assert count() == (True, [(15, {}, {"web": 15})])


def test_answering_over_the_web_leaves_no_trace_of_the_person(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Sessions are as before; the cache has a mark of the network alone; the log has no line at all."""
    cache.clear()
    client = Client()
    client.force_login(world.people[0])
    sessions = list(Session.objects.values_list("session_key", "session_data", "expire_date"))
    caplog.clear()
    # The pages read the clock, and the wave of this test lies around the fixture's now.
    Wave.objects.filter(pk=world.wave.pk).update(
        opens_date=date(2020, 1, 1), closes_date=date(2120, 1, 1), entry_date=date(2120, 1, 1)
    )
    at = f"/kk/surveys/wave/{world.wave.pk}"
    client.post(f"{at}/answer/1/", {"shown": "garden", "a-garden": "no"})
    client.post(f"{at}/answer/2/", {"shown": "tools trees", "a-trees": "3"})
    assert client.post(f"{at}/review/")["Location"] == f"{at}/done/"
    assert list(Session.objects.values_list("session_key", "session_data", "expire_date")) == sessions
    network = pace.mark("draft", "127.0.0.1")
    assert list(cache._cache) == [f":1:pace:draft:{network}"]  # type: ignore[attr-defined]
    assert [record.getMessage() for record in caplog.records] == []
    assert Envelope.objects.count() == 1
