"""`python -m devservices run`, driven as a person would: start, look, kill things, start again, Ctrl-C."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from devservices.errors import StackError
from devservices.process import Processes
from devservices.site import STOP_ORDER
from devservices.stack import temporary_stack
from devservices.state import free_port
from devservices.supervisor import StopRequest, Supervisor

Until = Callable[[Callable[[], object]], None]
ALL = ["beat", "postgres", "stripe", "valkey", "web", "worker"]


class Running:
    """`make run` in a process of its own; its lines go to a file, as a terminal would show them."""

    def __init__(self, site: Path, environ: dict[str, str], **variables: str) -> None:
        self.run_dir = site.parent / "run"
        self.output = site.parent / "output"
        argv = [sys.executable, "-m", "devservices", "run", "--root", str(site), "--dir", str(self.run_dir)]
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                argv, env={**environ, **variables}, stdout=out, stderr=out, start_new_session=True
            )

    def says(self, words: str) -> bool:
        assert self.process.poll() is None or words in self.output.read_text(), self.output.read_text()
        return words in self.output.read_text()

    def pids(self) -> dict[str, int | None]:
        processes = Processes(pids=self.run_dir / "pids", run=self.run_dir)
        return {name: processes.pid(name) for name in processes.names()}

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, self.output.read_text()
        return self.output.read_text()


Start = Callable[..., Running]


@pytest.fixture
def start(tiny_site: Path, bare_environ: dict[str, str]) -> Iterator[Start]:
    """Start the tiny site; whatever a failed test left running is stopped."""
    started: list[Running] = []

    def make(**variables: str) -> Running:
        started.append(Running(tiny_site, bare_environ, **variables))
        return started[-1]

    yield make
    for running in started:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(60)


def marked(run_dir: Path) -> list[str]:
    """Programs that run with this run folder in their environment, whoever started them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"ASAR_RUN_DIR={run_dir}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text())
    return found


def page_at(url: str) -> bytes:
    with urllib.request.urlopen(f"{url}/") as page:  # noqa: S310 - our own http address
        return bytes(page.read())


def said(run_dir: Path) -> list[str]:
    env = dict(line.split("=", 1) for line in (run_dir / "env").read_text().splitlines())
    with psycopg.connect(env["DATABASE_URL"]) as link:
        return sorted(what for (what,) in link.execute("SELECT what FROM said").fetchall())


def test_start_die_start_again_and_stop(start: Start, bare_environ: dict[str, str], until: Until) -> None:
    port = free_port()
    first = start(PORT=str(port))
    until(lambda: first.says("Ctrl-C stops everything"))
    try:
        assert first.says(f"Asar is at http://127.0.0.1:{port}/")
        assert first.says(f"Treasurer: http://127.0.0.1:{port}/enter/treasurer")
        assert page_at(f"http://127.0.0.1:{port}") == b"config.settings.dev"
        assert sorted(first.pids()) == ALL
        did = sorted(["migrate --noinput", "collectstatic --noinput -v0", "load_towns", "demo", "demo --list"])
        assert said(first.run_dir) == did

        second = subprocess.run(first.process.args, env=bare_environ, check=False, capture_output=True, text=True)
        assert second.returncode == 1
        assert second.stderr == (
            f"asar: Asar already runs at http://127.0.0.1:{port}/ (folder {first.run_dir}). "
            "Stop it with Ctrl-C in its terminal or with `make stop`.\n"
        )

        for name in ("postgres", "web"):
            os.kill(first.pids()[name] or 0, signal.SIGKILL)
            until(lambda name=name: first.says(f"{name} is back after"))  # type: ignore[misc]
        assert page_at(f"http://127.0.0.1:{port}") == b"config.settings.dev"
    finally:
        first.process.kill()  # the supervisor itself dies; nobody cleans up
        first.process.wait()
    left = first.pids()
    assert sorted(left) == ALL

    third = start(PORT=str(port))
    until(lambda: third.says("Ctrl-C stops everything"))
    now = third.pids()
    assert sorted(now) == ALL
    for name in STOP_ORDER:
        assert third.says(f"{name} of an earlier start still ran and is stopped")
        assert now[name] != left[name]
    assert (now["postgres"], now["valkey"]) == (left["postgres"], left["valkey"])
    assert said(third.run_dir) == did  # nothing changed, so nothing was done again
    text = third.stop()
    assert text.count("as before") == 4
    assert text.endswith("  Stopping ...\n  Stopped. Everything is kept; `make run` goes on from here.\n")
    assert third.pids() == {}
    assert marked(third.run_dir) == []
    assert not (third.run_dir / "env").exists()


def test_a_port_that_is_taken(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        refused = start(PORT=str(port))
        assert refused.process.wait(60) == 1
        assert f"asar: Port {port} on 127.0.0.1 is taken by another program (or not ours to take). " in (
            refused.output.read_text()
        )
        assert f"make run PORT={port + 1}" in refused.output.read_text()
        assert refused.pids() == {}


def test_a_stop_in_the_middle_of_the_start_leaves_nothing_behind(tiny_site: Path, start: Start, until: Until) -> None:
    (tiny_site / "manage.py").write_text("import time\ntime.sleep(600)\n")
    running = start(PORT=str(free_port()))
    until(lambda: sorted(running.pids()) == ["postgres", "static", "step", "valkey"])
    running.stop()
    assert running.pids() == {}
    assert marked(running.run_dir) == []


def test_a_failing_step_shows_the_end_of_its_log(tiny_site: Path, start: Start) -> None:
    (tiny_site / "manage.py").write_text("raise SystemExit('no such table: needs')\n")
    running = start(PORT=str(free_port()))
    assert running.process.wait(60) == 1
    assert "asar: `manage.py migrate` failed. The end of " in running.output.read_text()
    assert running.output.read_text().endswith("/migrate.log:\n  no such table: needs\n")
    assert running.pids() == {}


@pytest.mark.soak
@pytest.mark.usefixtures("bare_environ")
def test_members_can_be_killed_and_brought_back_by_name(tiny_site: Path) -> None:
    with temporary_stack(
        root=tiny_site, demo=False, extra_env={"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    ) as stack:
        assert page_at(stack.url) == b"config.settings.test"
        assert stack.sign_ins() == ""
        for name in ("web", "worker", "beat", "stripe", "valkey", "postgres"):
            before = stack.pid(name)
            stack.kill(name)
            assert not stack.alive(name)
            with pytest.raises(StackError, match="does not run"):
                stack.kill(name)
            stack.restart(name)
            assert stack.alive(name)
            assert stack.pid(name) != before
            with pytest.raises(StackError, match="Stop or kill it"):
                stack.restart(name)
        stack.stop_member("worker")
        assert "Warm shutdown" in stack.log("worker")
        assert stack.manage("anything").returncode == 0
        assert "COVERAGE_FILE" not in stack.env

        (tiny_site / "config" / "broken").touch()  # from now on the worker dies at once
        request, lines = StopRequest(), list[str]()
        supervisor = Supervisor(stack=stack, request=request, say=lines.append, back_off=(0.0,) * 4)
        with pytest.raises(StackError, match=r"worker died 5 times in a row[\s\S]*the tiny site is broken"):
            supervisor.watch()
        assert len([line for line in lines if line.endswith("and is started again")]) == 4
        run = stack.places.run
    assert not run.exists()
