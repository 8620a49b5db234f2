"""A proof in a log of a million entries, checked in Chromium by the very scripts of the verify page.

The log is made here, with keys of its own and two witnesses; nothing of a running site is needed.
"""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.bench.run import Figure, at_most, shown
from tests.journeys.browser import ARGUMENTS, MISSING, where
from transparency.rules.canonical import canonical
from transparency.rules.checkpoints import Checkpoint, cosign, sign_checkpoint, with_signatures
from transparency.rules.hashing import leaf_hash
from transparency.rules.merkle import Tree
from transparency.rules.notes import COSIGNATURE, SignerKey
from transparency.rules.proofs import Extra, ProofFile, format_extra, format_proof

LEAVES, INDEX, TIMES, MOST_MS = 1_000_000, 654_321, 40, 5.0
ORIGIN = "bench.example/log/tekeli"
_ENTRY = {
    "at": "2026-11-22T07:15:00.123456Z",
    "date": "2026-11-22",
    "entries": [
        {"account": "stripe", "after": 123456789, "amount": 485000, "currency": "KZT"},
        {"account": "bank", "after": 3456789, "amount": 15000, "currency": "KZT"},
        {"account": "gifts", "after": -126913578, "amount": -500000, "currency": "KZT"},
    ],
    "fund": "tekeli",
    "id": "019ab3f2-0000-7000-8000-000000000001",
    "kind": "gift",
    "memo": "",
    "seq": 654322,
    "type": "transaction",
    "v": 1,
}
_CHECK = """
async ({text, policy, times, only}) => {
  const began = performance.now();
  const [{check}, {parsePolicy}, {chooseEd25519}] = await Promise.all([
    import("/verify/check.js"), import("/verify/policy.js"), import("/verify/ed25519.js")]);
  const verify = await chooseEd25519(only);
  const policies = [parsePolicy(policy)];
  const loaded = performance.now();
  const found = await check(text, {policies, verify});
  const first = performance.now();
  const all = [];
  for (let n = 0; n < times; n += 1) {
    const start = performance.now();
    await check(text, {policies, verify});
    all.push(performance.now() - start);
  }
  all.sort((a, b) => a - b);
  return {load: loaded - began, first: first - loaded, median: all[times / 2], seen: found.seen.length,
          index: found.index, size: found.size, quorum: found.quorum};
}
"""


def _proof() -> tuple[str, str]:
    """The proof file and the policy that trusts its log and asks for both witnesses."""
    log = SignerKey(name=ORIGIN, seed=bytes(range(32)))
    witnesses = [SignerKey(name=f"witness{n}.example", seed=bytes([n] * 32), algorithm=COSIGNATURE) for n in (1, 2)]
    entry = canonical(_ENTRY)
    tree = Tree(leaf_hash(b"%d" % n) for n in range(INDEX))
    tree.append_leaf_hashes([leaf_hash(entry)])
    tree.append_leaf_hashes(leaf_hash(b"%d" % n) for n in range(INDEX + 1, LEAVES))
    note = sign_checkpoint(checkpoint=Checkpoint(origin=ORIGIN, size=LEAVES, root=tree.root()), key=log)
    signatures = [cosign(text=note.text, key=key, at=1_795_000_000) for key in witnesses]
    whole = with_signatures(note=note, signatures=signatures)
    file = ProofFile(
        index=INDEX,
        proof=tuple(tree.inclusion_proof(index=INDEX)),
        checkpoint=whole.data,
        extra=format_extra(Extra(entry=entry, openings=())),
    )
    lines = [f"log {log.verifier.vkey}", *(f"witness w{n} {key.verifier.vkey}" for n, key in enumerate(witnesses))]
    return format_proof(file).decode(), "\n".join([*lines, "group both all w0 w1", "quorum both", ""])


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def measure_browser(root: Path) -> list[Figure]:
    """The first check after loading and the median of forty, with the browser's Ed25519 and with noble's."""
    chromium = where()
    if chromium is None:
        raise SystemExit(f"bench: {MISSING}")
    text, policy = _proof()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root / "static")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    figures = [shown("proof file in a log of 1M entries", len(text) / 1024, "KB")]
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            for only, name in (("browser", "by the browser"), ("noble", "by noble-ed25519")):
                page = browser.new_page()
                page.goto(f"http://127.0.0.1:{server.server_address[1]}/icon.svg")
                asked = {"text": text, "policy": policy, "times": TIMES, "only": only}
                told = page.evaluate(_CHECK, asked)
                if (told["index"], told["size"], told["seen"], told["quorum"]) != (INDEX, LEAVES, 2, True):
                    raise SystemExit(f"bench: the browser found something else\n{json.dumps(told)}")
                figures.append(shown(f"Chromium, Ed25519 {name}: loading the scripts", told["load"], "ms"))
                figures.append(shown(f"Chromium, Ed25519 {name}: the first check", told["first"], "ms"))
                bar = at_most if only == "browser" else None
                label = f"Chromium, Ed25519 {name}: a proof verified"
                figures.append(bar(label, told["median"], "ms", MOST_MS) if bar else shown(label, told["median"], "ms"))
                page.close()
            browser.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return figures
