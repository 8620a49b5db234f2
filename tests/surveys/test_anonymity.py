"""Somebody with the whole database tries to find out who said what.

Tried here, while the wave is open and after closing: identifiers and their order; physical order (`ctid`); the numbers
of the transactions that wrote rows (`xmin`) and that locked the accounts they name (`xmax`); days; sequences; every
text of every table of the database, audit records and sessions among them; the cache; columns that both sides share.
Not tried, because it cannot hold (docs/privacy.md): the write-ahead log, backups, and row versions that VACUUM has not
taken yet, read while fewer than five people have answered.
"""

import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client

from audit.models import Record
from common.clock import day_of
from councils.surveys import actions
from councils.surveys.actions import SMALLEST_BATCH
from councils.surveys.models import Draft, Participation, Response, Wave
from tests.surveys.crowd import PEOPLE, World, answer, crowd
from towns.models import Town


@pytest.fixture
def world(committed_db: str, town: Town, now: datetime) -> World:
    return crowd(town, now)


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _by(column: str, table: str) -> list[int]:
    """The numbers of the people, or of the secrets, in the order of a column."""
    who = "(answers->>'wish')" if table == "surveys_response" else "(SELECT email FROM users_user WHERE id = user_id)"
    rows = _rows(f"SELECT substring({who} from '[0-9]+')::int FROM {table} ORDER BY {column}")  # noqa: S608
    return [int(str(row[0])) for row in rows]


def _links(column: str) -> int:
    """How many people are found by laying both sides beside each other in the order of a column."""
    pairs = zip(_by(column, "surveys_participation"), _by(column, "surveys_response"), strict=True)
    return sum(person == secret for person, secret in pairs)


def _rank_correlation(column: str) -> float:
    """Spearman's, between the places of a person and of their secret in the order of a column."""
    persons, secrets = _by(column, "surveys_participation"), _by(column, "surveys_response")
    place = {number: index for index, number in enumerate(secrets)}
    n = len(persons)
    distance = sum((index - place[number]) ** 2 for index, number in enumerate(persons))
    return 1 - 6 * distance / (n * (n * n - 1))


_JOINS = {
    "xmin of both sides": "SELECT r.id, p.user_id FROM surveys_response r JOIN surveys_participation p"
    " ON p.xmin::text = r.xmin::text",
    "lock on the account": "SELECT r.id, u.id FROM surveys_response r JOIN users_user u ON u.xmax::text = r.xmin::text",
    "neighbouring transactions": "SELECT r.id, p.user_id FROM surveys_response r JOIN surveys_participation p"
    " ON abs(p.xmin::text::bigint - r.xmin::text::bigint) <= 1",
}


def _smallest_crowd(sql: str) -> int:
    """Over all links that a join gives: the fewest people for one answer, or answers for one person. 0 for no link."""
    links = _rows(sql)
    crowds = [*Counter(link[0] for link in links).values(), *Counter(link[1] for link in links).values()]
    return min(crowds, default=0)


def _nobody_is_found() -> None:
    # Of 200 pairs laid at random, one is right on average; nine or more happen once in a million.
    for column in ("ctid", "id"):
        assert _links(column) < 9
        assert abs(_rank_correlation(column)) < 0.36  # five standard deviations
    for sql in _JOINS.values():
        crowd = _smallest_crowd(sql)
        assert crowd == 0 or crowd >= SMALLEST_BATCH


def test_the_attacks_find_everybody_before_settling(world: World, now: datetime) -> None:
    """The control: what the attacks below look for is really there in the first minutes, and they find it."""
    for number in range(4):
        answer(world, number, now)
    assert _links("ctid") == 4
    assert [_smallest_crowd(_JOINS[name]) for name in ("xmin of both sides", "lock on the account")] == [1, 1]
    assert actions.settle_answers(wave_id=world.wave.pk) is False
    assert _links("ctid") == 4


def test_nobody_is_found_while_the_wave_is_open_nor_after_it(world: World, now: datetime) -> None:
    dice = random.Random(7)
    order = list(range(PEOPLE))
    dice.shuffle(order)
    sequences = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"
    before = (_rows(sequences), Record.objects.count(), Session.objects.count())
    cache.clear()
    settled = 0
    for count, number in enumerate(order, start=1):
        answer(world, number, now + timedelta(days=count // 40))
        if dice.random() < 0.12 and count < PEOPLE - SMALLEST_BATCH:
            settled += actions.settle_answers(wave_id=world.wave.pk)
    actions.settle_answers(wave_id=world.wave.pk)
    assert settled > 5
    assert (_rows(sequences), Record.objects.count(), Session.objects.count()) == before

    assert not Response.objects.filter(settled=False).exists()
    assert not Participation.objects.filter(settled=False).exists()
    _nobody_is_found()
    batches = _rows("SELECT count(*) FROM surveys_response GROUP BY xmin::text")
    assert min(int(str(row[0])) for row in batches) >= SMALLEST_BATCH
    assert len(_rows("SELECT DISTINCT xmin::text FROM surveys_participation")) == 1
    assert min(Counter(Response.objects.values_list("answered_date", flat=True)).values()) >= SMALLEST_BATCH

    actions.close_wave(actor=None, wave=world.wave, now=now + timedelta(days=6))
    _nobody_is_found()
    assert len(_rows("SELECT DISTINCT xmin::text FROM surveys_response")) == 1
    assert Counter(Response.objects.values_list("settled", flat=True)) == {True: PEOPLE}
    assert Counter(Participation.objects.values_list("settled", flat=True)) == {True: PEOPLE}
    assert min(Counter(Response.objects.values_list("answered_date", flat=True)).values()) >= SMALLEST_BATCH
    assert sorted(_by("id", "surveys_response")) == list(range(PEOPLE))
    assert sorted(_by("id", "surveys_participation")) == list(range(PEOPLE))


def test_every_table_is_searched(world: World, now: datetime) -> None:
    """Wherever a person, an answer or the id of either side stands in the database, it stands where it must."""
    for number in range(12):
        answer(world, number, now)
    actions.settle_answers(wave_id=world.wave.pk)
    tables = [str(row[0]) for row in _rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    texts = {
        table: "\n".join(str(row[0]) for row in _rows(f'SELECT t::text FROM "{table}" t'))  # noqa: S608
        for table in tables
    }

    def holding(words: list[str]) -> set[str]:
        return {table for table, text in texts.items() if any(word in text for word in words)}

    assert holding(["secret-"]) == {"surveys_response"}
    assert holding([str(pk) for pk in Response.objects.values_list("pk", flat=True)]) == {"surveys_response"}
    assert holding([str(pk) for pk in Participation.objects.values_list("pk", flat=True)]) == {"surveys_participation"}
    assert holding([str(person.pk) for person in world.people]) == {
        "users_user",
        "users_appointment",
        "surveys_participation",
    }


def test_the_two_sides_share_nothing_but_the_wave() -> None:
    """A new column on either side has to be thought about here."""
    identity = {field.column for field in Participation._meta.concrete_fields}
    answers = {field.column for field in Response._meta.concrete_fields}
    assert identity == {"id", "wave_id", "user_id", "settled"}
    assert answers == {"id", "wave_id", "answered_date", "channel", "answers", "codes", "settled"}
    assert {field.column for field in Draft._meta.concrete_fields} == {
        "code_sha256",
        "wave_id",
        "answers",
        "touched_date",
    }


def test_the_last_few_answers_share_the_day_of_the_batch_before_them(world: World, now: datetime) -> None:
    for number in range(6):
        answer(world, number, now)
    actions.settle_answers(wave_id=world.wave.pk)
    answer(world, 6, now + timedelta(days=2))
    actions.close_wave(actor=None, wave=world.wave, now=now + timedelta(days=3))
    assert Counter(Response.objects.values_list("answered_date", flat=True)) == {day_of(now): 7}


def test_a_batch_has_one_day(world: World, now: datetime) -> None:
    for number in range(5):
        answer(world, number, now + timedelta(days=number))
    assert actions.settle_answers(wave_id=world.wave.pk) is True
    last: date = day_of(now) + timedelta(days=4)
    assert Counter(Response.objects.values_list("answered_date", flat=True)) == {last: 5}


def test_old_row_versions_are_cleaned_up_at_once(committed_db: str) -> None:
    rows = _rows(
        "SELECT relname, reloptions FROM pg_class WHERE relname IN"
        " ('surveys_participation', 'surveys_response', 'surveys_draft') ORDER BY relname"
    )
    options = ["autovacuum_vacuum_threshold=4", "autovacuum_vacuum_scale_factor=0"]
    assert rows == [
        ("surveys_draft", options),
        ("surveys_participation", options),
        ("surveys_response", options),
    ]


def test_answering_over_the_web_leaves_no_trace_of_the_person(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Sessions and the cache are as before; the log has no line at all."""
    cache.clear()
    person = world.people[0]
    client = Client()
    client.force_login(person)
    sessions = list(Session.objects.values_list("session_key", "session_data", "expire_date"))
    caplog.clear()
    # The pages read the clock, and the wave of this test lies around the fixture's now.
    Wave.objects.filter(pk=world.wave.pk).update(opens_date=date(2020, 1, 1), closes_date=date(2120, 1, 1))
    at = f"/kk/surveys/wave/{world.wave.pk}"
    client.post(f"{at}/answer/1/", {"shown": "garden", "a-garden": "no"})
    client.post(f"{at}/answer/2/", {"shown": "tools trees", "a-trees": "3"})
    assert client.post(f"{at}/review/")["Location"] == f"{at}/done/"
    assert list(Session.objects.values_list("session_key", "session_data", "expire_date")) == sessions
    assert cache._cache == {}  # type: ignore[attr-defined]
    assert [record.getMessage() for record in caplog.records] == []
    assert not Draft.objects.exists()
