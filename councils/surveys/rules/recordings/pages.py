"""Ogg (RFC 3533) with Vorbis, Opus, Speex or Theora: pages with a checksum, and one packet of comments for each stream.

The comments (place, day, title, the program) become one nameless text of spaces of the same length, so that no page
changes its size. A stream that is none of the four is refused: it might be made of anything. Never leave a checksum
that is not true: players drop such pages.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from councils.surveys.rules.recordings.damage import UnreadableRecordingError

_HEADER, _MOST_SEGMENTS = 27, 255
_BEGINS, _COMMENTS_END = 0x02, 2
# How the first packet of a stream begins -> how its second one does, and whether a set bit ends the comments.
_STREAMS: Final = {
    b"\x01vorbis": (b"\x03vorbis", True),
    b"OpusHead": (b"OpusTags", False),
    b"Speex   ": (b"", False),
    b"\x80theora": (b"\x81theora", False),
}
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(slots=True)
class _Stream:
    """A stream until its second packet is whole: the pages and the pieces of the file that it consists of."""

    start: bytes
    ends_with_bit: bool
    packet: int = 0
    pages: list[tuple[int, int]] = field(default_factory=list)
    pieces: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return self.packet >= _COMMENTS_END


def without_comments(data: bytes) -> bytes:
    """The same sound, byte for byte as long, without its comments."""
    file = bytearray(data)
    streams: dict[bytes, _Stream] = {}
    for begin, body, end in _pages(file):
        serial = bytes(file[begin + 14 : begin + 18])
        known = streams.get(serial)
        if file[begin + 5] & _BEGINS and (known is None or known.is_done):
            known = streams[serial] = _stream(file, body)
        if known is None:
            raise UnreadableRecordingError
        if not known.is_done:
            known.pages.append((begin, end))
            _collect(file, known, begin + _HEADER, body)
            if known.is_done:
                _write(file, known)
    if not streams or not all(stream.is_done for stream in streams.values()):
        raise UnreadableRecordingError
    return bytes(file)


def _collect(file: bytearray, stream: _Stream, segments: int, body: int) -> None:
    """Go through a page's segments up to the end of the second packet: one that is not full ends a packet."""
    at = body
    for length in file[segments:body]:
        if stream.packet == 1:
            stream.pieces.append((at, at + length))
        at += length
        stream.packet += length < _MOST_SEGMENTS
        if stream.is_done:
            return


def _pages(file: bytearray) -> Iterator[tuple[int, int, int]]:
    """Where each page begins, where its content does, where it ends."""
    at = 0
    while at < len(file):
        if file[at : at + 5] != b"OggS\0" or len(file) - at < _HEADER:
            raise UnreadableRecordingError
        body = at + _HEADER + file[at + 26]
        end = body + sum(file[at + _HEADER : body])
        if end > len(file):
            raise UnreadableRecordingError
        yield at, body, end
        at = end


def _stream(file: bytearray, body: int) -> _Stream:
    for first, (second, ends_with_bit) in _STREAMS.items():
        if file[body : body + len(first)] == first:
            return _Stream(start=second, ends_with_bit=ends_with_bit)
    raise UnreadableRecordingError


def _write(file: bytearray, stream: _Stream) -> None:
    """One text of spaces fills the room of all: its length, the spaces, no comments, and the last bit where one is."""
    length = sum(end - begin for begin, end in stream.pieces)
    start = b"".join(bytes(file[begin:end]) for begin, end in stream.pieces)[: len(stream.start)]
    ending = bytes(4) + (b"\x01" if stream.ends_with_bit else b"")
    room = length - len(start) - 4 - len(ending)
    if start != stream.start or room < 0:
        raise UnreadableRecordingError
    packet = start + room.to_bytes(4, "little") + b" " * room + ending
    place = 0
    for begin, end in stream.pieces:
        file[begin:end] = packet[place : place + end - begin]
        place += end - begin
    for begin, end in stream.pages:
        _sum(file, begin, end)


def _sum(file: bytearray, begin: int, end: int) -> None:
    """Write the checksum of a page: CRC-32 with the bits in the other order, beginning and ending with nothing."""
    file[begin + 22 : begin + 26] = bytes(4)
    found = zlib.crc32(bytes(file[begin:end]).translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    file[begin + 22 : begin + 26] = int(f"{found:032b}"[::-1], 2).to_bytes(4, "little")
