"""Statements that PostgreSQL plans once per connection. A page of the ledger costs more in planning than in reading.

Values always travel as parameters, never inside the statement. Nothing here may write.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@lru_cache(maxsize=256)
def _name(statement: str) -> str:
    return f"ledger_{hashlib.sha256(statement.encode()).hexdigest()[:16]}"


def fetch(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a SELECT whose parameters are `$1`, `$2` ... and carry a cast where their type is not plain.

    One round trip; the first call on a connection takes one more, to prepare.
    """
    name = _name(statement)
    with connection.cursor() as cursor:
        prepared = _known.setdefault(connection.connection, set())
        if name not in prepared:
            with connection.connection.cursor() as raw:
                raw.execute(f"PREPARE {name} AS {statement}")
            prepared.add(name)
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"EXECUTE {name}({places})" if values else f"EXECUTE {name}", list(values))
        return list(cursor.fetchall())


@lru_cache(maxsize=256)
def _unprepared(statement: str) -> str:
    return re.sub(r"\$(\d+)", r"%(p\1)s", statement)


def fetch_planned(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As `fetch`, planned anew each time: for the large pieces of exports, where a plan that was made while the tables
    were small would cost far more than planning does."""
    with connection.cursor() as cursor:
        cursor.execute(_unprepared(statement), {f"p{place}": value for place, value in enumerate(values, start=1)})
        return list(cursor.fetchall())
