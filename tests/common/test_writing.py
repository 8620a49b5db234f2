"""Parameters written by us mean what psycopg's writing of them means, and what we do not know psycopg writes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.adapt import Transformer

from common.postgresql.asking import ask, ask_planned
from common.postgresql.writing import written
from councils.surveys.states import WaveState

pytestmark = pytest.mark.django_db

ONE = UUID(int=1)
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
_KINDS = {
    "text": _TEXT,
    "uuid": st.uuids(),
    "boolean": st.booleans(),
    "bigint": st.integers(1 - 2**63, 2**63 - 1),  # the least of all psycopg cannot write as a literal
    "bytea": st.binary(max_size=8),
    "date": st.dates(),
    "timestamptz": st.datetimes(timezones=st.just(UTC)),
}


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_what_psycopg_writes(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(_KINDS)))
    one = st.none() | _KINDS[kind]
    values: list[Any] = [data.draw(one), data.draw(st.lists(one, max_size=4))]
    statement = f"SELECT $1::{kind}, $2::{kind}[]"
    assert ask(statement, values) == ask_planned(statement, values) == [tuple(values)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("numeric", Decimal("1.50")),
        ("float8", 0.1),
        ("text", WaveState.OPEN),
        ("numeric[]", [Decimal("1.50"), None]),
        ("text[]", [WaveState.OPEN, "open"]),
        ("bigint[]", [[1, 2], [3, 4]]),
        ("bytea", memoryview(b"\0\1")),
        ("text[]", ["NULL", "", " ", '"', "\\", "{}", ",", "ә"]),
    ],
)
def test_whatever_it_is_it_arrives(kind: str, value: object) -> None:
    statement = f"SELECT $1::{kind}"
    assert ask(statement, [value]) == ask_planned(statement, [value])


@pytest.mark.parametrize(("kind", "value"), [("text", "a\0b"), ("text[]", ["a\0b"])])
def test_a_zero_in_a_text_is_refused(kind: str, value: object) -> None:
    with pytest.raises(DataError), transaction.atomic():
        ask(f"SELECT $1::{kind}", [value])


def test_bytes_travel_as_they_are() -> None:
    adapting = Transformer(connection.connection)
    content = bytes(range(256)) * 16
    assert written(content, adapting)[0] is content
    array, _format = written([content, None], adapting)
    assert array is not None
    assert len(array) == len(content) + 5 * 4 + 2 * 4


def test_moments_keep_their_zone() -> None:
    moment = datetime(2026, 11, 22, 10, 10, 44, 5, tzinfo=UTC)
    assert ask("SELECT $1::timestamptz, $2::date", [moment, date(1, 1, 1)]) == [(moment, date(1, 1, 1))]
