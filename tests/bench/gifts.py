"""Webhooks: how many are accepted and stored while the worker drains, and how fast a backlog drains, against what the
database takes as bare inserts of the same rows.

Bars (issue 4): >= 300 deliveries/s with p99 < 100 ms while the worker drains; a backlog of 10,000 at >= 1,000 events/s.
"""

import asyncio
import json
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg
import stripe
from bench_run import Figure, at_least, at_most, shown

from devservices.stack import Stack, temporary_stack

DELIVERED_GIFTS, BACKLOG_GIFTS = 400, 2_500  # each tells five events, four of them to be handled
CONNECTIONS, WARM = 8, 64
CEILING_SECONDS = 4.0
RATE_BAR, P99_BAR, DRAIN_BAR = 300.0, 100.0, 1_000.0

_BEGIN = """
from uuid import uuid4
from common.clock import now
from common.money import Money
from funds.donations import actions
from funds.ledger.models import Fund
fund = Fund.objects.order_by("founded_date", "pk").first()
for number in range(%d):
    gift = actions.start_gift(fund=fund, project=None, amount=Money(5_000_00 + number, "KZT"), now=now(),
        donor_name="Bench" if number %% 2 else "", name_public=bool(number %% 2), donor_email="", message="",
        tie_to_town="", language="en", donor=None, submission_key=uuid4())
    print("PAGE " + actions.open_checkout(gift=gift).id)
"""
_STORE = """
import json, sys
from common.clock import now
from funds.payments.actions import receive_events
from funds.payments.rules import reading
events = [reading.event(json.loads(line)) for line in open(%r)]
stored = sum(len(receive_events(events=events[n:n + 100], now=now())) for n in range(0, len(events), 100))
print("STORED", stored)
"""
_DRAIN = """
import time
from django.db.models import Count
from funds.payments.models import StripeEvent
from funds.payments.tasks import sweep_inbox
waiting = StripeEvent.objects.filter(state="received").count()
begun, cpu = time.perf_counter(), time.process_time()
sweep_inbox()
print("DRAINED", waiting, time.perf_counter() - begun, time.process_time() - cpu,
      StripeEvent.objects.exclude(state__in=["handled", "ignored"]).count())
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a stream of deliveries met: answers a second, and how long each took in milliseconds."""

    rate: float
    p50: float
    p99: float


def _manage(stack: Stack, script: str, word: str) -> list[str]:
    """What a script printed behind this word."""
    done = stack.manage("shell", "-c", script)
    found = [line.removeprefix(word).strip() for line in done.stdout.splitlines() if line.startswith(word)]
    if done.returncode or not found:
        sys.exit(f"bench: a script failed\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return found


def _call(url: str, payload: object = None, key: str = "") -> dict[str, Any]:
    body = None if payload is None else json.dumps(payload).encode()
    headers = {"Authorization": f"Bearer {key}"} if key else {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=120) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
        return found


def _paid_gifts(stack: Stack, count: int) -> list[bytes]:
    """Gifts begun here and paid at the stand-in, which keeps their events back: the bodies, oldest first."""
    base, key = stack.env["STRIPE_API_BASE"], stack.env["STRIPE_SECRET_KEY"]
    _call(f"{base}/_control/settings", {"delivery": "held", "fee_delay": 0.01})
    before = int(time.time())
    pages: list[str] = []
    while len(pages) < count:
        pages += _manage(stack, _BEGIN % min(250, count - len(pages)), "PAGE")
    for start in range(0, len(pages), 500):
        acts = [{"do": "pay", "session": page} for page in pages[start : start + 500]]
        _call(f"{base}/_control/many", {"acts": acts})
    _call(f"{base}/_control/advance", {})
    known: dict[str, bytes] = {}
    deadline = time.monotonic() + 120
    while len(known) < 5 * count:
        if time.monotonic() > deadline:
            sys.exit(f"bench: the stand-in tells {len(known)} events of {count} gifts")
        known = _events(base, key, before)
    return list(reversed(known.values()))


def _events(base: str, key: str, since: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    asked: dict[str, object] = {"limit": 100, "created[gte]": since}
    while True:
        listed = _call(f"{base}/v1/events?{urllib.parse.urlencode(asked)}", key=key)
        for event in listed["data"]:
            found[event["id"]] = json.dumps(event).encode()
        if not listed["has_more"]:
            return found
        asked["starting_after"] = listed["data"][-1]["id"]


def _deliver(url: str, bodies: list[bytes], secret: str) -> Run:
    """Post every body over kept connections, each the next one as soon as it is answered."""
    took: list[float] = []
    host, port = url.removeprefix("http://").split(":")
    moment = int(time.time())
    requests = [
        b"POST /stripe/webhook/ HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nStripe-Signature: %b\r\n"
        b"Content-Length: %d\r\n\r\n%b"
        % (
            f"{host}:{port}".encode(),
            stripe.WebhookSignature.generate_signature_header(body.decode(), secret, moment).encode(),
            len(body),
            body,
        )
        for body in bodies
    ]
    waiting = iter(requests)

    async def one() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for request in waiting:
            begun = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
            )
            await reader.readexactly(length)
            if b" 200 " not in head.split(b"\r\n")[0]:
                sys.exit(f"bench: the webhook answered {head[:60]!r}")
            took.append((time.perf_counter() - begun) * 1000)
        writer.close()

    async def together() -> None:
        await asyncio.gather(*(one() for _ in range(CONNECTIONS)))

    begun = time.perf_counter()
    asyncio.run(together())
    seconds = time.perf_counter() - begun
    cuts = quantiles(took, n=100)
    return Run(len(took) / seconds, cuts[49], cuts[98])


def _ceiling(stack: Stack) -> float:
    """Bare inserts of inbox rows by one connection, each committed: a second, and none kept."""
    with psycopg.connect(stack.env["DATABASE_OWNER_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE bench_inbox (LIKE payments_stripeevent INCLUDING ALL)")
        count, deadline = 0, time.perf_counter() + CEILING_SECONDS
        while time.perf_counter() < deadline:
            database.execute(
                "INSERT INTO bench_inbox (id, event_id, type, object_id, payload, received_at, state, attempts,"
                " next_attempt_at, error) VALUES (gen_random_uuid(), %s, 'charge.updated', 'ch_1', '{}', now(),"
                " 'received', 0, now(), '') ON CONFLICT (event_id) DO NOTHING",
                [f"evt_{count}"],
            )
            count += 1
        database.execute("DROP TABLE bench_inbox")
    return count / CEILING_SECONDS


def measure(root: Path) -> list[Figure]:
    """Deliveries while the worker drains; then a backlog, drained by one process while nothing else arrives."""
    with temporary_stack(root=root) as stack:
        stack.stop_member("beat")
        secret = stack.env["STRIPE_WEBHOOK_SECRET"]
        delivered = _paid_gifts(stack, DELIVERED_GIFTS)
        _deliver(stack.url, delivered[:WARM], secret)  # a process reads its addresses at its first request
        run = _deliver(stack.url, delivered[WARM:], secret)
        stack.stop_member("worker")
        _manage(stack, _DRAIN, "DRAINED")
        backlog = _paid_gifts(stack, BACKLOG_GIFTS)
        file = stack.places.run / "backlog.jsonl"
        file.write_bytes(b"\n".join(backlog) + b"\n")
        _manage(stack, _STORE % str(file), "STORED")
        stack.stop_member("web")
        waiting, seconds, cpu, left = _manage(stack, _DRAIN, "DRAINED")[0].split()
        if left != "0":
            sys.exit(f"bench: {left} events of the backlog were not handled")
        drained = int(waiting) / float(seconds)
        ceiling = _ceiling(stack)
    return [
        shown("bare inserts into the inbox, one connection", ceiling, "rows/s"),
        at_least("deliveries accepted and stored while the worker drains", run.rate, "1/s", RATE_BAR),
        shown("of the bare inserts", run.rate / ceiling, "x"),
        shown("answered in, median", run.p50, "ms"),
        at_most("answered in, 99 of 100", run.p99, "ms", P99_BAR),
        shown("backlog", float(waiting), "events"),
        at_least("backlog drained", drained, "events/s", DRAIN_BAR),
        shown("of the bare inserts, drained", drained / ceiling, "x"),
        shown("the worker's CPU for an event", float(cpu) / int(waiting) * 1e6, "us"),
    ]
