"""A streaming replica that serves the public pages: two PostgreSQL servers and two web processes on this machine.

The second server is made with pg_basebackup and follows the first; the second web process knows the replica alone. It
must answer the same bytes and be unable to write; shown is how far it lags while postings are booked.
"""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psycopg

from devservices.account import server_account
from devservices.binaries import find_postgres
from devservices.errors import StackError
from devservices.postgres import cluster_major
from devservices.stack import Stack, temporary_stack
from devservices.state import State, free_port
from tests.bench.ledger_load import Load
from tests.bench.ledger_peers import Clients
from tests.bench.run import Figure, at_least, at_most, shown

TOWN = "tekeli"
PAGES = (f"/kk/ledger/{TOWN}/", f"/de/ledger/{TOWN}/", "/kk/", f"/kk/towns/{TOWN}/", f"/kk/ledger/{TOWN}/ledger.csv")
LOG = tuple(f"/log/{TOWN}/{name}" for name in ("checkpoint", "policy", "tile/0/000.p/1", "proof/0.tlog-proof"))
WAIT_SECONDS, LOAD_SECONDS = 60.0, 6.0


@contextmanager
def _replica(stack: Stack) -> Iterator[str]:
    """A second server that follows the stack's; yields its DATABASE_URL for the site's role."""
    account = server_account()
    binaries = find_postgres(account, major=cluster_major(stack.places.data))
    port, data = free_port(), stack.places.data / "replica"
    first = urlsplit(stack.env["DATABASE_URL"])
    secret = State(stack.places.run).secret("postgres")
    quiet = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    data.mkdir(mode=0o700)
    account.own(data)
    dsn = f"host=127.0.0.1 port={first.port} user=postgres password={secret}"
    subprocess.run(
        [str(binaries.bin / "pg_basebackup"), "-D", str(data), "-d", dsn, "-X", "stream", "-R", "-c", "fast"],
        check=True,
        env=quiet,
        cwd="/",
        **account.options(),
    )
    options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    argv = [str(binaries.bin / "postgres"), "-D", str(data)]
    argv += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    log = (stack.places.logs / "replica.log").open("wb")
    process = subprocess.Popen(argv, env=quiet, cwd="/", stdout=log, stderr=log, **account.options())
    url = stack.env["DATABASE_URL"].replace(f":{first.port}/", f":{port}/")
    try:
        _until(lambda: _answers(url))
        yield url
    finally:
        process.terminate()
        process.wait()
        log.close()


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
    return False


def _until(true: object) -> float:
    """Seconds until `true()` holds; refuses after a minute."""
    if not callable(true):
        raise TypeError("a question is a function")
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > WAIT_SECONDS:
            raise StackError("the replica does not follow")
        time.sleep(0.002)
    return time.monotonic() - began


@contextmanager
def _web(root: Path, stack: Stack, database_url: str) -> Iterator[str]:
    """A web process of the site on this database."""
    port = free_port()
    env = {key: value for key, value in stack.env.items() if key != "DATABASE_OWNER_URL"}
    env["DATABASE_URL"] = database_url
    argv = [str(root / ".venv" / "bin" / "granian"), "--interface", "wsgi", "config.wsgi:application"]
    argv += ["--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    process = subprocess.Popen(argv, env=env, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _get(url, "/kk/")[0] == 200)
        yield url
    finally:
        process.terminate()
        process.wait()


def _get(url: str, path: str, *, host: str = "127.0.0.1") -> tuple[int, bytes, str]:
    """Status, body and ETag; status 0 when nobody listens. `host` is the site's name, as a proxy would hand it on."""
    request = urllib.request.Request(url + path, headers={"Host": host})  # noqa: S310 - our own processes
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own processes
            return answer.status, answer.read(), answer.headers.get("ETag", "")
    except urllib.error.HTTPError as error:
        return error.code, error.read(), ""
    except OSError:
        return 0, b"", ""


def _same(first: str, second: str, paths: tuple[str, ...], *, when: str = "") -> Iterator[Figure]:
    for path in paths:
        host = urlsplit(first).netloc
        here, there = _get(first, path, host=host), _get(second, path, host=host)
        same = here == there and here[0] == 200
        if not same:
            print(f"  {path}: {here[0]}, replica {there[0]} ({len(here[1])}, {len(there[1])} bytes)", file=sys.stderr)
        yield at_least(f"replica answers 200 and the same bytes{when}: {path}", int(same), "", 1)


_LAG = "SELECT extract(epoch FROM replay_lag) * 1000, pg_wal_lsn_diff(sent_lsn, replay_lsn) FROM pg_stat_replication"
_HEADS = "SELECT coalesce(sum(seq), 0) FROM transparency_head"


def _lag(root: Path, stack: Stack, replica: str) -> list[Figure]:
    """Book for a while; meanwhile ask how far the replica is behind, afterwards how long it takes to catch up."""
    port = urlsplit(stack.env["DATABASE_URL"]).port
    watch = f"postgres://postgres:{State(stack.places.run).secret('postgres')}@127.0.0.1:{port}/postgres"
    behind: list[float] = []
    over = threading.Event()

    def ask() -> None:
        with psycopg.connect(watch, autocommit=True) as connection:
            while not over.wait(0.02):
                row = connection.execute(_LAG).fetchone()
                if row is not None and row[0] is not None:
                    behind.append(float(row[0]))

    watcher = threading.Thread(target=ask)
    watcher.start()
    script = root / "tests" / "bench" / "ledger_clients.py"
    clients = Clients([sys.executable, str(script)], {**stack.env, "PYTHONPATH": str(root)}, root)
    rate = clients.measure("batch hot", Load(1, 1, 0.3, LOAD_SECONDS)).rate
    with (
        psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as here,
        psycopg.connect(replica, autocommit=True) as there,
    ):
        caught_up = _until(lambda: here.execute(_HEADS).fetchone() == there.execute(_HEADS).fetchone())
    clients.close()
    over.set()
    watcher.join()
    return [
        shown("booked meanwhile, 500 at a time", rate, "/s"),
        shown("replica behind while booking, median", median(behind or [0.0]), "ms"),
        shown("replica behind while booking, longest", max(behind or [0.0]), "ms"),
        at_most("replica has everything after the last posting", caught_up, "s", 2.0),
    ]


def _refuses_to_write(replica: str) -> Figure:
    refused = 0
    with psycopg.connect(replica, autocommit=True) as connection:
        try:
            connection.execute("CREATE TEMPORARY TABLE anything (number int)")
        except psycopg.errors.ReadOnlySqlTransaction:
            refused = 1
    return at_least("replica refuses to write", refused, "", 1)


def measure(root: Path) -> list[Figure]:
    """Start a site with its demo world, a replica of its database, and a web process that reads the replica alone."""
    with temporary_stack(root=root) as stack:
        began = time.monotonic()
        with _replica(stack) as url, _web(root, stack, url) as second:
            figures = [shown("replica made and serving after", time.monotonic() - began, "s")]
            stack.stop_member("beat")
            figures += [*_same(stack.url, second, PAGES), *_same(stack.url, second, LOG), _refuses_to_write(url)]
            figures += _lag(root, stack, url)
            figures += _same(stack.url, second, PAGES[:1], when=" after the load")
            status = json.loads(_get(second, "/health/")[1] or b"{}")
            print(f"  /health/ of the web process on the replica: {status}", file=sys.stderr)
        return figures
