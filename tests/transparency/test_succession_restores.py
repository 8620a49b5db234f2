"""Killed between its steps, restored once more, found again after all: an ended log still signs one tree alone."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from common.errors import DomainError
from tests.transparency.conftest import SLUG
from tests.transparency.restoring import lost_afterwards, refusal, root_of_all, told
from transparency import queries
from transparency.actions import adopt, integrate, succeed
from transparency.models import Checkpoint, Entry, Generation
from transparency.queries.generations import ended_logs
from transparency.queries.keys import origin_of
from transparency.states import Refusal

pytestmark = pytest.mark.django_db
Fill = Callable[..., None]


@pytest.mark.usefixtures("restored")
def test_killed_before_the_commit_it_goes_on_with_the_same_statement(fill: Fill, now: datetime) -> None:
    with lost_afterwards():
        first = succeed(slug=SLUG, now=now)
    assert Generation.objects.count() == 0
    fill(4)  # booking went on
    assert integrate(slug=SLUG, now=now) is None
    assert succeed(slug=SLUG, now=now + timedelta(hours=1)) == first
    assert integrate(slug=SLUG, now=now) is not None
    assert (told(), Entry.objects.get(kind="succession").index) == (first, 309)


@pytest.mark.usefixtures("restored")
def test_killed_between_the_commit_and_the_first_signature(now: datetime, log_state_dir: Path) -> None:
    succeed(slug=SLUG, now=now)
    with lost_afterwards():
        first = integrate(slug=SLUG, now=now)  # its record is on the disk, its checkpoint is not in the database
    again = integrate(slug=SLUG, now=now)
    assert first is not None
    assert again is not None
    assert (again.size, again.root, again.note) == (first.size, first.root, first.note)
    assert sorted(file.name for file in log_state_dir.iterdir()) == [
        f"{SLUG}.2.json", f"{SLUG}.2.succession", f"{SLUG}.json",
    ]  # fmt: skip


@pytest.mark.usefixtures("restored")
def test_a_restore_to_before_the_end_begins_a_third_and_never_the_second_again(fill: Fill, now: datetime) -> None:
    with lost_afterwards():
        succeed(slug=SLUG, now=now)
        fill(10)
        second = integrate(slug=SLUG, now=now)
        frozen, statement = queries.checkpoint_note(SLUG, 2), queries.statement_of(SLUG, 1)
    assert second is not None
    fill(200)  # as many again, and others
    assert integrate(slug=SLUG, now=now) is None
    assert refusal(now) == Refusal.OLDER_THAN_SIGNED
    said = succeed(slug=SLUG, now=now)
    assert (said.ended, said.size, said.root, said.kept) == (origin_of(SLUG, 2), 316, second.root, 300)
    third = integrate(slug=SLUG, now=now)
    assert third is not None
    assert (third.size, third.root) == (506, root_of_all())
    assert (queries.checkpoint_note(SLUG, 2), queries.statement_of(SLUG, 1)) == (frozen, statement)
    assert [(one.origin, one.size, one.kept) for one in ended_logs()[SLUG]] == [
        (origin_of(SLUG), 350, 300),
        (origin_of(SLUG, 2), 316, 300),
    ]
    with pytest.raises(DomainError, match="not_ended"):
        succeed(slug=SLUG, now=now)


def test_the_newer_database_comes_back_after_all(fill: Fill, now: datetime, log_state_dir: Path) -> None:
    """The old log was ended meanwhile: it signs nothing more, though nothing of it is missing now."""
    fill(300)
    integrate(slug=SLUG, now=now)
    whole = json.loads((log_state_dir / f"{SLUG}.json").read_text())
    with lost_afterwards():
        (log_state_dir / f"{SLUG}.json").write_text(json.dumps({**whole, "size": 350, "root": "A" * 43 + "="}))
        succeed(slug=SLUG, now=now)
        integrate(slug=SLUG, now=now)
    (log_state_dir / f"{SLUG}.json").write_text(json.dumps(whole))
    fill(3)
    assert integrate(slug=SLUG, now=now) is None
    assert refusal(now) == Refusal.OLDER_THAN_SIGNED
    assert succeed(slug=SLUG, now=now).successor.name == origin_of(SLUG, 3)
    signed = integrate(slug=SLUG, now=now)
    assert signed is not None
    assert (signed.size, signed.root) == (304, root_of_all())


@pytest.mark.usefixtures("restored")
def test_more_than_a_batch_waits_when_the_next_log_begins(fill: Fill, now: datetime) -> None:
    fill(1)
    fill(5000)  # others than those that were lost
    succeed(slug=SLUG, now=now)
    fill(1)
    integrate(slug=SLUG, now=now)
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    assert sizes == [300, 5307, 5308]


@pytest.mark.usefixtures("restored")
def test_the_record_on_disk_is_gone_and_comes_back_whole(fill: Fill, now: datetime, log_state_dir: Path) -> None:
    succeed(slug=SLUG, now=now)
    integrate(slug=SLUG, now=now)
    before = {file.name: file.read_bytes() for file in log_state_dir.iterdir()}
    for file in log_state_dir.iterdir():
        file.unlink()
    fill(1)
    assert integrate(slug=SLUG, now=now) is None
    assert refusal(now) == Refusal.STATE_MISSING
    assert adopt(slug=SLUG)
    assert {file.name: file.read_bytes() for file in log_state_dir.iterdir()} == before
    assert integrate(slug=SLUG, now=now) is not None
