"""Statements asked in one call of libpq: they answer, count and fail exactly as a cursor's would."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from psycopg import OperationalError

from common.postgresql.asking import _asked, ask, ask_planned

pytestmark = pytest.mark.django_db

ONE = UUID(int=1)
TYPES = (
    "SELECT $1::text, $2::uuid, $3::bigint, $4::uuid[], $5::text, true, 1.50::numeric, date '2026-11-22',"
    " timestamptz '2026-11-22 10:10:44.5+05', '{\"a\": 1}'::jsonb"
)
VALUES = ["Ә %s $1 '", ONE, -7, [ONE, ONE], None]


def test_rows_are_what_a_cursor_gives() -> None:
    assert ask(TYPES, VALUES) == ask_planned(TYPES, VALUES)
    assert ask(TYPES, VALUES)[0][:5] == ("Ә %s $1 '", ONE, -7, [ONE, ONE], None)
    assert ask("SELECT 1 WHERE false") == []


def test_a_statement_is_planned_once_per_connection() -> None:
    statement = "SELECT 'planned once', $1::int"
    assert [ask(statement, [n]) for n in range(3)] == [[("planned once", n)] for n in range(3)]
    plans = "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1::text"
    assert ask(plans, [statement]) == [(1,)]


def test_whoever_counts_statements_sees_it() -> None:
    with CaptureQueriesContext(connection) as seen:
        ask("SELECT $1::int", [1])
    assert len(seen) == 1


def test_mistakes_are_djangos_own_and_break_the_transaction() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        ask("SELECT nothing FROM nowhere")
    with pytest.raises(DataError), transaction.atomic():
        ask("SELECT $1::uuid", ["none"])
    assert ask("SELECT 1") == [(1,)]


def test_nothing_is_asked_in_a_broken_transaction() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            ask("SELECT 1")


@pytest.fixture
def another() -> Iterator["psycopg.Connection[Any]"]:
    """A connection that may be lost."""
    params = connection.get_connection_params()
    params.pop("cursor_factory")
    with psycopg.connect(**params, autocommit=True) as raw:
        yield raw


def test_the_first_statement_of_a_transaction_belongs_to_it(another: "psycopg.Connection[Any]") -> None:
    """psycopg begins a transaction with the first statement that it sends itself; ours may come before."""
    mine = "SELECT pg_current_xact_id()::text"
    another.autocommit = False
    first = _asked(another, mine, [])
    assert _asked(another, mine, []) == first
    another.rollback()
    assert _asked(another, mine, []) != first
    another.rollback()


def test_a_lost_connection_is_an_outage(another: "psycopg.Connection[Any]") -> None:
    assert _asked(another, "SELECT 1", []) == [(1,)]
    ask("SELECT pg_terminate_backend($1::int, 5000)", [another.info.backend_pid])
    with pytest.raises(OperationalError):
        _asked(another, "SELECT 1", [])
    assert another.closed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-22 10:10:44+05", datetime(2026, 11, 22, 5, 10, 44, tzinfo=UTC)),
        ("2026-11-22 00:00:00.000001+00", datetime(2026, 11, 22, 0, 0, 0, 1, tzinfo=UTC)),
        ("0001-01-01 00:00:00.1+00", datetime(1, 1, 1, 0, 0, 0, 100_000, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999+00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_django_reads_them(written: str, read: datetime) -> None:
    statement = f"SELECT timestamptz '{written}'"
    assert (ask(statement), ask_planned(statement)) == ([(read,)], [(read,)])
    assert ask(statement)[0][0].tzinfo is UTC


@pytest.mark.parametrize("written", ["infinity", "2026-11-22 BC"])
def test_moments_that_python_does_not_know_are_refused(written: str) -> None:
    with pytest.raises(DataError):
        ask(f"SELECT timestamptz '{written}'")
