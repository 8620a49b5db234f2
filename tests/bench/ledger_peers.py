"""Who is measured beside the ledger: processes that take a load a line, django-hordak's environment, pgbench.

Everybody connects to the same server over the same loopback. Nothing here may make a peer slower than it comes.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.ledger_load import Load
from tests.bench.ledger_servers import Server
from tests.bench.peer_environment import peer_python

PGBENCH_SCALES = (1, 10)
_INSERT_TABLE = "CREATE TABLE one_row (id bigserial PRIMARY KEY, amount bigint NOT NULL)"
_INSERT = "INSERT INTO one_row (amount) VALUES (100);\n"


@dataclass(frozen=True, slots=True)
class Result:
    """Postings (or transactions) a second; CPU microseconds per posting, None where it is not known; times in ms."""

    rate: float
    client_us: float | None
    server_us: float | None
    p50_ms: float
    p99_ms: float


class Clients:
    """A process that reads loads and answers them: the ledger's clients or hordak's."""

    def __init__(self, argv: list[str], env: Mapping[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            argv, env=dict(env), cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def measure(self, case: str, load: Load) -> Result:
        """Run one load; ends the bench with the client's traceback when it fails."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the pipes were asked for")
        self._process.stdin.write(json.dumps({"case": case, **asdict(load)}) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline() or '{"failed": "the clients died; see above"}')
        if "failed" in told:
            sys.exit(f"bench: {case} with {load.clients} x {load.threads} clients failed\n{told['failed']}")
        done = told["postings_of_cpu"] or 1
        return Result(
            rate=told["postings"] / told["seconds"],
            client_us=told["client_cpu"] / done * 1e6,
            server_us=told["server_cpu"] / done * 1e6,
            p50_ms=told["times"][0] * 1e3,
            p99_ms=told["times"][1] * 1e3,
        )

    def close(self) -> None:
        """Let the process end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=30)


@contextmanager
def ledger_clients(server: Server, database: str) -> Iterator[Clients]:
    """Clients of the product on `database`."""
    script = server.root / "tests" / "bench" / "ledger_clients.py"
    clients = Clients([sys.executable, str(script)], server.environment(database), server.root)
    try:
        yield clients
    finally:
        clients.close()


@contextmanager
def hordak_clients(server: Server, database: str) -> Iterator[Clients]:
    """Clients of django-hordak, which owns its tables in `database`."""
    server.fresh(database)
    env = server.environment(database) | {
        "DATABASE_URL": server.owner_url(database),
        "DJANGO_SETTINGS_MODULE": "tests.bench.peers.hordak_settings",
    }
    python = peer_python(server.root, "hordak")
    script = server.root / "tests" / "bench" / "peers" / "hordak_client.py"
    clients = Clients([str(python), str(script)], env, server.root)
    try:
        yield clients
    finally:
        clients.close()


@dataclass(frozen=True, slots=True)
class PgBench:
    """pgbench's own script at its scales, and an insert of one row, both with prepared statements."""

    server: Server
    program: str

    def prepare(self) -> None:
        """Databases of their own."""
        for scale in PGBENCH_SCALES:
            self.server.fresh(f"bench_tpcb_{scale}", owner="postgres")
            self._run(f"bench_tpcb_{scale}", "-i", "-q", "-s", str(scale))
        self.server.fresh("bench_insert", owner="postgres")
        self.server.execute(_INSERT_TABLE, database="bench_insert")
        self._script.write_text(_INSERT)

    def tpcb(self, scale: int, clients: int, seconds: float) -> Result:
        """The TPC-B-like transaction; at scale 1 everybody updates the same branch."""
        return self._rate(f"bench_tpcb_{scale}", clients, seconds)

    def insert(self, clients: int, seconds: float) -> Result:
        """One row a commit."""
        return self._rate("bench_insert", clients, seconds, "-n", "-f", str(self._script))

    @property
    def _script(self) -> Path:
        return self.server.places.run / "insert.sql"

    def _rate(self, database: str, clients: int, seconds: float, *arguments: str) -> Result:
        threads = str(min(clients, 2))
        out = self._run(
            database, "-M", "prepared", "-c", str(clients), "-j", threads, "-T", str(round(seconds)), *arguments
        )
        tps = re.search(r"^tps = ([\d.]+)", out, re.MULTILINE)
        latency = re.search(r"^latency average = ([\d.]+)", out, re.MULTILINE)
        if tps is None or latency is None:
            sys.exit(f"bench: pgbench told no rate\n{out}")
        return Result(float(tps.group(1)), None, None, float(latency.group(1)), 0.0)

    def _run(self, database: str, *arguments: str) -> str:
        ran = subprocess.run(
            [self.program, *arguments, self.server.superuser_url(database)], capture_output=True, text=True, check=False
        )
        if ran.returncode:
            sys.exit(f"bench: pgbench failed\n{ran.stderr}")
        return ran.stdout


def find_pgbench(server: Server) -> str:
    """The one of the server itself, else the system's newest; says what to install when there is none."""
    beside = server.bin / "pgbench"
    if beside.exists():
        return str(beside)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    found = str(debian[-1]) if debian else shutil.which("pgbench")
    if found is None:
        sys.exit("bench: pgbench is missing. As root: apt-get install postgresql-contrib")
    return found
