"""kill -9 of PostgreSQL and of posting processes at random moments: no gap, no half transaction, and whatever was
acknowledged is there. A killed writer begins again with the posting that it was not sure of, under the same key."""

import random
import subprocess
import sys
import time

import pytest

from tests.transparency.killing import ROOT, Site

TOWN = "temirtau"
FOUND = """
import django; django.setup()
from django.core.management import call_command
from common.clock import now, day_of
from funds.ledger.models import Fund
from towns.models import Town
call_command("load_towns", verbosity=0)
Fund.objects.create(town=Town.objects.get(slug="temirtau"), legal_entity="Tests", founded_date=day_of(now()))
"""
WRITER = """
import django, sys, time
django.setup()
from django.db import connections, OperationalError, InterfaceError
from common.clock import now, day_of
from common.errors import DomainError
from common.money import Money
from uuid import uuid4
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode as A, Kind

writer, number = sys.argv[1], int(sys.argv[2])
fund = None

def posting(kind, debit, credit, minor, key):
    money = Money(minor, "KZT")
    lines = (Line(debit, money), Line(credit, -money))
    gift = uuid4() if kind == Kind.REFUND else None
    return Posting(fund=fund, kind=kind, effective_date=day_of(now()), key=key, lines=lines, subject=gift)

while True:
    key = f"{writer}:{number}"
    try:
        fund = fund or Fund.objects.get().pk
        batch = [posting(Kind.GIFT, A.STRIPE, A.GIFTS, number % 90 + 10, key)]
        if number % 3 == 0:
            batch.append(posting(Kind.PAYOUT, A.BANK, A.STRIPE, 5, key + ":payout"))
            batch.append(posting(Kind.REFUND, A.GIFTS, A.BANK, 5, key + ":refund"))
        booked = post(postings=batch, now=now())
    except (OperationalError, InterfaceError):
        connections.close_all()
        time.sleep(0.02)
        continue
    for one in booked:
        print(one.seq, one.key, one.transaction_id, number, flush=True)
    number += 1
"""
CHECK = """
import django; django.setup()
from funds.ledger.models import Fund
from tests.ledger.books import check_books
print(check_books(Fund.objects.get()))
"""
WRITERS = [f"writer{number}" for number in range(3)]


def run(site: Site, program: str) -> str:
    """What a program says that runs to its end at the site's database."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=site.env, check=True, timeout=300, capture_output=True, text=True
    )
    return done.stdout.strip()


def begin(site: Site, writer: str) -> None:
    """Start a writer with the posting after the last one that it was sure of."""
    site.start(writer, WRITER, writer, str(max((int(line[3]) for line in site.said(writer)), default=0) + 1))


def told(site: Site) -> int:
    return sum(len(site.said(writer)) for writer in WRITERS)


def rounds(site: Site, count: int, seed: int) -> None:
    dice = random.Random(seed)
    run(site, FOUND)
    for writer in WRITERS:
        begin(site, writer)
    for turn in range(count):
        before, deadline = told(site), time.monotonic() + 60
        while told(site) < before + 5:
            assert time.monotonic() < deadline, (site.folder / "writer0.err").read_text()[-2000:]
            time.sleep(0.01)
        time.sleep(dice.random() * 0.1)  # a random moment: nothing is waited for
        if turn % 2 == 0:
            site.restart_database()
        else:
            writer = dice.choice(WRITERS)
            site.kill(writer)
            begin(site, writer)
    for writer in WRITERS:
        site.kill(writer)
    booked = int(run(site, CHECK))
    rows = site.ask("SELECT seq, key, id::text FROM ledger_transaction")
    there = {str(key): (seq, pk) for seq, key, pk in rows}
    for writer in WRITERS:
        for seq, key, pk, _number in site.said(writer):
            assert there[key] == (int(seq), pk)
    sure = {key for writer in WRITERS for _seq, key, _pk, _number in site.said(writer)}
    assert booked == len(rows) == len(there)
    assert len(sure) <= booked <= len(sure) + 3 * len(WRITERS)  # one batch of each may have been booked unheard
    for writer in WRITERS:
        numbers = {int(str(key).split(":")[1]) for key in there if str(key).startswith(writer)}
        assert numbers == set(range(1, len(numbers) + 1))


@pytest.mark.soak
def test_a_few_kills(site: Site) -> None:
    rounds(site, 3, seed=1)


@pytest.mark.soak
def test_fifty_kills(site: Site) -> None:
    rounds(site, 50, seed=2)
