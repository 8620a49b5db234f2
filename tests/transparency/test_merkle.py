"""Trees and proofs against RFC 6962 word for word, and every way in which a proof can be false."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transparency.published import naive_path, naive_root, naive_subproof
from transparency.rules.encoding import MOST
from transparency.rules.merkle import Tree, leaf_hashes, verify_consistency, verify_inclusion
from transparency.rules.refusals import FormatError, ProofError

SIZES = st.integers(1, 700)
HASHES = leaf_hashes(f"leaf {number}".encode() for number in range(700))
WHOLE = Tree(HASHES)


@given(size=SIZES, data=st.data())
@settings(max_examples=150, deadline=None)
def test_roots_and_proofs_are_those_of_the_rfc(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root = naive_root(HASHES[:size])
    assert WHOLE.root(size) == root
    path = naive_path(index, HASHES[:size])
    assert WHOLE.inclusion_proof(index=index, size=size) == path
    verify_inclusion(index=index, size=size, leaf=HASHES[index], proof=path, root=root)
    grown = naive_subproof(old, HASHES[:size])
    assert WHOLE.consistency_proof(old=old, new=size) == grown
    verify_consistency(old=old, new=size, old_root=naive_root(HASHES[:old]), new_root=root, proof=grown)


@given(batches=st.lists(st.integers(0, 90), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_tree_does_not_depend_on_its_batches(batches: list[int]) -> None:
    tree, size = Tree(), 0
    for batch in batches:
        tree.append_leaf_hashes(HASHES[size : size + batch])
        size += batch
        assert (tree.size, tree.root()) == (size, naive_root(HASHES[:size]))
    for index in range(0, size, 37):
        assert tree.inclusion_proof(index=index) == naive_path(index, HASHES[:size])


def test_a_leaf_that_is_not_a_hash_is_refused_with_its_whole_batch() -> None:
    tree = Tree(HASHES[:3])
    for wrong in (b"", HASHES[3][:31], HASHES[3] + b"\x00"):
        with pytest.raises(FormatError):
            tree.append_leaf_hashes([HASHES[3], wrong, HASHES[4] + wrong])
    assert (tree.size, tree.root()) == (3, naive_root(HASHES[:3]))


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (0, 701), (0, -1)])
def test_no_proof_for_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        WHOLE.inclusion_proof(index=index, size=size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5), (5, 701)])
def test_no_growth_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        WHOLE.consistency_proof(old=old, new=new)


PLACES = [(0, 1), (0, 2), (1, 2), (0, 8), (5, 8), (2, 3), (4, 5), (10, 11), (300, 700), (699, 700), (511, 513)]


@pytest.mark.parametrize(("index", "size"), PLACES)
def test_every_flipped_bit_of_an_inclusion_proof_is_noticed(index: int, size: int) -> None:
    proof, root = WHOLE.inclusion_proof(index=index, size=size), WHOLE.root(size)

    def refused(**changed: object) -> None:
        right: dict[str, object] = {"index": index, "size": size, "leaf": HASHES[index], "proof": proof, "root": root}
        with pytest.raises(ProofError):
            verify_inclusion(**(right | changed))  # type: ignore[arg-type]

    for number, one in enumerate(proof):
        for at in range(32):
            wrong = bytearray(one)
            wrong[at] ^= 1 << (at % 8)
            refused(proof=[*proof[:number], bytes(wrong), *proof[number + 1 :]])
        refused(proof=[*proof[:number], *proof[number + 1 :]])
        for length in (0, 31, 33, 64):
            refused(proof=[*proof[:number], (one * 2)[:length], *proof[number + 1 :]])
    refused(proof=[*proof, HASHES[0]])
    refused(proof=[HASHES[0], *proof])
    refused(proof=[HASHES[0]] * 65)
    if len(set(proof)) > 1:
        refused(proof=proof[::-1])
    refused(leaf=HASHES[(index + 1) % 700])
    refused(leaf=HASHES[index][:31])
    refused(root=root[:31])
    refused(root=HASHES[(index + 2) % 700])
    refused(index=size)
    refused(index=-1)
    refused(size=0)
    refused(size=MOST + 1)
    if size > 1:
        refused(index=(index + 1) % size)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (1, 8), (6, 8), (2, 5), (6, 7), (4, 8), (256, 700), (699, 700)])
def test_every_flipped_bit_of_a_consistency_proof_is_noticed(old: int, new: int) -> None:
    proof = WHOLE.consistency_proof(old=old, new=new)
    first, second = WHOLE.root(old), WHOLE.root(new)

    def refused(**changed: object) -> None:
        right: dict[str, object] = {"old": old, "new": new, "old_root": first, "new_root": second, "proof": proof}
        with pytest.raises(ProofError):
            verify_consistency(**(right | changed))  # type: ignore[arg-type]

    for number, one in enumerate(proof):
        for at in range(32):
            wrong = bytearray(one)
            wrong[at] ^= 1 << (at % 8)
            refused(proof=[*proof[:number], bytes(wrong), *proof[number + 1 :]])
        refused(proof=[*proof[:number], *proof[number + 1 :]])
        refused(proof=[*proof[:number], one[:31], *proof[number + 1 :]])
    refused(proof=[*proof, HASHES[0]])
    refused(proof=[HASHES[0], *proof])
    refused(proof=[])
    refused(proof=[HASHES[0]] * 65)
    refused(old_root=second, new_root=first)
    refused(old_root=first[:31])
    refused(new_root=second + b"\x00")
    refused(old=0)
    refused(old=0, proof=[])
    refused(old=new + 1)
    refused(new=MOST + 1)


def test_one_size_needs_no_proof_and_one_root() -> None:
    root = WHOLE.root(5)
    verify_consistency(old=5, new=5, old_root=root, new_root=root, proof=[])
    with pytest.raises(ProofError, match="two faces"):
        verify_consistency(old=5, new=5, old_root=root, new_root=WHOLE.root(6), proof=[])
    with pytest.raises(ProofError, match="need no proof"):
        verify_consistency(old=5, new=5, old_root=root, new_root=root, proof=[root])


@given(st.integers(1, 400), st.integers(0, 399), st.lists(st.binary(min_size=32, max_size=32), max_size=12))
@settings(max_examples=300, deadline=None)
def test_made_up_proofs_never_pass(size: int, index: int, proof: list[bytes]) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(index=index, size=size, leaf=HASHES[600], proof=proof, root=WHOLE.root(size))
    with pytest.raises(ProofError):
        verify_consistency(
            old=min(index + 1, size), new=size, old_root=HASHES[0], new_root=WHOLE.root(700), proof=proof
        )
