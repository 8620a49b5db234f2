"""What the public log adds to one posting: the same function with its log statements cut out, on the same server.

The cut function lives in a database of its own and is never the product's. What is cut stands between the comments
`-- log:begin` and `-- log:end` in funds/ledger/sql/batch.sql and single.sql.
"""

import re
import sys
from pathlib import Path
from statistics import median

import psycopg

from tests.bench.ledger_load import Load
from tests.bench.ledger_peers import ledger_clients
from tests.bench.ledger_servers import Server

PAIRS = 7
_CUT = re.compile(r"^ *-- log:begin.*?^ *-- log:end *\n", re.DOTALL | re.MULTILINE)
_FUNCTION = re.compile(r"^CREATE FUNCTION ledger_post\(.*?^END \$\$;", re.DOTALL | re.MULTILINE)


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
        cut.append(text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
    return "\n".join(cut)


def measure_share(server: Server, *, template: str, seconds: float) -> tuple[float, float]:
    """CPU microseconds (client and server) of one posting by one client: with the log, and without. Medians of pairs.

    Both start from a copy of `template`, so that neither works on a larger ledger than the other.
    """
    statement = without_log(server.root / "funds" / "ledger" / "sql")
    for database in ("bench_log_with", "bench_log_without"):
        server.fresh(database, template=template)
    with psycopg.connect(server.owner_url("bench_log_without"), autocommit=True) as connection:
        connection.execute(statement)
    found: dict[str, list[float]] = {"bench_log_with": [], "bench_log_without": []}
    load = Load(clients=1, threads=1, warm=0.3, seconds=seconds)
    with (
        ledger_clients(server, "bench_log_with") as whole,
        ledger_clients(server, "bench_log_without") as cut,
    ):
        for pair in range(PAIRS):
            both = [("bench_log_with", whole), ("bench_log_without", cut)]
            for database, clients in both if pair % 2 else reversed(both):
                result = clients.measure("one hot", load)
                found[database].append((result.client_us or 0.0) + (result.server_us or 0.0))
    return median(found["bench_log_with"]), median(found["bench_log_without"])
