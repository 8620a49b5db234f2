"""Erasing deletes key and value and says so; nothing that was signed or proven before changes."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Record
from common.errors import NotFound
from tests.transparency.conftest import SLUG
from transparency import actions, queries
from transparency.models import Opening
from transparency.queries.keys import log_key
from transparency.rules.canonical import canonical
from transparency.rules.checkpoints import open_checkpoint
from transparency.rules.proofs import parse_extra, parse_proof, verify_entry
from transparency.states import Kind

pytestmark = pytest.mark.django_db
Write = Callable[..., int]


def test_what_is_erased_is_gone_and_every_proof_stays_valid(write: Write, now: datetime) -> None:
    index = write(1, personal={"name": "Айгүл", "why": "because"})
    actions.integrate(slug=SLUG, now=now)
    before, body = queries.proof_file(SLUG, index, with_openings=True), bytes(queries.entry_at(SLUG, index).body)
    root = queries.checkpoint_note(SLUG)

    erased = actions.erase(slug=SLUG, index=index, field="name", now=now)

    assert [one.field for one in Opening.objects.all()] == ["why"]
    assert bytes(queries.entry_at(SLUG, index).body) == body
    said = json.loads(bytes(queries.entry_at(SLUG, erased).body))
    assert said == {"at": "2026-11-22T09:00:00.000000Z", "field": "name", "index": index, "type": "erasure", "v": 1}
    actions.integrate(slug=SLUG, now=now)
    for data in (before, queries.proof_file(SLUG, index, with_openings=True)):
        file = parse_proof(data)
        told = open_checkpoint(data=file.checkpoint, keys=[log_key(SLUG).verifier]).checkpoint
        verify_entry(file=file, entry=parse_extra(file.extra).entry, size=told.size, root=told.root)
    assert [one.field for one in queries.openings_of(SLUG, index)] == ["why"]
    assert parse_proof(before).checkpoint == root
    noted = Record.objects.get(action="transparency.erase")
    assert (noted.town_slug, noted.object_id, noted.detail) == (SLUG, "temirtau/0", {"field": "name", "erasure": 1})


def test_it_is_erased_once(write: Write, now: datetime) -> None:
    index = write(1, personal={"name": "x"})
    actions.erase(slug=SLUG, index=index, field="name", now=now)
    for wrong in ({"index": index, "field": "name"}, {"index": index, "field": "other"}, {"index": 9, "field": "name"}):
        with pytest.raises(NotFound, match="nothing_to_erase"):
            actions.erase(slug=SLUG, now=now, **wrong)  # type: ignore[arg-type]
    assert queries.log_state(SLUG, now=now).booked == 2


def test_the_database_erases_nothing_in_silence(write: Write, now: datetime) -> None:
    index = write(1, personal={"name": "x"})
    body = {"at": actions.moment_text(now), "type": Kind.ERASURE.value, "v": 1, "index": index, "field": "other"}
    with (
        pytest.raises(IntegrityError, match="names another field"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT transparency_erase(%s, %s, %s, %s, %s)", [SLUG, index, "name", now, canonical(body)])
    assert Opening.objects.count() == 1
