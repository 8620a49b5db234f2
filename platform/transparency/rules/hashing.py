"""The three hashes of the tree: RFC 6962 section 2.1, the same in RFC 9162 section 2.1, with SHA-256.

Leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left || right), the empty tree = SHA-256 of nothing. The two
prefixes keep a node from ever being taken for an entry; they must never be left out.
"""

from collections.abc import Iterable
from hashlib import sha256

from transparency.rules.encoding import HASH_BYTES

EMPTY_ROOT = sha256(b"").digest()
_PAIR = 2 * HASH_BYTES


def leaf_hash(entry: bytes) -> bytes:
    """32 bytes: the leaf of an entry, whose exact bytes count."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaves of many entries, in their order."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """32 bytes: the parent of two hashes of 32 bytes each."""
    return sha256(b"\x01" + left + right).digest()


def parents(hashes: bytes) -> bytes:
    """The parents of 2k hashes laid end to end: k hashes laid end to end."""
    return b"".join([sha256(b"\x01" + hashes[at : at + _PAIR]).digest() for at in range(0, len(hashes), _PAIR)])
