"""Implementations that others wrote agree with ours: pymerkle (installed) and aics-tlog (fetched, never installed).

aics-tlog asks for Python 3.12 in its metadata, so its wheel is fetched with its hash and only unpacked. Without a
network, and only then, its tests are skipped.
"""

import importlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as theirs_consistency
from pymerkle import verify_inclusion as theirs_inclusion

from tests.transparency import published
from transparency.rules import notes
from transparency.rules.bundles import encode_bundle
from transparency.rules.checkpoints import Checkpoint, cosign, sign_checkpoint
from transparency.rules.merkle import Tree, leaf_hash, leaf_hashes, verify_consistency, verify_inclusion
from transparency.rules.tiles import Appender, bundle_path, tile_path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".run" / "cache" / "outside"
WHEEL = "aics_tlog-0.2.1-py3-none-any.whl"
WHEEL_SHA256 = "e8cd2be003001576353bbd1a139b68252baf85df8e5d356c5ff26f3c417efdfc"
SIZES = [1, 2, 3, 7, 8, 100, 255, 256, 257, 300]
ENTRIES = published.ENTRIES_300
OURS = Tree(leaf_hashes(ENTRIES))


def test_pymerkle_agrees() -> None:
    """Its indexes count from one; its security prefixes 00 and 01 are those of RFC 6962."""
    theirs = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        theirs.append_entry(entry)
    for size in SIZES:
        assert theirs.get_root(size) == OURS.root(size)
        for index in {0, size // 2, size - 1}:
            assert theirs.get_leaf(index + 1) == leaf_hash(ENTRIES[index])
            proof = theirs.prove_inclusion(index + 1, size)
            assert proof.path == [leaf_hash(ENTRIES[index]), *OURS.inclusion_proof(index=index, size=size)]
            theirs_inclusion(leaf_hash(ENTRIES[index]), OURS.root(size), proof)
            verify_inclusion(
                index=index, size=size, leaf=proof.path[0], proof=proof.path[1:], root=theirs.get_root(size)
            )
        for old in {1, (size + 1) // 2, size}:
            grown = theirs.prove_consistency(old, size)
            theirs_consistency(OURS.root(old), OURS.root(size), grown)
            ours = OURS.consistency_proof(old=old, new=size)
            roots = {"old_root": theirs.get_root(old), "new_root": theirs.get_root(size)}
            verify_consistency(old=old, new=size, proof=ours, **roots)


# What pip says when it reaches nobody, and only then.
NO_NETWORK = ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ProxyError", "Network is unreachable")


def _pip() -> Path:
    return ROOT / ".boot" / "bin" / "pip"


def _fetch() -> None:
    """The wheel into .run/cache, its hash checked by pip and once more here."""
    CACHE.mkdir(parents=True, exist_ok=True)
    demand = CACHE / "aics-tlog.txt"
    demand.write_text(f"aics-tlog==0.2.1 --hash=sha256:{WHEEL_SHA256}\n")
    options = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.12", "--require-hashes"]
    done = subprocess.run(
        [_pip(), "download", "--quiet", "--retries", "1", *options, "--dest", CACHE, "-r", demand],
        capture_output=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    if done.returncode:
        if any(sign in done.stderr for sign in NO_NETWORK):
            pytest.skip("no network: aics-tlog cannot be fetched, so this independent verifier was not asked")
        pytest.fail(f"aics-tlog cannot be fetched although there is a network: {done.stderr.strip()[-500:]}")


@pytest.fixture(scope="module")
def tlog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package aics_tlog, unpacked on a path of its own for as long as these tests run."""
    if not (CACHE / WHEEL).is_file():
        _fetch()
    data = (CACHE / WHEEL).read_bytes()
    assert sha256(data).hexdigest() == WHEEL_SHA256, "the fetched wheel of aics-tlog is not the one that was named"
    folder = tmp_path_factory.mktemp("aics")
    with zipfile.ZipFile(CACHE / WHEEL) as wheel:
        wheel.extractall(folder)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("aics_tlog")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == "aics_tlog"]:
            del sys.modules[name]


def test_aics_tlog_accepts_our_proofs(tlog: ModuleType) -> None:
    theirs = tlog.MerkleTree(ENTRIES)
    for size in SIZES:
        assert theirs.root(size) == OURS.root(size)
        for index in {0, size // 2, size - 1}:
            proof = OURS.inclusion_proof(index=index, size=size)
            assert theirs.inclusion_proof(index, size) == proof
            assert tlog.verify_inclusion(leaf_hash(ENTRIES[index]), index, size, proof, OURS.root(size))
        for old in {1, (size + 1) // 2, size}:
            grown = OURS.consistency_proof(old=old, new=size)
            assert theirs.consistency_proof(old, size) == grown
            assert tlog.verify_consistency(old, size, OURS.root(old), OURS.root(size), grown)


def test_aics_tlog_audits_our_tiles(tlog: ModuleType) -> None:
    made = Appender(size=0, read=lambda *_: b"").append(leaf_hashes(ENTRIES))
    files = {tile_path(level=level, index=index, width=len(data) // 32): data for (level, index), data in made.items()}
    files |= {bundle_path(index=0): encode_bundle(ENTRIES[:256])}
    files |= {bundle_path(index=1, width=44): encode_bundle(ENTRIES[256:])}
    report = tlog.audit_tiles(tlog.MemoryTileReader(files), 300, OURS.root())
    assert (report.size, report.tiles, report.bundles) == (300, 3, 2)
    assert tlog.tree_root_from_tiles(tlog.MemoryTileReader(files), 300) == OURS.root()
    assert files == {path: data for path, data in tlog.TileWriter(ENTRIES).materialise().items() if path in files}


def test_aics_tlog_verifies_our_checkpoint_and_cosignature(tlog: ModuleType) -> None:
    key = notes.SignerKey("asar.example/log/temirtau", b"\x05" * 32)
    witness = notes.SignerKey("witness.example/w1", b"\x06" * 32, notes.COSIGNATURE)
    note = sign_checkpoint(checkpoint=Checkpoint(key.name, 300, OURS.root()), key=key)
    theirs = tlog.parse_note(note.data)
    assert tlog.verify_note(theirs, [tlog.parse_vkey(key.verifier.vkey)])
    found = tlog.parse_checkpoint(note.text)
    assert (found.origin, found.size, found.root) == (key.name, 300, OURS.root())
    assert tlog.format_vkey(tlog.parse_vkey(witness.verifier.vkey)) == witness.verifier.vkey
    line = cosign(text=note.text, key=witness, at=published.COSIGNED_AT)
    assert line.key_id == tlog.cosign.cosignature_key_id(witness.name, witness.verifier.public)
    place = (witness.name, witness.verifier.public, key.name)
    assert tlog.verify_cosignature(line.blob, *place, 300, OURS.root())
    assert not tlog.verify_cosignature(line.blob, *place, 299, OURS.root())
