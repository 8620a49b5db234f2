"""Workers on two machines count different towns at once; what one queue and one database must do for that.

The machines are network namespaces of this one, each with an address of its own; they share nothing but PostgreSQL and
Valkey. How long one and two of them take for the same work is printed.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.bench.ledger_servers import Server, running
from tests.indicators.namespaces import HUB, MACHINES, Machine, missing, two_machines

ROOT = Path(__file__).parents[2]
DATABASE = "bench_apart"
TOWNS, ANSWERS, PATIENCE = 4, 45_000, 240
NOWHERE = missing()
pytestmark = [pytest.mark.soak, pytest.mark.skipif(bool(NOWHERE), reason=NOWHERE or "namespaces can be made")]
_WAVES = """
from datetime import timedelta
from pathlib import Path
from common.clock import day_of, now
from councils.surveys.actions import close_wave, import_questionnaire, open_wave
from councils.surveys.rules import codes
from councils.surveys.queries import form_of
from councils.surveys.states import Audience
from tests.bench.surveys_judging import responses
from django.db import connection
from towns.models import Town
moment = now()
source = Path("councils/surveys/data/life_in_our_town.xlsx")
version = import_questionnaire(
    actor=None, slug="life-in-our-town", content=source.read_bytes(), filename=source.name, now=moment
)
form = form_of(version.pk)
sheets = [codes(form, answers) for answers in responses(form, count=200)]
for town in Town.objects.order_by("slug")[:{towns}]:
    wave = open_wave(
        actor=None, town=town, version=version, opens_date=day_of(moment),
        closes_date=day_of(moment) + timedelta(days=9), audience=Audience.OPEN, now=moment,
    )
    close_wave(actor=None, wave=wave, now=moment)
    with connection.cursor() as cursor:
        for number, sheet in enumerate(sheets):
            cursor.execute(
                "INSERT INTO surveys_response (id, wave_id, batch, channel, answers, codes) SELECT gen_random_uuid(),"
                " %s, (n - 1) / 1000, 'web', '{{}}', %s FROM generate_series(1, {answers}) n"
                " WHERE n %% {sheets} = %s", [wave.pk, list(map(int, sheet)), number],
            )
"""
_ASK = """
from celery import current_app
from councils.surveys.models import Wave
for wave in Wave.objects.order_by("town__slug")[{first}:{last}]:
    current_app.send_task("councils.indicators.tasks.count_wave", [str(wave.pk)])
"""


@contextmanager
def worker(server: Server, machine: Machine, name: str, folder: Path) -> Iterator[Path]:
    """A Celery worker of one process on that machine that takes counts alone; yields its log when it is ready."""
    env = server.environment(DATABASE)
    for key in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        env[key] = env[key].replace("127.0.0.1", machine.hub)
    argv = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "INFO"]
    argv += ["-Q", "counting", "--without-gossip", "--without-mingle", "--hostname", name]
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            machine.argv(argv), env=env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while b" ready." not in log.read_bytes():
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield log
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def progress(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, tuple[int, int, bool, bool]]:
    """What an officer may see of each count: (batches counted, of how many, whether counted, whether published)."""
    rows = connection.execute(
        "SELECT c.wave_id, c.batch, c.batches, c.counted_at IS NOT NULL, p.id IS NOT NULL FROM indicators_countrun c"
        " LEFT JOIN indicators_publication p USING (wave_id)"
    ).fetchall()
    return {str(wave): (int(str(batch)), int(str(of)), bool(done), bool(out)) for wave, batch, of, done, out in rows}


def counted(server: Server, first: int, last: int) -> tuple[float, int, bool]:
    """Have waves `first`..`last` counted: seconds, most waves seen half counted at once, whether progress was seen."""
    at_once, seen, began = 0, False, time.monotonic()
    with psycopg.connect(server.owner_url(DATABASE), autocommit=True) as connection:
        before = set(progress(connection))
        server.manage(DATABASE, "shell", "-c", _ASK.format(first=first, last=last))
        while True:
            now = {wave: told for wave, told in progress(connection).items() if wave not in before}
            if not now:
                began = time.monotonic()
            at_once = max(at_once, sum(not out for _batch, _of, _done, out in now.values()))
            seen = seen or any(0 < batch < of for batch, of, _done, _out in now.values())
            if len(now) == last - first and all(out for *_rest, out in now.values()):
                return time.monotonic() - began, at_once, seen
            assert time.monotonic() - began < PATIENCE, now
            time.sleep(0.01)


def test_two_machines_count_different_towns_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(ROOT) as server:
        server.fresh(DATABASE)
        server.manage(DATABASE, "migrate", "--verbosity", "0")
        server.manage(DATABASE, "load_towns", "--verbosity", "0")
        made = _WAVES.format(towns=2 * TOWNS, answers=ANSWERS, sheets=200)
        server.manage(DATABASE, "shell", "-c", made)
        queue = urlsplit(server.urls["REDIS_URL"]).port or 0
        with two_machines(server.port, queue) as (machines, hub), ExitStack() as workers:
            logs = [workers.enter_context(worker(server, machines[0], "first", tmp_path))]
            alone, one_at_once, seen = counted(server, 0, TOWNS)
            assert (one_at_once, seen) == (1, True)
            logs.append(workers.enter_context(worker(server, machines[1], "second", tmp_path)))
            together, at_once, seen = counted(server, TOWNS, 2 * TOWNS)
            assert (at_once, seen) == (2, True)
            assert hub.callers == {(address, port) for address in MACHINES for port in (server.port, queue)}
            done = [log.read_text().count("count_wave[") // 2 for log in logs]
            assert done[0] + done[1] == 2 * TOWNS
            assert done[1] > 0
            assert not reaches(machines[1], server.port)
        drifted = server.execute("SELECT count(*) FROM indicators_countrun WHERE drifted", database=DATABASE)
        same = "SELECT count(DISTINCT (cube, responses)) FROM indicators_countrun"
        assert (drifted, server.execute(same, database=DATABASE)) == ([(0,)], [(1,)])
        server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    with capsys.disabled():
        print(f"\n{TOWNS} towns of {ANSWERS} answers: one worker {alone:.1f} s, two {together:.1f} s, shared {done}")


def reaches(machine: Machine, port: int) -> bool:
    """Whether our own 127.0.0.1 can be called from that machine: then it would be none."""
    call = f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
    socket.create_connection(("127.0.0.1", port), 1).close()
    return subprocess.run(machine.argv([sys.executable, "-c", call]), capture_output=True, check=False).returncode == 0


def test_machines_apart_reach_what_they_are_given_and_nothing_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as given, socket.create_server(("127.0.0.1", 0)) as other:
        open_, shut = given.getsockname()[1], other.getsockname()[1]
        with two_machines(open_) as (machines, hub):
            for machine, address in zip(machines, HUB, strict=True):
                call = f"import socket; socket.create_connection(('{address}', {open_}), 5)"
                machine.run(sys.executable, "-c", call)
                assert not reaches(machine, shut)
            assert hub.callers == {(address, open_) for address in MACHINES}
