"""Whether a proof holds: RFC 9162 sections 2.1.3.2 (inclusion) and 2.1.4.2 (consistency).

Stricter than the text of the RFC where published test vectors are: a first size of 0 and every hash that is not 32
bytes are refused. Must never return a doubtful answer: it returns nothing when the proof holds, and raises otherwise.
"""

from collections.abc import Sequence
from hmac import compare_digest

from transparency.rules.encoding import HASH_BYTES, MOST
from transparency.rules.hashing import node_hash
from transparency.rules.refusals import ProofError

# A tree of 2^63 leaves is 63 high; a consistency proof needs one hash more.
_LONGEST = 64


def _check_hashes(proof: Sequence[bytes], *others: bytes) -> None:
    if len(proof) > _LONGEST:
        raise ProofError("the proof is longer than any tree is high")
    for one in (*proof, *others):
        if not isinstance(one, bytes) or len(one) != HASH_BYTES:
            raise ProofError("a hash of the proof is not 32 bytes long")


def verify_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofError unless the leaf hash `leaf` stands at `index` in the tree of `size` leaves with this root."""
    if not 0 <= index < size <= MOST:
        raise ProofError(f"there is no entry {index} in a log of {size}")
    _check_hashes(proof, leaf, root)
    position, last, found = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise ProofError("the proof is longer than the tree is high")
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise ProofError("the proof is shorter than the tree is high")
    if not compare_digest(found, root):
        raise ProofError("the proof leads to another root: the entry, its place or the tree is not what is claimed")


def verify_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofError unless the tree of `new` leaves begins with the tree of `old` leaves, 1 <= old <= new."""
    if not 0 < old <= new <= MOST:
        raise ProofError(f"it cannot be proven that a log grew from {old} to {new}")
    _check_hashes(proof, old_root, new_root)
    if old == new:
        if proof:
            raise ProofError("two trees of one size need no proof, and here is one")
        if not compare_digest(old_root, new_root):
            raise ProofError("two trees of one size have different roots: the log shows two faces")
        return
    if not proof:
        raise ProofError("the proof is empty")
    # A tree that is a complete subtree of the later one is itself the first hash, and is not repeated in the proof.
    hashes = [old_root, *proof] if old & (old - 1) == 0 else proof
    before, after = _climb(old - 1, new - 1, hashes)
    if not compare_digest(before, old_root):
        raise ProofError("the proof does not lead to the earlier root: what stood there before was changed")
    if not compare_digest(after, new_root):
        raise ProofError("the proof does not lead to the later root")


def _climb(position: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The two roots that the hashes lead to, from the last leaf of the earlier tree up."""
    while position & 1:
        position >>= 1
        last >>= 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if not last:
            raise ProofError("the proof is longer than the tree is high")
        if position & 1 or position == last:
            before = node_hash(sibling, before)
            after = node_hash(sibling, after)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            after = node_hash(after, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise ProofError("the proof is shorter than the tree is high")
    return before, after
