"""The database goes away in the middle of signing: nothing is half signed, and the same process goes on by itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from common.management.commands.migrate import as_owner
from tests.transparency.conftest import SLUG
from transparency import queries, tasks
from transparency.actions import integrate, watermark
from transparency.models import Checkpoint, Tile
from transparency.rules.notes import parse_note
from transparency.states import Refusal

ENDS = (
    "CREATE FUNCTION ends_here() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
)
BEFORE = "CREATE TRIGGER ends_here BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION ends_here()"
AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER ends_here AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION ends_here()"
)


@contextmanager
def the_end_at(trigger: str) -> Iterator[None]:
    """Whoever writes there loses the connection, as if the server had been stopped."""
    with as_owner("default"), connection.cursor() as cursor:
        cursor.execute(ENDS)
        cursor.execute(trigger)
    yield
    with as_owner("default"), connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION ends_here CASCADE")


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(
    ("trigger", "known"),
    [
        (BEFORE.format("transparency_tile"), 3),
        (BEFORE.format("transparency_checkpoint"), 3),
        (AT_COMMIT.format("transparency_checkpoint"), 8),  # the record beside the seed is written, the commit is lost
    ],
)
def test_a_lost_connection_in_the_middle_of_a_pass(
    fill: Callable[..., None], now: datetime, trigger: str, known: int
) -> None:
    fill(3)
    first = integrate(slug=SLUG, now=now)
    assert first is not None
    fill(5)
    with the_end_at(trigger):
        with pytest.raises((OperationalError, InterfaceError)):
            integrate(slug=SLUG, now=now)
        assert (Checkpoint.objects.count(), len(bytes(Tile.objects.get().hashes))) == (1, 3 * 32)  # it connects anew
        mark = watermark.read(SLUG, 1)
        assert (mark is not None and mark.size) == known
        assert tasks.integrate_logs() == 0  # the worker lives on
    fill(2)
    again = integrate(slug=SLUG, now=now)
    assert again is not None
    assert (again.size, queries.log_state(SLUG, now=now).refusal) == (10, Refusal.NONE)
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    assert sizes == sorted({3, known, 10})
    if known > first.size:  # what was signed before the crash is what is published
        assert mark is not None
        [root] = Checkpoint.objects.filter(size=known).values_list("root", flat=True)
        assert bytes(root) == mark.root
    assert parse_note(queries.checkpoint_note(SLUG)).text.split("\n")[1] == "10"
