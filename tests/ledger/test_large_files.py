"""Files of a ledger with a million entries: CSV, JSON, JSON lines and XLSX as the site sends them, in a process whose
memory does not grow with them.
"""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from funds.ledger.actions import post
from funds.ledger.models import Entry, Fund
from tests.ledger.books import DAY, gift
from towns.models import Town

ROOT = Path(__file__).resolve().parents[2]
TRANSACTIONS, SMALL, SMALL_TOWN = 500_000, 200, "tekeli"
MOST_MB, LEAST_MB = 32, 20  # what may stay in memory; what passes, packed or not
READER = """
import django, json, sys
django.setup()
from django.test import Client

def read(address):
    answer = Client(SERVER_NAME="127.0.0.1").get(address)
    lines = size = 0
    for piece in answer.streaming_content:
        size += len(piece)
        lines += piece.count(b"\\n")
    return {"status": answer.status_code, "lines": lines, "bytes": size}

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024

small, large = sys.argv[1:]
first, before = read(small), peak()
second, after = read(large), peak()
print(json.dumps({"small": first, "large": second, "grown": after - before}))
"""


def fill(fund: Fund, count: int, now: datetime) -> None:
    for start in range(0, count, 500):
        post(postings=[gift(fund, start + n + 1, day=DAY) for n in range(min(500, count - start))], now=now)


@pytest.mark.soak
def test_memory_stays_flat_at_a_million_entries(committed_db: str, fund: Fund, now: datetime) -> None:
    small = Fund.objects.create(town=Town.objects.get(slug=SMALL_TOWN), legal_entity="Tests", founded_date=DAY)
    fill(small, SMALL, now)
    fill(fund, TRANSACTIONS, now)
    assert Entry.objects.filter(account__fund=fund).count() == 2 * TRANSACTIONS
    at = connection.settings_dict
    place = f"{at['HOST']}:{at['PORT']}/{committed_db}"
    env = {**os.environ, "DATABASE_URL": f"postgres://{at['USER']}:{at['PASSWORD']}@{place}"}
    env |= {"PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}
    for ending, head in (("csv", 1), ("jsonl", 1), ("json", 0), ("xlsx", None)):
        addresses = [f"/en/ledger/{slug}/ledger.{ending}" for slug in (SMALL_TOWN, fund.town.slug)]
        ran = subprocess.run(
            [sys.executable, "-c", READER, *addresses],
            cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=1800,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-2000:]
        told = json.loads(ran.stdout)
        assert (told["small"]["status"], told["large"]["status"]) == (200, 200)
        if head is not None:
            assert (told["small"]["lines"], told["large"]["lines"]) == (SMALL + head, TRANSACTIONS + head)
        print(ending, told)
        assert told["large"]["bytes"] > LEAST_MB * 2**20
        assert told["grown"] < MOST_MB, (ending, told)
