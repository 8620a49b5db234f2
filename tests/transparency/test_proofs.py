"""Proof files: what is written reads back, and nothing else is a proof file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.rules.canonical import canonical
from transparency.rules.encoding import to_base64
from transparency.rules.merkle import Tree, leaf_hash
from transparency.rules.proofs import (
    Extra,
    Opening,
    ProofFile,
    format_extra,
    format_proof,
    parse_extra,
    parse_proof,
    verify_entry,
)
from transparency.rules.refusals import FormatError, ProofError

HASH = b"\x05" * 32
NOTE = f"origin\n1\n{to_base64(HASH)}\n\n\u2014 name AAAAAAAA\n".encode()
FILE = ProofFile(index=7, proof=(HASH, HASH), checkpoint=NOTE, extra=b"more")
DATA = format_proof(FILE)


def test_the_file_is_laid_out_as_the_specification_says() -> None:
    line = to_base64(HASH)
    assert DATA.decode() == f"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 7\n{line}\n{line}\n\n{NOTE.decode()}"
    assert parse_proof(DATA) == FILE


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.binary(max_size=200))
def test_files_read_back(index: int, proof: list[bytes], extra: bytes) -> None:
    file = ProofFile(index=index, proof=tuple(proof), checkpoint=NOTE, extra=extra)
    assert parse_proof(format_proof(file)) == file


@pytest.mark.parametrize(
    "data",
    [
        b"",
        DATA.replace(b"@v1", b"@v2"),
        b"\n" + DATA,
        b" " + DATA,
        DATA.replace(b"\n", b"\r\n"),
        DATA.replace(b"index 7", b"index 07"),
        DATA.replace(b"index 7", b"index  7"),
        DATA.replace(b"index 7", b"index -7"),
        DATA.replace(b"index 7", b"index 9223372036854775808"),
        DATA.replace(b"index 7\n", b""),
        DATA.replace(b"extra bW9yZQ==", b"extra bW9yZQ="),
        DATA.replace(b"extra bW9yZQ==", b"extra "),
        DATA.replace(b"extra bW9yZQ==\n", b"extra bW9yZQ==\nextra bW9yZQ==\n"),
        DATA.replace(to_base64(HASH).encode(), b"BQUF", 1),
        DATA.replace(to_base64(HASH).encode(), b"", 1),
        DATA.replace(b"\n\norigin", b"\norigin"),
        DATA[: DATA.index(b"\n\n")],
        DATA[: DATA.index(b"\n\n") + 2],
        DATA.replace(b"origin", b"ori\x00gin"),
        format_proof(ProofFile(index=7, proof=(HASH,) * 64, checkpoint=NOTE)),
        DATA + b"x" * 600_000,
        format_proof(ProofFile(index=7, proof=(), checkpoint=b"x" * 70_000 + NOTE)),
        format_proof(ProofFile(index=7, proof=(), checkpoint=b"no checkpoint\n")),
        format_proof(ProofFile(index=7, proof=(), checkpoint=NOTE.replace(b"\n1\n", b"\n01\n"))),
    ],
)
def test_what_is_not_a_proof_file(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_proof(data)


def test_the_entry_and_its_openings() -> None:
    extra = Extra(entry=b"\x00entry\xff", openings=(Opening("donor", to_base64(HASH), "Айгүл"),))
    assert parse_extra(format_extra(extra)) == extra
    assert parse_extra(format_extra(Extra(b""))) == Extra(b"")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entry": "AAAA"},
        {"entry": "AAAA", "openings": {}},
        {"entry": 5, "openings": []},
        {"entry": "AAA", "openings": []},
        {"entry": "AAAA", "openings": [], "more": 1},
        {"entry": "AAAA", "openings": ["x"]},
        {"entry": "AAAA", "openings": [{"field": "a", "key": "b"}]},
        {"entry": "AAAA", "openings": [{"field": "a", "key": "b", "value": 5}]},
        {"entry": "AAAA", "openings": [{"field": "a", "key": "b", "value": "c", "more": "d"}]},
        {"entry": to_base64(b"x" * 65_536), "openings": []},
    ],
)
def test_what_is_not_our_extra(body: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        parse_extra(canonical(body))


def test_an_entry_in_its_place() -> None:
    entries = [f"entry {number}".encode() for number in range(9)]
    tree = Tree(leaf_hash(entry) for entry in entries)
    file = ProofFile(index=5, proof=tuple(tree.inclusion_proof(index=5)), checkpoint=NOTE)
    verify_entry(file=file, entry=entries[5], size=9, root=tree.root())
    for entry, size, root in ((entries[4], 9, tree.root()), (entries[5], 8, tree.root()), (entries[5], 9, HASH)):
        with pytest.raises(ProofError):
            verify_entry(file=file, entry=entry, size=size, root=root)
