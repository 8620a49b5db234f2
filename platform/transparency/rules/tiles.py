"""The log in tiles (C2SP tlog-tiles): addresses, which tile holds what, and proofs from tiles alone.

A full tile is 256 hashes; hash i of tile level l is the hash over 256^l leaves. Partial tiles are never hashed into
the level above. Tiles are data from outside: whoever reads them must compare `root()` with a signed root.
"""

from collections.abc import Callable, Iterable

from transparency.rules.encoding import HASH_BYTES, MOST, decimal
from transparency.rules.hashing import parents
from transparency.rules.paths import consistency_path, inclusion_path, root_of
from transparency.rules.refusals import FormatError, ProofError

TILE_WIDTH = 256
TILE_HEIGHT = 8
HIGHEST_LEVEL = 63
_GROUP = 1000
_DIGITS = 3

# read(level, index) -> at least the hashes that exist at the size in question, laid end to end
ReadTile = Callable[[int, int], bytes]


def group_number(index: int) -> str:
    """A tile's index in groups of three digits, all but the last with an x: 1234067 -> "x001/x234/067"."""
    if not 0 <= index <= MOST:
        raise FormatError("a tile's index is out of range")
    groups = [f"{index % _GROUP:03d}"]
    while index := index // _GROUP:
        groups.append(f"x{index % _GROUP:03d}")
    return "/".join(reversed(groups))


def parse_number(text: str) -> int:
    """The index that `group_number` writes. Refuses every other spelling."""
    groups = text.split("/")
    digits = [group.removeprefix("x") for group in groups]
    if len(groups) > _DIGITS**2 or any(len(one) != _DIGITS or not one.isascii() or not one.isdigit() for one in digits):
        raise FormatError("a tile's index is not in groups of three digits")
    index = int("".join(digits))
    if group_number(index) != text:
        raise FormatError("a tile's index is not written the one way it can be")
    return index


def _suffix(index: int, width: int) -> str:
    if not 1 <= width <= TILE_WIDTH:
        raise FormatError("a tile holds 1 to 256 hashes")
    return group_number(index) + ("" if width == TILE_WIDTH else f".p/{width}")


def tile_path(*, level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Below the log's address: "tile/0/x001/x234/067", a partial one "tile/1/000.p/17"."""
    if not 0 <= level <= HIGHEST_LEVEL:
        raise FormatError("a tile's level is out of range")
    return f"tile/{level}/{_suffix(index, width)}"


def bundle_path(*, index: int, width: int = TILE_WIDTH) -> str:
    """Below the log's address: the entries under the level-0 tile of the same index and width."""
    return f"tile/entries/{_suffix(index, width)}"


def parse_path(path: str) -> tuple[int | None, int, int]:
    """(level, index, width) of an address that `tile_path` or `bundle_path` writes; a bundle's level is None."""
    head, _, rest = path.partition("/")
    name, _, rest = rest.partition("/")
    if head != "tile" or not rest:
        raise FormatError("this is not the address of a tile")
    level = None if name == "entries" else decimal(name, what="a tile's level")
    if level is not None and level > HIGHEST_LEVEL:
        raise FormatError("a tile's level is out of range")
    number, dot, width = rest.partition(".p/")
    count = decimal(width, what="a tile's width") if dot else TILE_WIDTH
    if dot and not 1 <= count < TILE_WIDTH:
        raise FormatError("a partial tile holds 1 to 255 hashes")
    return level, parse_number(number), count


def width_at(*, level: int, index: int, size: int) -> int:
    """How many hashes this tile has in a log of `size` leaves: 0 (no such tile) to 256."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH))


def tiles_of(*, size: int, since: int = 0) -> Iterable[tuple[int, int, int]]:
    """(level, index, width) of every tile of a log of `size` leaves that the log of `since` leaves did not have so."""
    level = 0
    while count := size >> (TILE_HEIGHT * level):
        before = since >> (TILE_HEIGHT * level)
        if count > before:
            for index in range(before // TILE_WIDTH, -(-count // TILE_WIDTH)):
                yield level, index, min(TILE_WIDTH, count - index * TILE_WIDTH)
        level += 1


def subtree_root(hashes: bytes) -> bytes:
    """The hash over 2^k hashes laid end to end, at most a full tile."""
    while len(hashes) > HASH_BYTES:
        hashes = parents(hashes)
    return hashes


class TreeFromTiles:
    """Root and proofs of a log of `size` leaves, read from tiles as they are needed; each tile is read once.

    Refuses a tile with fewer hashes than the log has. More are fine: a wider tile that came later says the same.
    """

    def __init__(self, *, size: int, read: ReadTile) -> None:
        if not 0 <= size <= MOST:
            raise ProofError("no log has this size")
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def _tile(self, level: int, index: int) -> bytes:
        kept = self._tiles.get((level, index))
        if kept is None:
            length = width_at(level=level, index=index, size=self.size) * HASH_BYTES
            kept = bytes(self._read(level, index)[:length])
            if not length or len(kept) != length:
                raise FormatError(f"tile {index} of level {level} is shorter than the log says")
            self._tiles[level, index] = kept
        return kept

    def _node(self, level: int, index: int) -> bytes:
        tile_level, inside = divmod(level, TILE_HEIGHT)
        tile, first = divmod(index << inside, TILE_WIDTH)
        at = first * HASH_BYTES
        return subtree_root(self._tile(tile_level, tile)[at : at + (HASH_BYTES << inside)])

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        if not 0 <= index < self.size:
            raise ProofError(f"there is no entry {index} in a log of {self.size}")
        return self._node(0, index)

    def root(self) -> bytes:
        """The root of the whole log, from its right edge alone."""
        return root_of(self._node, size=self.size)

    def inclusion_proof(self, *, index: int) -> list[bytes]:
        """The hashes that lead from leaf `index` to the root, the leaf's sibling first."""
        return inclusion_path(self._node, index=index, size=self.size)

    def consistency_proof(self, *, old: int) -> list[bytes]:
        """The hashes that show that the tree of `old` leaves (at least 1) begins this one."""
        return consistency_path(self._node, old=old, new=self.size)


class Appender:
    """The right edge of a log: takes new leaves, gives the tiles that changed and the new root.

    It reads only the last partial tile of each level, so its cost never depends on the size of the log. It must be
    given the true edge: it cannot notice a false one.
    """

    def __init__(self, *, size: int, read: ReadTile) -> None:
        if not 0 <= size <= MOST:
            raise FormatError("no log has this size")
        self.size = size
        self._edge: list[bytearray] = []
        level = 0
        while count := size >> (TILE_HEIGHT * level):
            index, width = divmod(count, TILE_WIDTH)
            hashes = read(level, index)[: width * HASH_BYTES] if width else b""
            if len(hashes) != width * HASH_BYTES:
                raise FormatError(f"tile {index} of level {level} is shorter than the log says")
            self._edge.append(bytearray(hashes))
            level += 1

    def append(self, hashes: Iterable[bytes]) -> dict[tuple[int, int], bytes]:
        """Add leaf hashes (32 bytes each). Returns {(level, index): the whole new content} of every changed tile."""
        batch = list(hashes)
        if not {HASH_BYTES}.issuperset(map(len, batch)):
            raise FormatError("a leaf hash is not 32 bytes long")
        changed: dict[tuple[int, int], bytes] = {}
        added, before, level = b"".join(batch), self.size, 0
        self.size += len(batch)
        full = TILE_WIDTH * HASH_BYTES
        while added:
            if level == len(self._edge):
                self._edge.append(bytearray())
            edge = self._edge[level]
            edge += added
            index = (before >> (TILE_HEIGHT * level)) // TILE_WIDTH
            above: list[bytes] = []
            for at in range(0, len(edge), full):
                tile = bytes(edge[at : at + full])
                changed[level, index] = tile
                if len(tile) == full:
                    above.append(subtree_root(tile))
                    index += 1
            del edge[: len(above) * full]
            added = b"".join(above)
            level += 1
        return changed

    def root(self) -> bytes:
        """The root over all leaves, those from before included."""
        return root_of(self._node, size=self.size)

    def _node(self, level: int, index: int) -> bytes:
        """The root only ever asks for nodes of the right edge."""
        tile_level, inside = divmod(level, TILE_HEIGHT)
        at = (index << inside) % TILE_WIDTH * HASH_BYTES
        return subtree_root(bytes(self._edge[tile_level][at : at + (HASH_BYTES << inside)]))
