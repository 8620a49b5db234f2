"""The ledger against django-hordak and pgbench, all on one server in one run, and its cost as it grows.

Bars are ratios within the run. Cases are measured in rounds of random order, medians of the rounds; afterwards every
transaction, balance and balance_after is audited.
"""

import random
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench.ledger_audit import audit
from tests.bench.ledger_growth import filled, measure_growth
from tests.bench.ledger_load import Load
from tests.bench.ledger_log_share import measure_share
from tests.bench.ledger_peers import (
    PGBENCH_SCALES,
    Clients,
    PgBench,
    Result,
    find_pgbench,
    hordak_clients,
    ledger_clients,
)
from tests.bench.ledger_servers import Server, running
from tests.bench.log_sequencer import sequence
from tests.bench.run import Figure, at_least, at_most, shown

ROUNDS = 3
WARM, SECONDS, SECONDS_SHOWN = 0.4, 3, 2
SITE, EMPTY, HORDAK = "bench_ledger", "bench_empty", "bench_hordak"
# What a bar is computed from is measured longer.
BARRED = {
    "post, 1 client, hot",
    "post, 16 threads, hot",
    "batch, 16 clients, hot",
    "batch, 16 clients, spread",
    "hordak, 1 client, hot",
    "hordak, 16 clients, hot",
    "tpcb scale 1, 16 clients",
}
Cases = dict[str, Callable[[float], Result]]


def _clients(number: int) -> str:
    return f"{number} client{'s' if number > 1 else ''}"


def _cases(server: Server, stack: ExitStack) -> Cases:
    """Every case by its name: a function of the seconds to measure."""
    ours = stack.enter_context(ledger_clients(server, SITE))
    hordak = stack.enter_context(hordak_clients(server, HORDAK))
    pgbench = PgBench(server, find_pgbench(server))
    pgbench.prepare()
    cases: Cases = {}

    def timed(name: str, clients: Clients, case: str, processes: int, threads: int = 1) -> None:
        cases[name] = lambda seconds: clients.measure(case, Load(processes, threads, WARM, seconds))

    for where in ("hot", "spread"):
        for number in (1, 4, 16):
            timed(f"post, {_clients(number)}, {where}", ours, f"one {where}", number)
            timed(f"hordak, {_clients(number)}, {where}", hordak, where, number)
        for number in (1, 16):
            timed(f"batch, {_clients(number)}, {where}", ours, f"batch {where}", number)
        timed(f"post, 16 threads, {where}", ours, f"one {where}", 1, 16)
    timed("post, 4 threads, hot", ours, "one hot", 1, 4)
    for number in (1, 4, 16):
        for scale in PGBENCH_SCALES:
            cases[f"tpcb scale {scale}, {_clients(number)}"] = partial(pgbench.tpcb, scale, number)
        cases[f"insert, {_clients(number)}"] = partial(pgbench.insert, number)
    return cases


def _rounds(cases: Cases) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {name: [] for name in cases}
    order = list(cases)
    for number in range(ROUNDS):
        random.Random(number).shuffle(order)
        for name in order:
            found[name].append(cases[name](SECONDS if name in BARRED else SECONDS_SHOWN))
    return found


def _cpu(result: Result) -> float:
    return (result.client_us or 0.0) + (result.server_us or 0.0)


def _speed(found: dict[str, list[Result]]) -> list[Figure]:
    """Rates, CPU and times as they came out, then the bars."""
    rate = {name: median(one.rate for one in results) for name, results in found.items()}
    cpu = {name: median(_cpu(one) for one in results) for name, results in found.items()}
    figures = [shown(name, value, "/s") for name, value in sorted(rate.items())]
    first = ("post, 1 client, hot", "hordak, 1 client, hot", "batch, 1 client, hot", "post, 16 threads, hot")
    figures += [shown(f"CPU of {name}", cpu[name], "us") for name in first]
    for name in ("post, 1 client, hot", "post, 16 clients, hot", "post, 16 threads, hot", "hordak, 16 clients, hot"):
        figures.append(shown(f"time of {name}, p50", median(one.p50_ms for one in found[name]), "ms"))
        figures.append(shown(f"time of {name}, p99", median(one.p99_ms for one in found[name]), "ms"))
    batch, together = rate["batch, 16 clients, hot"], rate["post, 16 threads, hot"]
    hordak, tpcb = rate["hordak, 16 clients, hot"], rate["tpcb scale 1, 16 clients"]
    one, one_hordak = rate["post, 1 client, hot"], rate["hordak, 1 client, hot"]
    return [
        *figures,
        at_least("batched, 16 clients, hot: against hordak", batch / hordak, "x", 25),
        at_least("batched, 16 clients, hot: against TPC-B scale 1", batch / tpcb, "x", 10),
        at_least("batched, 16 clients: hot against spread", batch / rate["batch, 16 clients, spread"], "x", 0.9),
        at_least("synchronous, 16 at a time, hot: against hordak", together / hordak, "x", 5),
        at_least("synchronous, 16 at a time, hot: against TPC-B scale 1", together / tpcb, "x", 2),
        at_least("one posting, 1 client: against hordak", one / one_hordak, "x", 2),
        at_most(
            "one posting, 1 client: CPU against hordak",
            cpu["post, 1 client, hot"] / cpu["hordak, 1 client, hot"],
            "x",
            0.45,
        ),
        shown("batched, 16 clients, hot: against insert of one row", batch / rate["insert, 16 clients"], "x"),
    ]


def _log_share(server: Server) -> list[Figure]:
    share = measure_share(server, template=EMPTY, seconds=5)
    leaf = sequence(server, template=filled(server, "100k")).cpu_us
    low, added, high = (one / share.without * 100 for one in share.added)
    null_low, null, null_high = (one / share.without * 100 for one in share.null)
    return [
        shown("one posting, log statements cut out: CPU", share.without, "us"),
        shown("log: its entry in the statement of the posting", added, "%"),
        shown("log: the same, of the process with the least", low, "%"),
        shown("log: the same, of the process with the most", high, "%"),
        shown("log: the same without a log on both sides (null test)", null, "%"),
        shown("log: the null test, of the process with the least", null_low, "%"),
        shown("log: the null test, of the process with the most", null_high, "%"),
        shown("log: CPU of signing in the background, per entry", leaf, "us"),
        at_most("log: entry and signing, against one posting without", added + leaf / share.without * 100, "%", 5),
    ]


def measure(root: Path) -> list[Figure]:
    """All of it; takes about six minutes, and two more when the ledgers to grow have to be made first."""
    with running(root) as server, ExitStack() as stack:
        server.site(SITE)
        server.fresh(EMPTY, template=SITE)
        figures = _speed(_rounds(_cases(server, stack)))
        entries, broken = audit(server, SITE)
        figures.append(shown("audit: entries", entries, ""))
        figures += [at_most(f"audit: {rule}", times, "", 0) for rule, times in broken.items()]
        figures += _log_share(server)
        figures += measure_growth(server)
        return figures
