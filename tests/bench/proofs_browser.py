"""How long a proof takes in Chromium: twenty hashes, the log's signature, two witnesses, an opened name.

Also the weight of what the page loads for it. Bars (issue of the log): 5 ms a proof, 25 KB compressed for everything.
"""

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli
from bench_run import Figure, at_most, shown
from playwright.sync_api import sync_playwright

LEAVES = 1_000_000
MAX_MS, MAX_KB = 5.0, 25.0
ROUNDS, WARM, PROOFS = 7, 50, 100
_MEASURE = """
async ({file, policy, only, rounds, warm, proofs}) => {
  const { check } = await import("/verify/check.js");
  const { chooseEd25519 } = await import("/verify/ed25519.js");
  const { parsePolicy } = await import("/verify/policy.js");
  const verify = await chooseEd25519(only);
  const policies = [parsePolicy(policy)];
  const first = performance.now();
  await check(file, { policies, verify });
  const cold = performance.now() - first;
  for (let i = 0; i < warm; i += 1) await check(file, { policies, verify });
  const means = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    for (let i = 0; i < proofs; i += 1) await check(file, { policies, verify });
    means.push((performance.now() - start) / proofs);
  }
  return [cold, means.sort((a, b) => a - b)[Math.floor(rounds / 2)]];
}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _served(root: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(root / "static" / "verify", Path(folder) / "verify")
        (Path(folder) / "index.html").write_text("<!doctype html><title>bench</title>")
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _weights(root: Path) -> list[Figure]:
    folder = root / "static" / "verify"
    sizes = {file.name: len(brotli.compress(file.read_bytes())) / 1024 for file in folder.rglob("*.js")}
    fallback = sizes["noble-ed25519.js"]
    return [
        shown("scripts of the page in a browser with Ed25519, compressed", sum(sizes.values()) - fallback, "KB"),
        at_most("all scripts with the fallback, compressed", sum(sizes.values()), "KB", MAX_KB),
    ]


def measure(root: Path) -> list[Figure]:
    """Median of rounds for both ways to verify Ed25519, and the very first proof after loading."""
    sys.path.insert(0, str(root))
    from tests.transparency.made import made

    proof = made(size=LEAVES, index=LEAVES * 2 // 3)
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("bench: Chromium is missing. As root: apt-get install chromium")
    figures = _weights(root)
    facts = {"file": proof.file, "policy": proof.policy, "rounds": ROUNDS, "warm": WARM, "proofs": PROOFS}
    with _served(root) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for only, name in (("browser", "Chromium's own Ed25519"), ("noble", "noble-ed25519")):
            page = browser.new_page()
            page.goto(site)
            cold, warm = page.evaluate(_MEASURE, {**facts, "only": only})
            bar = at_most if only == "browser" else None
            label = f"one proof of {LEAVES:,} leaves, three signatures, {name}"
            figures.append(bar(label, warm, "ms", MAX_MS) if bar else shown(label, warm, "ms"))
            figures.append(shown(f"the first proof after loading, {name}", cold, "ms"))
            page.close()
        browser.close()
    return figures
