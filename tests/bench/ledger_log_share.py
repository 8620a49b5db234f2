"""What the public log adds to one posting: the same function with its log statements cut out, on the same server.

The cut function lives in databases of its own and is never the product's. What is cut stands between the comments
`-- log:begin` and `-- log:end` in funds/ledger/sql/batch.sql and single.sql; what follows `-- log:without` takes its
place. Two databases have the cut function: what differs between them is what this measurement cannot tell.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from tests.bench.ledger_servers import Server

WITH, WITHOUT, AGAIN = "bench_log_with", "bench_log_without", "bench_log_without_too"
PROCESSES = 6
_CUT = re.compile(r"^ *-- log:begin.*?^ *-- log:end *\n", re.DOTALL | re.MULTILINE)
_INSTEAD = re.compile(r"-- log:without ")
_FUNCTION = re.compile(r"^CREATE FUNCTION ledger_post\(.*?^END \$\$;", re.DOTALL | re.MULTILINE)
Turn = tuple[float, float]  # CPU microseconds of one posting: client, server


@dataclass(frozen=True, slots=True)
class Share:
    """CPU microseconds of one posting without the log, what the log adds to it (lowest, middle and highest of the
    processes), and what is between the two sides without a log."""

    without: float
    added: tuple[float, float, float]
    null: tuple[float, float, float]


def without_log(folder: Path) -> str:
    """The posting functions without their log statements, as statements that replace the whole ones."""
    cut = []
    for source in ("batch.sql", "single.sql"):
        found = _FUNCTION.search((folder / source).read_text(encoding="utf-8"))
        if found is None:
            sys.exit(f"bench: {source} has no function ledger_post")
        text, times = _CUT.subn("", found.group(0))
        if times == 0:
            sys.exit(f"bench: {source} has no comments log:begin and log:end")
        cut.append(_INSTEAD.sub("", text).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
    return "\n".join(cut)


def _between(turns: list[Turn], base: list[Turn]) -> float:
    """What a posting's session costs more than its neighbour's in the same moment: the middle of all pairs."""
    return median(server - other for (_, server), (_, other) in zip(turns, base, strict=False))


def measure_share(server: Server, *, template: str, seconds: float) -> Share:
    """Fresh clients and sessions, one process after the other for `seconds` each, in turns of some postings.

    The client does the same on all sides and counts in the whole alone; what differs is what its sessions do. All
    databases are copies of `template`, so that none works on a larger ledger than the others.
    """
    statement = without_log(server.root / "funds" / "ledger" / "sql")
    for database in (WITH, WITHOUT, AGAIN):
        server.fresh(database, template=template)
    for database in (WITHOUT, AGAIN):
        with psycopg.connect(server.owner_url(database), autocommit=True) as connection:
            connection.execute(statement)
    asked = json.dumps({"databases": [WITH, WITHOUT, AGAIN], "processes": PROCESSES, "seconds": seconds})
    script = server.root / "tests" / "bench" / "ledger_log_client.py"
    ran = subprocess.run(
        [sys.executable, str(script), asked],
        env=server.environment(WITH),
        cwd=server.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        sys.exit(f"bench: the clients of the log's share failed\n{ran.stderr[-3000:]}")
    told: list[dict[str, list[Turn]]] = [json.loads(line) for line in ran.stdout.splitlines()]
    added = sorted(_between(one[WITH], one[WITHOUT]) for one in told)
    null = sorted(_between(one[AGAIN], one[WITHOUT]) for one in told)
    return Share(
        without=median(client + backend for one in told for client, backend in one[WITHOUT]),
        added=(added[0], median(added), added[-1]),
        null=(null[0], median(null), null[-1]),
    )
