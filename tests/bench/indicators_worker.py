"""One counting worker, a process of its own so that its memory is its own: prints what it did as a line of JSON.

python indicators_worker.py recount|town|batches <url of the database>
"""

import json
import resource
import sys
from collections.abc import Iterator
from time import perf_counter, process_time

import numpy as np
import psycopg

from councils.indicators.rules.copied import codes_from_copy
from councils.indicators.rules.cube import Counted, Cube, add, add_batch, empty
from councils.indicators.rules.estimates import Shares, credit, credits_of, shares
from councils.indicators.rules.packed import from_bytes, to_bytes
from councils.indicators.rules.weights import weigh
from tests.bench.indicators_data import LAYOUT, OPTIONS, QUESTIONS, TOWNS, cells, margins

BATCH = 1000
Connection = psycopg.Connection[tuple[object, ...]]


def copied(connection: Connection, query: str, values: tuple[int, ...]) -> Iterator[bytes]:
    """The blocks of a binary COPY of `query`."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)", values) as copy:
        for block in copy:
            yield bytes(block)


def counted(connection: Connection, town: int) -> Cube:
    cube = empty(layout=LAYOUT)
    blocks = copied(connection, "SELECT codes FROM answer WHERE town = %s", (town,))
    for codes in codes_from_copy(blocks=blocks, slots=LAYOUT.slots):
        add(layout=LAYOUT, cube=cube, codes=codes, cells=cells(codes))
    return cube


def estimated(cubes: list[Cube], towns: list[int], *, credited: bool = True) -> tuple[Shares, float]:
    """Weights of every town and all shares at once; CPU seconds of the shares, with what calibration explains."""
    found = [
        weigh(counts=cube.respondents[:-1], margins=margins(town), coarse=None)
        for cube, town in zip(cubes, towns, strict=True)
    ]
    weights = [one.columns for one in found]
    start = process_time()
    explained = credits_of(
        several=[credit(respondents=c.respondents, targets=w.targets) for c, w in zip(cubes, found, strict=True)]
    )
    rows = np.stack([cube.counts[: QUESTIONS * (OPTIONS + 1)] for cube in cubes])
    table = rows.reshape(len(cubes), QUESTIONS, OPTIONS + 1, -1)
    all_shares = shares(
        counts=table[:, :, 1:],
        base=table[:, :, 0],
        weights=np.stack(weights)[:, None, :],
        credited=explained if credited else None,
    )
    return all_shares, process_time() - start


def recount(connection: Connection) -> dict[str, object]:
    """Every town from the database, then weights and estimates; after that new weights alone."""
    start, cpu = perf_counter(), process_time()
    cubes = [counted(connection, town) for town in range(TOWNS)]
    middle = perf_counter()
    found, _seconds = estimated(cubes, list(range(TOWNS)))
    end, cpu = perf_counter(), process_time() - cpu
    times = sorted(estimated(cubes, list(range(TOWNS)))[1] for _ in range(9))
    bare, _seconds = estimated(cubes, list(range(TOWNS)), credited=False)
    again = perf_counter()
    estimated(cubes, list(range(TOWNS)))
    return {
        "seconds": end - start,
        "cpu": cpu,
        "reweighted": perf_counter() - again,
        "counting": middle - start,
        "estimates": int(found.share.size),
        "estimating": times[len(times) // 2],
        "answers": int(sum(cube.counts[0 : QUESTIONS * 6 : 6].sum() for cube in cubes)),
        "share": float(bare.share[0, 0, 0]),
        "se": float(bare.se[0, 0, 0]),
    }


def town(connection: Connection) -> dict[str, object]:
    """One town counted and estimated."""
    start = perf_counter()
    found, _seconds = estimated([counted(connection, 0)], [0])
    return {"seconds": perf_counter() - start, "estimates": int(found.share.size)}


def batches(connection: Connection) -> dict[str, object]:
    """One town's answers as they come: read a batch, count it, store the cube with its watermark, commit."""
    connection.execute("TRUNCATE cube")
    connection.execute("INSERT INTO cube VALUES (0, 0, %s)", (to_bytes(counted=Counted(empty(layout=LAYOUT))),))
    connection.commit()
    query = f"SELECT codes FROM answer WHERE town = 0 AND id > %s ORDER BY id LIMIT {BATCH}"  # noqa: S608
    start, cpu, done, number = perf_counter(), process_time(), 0, 0
    while True:
        row = connection.execute("SELECT seen, counts FROM cube WHERE town = 0 FOR UPDATE").fetchone()
        if row is None or not isinstance(row[0], int) or not isinstance(row[1], bytes):
            raise RuntimeError("the cube was just stored")
        state = from_bytes(layout=LAYOUT, data=row[1])
        new = list(codes_from_copy(blocks=copied(connection, query, (row[0],)), slots=LAYOUT.slots))
        if not new:
            break
        codes = np.vstack(new)
        number += 1
        state = add_batch(layout=LAYOUT, counted=state, codes=codes, cells=cells(codes), number=number)
        values = (row[0] + len(codes), to_bytes(counted=state))
        connection.execute("UPDATE cube SET seen = %s, counts = %s WHERE town = 0", values)
        connection.commit()
        done += len(codes)
    seconds, cpu = perf_counter() - start, process_time() - cpu
    same = state.cube.same(other=counted(connection, 0))
    return {"us": seconds / done * 1e6, "cpu_us": cpu / done * 1e6, "responses": done, "same": same}


if __name__ == "__main__":
    work = {"recount": recount, "town": town, "batches": batches}[sys.argv[1]]
    with psycopg.connect(sys.argv[2]) as database:
        told = work(database)
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told))
