"""What the package svy says of the schools, as a line of JSON. Runs in svy's own environment.

python oracle_svy.py <folder of the samples>
"""

import json
import sys
from importlib import import_module
from pathlib import Path

pl, svy = (import_module(name) for name in ("polars", "svy"))
folder = Path(sys.argv[1])
strat, clus1 = (pl.read_csv(folder / f"{name}.csv") for name in ("apistrat", "apiclus1"))
told = {}
for name, sample in (
    ("strat", svy.Sample(strat, svy.Design(stratum="stype", wgt="pw", pop_size="fpc"))),
    ("free", svy.Sample(strat, svy.Design(stratum="stype", wgt="pw"))),
    ("clus1", svy.Sample(clus1, svy.Design(psu="dnum", wgt="pw", pop_size="fpc"))),
):
    ask = sample.estimation
    for what, found in (
        ("mean", ask.mean("api00", deff="wor")),
        ("total", ask.total("api00")),
        ("ratio", ask.ratio("api00", "api99")),
        ("domain", ask.mean("api00", where=svy.col("api99") < 600)),
        ("korn_graubard", ask.prop("sch_wide", ci_method="korn-graubard")),
        ("logit", ask.prop("sch_wide", ci_method="logit")),
    ):
        row = list(found.to_polars().iter_rows(named=True))[-1]
        told[f"{name}_{what}"] = {key: row[key] for key in ("est", "se", "lci", "uci", "df", "deff") if key in row}
print(json.dumps(told))
