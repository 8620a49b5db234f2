"""How long the ledger's reads take in one database: on the server (EXPLAIN ANALYZE) and for the caller.

Run by the bench. Prints one line of JSON: {read: {"server": ms, "planning": ms, "caller": ms}}, medians. Reads only.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

import django

django.setup()

from django.db import connection  # noqa: E402 - models need the set-up above
from django.test.utils import CaptureQueriesContext  # noqa: E402

from funds.ledger import queries  # noqa: E402
from funds.ledger.models import Fund  # noqa: E402
from funds.ledger.states import AccountCode  # noqa: E402

SERVER_TIMES, CALLER_TIMES = 25, 60
DAY = date(2025, 11, 1)  # the middle of what is filled


def reads() -> dict[str, Callable[[], object]]:
    """Every read by its name, on the fund that has nine tenths of the entries."""
    fund = Fund.objects.select_related("town").order_by("pk")[0]
    slug = fund.town.slug
    last = queries.head_seq(slug)
    return {
        "balance of an account": lambda: queries.balance_of(fund=fund, code=AccountCode.STRIPE, currency="KZT"),
        "ledger page: first": lambda: queries.page(fund=fund),
        "ledger page: middle": lambda: queries.page(fund=fund, before=last // 2),
        "ledger page: last": lambda: queries.page(fund=fund, before=51),
        "fund page: overview with its first page": lambda: queries.page(fund=queries.overview(slug=slug)),
    }


def _on_the_server(statements: list[str]) -> tuple[float, float]:
    """Execution and planning time of the statements together, in ms."""
    execution, planning = 0.0, 0.0
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY, FORMAT JSON) {statement}")
            plan = cursor.fetchone()[0]
            told = (json.loads(plan) if isinstance(plan, str) else plan)[0]
            execution += told["Execution Time"]
            planning += told["Planning Time"]
    return execution, planning


def measured(read: Callable[[], object]) -> dict[str, float]:
    """Medians of one read, after it was done often enough to have warm pages."""
    for _ in range(5):
        read()
    with CaptureQueriesContext(connection) as captured:
        read()
    statements = [query["sql"] for query in captured.captured_queries]
    server = [_on_the_server(statements) for _ in range(SERVER_TIMES)]
    caller = []
    for _ in range(CALLER_TIMES):
        began = time.perf_counter()
        read()
        caller.append((time.perf_counter() - began) * 1e3)
    return {
        "server": median(one[0] for one in server),
        "planning": median(one[1] for one in server),
        "caller": median(caller),
    }


if __name__ == "__main__":
    json.dump({name: measured(read) for name, read in reads().items()}, sys.stdout)
