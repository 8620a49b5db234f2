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
from funds.ledger.models import Entry, Fund  # noqa: E402
from funds.ledger.queries.periods import edge_of  # noqa: E402
from funds.ledger.states import AccountCode  # noqa: E402

SERVER_TIMES, CALLER_TIMES = 15, 30
DAY, TODAY = date(2025, 11, 1), date(2026, 11, 22)  # the middle of what is filled, and after its end


def reads() -> dict[str, Callable[[], object]]:
    """Every read by its name, on the fund that has nine tenths of the entries and its account that has most of them."""
    fund = Fund.objects.select_related("town").order_by("pk")[0]
    slug = fund.town.slug
    head = queries.head_seq(slug)
    book = next(book for book in queries.accounts_of(fund_id=fund.pk) if book.code == AccountCode.STRIPE)
    entries = Entry.objects.filter(account_id=book.id).order_by("id").values_list("id", flat=True)
    first, middle = entries[51], entries[head // 2]

    def as_of() -> int:
        line = queries.span_of(fund_id=fund.pk, until=DAY).last
        return queries.balance_at(account_id=book.id, entry=edge_of(fund_id=fund.pk, seq=line))

    return {
        "balance of an account": lambda: queries.balance_at(account_id=book.id),
        "balance as of a day": as_of,
        "statement of an account: first page": lambda: queries.statement(fund_id=fund.pk, book=book),
        "statement of an account: middle": lambda: queries.statement(fund_id=fund.pk, book=book, before=middle),
        "statement of an account: last page": lambda: queries.statement(fund_id=fund.pk, book=book, before=first),
        "ledger of a fund: first page": lambda: queries.page(fund=queries.overview(slug=slug)),
        "ledger of a fund: middle": lambda: queries.page(fund=fund, before=head // 2),
        "ledger of a fund: last page": lambda: queries.page(fund=fund, before=51),
        "trial balance today": lambda: queries.trial_balance(fund_id=fund.pk, on=TODAY),
        "trial balance as of a day": lambda: queries.trial_balance(fund_id=fund.pk, on=DAY),
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
    for _ in range(8):  # PostgreSQL keeps a plan after five
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
