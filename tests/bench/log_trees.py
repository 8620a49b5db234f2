"""Our tree against pymerkle's, both at a million leaves in memory and in one process; proofs from tiles; verification.

The same entries go into both, and both must come to the same root. pymerkle is used as it comes, its quicker way of
appending counts.
"""

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from statistics import median

import pymerkle

from tests.bench.run import Figure, at_least, shown
from transparency.rules.hashing import leaf_hashes
from transparency.rules.merkle import Tree, verify_consistency, verify_inclusion
from transparency.rules.tiles import Appender, TreeFromTiles

LEAVES, ENTRY_BYTES, BATCH, ROUNDS, PROOFS = 1_000_000, 200, 1000, 5, 1000


def _entries(start: int, count: int) -> list[bytes]:
    return [b"%0*d" % (ENTRY_BYTES, number) for number in range(start, start + count)]


def _us(do: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) / times * 1e6


def _proofs(prove: Callable[[int], object], indexes: Sequence[int]) -> float:
    return _us(lambda: [prove(index) for index in indexes], len(indexes))


def measure_trees() -> list[Figure]:
    """Append, proofs and verification; rounds alternate between ours and theirs, medians."""
    ours, theirs = Tree(), pymerkle.InmemoryTree(algorithm="sha256")
    built = 0.0
    for start in range(0, LEAVES, BATCH):
        entries = _entries(start, BATCH)
        built += _us(lambda entries=entries: ours.append_leaf_hashes(leaf_hashes(entries)), LEAVES)  # type: ignore[misc]
        theirs.append_entries(entries)
    if ours.root() != theirs.get_state():
        raise SystemExit("bench: the two trees do not agree on the root")
    times: dict[str, list[float]] = {}
    draw = random.Random(1)
    for number in range(ROUNDS):
        entries = _entries(LEAVES + number * BATCH, BATCH)
        size = ours.size

        def told(name: str, value: float) -> None:
            times.setdefault(name, []).append(value)

        told("ours append", _us(lambda entries=entries: ours.append_leaf_hashes(leaf_hashes(entries)), BATCH))  # type: ignore[misc]
        half = BATCH // 2
        told("pymerkle one", _us(lambda e=entries[:half]: [theirs.append_entry(one) for one in e], half))  # type: ignore[misc]
        told("pymerkle many", _us(lambda e=entries[half:]: theirs.append_entries(e), half))  # type: ignore[misc]
        indexes = [draw.randrange(size) for _ in range(PROOFS)]
        told("ours inclusion", _proofs(lambda index: ours.inclusion_proof(index=index), indexes))
        told("pymerkle inclusion", _proofs(lambda index: theirs.prove_inclusion(index + 1), indexes))
        told("ours consistency", _proofs(lambda index: ours.consistency_proof(old=index + 1), indexes))
        told("pymerkle consistency", _proofs(lambda index: theirs.prove_consistency(index + 1), indexes))
        told("verify inclusion", _verified(ours, indexes))
        told("verify consistency", _verified_consistency(ours, indexes))
    middle = {name: median(values) for name, values in times.items()}
    quickest = min(middle["pymerkle one"], middle["pymerkle many"])
    return [
        shown("building 1M leaves", built, "us/leaf"),
        shown("building 1M leaves: against two bare SHA-256 a leaf", built / _bare(), "x"),
        *(shown(f"{name}, 1M leaves", value, "us") for name, value in middle.items()),
        at_least("append at 1M leaves: against pymerkle", quickest / middle["ours append"], "x", 8),
        at_least(
            "inclusion proof at 1M leaves: against pymerkle",
            middle["pymerkle inclusion"] / middle["ours inclusion"],
            "x",
            4,
        ),
        *_tiles(draw),
    ]


def _verified(tree: Tree, indexes: Sequence[int]) -> float:
    root, size = tree.root(), tree.size
    known = [(index, tree.leaf(index), tree.inclusion_proof(index=index)) for index in indexes]

    def check() -> None:
        for index, leaf, proof in known:
            verify_inclusion(index=index, size=size, leaf=leaf, proof=proof, root=root)

    return _us(check, len(known))


def _verified_consistency(tree: Tree, indexes: Sequence[int]) -> float:
    root, size = tree.root(), tree.size
    known = [(index + 1, tree.root(index + 1), tree.consistency_proof(old=index + 1)) for index in indexes]

    def check() -> None:
        for old, old_root, proof in known:
            verify_consistency(old=old, new=size, old_root=old_root, new_root=root, proof=proof)

    return _us(check, len(known))


def _bare() -> float:
    """What a leaf cannot cost less than: one hash over the entry and one over two hashes, in us."""
    entry, pair = b"\x00" + b"x" * ENTRY_BYTES, b"\x01" + b"x" * 64
    times = 200_000

    def both() -> None:
        for _ in range(times):
            hashlib.sha256(entry).digest()
            hashlib.sha256(pair).digest()

    return median(_us(both, times) for _ in range(3))


def _tiles(draw: random.Random) -> list[Figure]:
    """The sequencer's own way: tiles in a dictionary, new leaves by a thousand, proofs from tiles alone."""
    tiles: dict[tuple[int, int], bytes] = {}
    appender = Appender(size=0, read=lambda _level, _index: b"")
    took = 0.0
    for start in range(0, LEAVES, BATCH):
        hashes = leaf_hashes(_entries(start, BATCH))
        began = time.perf_counter()
        tiles |= appender.append(hashes)
        took += time.perf_counter() - began
    indexes = [draw.randrange(LEAVES) for _ in range(300)]

    def prove(index: int) -> list[bytes]:
        return TreeFromTiles(size=LEAVES, read=lambda level, at: tiles[level, at]).inclusion_proof(index=index)

    return [
        shown("appending to tiles, 1,000 at a time, without the leaf's hash", took / LEAVES * 1e6, "us/leaf"),
        shown("inclusion proof from tiles, 1M leaves", _proofs(prove, indexes), "us"),
        shown("tiles of 1M leaves", len(tiles), ""),
    ]
