"""The sequencer alone: sign every waiting entry of the site's logs, and say what it took. Run by the bench.

Prints one line of JSON with the fields of `log_sequencer.Sequenced`. It signs with a key of the bench and must only
ever see a database of the bench.
"""

import json
import random
import sys
import time
from statistics import median

import django

django.setup()

from django.db import connection  # noqa: E402 - models need the set-up above

from common.clock import now  # noqa: E402
from tests.bench.ledger_load import cpu_of  # noqa: E402
from transparency.actions import integrate  # noqa: E402
from transparency.queries import latest_checkpoint, open_logs, proof_file  # noqa: E402

PROOFS = 100


def _signed(slugs: list[str]) -> dict[str, int]:
    return {slug: last.size for slug in slugs if (last := latest_checkpoint(slug)) is not None}


def _proof_us(slug: str, size: int) -> float:
    """What one proof file costs the site, with its queries."""
    draw, times = random.Random(1), []
    for _ in range(PROOFS):
        index = draw.randrange(size)
        began = time.perf_counter()
        proof_file(slug, index)
        times.append((time.perf_counter() - began) * 1e6)
    return median(times)


def main() -> int:
    """Pass after pass over every log until nothing waits."""
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    slugs = open_logs()
    before = sum(_signed(slugs).values())
    client, server = time.process_time(), cpu_of(backend)
    took = {}
    for slug in slugs:
        began = time.perf_counter()
        integrate(slug=slug, now=now())
        took[slug] = time.perf_counter() - began
    told = {"client_cpu": time.process_time() - client, "server_cpu": cpu_of(backend) - server}
    sizes = _signed(slugs)
    largest = max(sizes, key=lambda slug: sizes[slug])
    told |= {"leaves": sum(sizes.values()) - before, "largest": sizes[largest], "largest_seconds": took[largest]}
    print(json.dumps({**told, "proof_us": _proof_us(largest, sizes[largest])}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
