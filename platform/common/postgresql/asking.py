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

from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import Connection, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from common.postgresql.writing import written

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
    ours = connections[DEFAULT_DB_ALIAS]  # this thread's, looked up once
    if ours.queries_logged or ours.execute_wrappers:  # somebody watches the statements
        return ask_planned(statement, values)
    ours.validate_no_broken_transaction()
    ours.close_if_health_check_failed()
    ours.ensure_connection()
    with ours.wrap_database_errors:
        return _asked(ours.connection, statement, values)


def _asked(raw: "Connection[Any]", statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    if not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        _checked(raw, raw.pgconn.exec_(b"BEGIN"), ExecStatus.COMMAND_OK)  # psycopg begins with its own first statement
    name, known = _name(statement), _known.setdefault(raw, set())
    if name not in known:
        _checked(raw, raw.pgconn.prepare(name, statement.encode()), ExecStatus.COMMAND_OK)
        known.add(name)
    adapting = Transformer(raw)
    given = [written(value, adapting) for value in values]
    contents, formats = [one for one, _how in given], [how for _one, how in given]
    answer = raw.pgconn.exec_prepared(name, contents, formats)  # type: ignore[arg-type]  # it takes None for NULL
    found = _checked(raw, answer, ExecStatus.TUPLES_OK)
    adapting.set_pgresult(found)
    return adapting.load_rows(0, found.ntuples, tuple)


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
