"""Sounds that are a row of frames (MP3, AAC, AMR) or of chunks (WAV): what is none of these is left out.

ID3, APE and Lyrics tags, pictures of covers, `LIST`, `bext` and `id3 ` chunks go by being no frames, known or not.
Never copy a byte here because nothing speaks against it: only because it is part of the sound.
"""

import struct
from typing import Final

from councils.surveys.rules.recordings.damage import UnreadableRecordingError

# Kilobits a second by (version 1 or 2, layer) and the four bits of the header; ISO/IEC 11172-3 and 13818-3.
_RATES: Final = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_HEADER, _SMALLEST_ADTS = 4, 7
_SYNC, _NO_HERTZ, _NO_RATES, _OLD, _NEW, _PLAIN = 0xFF, 3, {0, 15}, 1, 3, 3  # values of the header's fields
_ADTS_MASK, _ADTS = 0xF6, 0xF0
# Bytes of a frame with its first one, by the kind of frame; RFC 4867.
_NARROW: Final = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
_WIDE: Final = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)
_CHUNKS: Final = frozenset({b"fmt ", b"fact", b"data"})


def mpeg_frames(data: bytes) -> bytes:
    """The frames of MPEG audio or AAC (ADTS), one behind the other. Two in a row make the first one sure."""
    frames: list[bytes] = []
    at = _behind_tags(data)
    while at + _HEADER <= len(data):
        length = _frame(data, at)
        following = at + length
        is_sure = bool(frames) or following == len(data) or _frame(data, following) > 0
        if length and following <= len(data) and is_sure:
            frames.append(data[at:following])
            at = following
        else:
            # Not a frame: go on behind it, at what may be the next one.
            at = data.find(b"\xff", at + 1)
            if at < 0:
                break
    if not frames:
        raise UnreadableRecordingError
    return b"".join(frames)


def _behind_tags(data: bytes) -> int:
    """Behind the ID3v2 tags at the beginning: their length stands in them, seven bits a byte."""
    at = 0
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | (byte & 0x7F)
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
    return at


def _frame(data: bytes, at: int) -> int:
    """The bytes of the frame that begins here, 0 where none does."""
    header = data[at : at + _HEADER]
    if len(header) < _HEADER or header[0] != _SYNC or header[1] >> 5 != _SYNC >> 5:
        return 0
    version, kind = header[1] >> 3 & 3, header[1] >> 1 & 3
    if not kind:
        return _adts(data, at)
    layer = 4 - kind
    rate, hertz = header[2] >> 4, header[2] >> 2 & 3
    if version == _OLD or rate in _NO_RATES or hertz == _NO_HERTZ:
        return 0
    is_first = version == _NEW
    bits = _RATES[1 if is_first else 2, layer][rate] * 1000
    padding = header[2] >> 1 & 1
    if layer == 1:
        return (12 * bits // _HERTZ[version][hertz] + padding) * 4
    samples = 72 if layer == _PLAIN and not is_first else 144
    return samples * bits // _HERTZ[version][hertz] + padding


def _adts(data: bytes, at: int) -> int:
    header = data[at : at + _SMALLEST_ADTS]
    if len(header) < _SMALLEST_ADTS or header[1] & _ADTS_MASK != _ADTS:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length >= _SMALLEST_ADTS else 0


def adaptive_frames(data: bytes) -> bytes:
    """The frames of AMR, narrow or wide band, in their file format (RFC 4867, chapter 5)."""
    start = next((one for one in (b"#!AMR-WB\n", b"#!AMR\n") if data.startswith(one)), b"")
    lengths = _WIDE if b"WB" in start else _NARROW
    end = at = len(start)
    while start and at < len(data):
        at += lengths[data[at] >> 3 & 15] or len(data)
        if at <= len(data):
            end = at
    if end == len(start):
        raise UnreadableRecordingError
    return data[:end]


def wave_chunks(data: bytes) -> bytes:
    """A WAV file of its format and its sound alone. A recorder that was cut off may have left the sizes open."""
    kept: list[bytes] = []
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if kind in _CHUNKS:
            kept.append(kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2))
        at += 8 + size + size % 2
    names = [one[:4] for one in kept]
    if names.count(b"fmt ") != 1 or names.count(b"data") != 1:
        raise UnreadableRecordingError
    content = b"WAVE" + b"".join(kept)
    return b"RIFF" + len(content).to_bytes(4, "little") + content
