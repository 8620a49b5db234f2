"""How long a booked entry waits for its signature on a running site, whose own worker signs while two clients book.

The site is a stack of its own with the demo world; its database forgoes safety against a power cut, as in all tests.
"""

import sys
import time
from pathlib import Path

import psycopg

from devservices.stack import temporary_stack
from tests.bench.ledger_load import Load
from tests.bench.ledger_peers import Clients
from tests.bench.log_browser import measure_browser
from tests.bench.run import Figure, at_most, shown

CLIENTS, SECONDS, PATIENCE, MOST_MS = 2, 8.0, 30.0, 2000
_LOGS = """
SELECT h.log_id, h.size, coalesce((SELECT max(c.size) FROM transparency_checkpoint c WHERE c.log_id = h.log_id), 0)
  FROM transparency_head h
"""
_DELAYS = """
SELECT count(*), coalesce(max(waited_ms), 0), coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY waited_ms), 0)
  FROM transparency_checkpoint WHERE signed_at > %s
"""


def _all_signed(connection: psycopg.Connection) -> bool:
    return all(size == signed for _log, size, signed in connection.execute(_LOGS).fetchall())


def _wait(connection: psycopg.Connection) -> float:
    """Seconds until everything booked is signed; ends the bench when the worker does not sign."""
    began = time.monotonic()
    while not _all_signed(connection):
        if time.monotonic() - began > PATIENCE:
            sys.exit("bench: the site's worker does not sign what is booked")
        time.sleep(0.05)
    return time.monotonic() - began


def measure_live(root: Path) -> list[Figure]:
    """Book for eight seconds beside a signing worker and ask the checkpoints what waited longest; then the browser."""
    with temporary_stack(root=root) as stack:
        url = stack.env["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            _wait(connection)
            row = connection.execute("SELECT now()").fetchone()
            script = root / "tests" / "bench" / "ledger_clients.py"
            clients = Clients([sys.executable, str(script)], {**stack.env, "PYTHONPATH": str(root)}, root)
            rate = clients.measure("one spread", Load(CLIENTS, 1, 0.5, SECONDS)).rate
            clients.close()
            left = _wait(connection)
            checkpoints, worst, middle = connection.execute(_DELAYS, row).fetchone() or (0, 0, 0)
    return [
        shown("running site: postings booked meanwhile", rate, "/s"),
        shown("running site: checkpoints signed meanwhile", checkpoints, ""),
        shown("running site: the oldest entry of a checkpoint waited, median", middle, "ms"),
        at_most("running site: the longest that an entry waited for its signature", worst, "ms", MOST_MS),
        shown("running site: everything signed after the last posting", left, "s"),
        *measure_browser(root),
    ]
