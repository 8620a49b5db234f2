"""Statements that PostgreSQL plans once per connection, each asked in one call of libpq: a third of a cursor's cost.

For what most requests ask, such as the version of a page, and for the one call that books. Values always travel as
parameters, never inside the statement. Nothing may use psycopg's own prepared statements on the same connection: after
a rollback it deallocates all there are, these among them. Not to be used in a pipeline.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg import Connection, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

_BYTES = PyFormat.BINARY  # as text they would be twice as many

_known: WeakKeyDictionary[Any, set[bytes]] = WeakKeyDictionary()


@lru_cache(maxsize=512)
def _name(statement: str) -> bytes:
    return b"asked_" + hashlib.sha256(statement.encode()).hexdigest()[:16].encode()


@lru_cache(maxsize=512)
def _unprepared(statement: str) -> str:
    return re.sub(r"\$(\d+)", r"%(p\1)s", statement)


def ask(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a statement whose parameters are `$1`, `$2` ... and carry a cast where their type is not plain.

    One round trip; the first call on a connection takes one more, to prepare. Raises what a cursor would raise.
    """
    if connection.queries_logged or connection.execute_wrappers:  # somebody watches the statements
        return ask_planned(statement, values)
    connection.validate_no_broken_transaction()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _asked(connection.connection, statement, values)


def _asked(raw: "Connection[Any]", statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    name, known = _name(statement), _known.setdefault(raw, set())
    if name not in known:
        _checked(raw, raw.pgconn.prepare(name, statement.encode()), ExecStatus.COMMAND_OK)
        known.add(name)
    adapting = Transformer(raw)
    given = adapting.dump_sequence(values, [_format(value) for value in values])
    answer = raw.pgconn.exec_prepared(name, given, adapting.formats)  # type: ignore[arg-type]  # it takes None for NULL
    found = _checked(raw, answer, ExecStatus.TUPLES_OK)
    adapting.set_pgresult(found)
    return adapting.load_rows(0, found.ntuples, tuple)


def _format(value: object) -> PyFormat:
    first = value[0] if isinstance(value, list) and value else value
    return _BYTES if isinstance(first, bytes) else PyFormat.TEXT


def _checked(raw: "Connection[Any]", result: PGresult, wanted: ExecStatus) -> PGresult:
    if result.status == wanted:
        return result
    if raw.pgconn.status == ConnStatus.BAD:
        raise OperationalError("the connection is lost")
    raise error_from_result(result, encoding=raw.info.encoding)


def ask_planned(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """As `ask`, planned anew each time: for the large pieces of exports, where a plan that was made while the tables
    were small would cost far more than planning does."""
    with connection.cursor() as cursor:
        cursor.execute(_unprepared(statement), {f"p{place}": value for place, value in enumerate(values, start=1)})
        return list(cursor.fetchall())
