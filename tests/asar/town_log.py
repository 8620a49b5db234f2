"""A town's log as a test writes it: entries, tiles, signed checkpoint, as files and over real HTTP."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from transparency.rules.bundles import encode_bundle
from transparency.rules.canonical import canonical
from transparency.rules.checkpoints import Checkpoint, cosign, sign_checkpoint, with_signatures
from transparency.rules.merkle import Tree, leaf_hashes
from transparency.rules.notes import COSIGNATURE, SignerKey
from transparency.rules.proofs import Extra, ProofFile, format_extra, format_proof
from transparency.rules.tiles import Appender, bundle_path, tile_path, width_at

ORIGIN = "asar.example/log/temirtau"
KEY = SignerKey(ORIGIN, b"\x01" * 32)
OTHER_KEY = SignerKey(ORIGIN, b"\x02" * 32)
WITNESS = SignerKey("witness.example/w1", b"\x03" * 32, COSIGNATURE)
PROJECT = "0190a000-0000-7000-8000-000000000001"
Body = dict[str, Any]


class Ledger:
    """Writes entries as the ledger does: numbers, balances and moments follow by themselves."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.seq = 0
        self.balances: dict[tuple[str, str, str], int] = defaultdict(int)

    def _at(self) -> str:
        number = len(self.bodies)
        return f"2026-11-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00.000000Z"

    def book(self, *lines: tuple[str, int] | tuple[str, int, str], kind: str = "gift", **more: object) -> Body:
        """A transaction of (account, amount[, project]) in tenge, dated 2026-11-01 unless told."""
        entries = []
        for account, amount, *project in lines:
            key = (account, "KZT", project[0] if project else "")
            self.balances[key] += amount
            entry = {"account": account, "after": self.balances[key], "amount": amount, "currency": "KZT"}
            entries.append(entry | ({"project": project[0]} if project else {}))
        self.seq += 1
        body: Body = {
            "at": self._at(),
            "date": "2026-11-01",
            "entries": entries,
            "fund": "temirtau",
            "id": f"0190b000-0000-7000-8000-{self.seq:012d}",
            "kind": kind,
            "memo": f"Жарна № {self.seq}",
            "seq": self.seq,
            "type": "transaction",
            "v": 1,
        } | more
        self.bodies.append(body)
        return body

    def gift(self, amount: int = 500_00) -> Body:
        return self.book(("stripe", amount), ("gifts", -amount, PROJECT))

    def close(self, ends: str = "2026-10-31", **more: object) -> Body:
        trial: dict[tuple[str, str, str], int] = defaultdict(int)
        for booked in self.bodies:
            if booked["type"] == "transaction" and booked["date"] <= ends:
                for line in booked["entries"]:
                    trial[line["account"], line["currency"], line.get("project", "")] += line["amount"]
        rows = [
            {"account": account, "balance": balance, "currency": currency} | ({"project": project} if project else {})
            for (account, currency, project), balance in sorted(trial.items())
        ]
        facts = {"ends": ends, "fund": "temirtau", "last_seq": self.seq, "trial": rows}
        body = {"at": self._at(), "type": "close", "v": 1} | facts | more
        self.bodies.append(body)
        return body

    def heartbeat(self) -> Body:
        body: Body = {"at": self._at(), "type": "heartbeat", "v": 1}
        self.bodies.append(body)
        return body


def a_ledger(gifts: int = 300) -> Ledger:
    """Gifts, a transfer to the bank, a payment, a reversal, a heartbeat; October is closed after the first lines."""
    ledger = Ledger()
    ledger.book(("bank", 10_000_00), ("opening", -10_000_00), kind="opening", date="2026-10-05")
    ledger.book(("stripe", 700_00), ("gifts", -700_00, PROJECT), date="2026-10-20")
    ledger.close()
    ledger.heartbeat()
    for _ in range(gifts):
        ledger.gift()
    ledger.book(("bank", 1_000_00), ("stripe", -1_000_00), kind="payout")
    ledger.book(("spending", 300_00, PROJECT), ("bank", -300_00), kind="payment")
    ledger.book(("spending", -300_00, PROJECT), ("bank", 300_00), kind="reversal", reverses=ledger.seq)
    return ledger


class TownLog:
    """The log's files. `write` makes them from the entries; a test may damage any of them afterwards."""

    def __init__(self, folder: Path, entries: list[bytes]) -> None:
        self.folder = folder
        self.entries = entries

    def write(self, *, key: SignerKey = KEY, witnesses: tuple[SignerKey, ...] = (), root: bytes | None = None) -> None:
        size = len(self.entries)
        appender = Appender(size=0, read=lambda *_: b"")
        tiles = appender.append(leaf_hashes(self.entries))
        for (level, index), data in tiles.items():
            self.put(tile_path(level=level, index=index, width=len(data) // 32), data)
        for index in range(-(-size // 256)):
            self.write_bundle(index)
        checkpoint = Checkpoint(key.name, size, appender.root() if root is None else root)
        note = sign_checkpoint(checkpoint=checkpoint, key=key)
        lines = [cosign(text=note.text, key=one, at=1_795_000_000) for one in witnesses]
        self.put("checkpoint", with_signatures(note=note, signatures=lines).data)

    def write_bundle(self, index: int) -> None:
        width = width_at(level=0, index=index, size=len(self.entries))
        self.put(bundle_path(index=index, width=width), encode_bundle(self.entries[index * 256 : index * 256 + width]))

    def put(self, path: str, data: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def change(self, path: str, change: Callable[[bytes], bytes]) -> None:
        self.put(path, change((self.folder / path).read_bytes()))

    def proof(self, index: int, extra: Extra | None = None) -> bytes:
        tree = Tree(leaf_hashes(self.entries))
        file = ProofFile(
            index=index,
            proof=tuple(tree.inclusion_proof(index=index)),
            checkpoint=(self.folder / "checkpoint").read_bytes(),
            extra=format_extra(Extra(self.entries[index]) if extra is None else extra),
        )
        return format_proof(file)


def log_of(folder: Path, ledger: Ledger) -> TownLog:
    return TownLog(folder, [canonical(body) for body in ledger.bodies])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over real HTTP; gives its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args: object) -> None:
            """Nothing: the tests look at what the command says."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
