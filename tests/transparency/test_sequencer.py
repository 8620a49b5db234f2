"""The sequencer signs what is booked, once, and refuses rather than sign anything that could disagree."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tests.transparency.conftest import SLUG
from transparency import queries
from transparency.actions import adopt, integrate
from transparency.models import Checkpoint, Entry, SigningKey, Standing, Tile
from transparency.queries.keys import log_key
from transparency.rules.checkpoints import open_checkpoint
from transparency.rules.hashing import leaf_hash
from transparency.rules.merkle import Tree
from transparency.states import Refusal

pytestmark = pytest.mark.django_db
Fill = Callable[..., None]
Write = Callable[..., int]


def the_tree() -> Tree:
    """The tree of all stored entries, by the plain in-memory way."""
    tree = Tree()
    tree.append_leaf_hashes([leaf_hash(bytes(one.body)) for one in Entry.objects.order_by("index")])
    return tree


def refusal() -> Refusal:
    return queries.log_state(SLUG, now=datetime.fromisoformat("2026-11-22T09:00:00Z")).refusal


def mark(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / f"{SLUG}.json").read_text())
    return found


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 4096, 4097, 9000])
def test_everything_booked_is_signed_under_the_right_root(fill: Fill, now: datetime, count: int) -> None:
    fill(count)
    signed = integrate(slug=SLUG, now=now)
    assert signed is not None
    assert (signed.size, signed.root) == (count, the_tree().root())
    told = open_checkpoint(data=queries.checkpoint_note(SLUG), keys=[log_key(SLUG).verifier])
    assert (told.checkpoint.origin, told.checkpoint.size, told.checkpoint.root) == (
        "127.0.0.1:8000/log/temirtau",
        count,
        signed.root,
    )
    assert Checkpoint.objects.count() == -(-count // 4096)
    assert queries.waiting_logs() == []
    assert integrate(slug=SLUG, now=now) is None


def test_checkpoints_grow_with_the_log_and_old_roots_stay_true(write: Write, fill: Fill, now: datetime) -> None:
    sizes = []
    for step in (1, 2, 250, 3, 600, 1):
        fill(step)
        assert queries.waiting_logs() == [SLUG]
        signed = integrate(slug=SLUG, now=now)
        assert signed is not None
        sizes.append(signed.size)
    assert sizes == [1, 3, 253, 256, 856, 857]
    tree = the_tree()
    assert [bytes(c.root) for c in Checkpoint.objects.order_by("size")] == [tree.root(size) for size in sizes]


def test_the_delay_between_booking_and_signature_is_told(write: Write, now: datetime) -> None:
    write(1)
    state = queries.log_state(SLUG, now=now)
    assert (state.booked, state.signed, state.waiting, state.oldest_waiting) == (1, 0, 1, now)
    integrate(slug=SLUG, now=now + timedelta(milliseconds=1500))
    state = queries.log_state(SLUG, now=now)
    assert (state.signed, state.waiting, state.oldest_waiting) == (1, 0, None)
    assert (state.last_delay_ms, state.worst_delay_ms) == (1500, 1500)
    assert queries.log_state(SLUG, now=now + timedelta(days=2)).worst_delay_ms is None


def test_a_pass_costs_the_same_queries_whatever_it_signs(
    fill: Fill, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(10)
    integrate(slug=SLUG, now=now)
    for count in (1, 3000):
        fill(count)
        with django_assert_num_queries(7):
            integrate(slug=SLUG, now=now)


def test_nothing_waiting_is_one_query(
    fill: Fill, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for slug in ("temirtau", "rudny", "ekibastuz"):
        fill(1, slug=slug)
        integrate(slug=slug, now=now)
    with django_assert_num_queries(1):
        assert queries.waiting_logs() == []


def test_a_town_without_a_log_is_nothing_to_sign(now: datetime) -> None:
    assert integrate(slug="nowhere", now=now) is None


# --- what it refuses ------------------------------------------------------------------------------------------------


def refuses(why: Refusal, now: datetime, fill: Fill) -> None:
    """With more to sign it signs nothing and says why."""
    fill(3)
    before = list(Checkpoint.objects.values_list("size", "note"))
    assert integrate(slug=SLUG, now=now) is None
    assert list(Checkpoint.objects.values_list("size", "note")) == before
    assert refusal() == why
    assert queries.refusing_logs() == [(SLUG, why)]
    assert queries.waiting_logs() == []


@pytest.fixture
def signed(fill: Fill, now: datetime) -> int:
    """A log of 300 signed entries."""
    fill(300)
    integrate(slug=SLUG, now=now)
    return 300


def set_mark(folder: Path, **changes: object) -> None:
    (folder / f"{SLUG}.json").write_text(json.dumps({**mark(folder), **changes}))


OTHER = "A" * 43 + "="


@pytest.mark.usefixtures("signed")
def test_a_database_older_than_what_was_signed(fill: Fill, now: datetime, log_state_dir: Path) -> None:
    set_mark(log_state_dir, size=900, root=OTHER)
    refuses(Refusal.OLDER_THAN_SIGNED, now, fill)


@pytest.mark.usefixtures("signed")
def test_other_entries_where_something_was_signed_already(fill: Fill, now: datetime, log_state_dir: Path) -> None:
    set_mark(log_state_dir, size=302, root=OTHER)
    refuses(Refusal.OLDER_THAN_SIGNED, now, fill)


@pytest.mark.usefixtures("signed")
def test_the_same_entries_as_signed_before_a_crash_are_signed_again(
    fill: Fill, now: datetime, log_state_dir: Path
) -> None:
    fill(3)
    root = the_tree().root(302)
    set_mark(log_state_dir, size=302, root=b64encode(root).decode())
    last = integrate(slug=SLUG, now=now)
    assert last is not None
    assert last.size == 303
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [300, 302, 303]


@pytest.mark.usefixtures("signed")
def test_another_root_on_disk(fill: Fill, now: datetime, log_state_dir: Path) -> None:
    set_mark(log_state_dir, root=OTHER)
    refuses(Refusal.ROOT_DIFFERS, now, fill)


@pytest.mark.usefixtures("signed")
def test_an_older_mark_of_the_same_log_is_no_harm(fill: Fill, now: datetime, log_state_dir: Path) -> None:
    before = mark(log_state_dir)
    fill(5)
    integrate(slug=SLUG, now=now)
    set_mark(log_state_dir, **before)
    fill(5)
    again = integrate(slug=SLUG, now=now)
    assert again is not None
    assert again.size == 310
    assert mark(log_state_dir)["size"] == 310


@pytest.mark.usefixtures("signed")
def test_the_record_on_disk_is_gone_until_an_operator_adopts(fill: Fill, now: datetime, log_state_dir: Path) -> None:
    (log_state_dir / f"{SLUG}.json").unlink()
    refuses(Refusal.STATE_MISSING, now, fill)
    assert adopt(slug=SLUG)
    assert not adopt(slug=SLUG)
    last = integrate(slug=SLUG, now=now)
    assert last is not None
    assert (last.size, refusal(), queries.refusing_logs()) == (303, Refusal.NONE, [])


@pytest.mark.usefixtures("signed")
def test_another_name(fill: Fill, now: datetime, settings: Settings) -> None:
    settings.LOG_ORIGIN = "other.example"
    refuses(Refusal.ORIGIN_DIFFERS, now, fill)


@pytest.mark.usefixtures("signed")
def test_another_key(fill: Fill, now: datetime, settings: Settings, tmp_path: Path) -> None:
    other = tmp_path / "seed"
    other.write_bytes(b"x" * 32)
    other.chmod(0o600)
    settings.LOG_SEED_FILE = str(other)
    refuses(Refusal.KEY_DIFFERS, now, fill)
    assert SigningKey.objects.count() == 1


@pytest.mark.usefixtures("signed")
def test_a_refusal_ends_when_its_cause_does(
    fill: Fill, now: datetime, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LOG_ORIGIN, right = "other.example", settings.LOG_ORIGIN
    refuses(Refusal.ORIGIN_DIFFERS, now, fill)
    assert "The log of temirtau signs nothing: origin_differs" in caplog.text
    integrate(slug=SLUG, now=now + timedelta(hours=1))
    assert Standing.objects.get().refused_at == now
    settings.LOG_ORIGIN = right
    assert integrate(slug=SLUG, now=now) is not None
    assert refusal() == Refusal.NONE


# --- what the database refuses even from the sequencer ----------------------------------------------------------


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transparency_tile SET hashes = decode(repeat('00', octet_length(hashes)), 'hex')",
        "UPDATE transparency_tile SET hashes = substring(hashes FROM 1 FOR 32)",
        "UPDATE transparency_tile SET level = level + 1",
        "DELETE FROM transparency_tile",
        "TRUNCATE transparency_tile",
        "UPDATE transparency_checkpoint SET note = ''",
        "DELETE FROM transparency_checkpoint",
        "INSERT INTO transparency_checkpoint SELECT log_id, 299, root, note, signed_at, 0 FROM transparency_checkpoint",
        "INSERT INTO transparency_checkpoint SELECT log_id, 301, root, note, signed_at, 0 FROM transparency_checkpoint",
        "UPDATE transparency_signingkey SET vkey = ''",
    ],
)
def test_what_is_signed_cannot_be_changed_or_signed_twice(statement: str) -> None:
    before = [list(model.objects.values_list()) for model in (Tile, Checkpoint, SigningKey)]
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [list(model.objects.values_list()) for model in (Tile, Checkpoint, SigningKey)] == before


def test_the_leaf_is_the_hash_of_the_stored_bytes(write: Write, now: datetime) -> None:
    write(5)
    integrate(slug=SLUG, now=now)
    assert queries.tile(SLUG, 0, 0, 1) == sha256(b"\x00" + bytes(Entry.objects.get().body)).digest()


def test_what_is_booked_meanwhile_waits_for_the_next_call(fill: Fill, now: datetime) -> None:
    """Somebody books whenever a checkpoint is signed: the sequencer still comes back, for the other towns' sake."""
    fill(5000)

    def book(execute: Callable[..., object], sql: str, *rest: object) -> object:
        done = execute(sql, *rest)
        if "INSERT INTO transparency_tile" in sql:
            fill(1)
        return done

    with connection.execute_wrapper(book):
        signed = integrate(slug=SLUG, now=now)
    assert signed is not None
    assert (signed.size, queries.log_state(SLUG, now=now).booked) == (5001, 5002)
