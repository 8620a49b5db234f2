"""MP4, M4A, 3GP and MOV (ISO/IEC 14496-12, Apple's QuickTime File Format): boxes within boxes.

Phones write place, device and moment into `udta`, `meta`, `uuid` and timed tracks of their own. Every box that playing
does not need becomes an empty `free` box of the same size, so that all offsets stay true. Never move a byte here: the
tables of samples count from the beginning of the file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from councils.surveys.rules.recordings.damage import UnreadableRecordingError

_FREE: Final = b"free"
_DEEPEST: Final = 12
_HEADER: Final = 8
_MOST_CHUNKS: Final = 500_000
_SEEN_AND_HEARD: Final = frozenset({b"vide", b"soun"})

# Which boxes stay, by the box around them. Those that hold boxes in their turn are the keys.
_STAYS: Final = {
    b"": frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"mfra", b"sidx"}),
    b"moov": frozenset({b"mvhd", b"trak", b"mvex", b"iods"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia", b"tapt"}),
    b"edts": frozenset({b"elst"}),
    b"tapt": frozenset({b"clef", b"prof", b"enof"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"hdlr", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"stsh", b"sdtp"}
        | {b"sbgp", b"sgpd", b"stps", b"padb"}
    ),
    b"mvex": frozenset({b"mehd", b"trex"}),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset({b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd"}),
    b"mfra": frozenset({b"tfra", b"mfro"}),
}


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    at: int  # where its header begins
    body: int
    end: int


@dataclass(slots=True)
class _Track:
    """What of a track says where its samples lie."""

    box: _Box
    handler: bytes = b""
    tables: dict[bytes, _Box] = field(default_factory=dict)


def without_boxes(data: bytes) -> bytes:
    """The same film or sound, byte for byte as long, with pictures and sound alone."""
    file = bytearray(data)
    kinds = {box.kind for box in _boxes(file, 0, len(file))}
    if not {b"ftyp", b"moov", b"mdat"} <= kinds:
        raise UnreadableRecordingError
    tracks = _sweep(file, _Box(b"", 0, 0, len(file)), depth=0)
    others = [track for track in tracks if track.handler not in _SEEN_AND_HEARD]
    if len(others) == len(tracks) or (others and b"moof" in kinds):
        raise UnreadableRecordingError
    for track in others:
        for begin, length in _samples(file, track):
            _clear(file, begin, min(begin + length, len(file)))
    for track in others:
        _empty(file, track.box)
    return bytes(file)


def _boxes(file: bytearray, begin: int, end: int) -> Iterator[_Box]:
    at = begin
    while at < end:
        if end - at < _HEADER:  # QuickTime ends some lists with four zeros
            if any(file[at:end]):
                raise UnreadableRecordingError
            return
        size, kind = struct.unpack_from(">I4s", file, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", file, body)
            body += 8
        elif size == 0:
            size = end - at
        if at + size > end or at + size < body:
            raise UnreadableRecordingError
        yield _Box(kind, at, body, at + size)
        at += size


def _sweep(file: bytearray, around: _Box, *, depth: int, track: _Track | None = None) -> list[_Track]:
    """Empty what need not stay below a box, and what of the rest tells a moment, a name or a path."""
    if depth > _DEEPEST:
        raise UnreadableRecordingError
    found: list[_Track] = []
    for box in list(_boxes(file, around.body, around.end)):
        if box.kind not in _STAYS[around.kind]:
            _empty(file, box)
        elif box.kind == b"trak":
            found.append(one := _Track(box))
            _sweep(file, box, depth=depth + 1, track=one)
        elif box.kind in _STAYS:
            found += _sweep(file, box, depth=depth + 1, track=track)
        else:
            _blank(file, box, around.kind, track)
    return found


def _blank(file: bytearray, box: _Box, around: bytes, track: _Track | None) -> None:
    if box.kind in {b"mvhd", b"tkhd", b"mdhd"}:
        moments = 16 if file[box.body] == 1 else 8  # when it was made and changed
        _clear(file, box.body + 4, min(box.body + 4 + moments, box.end))
    elif box.kind == b"hdlr":
        if track is not None and around == b"mdia":
            track.handler = bytes(file[box.body + 8 : box.body + 12])
        _clear(file, box.body + 12, box.end)  # who made the program, and a name
    elif box.kind == b"dref":
        for entry in _boxes(file, box.body + 8, box.end):
            _clear(file, entry.body + 4, entry.end)  # the path of a file on somebody's computer
    elif track is not None:
        track.tables[box.kind] = box


def _empty(file: bytearray, box: _Box) -> None:
    file[box.at + 4 : box.at + 8] = _FREE
    _clear(file, box.body, box.end)


def _clear(file: bytearray, begin: int, end: int) -> None:
    if end > begin:
        file[begin:end] = bytes(end - begin)


def _numbers(file: bytearray, box: _Box, width: str, *, skip: int, each: int = 1) -> list[tuple[int, ...]]:
    """The rows of a table: `skip` bytes, a count, then rows of `each` numbers."""
    (count,) = struct.unpack_from(">I", file, box.body + skip)
    row = struct.Struct(">" + width * each)
    begin = box.body + skip + 4
    if count > _MOST_CHUNKS or begin + count * row.size > box.end:
        raise UnreadableRecordingError
    return list(row.iter_unpack(memoryview(file)[begin : begin + count * row.size]))


def _samples(file: bytearray, track: _Track) -> Iterator[tuple[int, int]]:
    """(offset, bytes) of every chunk of a track: its samples lie there one behind the other."""
    tables = track.tables
    offsets = tables.get(b"stco") or tables.get(b"co64")
    if offsets is None or b"stsc" not in tables or b"stsz" not in tables:
        raise UnreadableRecordingError
    chunks = [one for (one,) in _numbers(file, offsets, "I" if offsets.kind == b"stco" else "Q", skip=4)]
    if not chunks:
        return
    (uniform,) = struct.unpack_from(">I", file, tables[b"stsz"].body + 4)
    sizes = [] if uniform else [one for (one,) in _numbers(file, tables[b"stsz"], "I", skip=8)]
    runs = _numbers(file, tables[b"stsc"], "I", skip=4, each=3)
    if not runs or runs[0][0] != 1:
        raise UnreadableRecordingError
    place = 0
    for (first, number, _description), (following, *_rest) in pairwise([*runs, (len(chunks) + 1, 0, 0)]):
        for chunk in chunks[first - 1 : following - 1]:
            length = uniform * number if uniform else sum(sizes[place : place + number])
            place += number
            yield chunk, length
