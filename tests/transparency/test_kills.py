"""kill -9 of the sequencer and of PostgreSQL at random moments: no fork, no gap, no row lost that was confirmed.

A server of the test's own is killed; writers and the sequencer are processes of their own.
"""

import random
import subprocess
import sys
import time

import pytest

from tests.transparency.killing import ROOT, Site
from transparency.rules.checkpoints import Checkpoint, open_checkpoint
from transparency.rules.hashing import leaf_hash
from transparency.rules.merkle import Tree
from transparency.rules.notes import VerifierKey

TOWN = "temirtau"
SEQUENCER = """
import django, sys, time
django.setup()
from django.db import close_old_connections, connections, OperationalError, InterfaceError
from common.clock import now
from transparency.actions import integrate
while True:
    try:
        signed = integrate(slug="temirtau", now=now())
    except (OperationalError, InterfaceError):
        connections.close_all()
        time.sleep(0.05)
        continue
    if signed is None:
        time.sleep(0.002)
    else:
        print(signed.size, signed.root.hex(), flush=True)
"""
WRITER = """
import django, sys
django.setup()
from django.db import connections, transaction, OperationalError, InterfaceError
import time
from common.clock import now
from transparency.actions import append
from transparency.states import Kind
number = 0
while True:
    number += 1
    try:
        with transaction.atomic():
            body = {"writer": int(sys.argv[1]), "number": number}
            index = append(slug="temirtau", kind=Kind.MINUTES, body=body, now=now())
    except (OperationalError, InterfaceError):
        connections.close_all()
        time.sleep(0.05)
        continue
    print(index, number, flush=True)
"""


def wait_until_signed(site: Site) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        [(booked, signed)] = site.ask(
            "SELECT (SELECT size FROM transparency_head), coalesce((SELECT max(size) FROM transparency_checkpoint), 0)"
        )
        if booked == signed:
            return
        time.sleep(0.05)
    raise AssertionError((site.folder / "sequencer.err").read_text()[-2000:])


def check(site: Site) -> int:
    """No gap, nothing lost, one history. Gives the number of entries."""
    rows = site.ask("SELECT index, body FROM transparency_entry ORDER BY index")
    assert [index for index, _ in rows] == list(range(len(rows)))
    bodies = [bytes(body) for _, body in rows]  # type: ignore[call-overload]
    tree = Tree()
    tree.append_leaf_hashes([leaf_hash(body) for body in bodies])
    [(vkey,)] = site.ask("SELECT vkey FROM transparency_signingkey")
    key = VerifierKey.parse(str(vkey))
    signed: dict[int, bytes] = {}
    for size, note in site.ask("SELECT size, note FROM transparency_checkpoint"):
        told: Checkpoint = open_checkpoint(data=str(note).encode(), keys=[key]).checkpoint
        assert told.size == size
        signed[told.size] = told.root
    assert {size: tree.root(size) for size in signed} == signed
    # what a killed sequencer had told is what the database has: nothing published was taken back
    told_before = {int(size): bytes.fromhex(root) for size, root in site.said("sequencer")}
    assert {size: signed.get(size) for size in told_before} == told_before
    for writer in (0, 1):
        for index, number in site.said(f"writer{writer}"):
            assert f'"number":{number},"type":"minutes","v":1,"writer":{writer}'.encode() in bodies[int(index)]
    assert site.ask("SELECT count(*) FROM transparency_standing WHERE refusal <> ''") == [(0,)]
    return len(rows)


def rounds(site: Site, count: int, seed: int) -> None:
    dice = random.Random(seed)
    for writer in (0, 1):
        site.start(f"writer{writer}", WRITER, str(writer))
    site.start("sequencer", SEQUENCER)
    for turn in range(count):
        deadline = time.monotonic() + 60
        begun = len(site.said("sequencer"))
        while len(site.said("sequencer")) < begun + 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(dice.random() * 0.2)  # a random moment: nothing is waited for
        if dice.random() < 0.5 or turn == 0:
            site.kill("sequencer")
            site.start("sequencer", SEQUENCER)
        else:
            site.restart_database()
    for writer in (0, 1):
        site.kill(f"writer{writer}")
    wait_until_signed(site)
    site.kill("sequencer")
    assert check(site) > count


@pytest.mark.soak
def test_a_few_kills(site: Site) -> None:
    rounds(site, 5, seed=1)


@pytest.mark.soak
def test_fifty_kills(site: Site) -> None:
    rounds(site, 50, seed=2)


@pytest.mark.soak
def test_eight_writers_and_two_sequencers_at_once(site: Site) -> None:
    """Indexes without gaps and one history, whoever comes when."""
    for writer in range(8):
        site.start(f"writer{writer}", WRITER, str(writer))
    for name in ("sequencer", "second"):
        site.start(name, SEQUENCER)
    deadline = time.monotonic() + 60
    while len(site.said("sequencer")) + len(site.said("second")) < 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    for writer in range(8):
        site.kill(f"writer{writer}")
    wait_until_signed(site)
    site.kill("sequencer")
    site.kill("second")
    assert check(site) == sum(len(site.said(f"writer{writer}")) for writer in range(8)) + lost(site)
    sizes = [int(size) for name in ("sequencer", "second") for size, _ in site.said(name)]
    assert len(set(sizes)) == len(sizes)


def lost(site: Site) -> int:
    """Entries committed whose writer was killed before it could say so: at most one each."""
    [(booked,)] = site.ask("SELECT count(*) FROM transparency_entry")
    told = sum(len(site.said(f"writer{writer}")) for writer in range(8))
    unsaid = int(str(booked)) - told
    assert 0 <= unsaid <= 8
    return unsaid


@pytest.mark.soak
def test_an_older_backup_is_noticed_and_nothing_is_signed(site: Site) -> None:
    """The database's folder is copied, more is signed, and the copy comes back."""
    program = """
import django, sys
django.setup()
from django.db import transaction
from common.clock import now
from transparency import actions, queries
from transparency.states import Kind
for number in range(int(sys.argv[1])):
    with transaction.atomic():
        actions.append(slug="temirtau", kind=Kind.MINUTES, body={"number": number, "run": sys.argv[2]}, now=now())
signed = actions.integrate(slug="temirtau", now=now())
state = queries.log_state("temirtau", now=now())
print(signed.size if signed else None, state.booked, state.signed, state.refusal.value)
"""

    def act(count: int, run: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, str(count), run],
            cwd=ROOT,
            env=site.env,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()

    cluster, copy = site.servers.places.data / "postgres", site.servers.places.data / "postgres.copy"
    assert act(10, "first") == "10 10 10"
    site.servers.stop_member("postgres")
    subprocess.run(["cp", "-a", str(cluster), str(copy)], check=True)
    site.servers.restart("postgres")
    assert act(5, "second") == "15 15 15"
    site.servers.stop_member("postgres")
    cluster.rename(cluster.with_name("postgres.newer"))
    copy.rename(cluster)
    site.servers.restart("postgres")
    assert act(0, "none") == "None 10 10 older_than_signed"
    assert act(3, "third") == "None 13 10 older_than_signed"
    assert act(9, "third") == "None 22 10 older_than_signed"  # as many again, and others: never signed over
    ran = subprocess.run(
        [sys.executable, "manage.py", "log_state"], cwd=ROOT, env=site.env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "sign nothing: temirtau" in ran.stderr
    site.servers.stop_member("postgres")
    cluster.rename(copy)
    cluster.with_name("postgres.newer").rename(cluster)
    site.servers.restart("postgres")
    assert act(1, "fourth") == "16 16 16"
