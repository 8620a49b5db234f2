"""The cost of the ledger's reads at 10,000, 100,000 and 1,000,000 entries.

The filled ledgers are kept in the bench's own server until the ledger's SQL changes. Bars are on the server's time.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench.ledger_servers import Server
from tests.bench.run import Figure, at_most, shown

Times = dict[str, dict[str, float]]

SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
ROUNDS, MOST_MS, MOST_GROWTH = 3, 0.5, 2.0
# A read this short on the server is all noise: its growth is told, not barred.
SHORTEST_MS = 0.02


def measure_growth(server: Server) -> list[Figure]:
    """Fill what is missing, then ask every read at every size."""
    databases = {label: filled(server, label) for label in SIZES}
    rounds = [{label: _reads(server, database) for label, database in databases.items()} for _ in range(ROUNDS)]
    found = {label: _middle([one[label] for one in rounds]) for label in SIZES}
    figures = []
    for read, largest in found["1M"].items():
        figures += [shown(f"{read}: server, {label}", found[label][read]["server"], "ms") for label in SIZES]
        figures.append(shown(f"{read}: planning, 1M", largest["planning"], "ms"))
        figures.append(shown(f"{read}: caller, 10k", found["10k"][read]["caller"], "ms"))
        figures.append(shown(f"{read}: caller, 1M", largest["caller"], "ms"))
        figures.append(at_most(f"{read}: server, 1M, bar", largest["server"], "ms", MOST_MS))
        smallest = max(found["10k"][read]["server"], SHORTEST_MS)
        figures.append(at_most(f"{read}: growth 10k to 1M", largest["server"] / smallest, "x", MOST_GROWTH))
    figures.append(shown("size of the ledger at 1M entries", _megabytes(server, databases["1M"]), "MB"))
    return figures


def _middle(rounds: list[Times]) -> Times:
    """The median of every time over the rounds."""
    return {
        read: {kind: median(one[read][kind] for one in rounds) for kind in times} for read, times in rounds[0].items()
    }


def filled(server: Server, label: str) -> str:
    """The name of the ledger with that many entries; filled when it is not there yet."""
    prefix = f"bench_growth_{label.lower()}"
    database = f"{prefix}_{_schema(server.root)}"
    if server.has(database):
        return database
    for (name,) in server.execute(f"SELECT datname FROM pg_database WHERE datname LIKE '{prefix}\\_%'"):  # noqa: S608
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    half_done = f"{prefix}_new"
    server.site(half_done)
    script = server.root / "tests" / "bench" / "ledger_fill.py"
    env = server.environment(half_done)
    subprocess.run([sys.executable, str(script), str(SIZES[label])], env=env, cwd=server.root, check=True)
    server.execute("VACUUM ANALYZE", database=half_done)
    server.execute(f"ALTER DATABASE {half_done} RENAME TO {database}")
    return database


def _schema(root: Path) -> str:
    """Changes with the ledger's and the log's tables and functions, and with how they are filled."""
    digest = hashlib.sha256()
    rooms = (root / "funds" / "ledger", root / "platform" / "transparency")
    files = [file for room in rooms for kind in ("sql/*.sql", "migrations/0*.py") for file in sorted(room.glob(kind))]
    for file in [*files, root / "tests" / "bench" / "ledger_fill.py"]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def _reads(server: Server, database: str) -> Times:
    script = server.root / "tests" / "bench" / "ledger_reads.py"
    ran = subprocess.run(
        [sys.executable, str(script)],
        env=server.environment(database),
        cwd=server.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        sys.exit(f"bench: the ledger's reads failed\n{ran.stderr[-3000:]}")
    found: Times = json.loads(ran.stdout)
    return found


def _megabytes(server: Server, database: str) -> float:
    statement = """SELECT sum(pg_total_relation_size(oid)) FROM pg_class
                    WHERE relkind = 'r' AND (relname LIKE 'ledger\\_%' OR relname LIKE 'transparency\\_%')"""
    return float(str(server.execute(statement, database=database)[0][0])) / 1e6
