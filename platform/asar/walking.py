"""Reads a whole log bundle by bundle and compares it with its tiles: which entry or tile is not what was signed.

Two trees grow side by side as long as they agree: one from the entries, one from the served leaf hashes. The signed
root decides at the end which of them is true. Memory does not grow with the log.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from asar.copying import Copy
from asar.findings import Finding
from asar.reading import MissingError, Source
from transparency.rules.bundles import LARGEST_BUNDLE, decode_bundle
from transparency.rules.encoding import HASH_BYTES
from transparency.rules.hashing import leaf_hashes
from transparency.rules.refusals import FormatError
from transparency.rules.tiles import TILE_WIDTH, Appender, bundle_path, tile_path, width_at

_TILE_BYTES = TILE_WIDTH * HASH_BYTES
Take = Callable[[int, bytes], None]


def _nothing(level: int, index: int) -> bytes:
    return b""


class TornError(Exception):
    """The log cannot be read further: the finding says from where on."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.words)
        self.finding = finding


@dataclass(slots=True)
class Walk:
    """One reading of a log of `size` entries. `earlier` and `begun` are sizes at which the root is asked for on the
    way, for `roots`: that of the last audit, and what was kept of the log that this one follows."""

    source: Source
    size: int
    kept: Copy | None = None
    again: bool = False
    earlier: int = 0
    begun: int = 0
    entries: Appender = field(default_factory=lambda: Appender(size=0, read=_nothing))
    served: Appender | None = None
    roots: dict[int, bytes] = field(default_factory=dict)
    torn: Finding | None = None
    first_difference: int | None = None
    differs_from_copy: int | None = None
    wrong_tiles: list[tuple[int, int, int]] = field(default_factory=list)
    fetched: int = 0
    reused: int = 0

    @property
    def earlier_root(self) -> bytes:
        """The root at `earlier`; empty before it was reached."""
        return self.roots.get(self.earlier, b"")

    def run(self, take: Take) -> None:
        """Read everything; `take(index, entry)` sees each entry once, in order. `torn` says where reading ended."""
        try:
            for number in range(-(-self.size // TILE_WIDTH)):
                width = width_at(level=0, index=number, size=self.size)
                entries = self._bundle(number, width)
                self._grow(number, width, leaf_hashes(entries))
                for place, entry in enumerate(entries):
                    take(number * TILE_WIDTH + place, entry)
        except TornError as error:
            self.torn = error.finding

    def _bundle(self, number: int, width: int) -> list[bytes]:
        path = bundle_path(index=number, width=width)
        old = self.kept.read(path, most=LARGEST_BUNDLE) if self.kept else None
        if old is not None and not self.again and width == TILE_WIDTH:
            try:
                entries = decode_bundle(old, width=width)
            except FormatError:
                pass  # a broken file in the copy is read from the log again
            else:
                self.reused += width
                return entries
        data = self._served_bundle(number, width)
        if old is not None and old != data and self.differs_from_copy is None:
            self.differs_from_copy = number * TILE_WIDTH + _first_byte_apart(old, data, width)
            if self.kept:
                self.kept.keep(f"{path}.before", old)
        if self.kept and old != data:
            self.kept.keep(path, data)
        self.fetched += width
        return decode_bundle(data, width=width)

    def _served_bundle(self, number: int, width: int) -> bytes:
        first = number * TILE_WIDTH
        try:
            data = self.source.get(bundle_path(index=number, width=width), most=LARGEST_BUNDLE)
            decode_bundle(data, width=width)
        except MissingError as error:
            present = self._widest_served(number, width)
            raise TornError(Finding(f"it is signed but not shown ({error})", first + present)) from error
        except FormatError as error:
            present = _whole_entries(data, width)
            raise TornError(Finding(f"it is signed but missing or torn: {error}", first + present)) from error
        return data

    def _widest_served(self, number: int, width: int) -> int:
        """How many entries of this bundle an earlier, narrower address still shows."""
        low, high = 0, width - 1
        while low < high:
            middle = (low + high + 1) // 2
            try:
                self.source.get(bundle_path(index=number, width=middle), most=LARGEST_BUNDLE)
            except MissingError:
                high = middle - 1
            else:
                low = middle
        return low

    def _grow(self, number: int, width: int, hashes: list[bytes]) -> None:
        own = b"".join(hashes)
        told = self._tile(0, number, width)
        if told is not None and told != own and self.served is None:
            self.served = copy.deepcopy(self.entries)
        if told is not None and told != own and self.first_difference is None:
            self.first_difference = number * TILE_WIDTH + _first_hash_apart(own, told)
        if self.served is not None:
            theirs = own if told is None else told
            self.served.append([theirs[at : at + HASH_BYTES] for at in range(0, len(theirs), HASH_BYTES)])
        done = number * TILE_WIDTH
        for size in sorted({self.earlier, self.begun}):
            if 0 < size - done <= len(hashes):
                self._append(hashes[: size - done])
                self.roots[size] = self.entries.root()
                hashes, done = hashes[size - done :], size
        self._append(hashes)

    def _append(self, hashes: list[bytes]) -> None:
        for (level, index), content in self.entries.append(hashes).items():
            at_the_end = width_at(level=level, index=index, size=self.size) * HASH_BYTES
            if len(content) != at_the_end:
                continue
            if level > 0:
                self._compare(level, index, content)
            if self.kept:
                self.kept.keep(tile_path(level=level, index=index, width=len(content) // HASH_BYTES), content)

    def _compare(self, level: int, index: int, content: bytes) -> None:
        told = self._tile(level, index, len(content) // HASH_BYTES)
        if told is not None and told != content:
            self.wrong_tiles.append((level, index, _first_hash_apart(content, told)))

    def _tile(self, level: int, index: int, width: int) -> bytes | None:
        """The served tile; None when it need not be asked for, because the copy holds it already."""
        path = tile_path(level=level, index=index, width=width)
        if self.kept and not self.again and width == TILE_WIDTH and self.kept.read(path, most=_TILE_BYTES) is not None:
            return None
        try:
            told = self.source.get(path, most=_TILE_BYTES)
        except MissingError as error:
            raise TornError(Finding(f"{path} is not served: {error}")) from error
        if len(told) != width * HASH_BYTES:
            raise TornError(Finding(f"{path} holds {len(told)} bytes instead of {width * HASH_BYTES}"))
        return told


def _first_hash_apart(one: bytes, other: bytes) -> int:
    """Which hash of two tiles of one length differs first."""
    return next(at for at in range(len(one)) if one[at] != other[at]) // HASH_BYTES


def _whole_entries(data: bytes, most: int) -> int:
    """How many entries stand whole at the beginning of a bundle."""
    count = at = 0
    while count < most and at + 2 <= len(data):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
        if at > len(data):
            break
        count += 1
    return count


def _first_byte_apart(one: bytes, other: bytes, width: int) -> int:
    """Which entry of two bundles differs first."""
    try:
        pairs = zip(decode_bundle(one, width=width), decode_bundle(other, width=width), strict=True)
        return next((place for place, (left, right) in enumerate(pairs) if left != right), 0)
    except FormatError:
        return 0
