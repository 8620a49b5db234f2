"""A database server of a test's own, and processes that write to it: both may be killed at any moment."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from devservices.stack import Stack
from devservices.state import free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """A database with its town's log, and the processes that write to it."""

    servers: Stack
    env: dict[str, str]
    folder: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, program: str, *arguments: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out, (self.folder / f"{name}.err").open("ab") as err:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-c", program, *arguments], cwd=ROOT, env=self.env, stdout=out, stderr=err
            )

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def said(self, name: str) -> list[list[str]]:
        """The whole lines that the processes of that name printed: what they were sure of before they died."""
        file = self.folder / f"{name}.out"
        text = file.read_text() if file.exists() else ""
        return [line.split() for line in text.split("\n")[:-1] if line]

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.env["DATABASE_OWNER_URL"]) as link:
            return link.execute(sql).fetchall()

    def restart_database(self) -> None:
        self.servers.kill("postgres")
        self.servers.restart("postgres")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A fresh database server with the site's tables, without pages."""
    run = tmp_path / "run"
    given = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    stack = Stack(root=ROOT, run_dir=run, environ=given, port=free_port(), demo=False, fast=True)
    urls = stack.servers.acquire()
    seed = tmp_path / "seed"
    seed.write_bytes(b"k" * 32)
    seed.chmod(0o600)
    env = {
        **given,
        **urls,
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        "LOG_SEED_FILE": str(seed),
        "LOG_ORIGIN": "kills.example",
    }
    found = Site(servers=stack, env=env, folder=tmp_path)
    try:
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True, timeout=300)
        yield found
    finally:
        for name in list(found.processes):
            found.kill(name)
        stack.stop()
