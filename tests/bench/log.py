"""The public log: trees against pymerkle, the sequencer's rate and delay, proofs made and verified.

Bars: append >= 8 x and inclusion proofs >= 4 x pymerkle at a million leaves, >= 30,000 leaves a second, a booked entry
signed within 2 s on a running site, a proof verified within 5 ms in Chromium.
"""

from pathlib import Path
from statistics import median

from tests.bench.ledger_growth import filled
from tests.bench.ledger_servers import running
from tests.bench.log_live import measure_live
from tests.bench.log_sequencer import sequence
from tests.bench.log_trees import measure_trees
from tests.bench.run import Figure, at_least, shown

RUNS = 3


def measure(root: Path) -> list[Figure]:
    """Trees in memory, then the sequencer on a ledger of 33,000 transactions, then a whole site with a browser."""
    figures = measure_trees()
    with running(root) as server:
        template = filled(server, "100k")
        runs = [sequence(server, template=template) for _ in range(RUNS)]
    figures += [
        shown("sequencer: entries signed in a run, 27 logs", runs[0].leaves, ""),
        shown("sequencer: entries of the largest log", runs[0].largest, ""),
        at_least(
            "sequencer: entries of the largest log signed",
            median(run.largest / run.largest_seconds for run in runs),
            "/s",
            30_000,
        ),
        shown("sequencer: CPU per entry, client and server", median(run.cpu_us for run in runs), "us"),
        shown("proof file made by the site, with its queries", median(run.proof_us for run in runs), "us"),
    ]
    return figures + measure_live(root)
