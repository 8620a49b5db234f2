"""Books the same gifts on several databases in turn, a few on each, and says what each turn cost. Run by the bench.

One client process does all of it, so that only what its PostgreSQL sessions do can differ. Prints a line of JSON per
process: for each database its turns as [client, server] CPU microseconds of one posting. Databases of the bench only.
"""

import json
import os
import sys
import time
import traceback
from datetime import UTC, datetime
from uuid import uuid4

import django

django.setup()

from django.db import DEFAULT_DB_ALIAS, connections  # noqa: E402 - models need the set-up above
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from funds.ledger.actions import post  # noqa: E402
from funds.ledger.models import Fund  # noqa: E402
from tests.bench.ledger_clients import gift  # noqa: E402
from tests.bench.ledger_load import cpu_of  # noqa: E402

TURN = 25  # postings
WARM = 4  # turns on each database before anything counts


def _opened(database: str) -> tuple[BaseDatabaseWrapper, int]:
    """The site's connection, to another database."""
    wrapper = connections.create_connection(DEFAULT_DB_ALIAS)
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": database}
    wrapper.ensure_connection()
    return wrapper, wrapper.connection.info.backend_pid


def turns_of(databases: list[str], seconds: float) -> dict[str, list[tuple[float, float]]]:
    """Turns go there and back through the databases, so that each has each neighbour equally often.

    A session's CPU is read when its next turn begins: it has slept since, and only then is the kernel's number whole.
    """
    sides = {name: _opened(name) for name in databases}
    prefix, number, fund = uuid4().hex, 0, None
    clients: dict[str, list[float]] = {name: [] for name in databases}
    servers: dict[str, list[float]] = {name: [] for name in databases}
    end = time.monotonic() + seconds
    rounds = 0
    while rounds <= WARM or time.monotonic() < end:
        for name in databases if rounds % 2 else reversed(databases):
            connections[DEFAULT_DB_ALIAS], backend = sides[name]
            fund = fund or Fund.objects.order_by("pk").values_list("pk", flat=True)[0]
            servers[name].append(cpu_of(backend))
            began = time.process_time()
            for one in range(number, number + TURN):
                post(postings=[gift(fund, f"bench:{prefix}:{one}", 100 + one % 5000)], now=datetime.now(UTC))
            clients[name].append(time.process_time() - began)
        number += TURN
        rounds += 1
    found = {}
    for name, (wrapper, _backend) in sides.items():
        spent = [after - before for before, after in zip(servers[name], servers[name][1:], strict=False)]
        each = zip(clients[name], spent, strict=False)  # the last turn's server has nobody who reads it
        found[name] = [(client / TURN * 1e6, server / TURN * 1e6) for client, server in each][WARM:]
        wrapper.close()
    return found


def main() -> int:
    """Fork one process after the other: {"databases": [names], "processes", "seconds" of each}."""
    asked = json.loads(sys.argv[1])
    databases: list[str] = asked["databases"]
    for number in range(asked["processes"]):
        pid = os.fork()
        if pid == 0:
            code = 0
            turned = databases[number % len(databases) :] + databases[: number % len(databases)]
            try:
                print(json.dumps(turns_of(turned, asked["seconds"])), flush=True)
            except BaseException:  # noqa: BLE001 - whoever runs this reads it
                traceback.print_exc()
                code = 1
            os._exit(code)
        if os.waitpid(pid, 0)[1]:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
