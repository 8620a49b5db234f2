"""Which hashes make a root, an inclusion proof and a consistency proof (RFC 6962 sections 2.1.1 and 2.1.2).

Everything is computed from complete nodes: `node(level, index)` is the hash over the leaves index * 2^level up to
(index + 1) * 2^level, all of which exist. Where the nodes come from (memory, tiles) is not known here, and whether
they are true is never checked here.
"""

from collections.abc import Callable

from transparency.rules.encoding import MOST
from transparency.rules.hashing import EMPTY_ROOT, node_hash
from transparency.rules.refusals import ProofError

Node = Callable[[int, int], bytes]


def range_root(node: Node, *, start: int, end: int) -> bytes:
    """The hash over the leaves start..end-1, where start is a multiple of the power of two that spans them."""
    width = end - start
    found: bytes | None = None
    while width:  # the complete subtrees from the right, smallest first
        low = width & -width
        level = low.bit_length() - 1
        complete = node(level, (start + width - low) >> level)
        found = complete if found is None else node_hash(complete, found)
        width -= low
    return EMPTY_ROOT if found is None else found


def root_of(node: Node, *, size: int) -> bytes:
    """The root of the first `size` leaves; of none, the hash of nothing."""
    return range_root(node, start=0, end=size)


def right_edges(node: Node, *, size: int) -> list[bytes]:
    """For each level the hash over the leaves after its last complete node; empty where there are none."""
    edges: list[bytes] = []
    found = b""
    for level in range(size.bit_length()):
        edges.append(found)
        if size >> level & 1:
            complete = node(level, (size >> level) - 1)
            found = node_hash(complete, found) if found else complete
    return edges


def inclusion_path(node: Node, *, index: int, size: int) -> list[bytes]:
    """The siblings of leaf `index` in the tree of `size` leaves, the leaf's own first. Refuses index >= size."""
    if not 0 <= index < size <= MOST:
        raise ProofError(f"there is no entry {index} in a log of {size}")
    path: list[bytes] = []
    last = size - 1
    level = 0
    while last:
        if index & 1:
            path.append(node(level, index - 1))
        elif index < last:
            if (index + 2) << level <= size:
                path.append(node(level, index + 1))
            else:
                path.append(range_root(node, start=(index + 1) << level, end=size))
        index >>= 1
        last >>= 1
        level += 1
    return path


def consistency_path(node: Node, *, old: int, new: int) -> list[bytes]:
    """What shows that the first `old` of `new` leaves are the tree of that size. Refuses old = 0 and old > new."""
    if not 0 < old <= new <= MOST:
        raise ProofError(f"there is no proof that a log grew from {old} to {new}")
    outer: list[bytes] = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= middle:
            outer.append(range_root(node, start=middle, end=end))
            end = middle
        else:
            outer.append(range_root(node, start=start, end=middle))
            start, known = middle, False
    inner = [] if known else [range_root(node, start=start, end=end)]
    return inner + outer[::-1]
