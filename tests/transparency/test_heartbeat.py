"""Every open log says once a day that it is there, so that silence can be told from holding back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from common.errors import DomainError
from tests.transparency.conftest import SLUG
from transparency import actions, queries, tasks
from transparency.models import Entry
from transparency.rules.canonical import canonical
from transparency.states import Kind

pytestmark = pytest.mark.django_db
Write = Callable[..., int]


def beats() -> list[int]:
    return list(Entry.objects.filter(kind=Kind.HEARTBEAT).order_by("index").values_list("index", flat=True))


def test_once_a_day_by_the_clock_of_kazakhstan(write: Write, now: datetime) -> None:
    write(1)
    midnight = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # UTC+5
    moments = [now, now + timedelta(hours=3), midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=9)]
    assert [actions.heartbeat(slug=SLUG, now=moment) for moment in moments] == [1, None, None, 2, None]
    assert json.loads(bytes(queries.entry_at(SLUG, 1).body)) == {
        "at": "2026-11-22T09:00:00.000000Z",
        "type": "heartbeat",
        "v": 1,
    }
    assert beats() == [1, 2]


def test_a_log_that_is_not_open_does_not_beat(now: datetime) -> None:
    with pytest.raises(DomainError, match="no_log"):
        actions.heartbeat(slug=SLUG, now=now)
    assert queries.open_logs() == []


def test_the_database_refuses_a_second_one(write: Write, now: datetime) -> None:
    write(1)
    actions.heartbeat(slug=SLUG, now=now)
    body = canonical({"at": actions.moment_text(now), "type": "heartbeat", "v": 1})
    with (
        pytest.raises(IntegrityError, match="log_heartbeat_daily"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT transparency_append(%s, 'heartbeat', NULL, %s, %s)", [SLUG, now, body])


def test_the_task_beats_for_every_open_log_once_and_the_sequencer_signs_it(write: Write) -> None:
    for slug in ("rudny", "temirtau"):
        write(1, slug=slug)
    assert [tasks.heartbeat(), tasks.heartbeat()] == [2, 0]
    assert [tasks.integrate_logs(), tasks.integrate_logs()] == [2, 0]
    assert [queries.log_state(slug, now=datetime.now(UTC)).signed for slug in ("rudny", "temirtau")] == [2, 2]


def test_one_damaged_log_does_not_stop_the_others(
    write: Write, log_state_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for slug in ("rudny", "temirtau"):
        write(1, slug=slug)
    log_state_dir.mkdir()
    (log_state_dir / "rudny.json").write_text("{}")
    assert tasks.integrate_logs() == 1
    assert queries.waiting_logs() == ["rudny"]
    assert "The log of rudny could not be signed" in caplog.text
