"""kill -9 at every moment of ending an old log and beginning its successor: `manage.py log_successor` as an operator
runs it, on a server of the test's own. Afterwards the town has its old log or its next one, and never two of either.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from asar.__main__ import main
from tests.asar.town_log import served
from tests.transparency.killing import ROOT, Site
from transparency.rules.checkpoints import Checkpoint, open_checkpoint
from transparency.rules.hashing import leaf_hash
from transparency.rules.merkle import Tree
from transparency.rules.notes import VerifierKey, parse_note
from transparency.rules.successions import Succession

PROGRAM = "import django; django.setup(); from tests.transparency.ending import main; main()"
ORIGIN = "kills.example/log/temirtau"
BACKED_UP, SIGNED, HELD = 30, 35, 33
SIGKILL, SIGSTOP = 9, 19
Output = pytest.CaptureFixture[str]


@dataclass
class Restored:
    """A town whose log had signed 35 entries; a backup of 30 came back, and three were booked since.

    Each `anew` is that moment again: database and the record beside the seed. `proven` is a copy of the old log that
    somebody kept.
    """

    site: Site
    folder: Path
    backup: str = ""
    process: "subprocess.Popen[str]" = field(init=False)
    old_note: bytes = b""
    bodies: list[bytes] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / "signed"

    def owner(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        url = self.site.env["DATABASE_OWNER_URL"].rpartition("/")[0]
        with psycopg.connect(f"{url}/{database}", autocommit=True) as link:
            done = link.execute(statement)
            return done.fetchall() if done.description else []

    def copy(self, source: str, target: str) -> None:
        """One database as another: once what still looks at them (a session whose client was killed) is gone."""
        deadline = time.monotonic() + 60
        for statement in (
            f'DROP DATABASE IF EXISTS "{target}"',
            f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY WAL_LOG',
        ):
            while True:
                try:
                    self.owner(statement)
                    break
                except psycopg.errors.ObjectInUse:
                    assert time.monotonic() < deadline, statement
                    time.sleep(0.05)

    def begin(self) -> None:
        """The process whose forks are the operator and the worker of the database `town`."""
        url = self.site.env["DATABASE_URL"].rpartition("/")[0]
        env = {**self.site.env, "DATABASE_URL": f"{url}/town", "LOG_STATE_DIR": str(self.state)}
        with (self.folder / "ending.err").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True,
            )  # fmt: skip

    def ask(self, do: str, **told: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"do": do, **told}), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def anew(self) -> None:
        self.copy("backup", "town")
        shutil.rmtree(self.state)
        shutil.copytree(self.folder / "signed.before", self.state)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.owner(statement, "town")


@pytest.fixture
def restored(site: Site, tmp_path: Path) -> Iterator[Restored]:
    found = Restored(site, tmp_path)
    name = site.env["DATABASE_URL"].rpartition("/")[2].partition("?")[0]
    found.copy(name, "town")
    found.begin()
    try:
        assert found.ask("book", count=BACKED_UP, run="first")["signed"] == BACKED_UP
        found.copy("town", "backup")
        assert found.ask("book", count=SIGNED - BACKED_UP, run="lost")["signed"] == SIGNED
        [(note,)] = found.rows(
            "SELECT note FROM transparency_checkpoint WHERE size = (SELECT max(size) FROM transparency_checkpoint)"
        )
        found.old_note = str(note).encode()
        found.ask("export", folder=str(tmp_path / "before"))
        with served(tmp_path / "before") as address:
            key = (tmp_path / "before" / "vkey").read_text().strip()
            assert main(["audit", address, "--key", key, "--keep", str(tmp_path / "kept")]) == 0
        found.copy("backup", "town")
        stands = found.ask("book", count=HELD - BACKED_UP, run="after")
        assert stands == {"booked": HELD, "signed": BACKED_UP, "refusal": "older_than_signed", "generation": 1}
        found.bodies = [bytes(body) for (body,) in found.rows("SELECT body FROM transparency_entry ORDER BY index")]
        found.copy("town", "backup")
        shutil.copytree(found.state, tmp_path / "signed.before")
        yield found
    finally:
        found.process.kill()
        found.process.communicate()


def told_on_disk(restored: Restored) -> dict[str, str]:
    """What was put on the disk for good: from then on it may have been published."""
    return {file.name: file.read_text() for file in restored.state.iterdir() if file.suffix != ".new"}


def check_either(restored: Restored) -> dict[str, str]:
    """Old or new, and nothing between: statement, entry and generation are committed together or not at all."""
    [(generations,)] = restored.rows("SELECT count(*) FROM transparency_generation")
    [(entries,)] = restored.rows("SELECT count(*) FROM transparency_entry WHERE kind = 'succession'")
    on_disk = told_on_disk(restored)
    assert generations == entries <= int("temirtau.2.succession" in on_disk)
    assert on_disk["temirtau.json"] == (restored.folder / "signed.before" / "temirtau.json").read_text()
    if "temirtau.2.json" in on_disk:
        assert generations == 1
    return on_disk


def check_end(restored: Restored, before: dict[str, str]) -> Succession:
    """No fork, no gap, nothing lost; what lay on the disk when it died is what was published in the end."""
    rows = restored.rows("SELECT index, body FROM transparency_entry ORDER BY index")
    assert [index for index, _body in rows] == list(range(len(rows)))
    bodies = [bytes(body) for _index, body in rows]
    assert bodies[:HELD] == restored.bodies
    assert [b'"run":"meanwhile"' in body for body in bodies[HELD:]].count(True) == 2
    tree = Tree()
    tree.append_leaf_hashes([leaf_hash(body) for body in bodies])
    [(number, note, statement)] = restored.rows("SELECT number, ended_note, statement FROM transparency_generation")
    assert (number, note.encode()) == (2, restored.old_note)
    assert before.get("temirtau.2.succession", statement) == statement
    told = Succession.parse(parse_note(statement.encode()).text)
    assert (told.ended, told.size, told.kept) == (ORIGIN, SIGNED, BACKED_UP)
    assert told.kept_root == tree.root(BACKED_UP)
    signed = check_signed(restored, tree)
    for mark in (before.get("temirtau.2.json"), told_on_disk(restored)["temirtau.2.json"]):
        if mark is not None:
            assert signed[json.loads(mark)["size"]] == json.loads(mark)["root"]
    assert max(signed) == len(rows) == HELD + 3
    return told


def check_signed(restored: Restored, tree: Tree) -> dict[int, str]:
    """Every checkpoint in the database is over these entries, and signed by the log whose turn it was."""
    keys = [VerifierKey.parse(vkey) for (vkey,) in restored.rows("SELECT vkey FROM transparency_signingkey")]
    assert sorted(key.name for key in keys) == [ORIGIN, f"{ORIGIN}/2"]
    found = {}
    for size, note in restored.rows("SELECT size, note FROM transparency_checkpoint"):
        signed: Checkpoint = open_checkpoint(data=note.encode(), keys=keys).checkpoint
        assert (signed.origin, signed.size) == (ORIGIN if size <= BACKED_UP else f"{ORIGIN}/2", size)
        assert signed.root == tree.root(size)
        found[size] = note.split("\n")[2]
    return found


def check_audit(restored: Restored, capsys: Output) -> None:
    """Strangers follow: from the old address, with and without a copy that they kept, and from the new one alone."""
    folder, kept = restored.folder / "site", restored.folder / "copy"
    for place in (folder, kept):
        shutil.rmtree(place, ignore_errors=True)
    assert restored.ask("export", folder=str(folder)) == {"ended": 1}
    shutil.copytree(restored.folder / "kept", kept)
    keys = [(folder / place / "vkey").read_text().strip() for place in (".", "2")]
    capsys.readouterr()
    with served(folder) as address:
        followed = main(["audit", address, "--key", keys[0], "--keep", str(kept)])
        said = capsys.readouterr().out
        alone = main(["audit", f"{address}/2", "--key", keys[1], "--key", keys[0]])
        new = capsys.readouterr().out
    assert (followed, alone, "WRONG" in said + new) == (1, 0, False), said + new
    assert f"NOT PROVEN: entries {BACKED_UP + 1} to {SIGNED} of {ORIGIN} were signed and are no longer shown" in said
    assert f"The kept copy holds {SIGNED} entries of {ORIGIN} as it signed them" in said
    assert f"All {HELD + 3} entries are exactly those that were signed" in said


def settle(restored: Restored, capsys: Output) -> None:
    """What follows a death: booking goes on, the worker comes by, the operator runs the command again if need be."""
    before = check_either(restored)
    stands = restored.ask("book", count=2, run="meanwhile")
    assert stands["booked"] == HELD + 2 + (stands["generation"] - 1)
    # Not one signature while it is not said which log goes on.
    assert stands["signed"] == (BACKED_UP if stands["generation"] == 1 else stands["booked"])
    again = restored.ask("end")
    expected = "events" if stands["generation"] == 1 else "failed"
    assert expected in again, again
    assert "failed" not in again or "Not ended" in again["failed"]
    check_end(restored, before)
    check_audit(restored, capsys)


@pytest.mark.soak
def test_killed_at_every_moment(restored: Restored, capsys: Output) -> None:
    states = set()
    for event in count(1):
        restored.anew()
        told = restored.ask("end", event=event, number=SIGKILL)
        if "events" in told:  # it came to its end: every moment before was tried
            assert event > 50
            break
        assert told == {"killed": SIGKILL}
        states.add(tuple(sorted(check_either(restored))))
        settle(restored, capsys)
    assert states == {
        ("temirtau.json",),
        ("temirtau.2.succession", "temirtau.json"),
        ("temirtau.2.json", "temirtau.2.succession", "temirtau.json"),
    }


@pytest.mark.soak
def test_postgresql_killed_at_moments_of_it(restored: Restored, capsys: Output) -> None:
    """The operator's command lives and its server dies: the command fails, or had done its work already."""
    restored.anew()
    moments = restored.ask("end")["events"]
    for event in range(1, moments + 1, 5):
        restored.anew()
        assert restored.ask("end", event=event, number=SIGSTOP) == {"stopped": True}
        restored.site.restart_database()
        assert restored.process.stdin is not None
        assert restored.process.stdout is not None
        print("go on", file=restored.process.stdin, flush=True)
        json.loads(restored.process.stdout.readline())  # it says that it failed, or what it did
        settle(restored, capsys)
