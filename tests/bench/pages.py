"""The public pages: weight, queries, and their cost against Django's hello-world on the same server in one run.

Bars (issue of the first stage): first page <= 60 KB compressed with its CSS and scripts, fonts <= 65 KB, <= 12 queries,
uncached ledger page >= 0.06 x hello, 304 answer >= 0.25 x hello.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import brotli
from bench_run import Figure, at_least, at_most, shown

from devservices.stack import Stack, temporary_stack

ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16
MAX_PAGE, MAX_FONTS, MAX_QUERIES = 60.0, 65.0, 12
LEDGER_BAR, NOT_MODIFIED_BAR = 0.06, 0.25
PAGES = {"home": "/kk/", "town": "/kk/towns/tekeli/", "ledger": "/kk/ledger/tekeli/", "towns": "/kk/towns/"}

_FILL = """
from datetime import date
from common.clock import now
from common.money import Money
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
fund = Fund.objects.get(town__slug="tekeli")
for start in range(0, 10000, 500):
    post(postings=[Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=date(2026, 11, 1), key=f"bench:{n}", lines=(
        Line(AccountCode.STRIPE, Money(100 + n, "KZT")), Line(AccountCode.GIFTS, Money(-100 - n, "KZT"))))
        for n in range(start, start + 500)], now=now())
"""
_COUNT = """
import json
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client, found = Client(), {}
for name, path in %r.items():
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    with CaptureQueriesContext(connection) as again:
        same = client.get(path, headers={"if-none-match": answer["ETag"]})
    found[name] = [len(queries), len(again), answer.status_code, same.status_code]
print("COUNTS" + json.dumps(found))
"""


def _wrk() -> str:
    """The load generator, installed from Debian where that is allowed."""
    found = shutil.which("wrk")
    if found is None and os.geteuid() == 0:
        subprocess.run(
            ["apt-get", "install", "-qy", "--no-install-recommends", "wrk"], check=False, capture_output=True
        )
        found = shutil.which("wrk")
    if found is None:
        sys.exit("bench: wrk is missing. As root: apt-get install wrk")
    return found


def _rate(wrk: str, url: str, *headers: str) -> float:
    """Requests a second over one short run."""
    argv = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *(part for h in headers for part in ("-H", h)), url]
    out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    if "Non-2xx or 3xx responses" in out:
        sys.exit(f"bench: {url} answers with errors\n{out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))  # type: ignore[union-attr]


def _fetch(url: str) -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip, br"})  # noqa: S310 - our own stack
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


@contextmanager
def _server(root: Path, stack: Stack, module: str, port: int) -> Iterator[str]:
    """One granian process of its own, the same for both sides: one worker, four threads."""
    paths = (root / "tests" / "bench" / "servers", root / "platform", root)  # this tree, whatever is installed
    env = {**stack.env, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    argv = [str(root / ".venv" / "bin" / "granian"), "--interface", "wsgi", module, "--port", str(port)]
    argv += ["--workers", "1", "--blocking-threads", "4"]
    process = subprocess.Popen(argv, env=env, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                _fetch(f"{url}/")
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def _weights(stack: Stack) -> list[Figure]:
    figures = []
    for name, path in PAGES.items():
        body, headers = _fetch(stack.url + path)
        html = _text(body, headers)
        linked = set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', html))
        size = len(body) + sum(len(_fetch(stack.url + link)[0]) for link in linked)
        figures.append(at_most(f"{name}: page with CSS and scripts, compressed", size / 1024, "KB", MAX_PAGE))
    css_body, css_headers = _fetch(stack.url + min(linked))
    fonts = set(re.findall(r"url\([\"']?([^\"')]+woff2)", _text(css_body, css_headers)))
    total = sum(len(_fetch(f"{stack.url}/static/{_under_static(font)}")[0]) for font in fonts)
    figures.append(at_most("all fonts that the style names", total / 1024, "KB", MAX_FONTS))
    return figures


def _under_static(font: str) -> str:
    return font.removeprefix("/static/").removeprefix("../").removeprefix("./")


def _text(body: bytes, headers: dict[str, str]) -> str:
    coding = headers.get("content-encoding", "")
    raw = gzip.decompress(body) if coding == "gzip" else brotli.decompress(body) if coding == "br" else body
    return raw.decode()


def _queries(stack: Stack) -> list[Figure]:
    out = stack.manage("shell", "-c", _COUNT % PAGES)
    found = next((line for line in out.stdout.splitlines() if line.startswith("COUNTS")), None)
    if found is None:
        sys.exit(f"bench: counting queries failed\n{out.stderr}")
    figures = []
    for name, (queries, again, status, same) in json.loads(found.removeprefix("COUNTS")).items():
        if (status, same) != (200, 304):
            sys.exit(f"bench: {name} answered {status}, then {same}")
        figures.append(at_most(f"{name}: queries", queries, "queries", MAX_QUERIES))
        figures.append(shown(f"{name}: queries of a 304", again, "queries"))
    return figures


def measure(root: Path) -> list[Figure]:
    """Weights and queries on the demo world; then rates on a ledger of ten thousand transactions, median of rounds."""
    wrk = _wrk()
    with temporary_stack(root=root) as stack:
        figures = [*_weights(stack), *_queries(stack)]
        filled = stack.manage("shell", "-c", _FILL)
        if filled.returncode:
            sys.exit(f"bench: filling the ledger failed\n{filled.stderr}")
        for name in ("web", "worker", "beat", "stripe"):
            stack.stop_member(name)
        rates: dict[str, list[float]] = {}
        with (
            _server(root, stack, "hello_server:application", 18901) as hello,
            _server(root, stack, "config.wsgi:application", 18902) as site,
        ):
            etag = _fetch(site + PAGES["ledger"])[1]["etag"]
            for path in PAGES.values():
                _rate(wrk, site + path)
            for _round in range(ROUNDS):
                rates.setdefault("hello", []).append(_rate(wrk, f"{hello}/"))
                for name, path in PAGES.items():
                    rates.setdefault(name, []).append(_rate(wrk, site + path))
                rates.setdefault("304", []).append(_rate(wrk, site + PAGES["ledger"], f"If-None-Match: {etag}"))
        base = median(rates["hello"])
        figures.append(shown("Django hello-world", base, "req/s"))
        for name in PAGES:
            ratio = median(rates[name]) / base
            bar = at_least if name == "ledger" else None
            label = f"{name}: uncached, against hello"
            figures.append(bar(label, ratio, "x", LEDGER_BAR) if bar else shown(label, ratio, "x"))
        figures.append(at_least("ledger: 304, against hello", median(rates["304"]) / base, "x", NOT_MODIFIED_BAR))
        return figures
