"""DuckDB and svy on the same answers: makes a Parquet file, counts it, estimates one question; prints a line of JSON.

python indicators_client.py <answers.npy> <weights.npy> <folder> <responses a town>
"""

import json
import resource
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

# By name: these live in an environment of their own, where no type checker looks.
duckdb, pl, svy = (import_module(name) for name in ("duckdb", "polars", "svy"))

answers, weights = np.load(sys.argv[1], mmap_mode="r"), np.load(sys.argv[2])
folder, a_town = Path(sys.argv[3]), int(sys.argv[4])
parquet = folder / "answers.parquet"
names = [f"q{number + 1}" for number in range(30)]
cell = (answers[:, 30].astype(np.int16) - 1) * 6 + answers[:, 31] - 1
town = np.arange(len(answers)) // a_town
frame = pl.DataFrame(
    {"town": town.astype(np.int8), "cell": cell.astype(np.int8)}
    | {name: np.ascontiguousarray(answers[:, number]) for number, name in enumerate(names)}
)
frame.write_parquet(parquet)
del frame

database = duckdb.connect()
query = f"""SELECT town, name, value, cell, count(*) FROM (UNPIVOT (SELECT * FROM '{parquet}') ON {", ".join(names)})
WHERE value > 0 GROUP BY ALL"""  # noqa: S608
times = []
for _ in range(3):
    start = perf_counter()
    rows = database.sql(query).fetchnumpy()
    times.append(perf_counter() - start)
told = {"duckdb": sorted(times)[1], "answers": int(sum(rows["count_star()"])), "rows": len(rows["cell"])}
del rows

first = np.ascontiguousarray(answers[:, 0])
asked = first > 0
one = pl.DataFrame({"town": town[asked], "q1": first[asked], "w": weights[asked]})
sample = svy.Sample(one, svy.Design(wgt="w"))
start, cpu = perf_counter(), process_time()
found = sample.estimation.prop("q1", by="town", ci_method="korn-graubard")
told |= {"svy": perf_counter() - start, "svy_cpu": process_time() - cpu}
row = next(found.to_polars().iter_rows(named=True))
told |= {"share": float(row["est"]), "se": float(row["se"])}
told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
