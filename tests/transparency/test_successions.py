"""A database older than what was signed: the log refuses, an operator ends it, and the next one goes on. No origin
ever signs two trees, whatever copy of the database comes back."""

import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from common.errors import DomainError
from tests.transparency.conftest import SLUG
from tests.transparency.restoring import refusal, root_of_all, told
from transparency import queries
from transparency.actions import integrate, succeed
from transparency.models import Checkpoint, Entry, Generation, Standing
from transparency.queries.keys import log_key, origin_of
from transparency.rules.checkpoints import open_checkpoint
from transparency.rules.notes import parse_note, verified
from transparency.rules.policies import parse_policy
from transparency.rules.proofs import parse_extra, parse_proof, verify_entry
from transparency.states import Refusal

pytestmark = pytest.mark.django_db
Fill = Callable[..., None]


_BEGIN = (
    "INSERT INTO transparency_generation (log_id, number, since, ended_size, ended_root, ended_note, kept, statement,"
    " begun_at) SELECT log_id,"
)
_BEGIN_REST = ", ended_size, ended_root, '', kept, '', begun_at FROM transparency_generation"


@pytest.mark.usefixtures("restored")
def test_the_next_log_goes_on_over_what_is_left(fill: Fill, now: datetime) -> None:
    said = succeed(slug=SLUG, now=now)
    assert (said.ended, said.size, said.kept, said.booked, said.lost) == (origin_of(SLUG), 350, 300, 305, 50)
    assert refusal(now) == Refusal.NONE
    signed = integrate(slug=SLUG, now=now)
    assert signed is not None
    assert (signed.size, signed.root) == (306, root_of_all())
    entry = json.loads(bytes(Entry.objects.get(index=305).body))
    assert (entry["type"], entry["generation"], entry["next"]) == ("succession", 2, "127.0.0.1:8000/log/temirtau/2")
    assert entry["statement"].encode() == queries.statement_of(SLUG, 1)
    note = open_checkpoint(data=queries.checkpoint_note(SLUG, 2), keys=[log_key(SLUG, 2).verifier])
    assert (note.checkpoint.origin, note.checkpoint.size) == (origin_of(SLUG, 2), 306)
    fill(5000)
    again = integrate(slug=SLUG, now=now)
    assert again is not None
    assert (again.size, again.root) == (5306, root_of_all())
    assert queries.waiting_logs() == []


def test_the_old_checkpoint_is_frozen_and_old_proofs_hold(
    restored: int, old_proof: list[bytes], fill: Fill, now: datetime
) -> None:
    frozen = parse_proof(old_proof[1]).checkpoint
    succeed(slug=SLUG, now=now)
    for _again in range(2):
        assert queries.checkpoint_note(SLUG, 1) == frozen  # signed once more, it is the same to the byte
        fill(100)
        integrate(slug=SLUG, now=now)
    assert (told().size, told().root) == (
        restored,
        open_checkpoint(data=frozen, keys=[log_key(SLUG).verifier]).checkpoint.root,
    )
    keys = [known.key for known in parse_policy(queries.policy_file(SLUG)).logs]
    assert [key.name for key in keys] == [origin_of(SLUG, 2), origin_of(SLUG, 1)]
    for data in old_proof:
        file = parse_proof(data)
        signed = open_checkpoint(data=file.checkpoint, keys=keys).checkpoint
        verify_entry(file=file, entry=parse_extra(file.extra).entry, size=signed.size, root=signed.root)


def get(client: Client, path: str) -> Any:
    return client.get(f"/log/{SLUG}/{path}")


@pytest.mark.usefixtures("restored")
def test_both_addresses_serve_what_is_theirs(client: Client, now: datetime) -> None:
    assert get(client, "succession").status_code == HTTPStatus.NOT_FOUND
    assert get(client, "2/checkpoint").status_code == HTTPStatus.NOT_FOUND
    succeed(slug=SLUG, now=now)
    for path in ("2/checkpoint", "2/tile/0/000", "2/tile/entries/000", "2/proof/7.tlog-proof"):
        assert get(client, path).status_code == HTTPStatus.NOT_FOUND  # nothing is signed there yet
    integrate(slug=SLUG, now=now)
    paths = {
        HTTPStatus.OK: "tile/0/000 tile/0/001.p/44 tile/entries/001.p/44 tile/1/000.p/1 proof/299.tlog-proof vkey"
        " 2/tile/0/001.p/50 2/tile/entries/001.p/50 2/proof/305.tlog-proof 2/policy 2/vkey",
        HTTPStatus.GONE: "tile/0/001.p/45 tile/0/001.p/94 tile/entries/001.p/50 proof/300.tlog-proof"
        " proof/349.tlog-proof",
        HTTPStatus.NOT_FOUND: "tile/0/001.p/95 tile/entries/001 proof/350.tlog-proof tile/2/000.p/1 2/tile/0/001.p/51"
        " 2/succession 3/checkpoint 1/checkpoint 02/checkpoint 3/policy 3/vkey",
    }
    for status, asked in paths.items():
        assert {path: get(client, path).status_code for path in asked.split()} == dict.fromkeys(asked.split(), status)
    assert b"this log was ended" in get(client, "tile/0/001.p/45").content
    assert get(client, "succession").content == queries.statement_of(SLUG, 1)
    shown = parse_proof(get(client, "proof/299.tlog-proof").content)
    assert open_checkpoint(data=shown.checkpoint, keys=[log_key(SLUG).verifier]).checkpoint.size == 300
    here = parse_proof(get(client, "2/proof/299.tlog-proof").content)
    assert open_checkpoint(data=here.checkpoint, keys=[log_key(SLUG, 2).verifier]).checkpoint.size == 306


@pytest.mark.usefixtures("restored")
def test_run_twice_and_run_for_nothing_it_is_refused(fill: Fill, now: datetime) -> None:
    succeed(slug=SLUG, now=now)
    before = queries.statement_of(SLUG, 1)
    for _signed in range(2):
        with pytest.raises(DomainError, match="not_ended: This log is not ended: nothing that it signed is missing"):
            succeed(slug=SLUG, now=now)
        integrate(slug=SLUG, now=now)
    assert (queries.statement_of(SLUG, 1), Generation.objects.count()) == (before, 1)
    fill(3, slug="rudny")
    integrate(slug="rudny", now=now)
    with pytest.raises(DomainError, match="not_ended"):
        succeed(slug="rudny", now=now)
    with pytest.raises(DomainError, match="no_log"):
        succeed(slug="atlantis", now=now)


@pytest.mark.usefixtures("restored")
def test_another_reason_to_stand_still_is_no_reason_to_end(now: datetime, log_state_dir: Path) -> None:
    (log_state_dir / f"{SLUG}.json").unlink()
    with pytest.raises(DomainError, match=r"ended_otherwise.*The record of what was signed last is missing"):
        succeed(slug=SLUG, now=now)
    Standing.objects.update(refusal=Refusal.ENTRY_CHANGED)
    with pytest.raises(DomainError, match=r"ended_otherwise.*stored with other content"):
        succeed(slug=SLUG, now=now)
    assert Generation.objects.count() == 0


@pytest.mark.usefixtures("restored")
def test_looking_changes_nothing(now: datetime, log_state_dir: Path) -> None:
    said = succeed(slug=SLUG, now=now, only_look=True)
    assert (said.size, said.kept) == (350, 300)
    assert [file.name for file in log_state_dir.iterdir()] == [f"{SLUG}.json"]
    assert (Generation.objects.count(), Entry.objects.count()) == (0, 305)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO transparency_checkpoint SELECT log_id, 305, root, note, signed_at, 0 FROM transparency_checkpoint",
        "UPDATE transparency_generation SET statement = ''",
        "DELETE FROM transparency_generation",
        f"{_BEGIN} 2, since {_BEGIN_REST}",
        f"{_BEGIN} 3, 0 {_BEGIN_REST}",
    ],
)
def test_the_database_holds_that_an_ended_log_signs_nothing(statement: str, now: datetime) -> None:
    succeed(slug=SLUG, now=now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (Checkpoint.objects.count(), Generation.objects.count()) == (1, 1)


def ran(*arguments: str) -> str:
    out, err = StringIO(), StringIO()
    try:
        call_command("log_successor", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue() + err.getvalue() + str(error)
    return out.getvalue()


@pytest.mark.usefixtures("restored")
def test_the_command_looks_first_and_says_what_it_did() -> None:
    looked = ran(SLUG)
    assert "had signed 350 entries. 300 of them are here for certain; the last 50 are lost" in looked
    assert "nothing was done. With --lost-for-good" in looked
    assert Generation.objects.count() == 0
    done = ran(SLUG, "atlantis", "--lost-for-good")
    assert f"{origin_of(SLUG, 2)} goes on with 306 signed entries." in done
    assert log_key(SLUG, 2).verifier.vkey in done
    assert done.endswith("Not ended: atlantis.")
    assert "temirtau: This log is not ended: nothing that it signed is missing here." in ran(SLUG, "--lost-for-good")
    out = StringIO()
    call_command("log_key", "show", stdout=out)
    assert log_key(SLUG, 2).verifier.vkey in out.getvalue().split("\n")


@pytest.mark.usefixtures("restored")
def test_both_logs_signed_the_statement(now: datetime) -> None:
    succeed(slug=SLUG, now=now)
    data = queries.statement_of(SLUG, 1)
    for key in (log_key(SLUG), log_key(SLUG, 2)):
        assert verified(data=data, keys=[key.verifier]) == parse_note(data)
