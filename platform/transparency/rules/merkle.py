"""A Merkle tree in memory that only grows, and the door to its proofs: append, root, inclusion, consistency.

All complete nodes lie in one bytearray per level (about 64 bytes a leaf), so that building costs little more than the
two SHA-256 calls a leaf and a proof is a few slices. It must never forget or change a leaf.
"""

from collections.abc import Iterable

from transparency.rules.encoding import HASH_BYTES
from transparency.rules.hashing import EMPTY_ROOT, leaf_hash, leaf_hashes, node_hash, parents
from transparency.rules.paths import consistency_path, right_edges, root_of
from transparency.rules.proving import verify_consistency, verify_inclusion
from transparency.rules.refusals import FormatError, ProofError

__all__ = [
    "EMPTY_ROOT",
    "ProofError",
    "Tree",
    "leaf_hash",
    "leaf_hashes",
    "node_hash",
    "verify_consistency",
    "verify_inclusion",
]

_PAIR = 2 * HASH_BYTES


class Tree:
    """The tree of RFC 6962 over the leaf hashes that were appended. Any earlier size can be asked about as well."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self._edges: tuple[int, list[bytes]] = (0, [])
        self.append_leaf_hashes(hashes)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0]) // HASH_BYTES

    def append_leaf_hashes(self, hashes: Iterable[bytes]) -> None:
        """Add leaf hashes (32 bytes each) at the end. Refuses all of them when one has another length."""
        batch = list(hashes)
        added = b"".join(batch)
        if not {HASH_BYTES}.issuperset(map(len, batch)):
            raise FormatError("a leaf hash is not 32 bytes long")
        level = 0
        while added:
            nodes = self._levels[level]
            nodes += added
            if len(nodes) < _PAIR:
                return
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            # Each node above stands for two below: what has no parent yet begins here.
            begin = len(self._levels[level]) * 2
            added = parents(bytes(nodes[begin : len(nodes) - len(nodes) % _PAIR]))

    def _node(self, level: int, index: int) -> bytes:
        at = index * HASH_BYTES
        return bytes(self._levels[level][at : at + HASH_BYTES])

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        if not 0 <= index < self.size:
            raise ProofError(f"there is no entry {index} in a log of {self.size}")
        return self._node(0, index)

    def _known(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ProofError(f"this tree has {self.size} leaves, not {size}")
        return size

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves; without it, of all."""
        return root_of(self._node, size=self._known(size))

    def inclusion_proof(self, *, index: int, size: int | None = None) -> list[bytes]:
        """The hashes that lead from leaf `index` to the root at `size`, the leaf's sibling first."""
        complete = self._known(size)
        if not 0 <= index < complete:
            raise ProofError(f"there is no entry {index} in a log of {complete}")
        if self._edges[0] != complete:
            self._edges = (complete, right_edges(self._node, size=complete))
        # paths.inclusion_path with the nodes at hand: no call per level, which is most of what a proof costs here.
        path: list[bytes] = []
        for nodes, edge in zip(self._levels, self._edges[1], strict=False):
            sibling = index ^ 1
            if sibling < complete:
                at = sibling * HASH_BYTES
                path.append(bytes(nodes[at : at + HASH_BYTES]))
            elif sibling == complete and edge:
                path.append(edge)
            index >>= 1
            complete >>= 1
        return path

    def consistency_proof(self, *, old: int, new: int | None = None) -> list[bytes]:
        """The hashes that show that the tree of `old` leaves (at least 1) begins the tree of `new`."""
        return consistency_path(self._node, old=old, new=self._known(new))
