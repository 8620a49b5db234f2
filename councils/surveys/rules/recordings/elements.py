"""WebM and Matroska (RFC 8794, RFC 9559): elements within elements.

Titles, days, tags, attached files and every element that playing does not need become `Void` of the same size, so that
no position changes. Never keep a track that is neither picture nor sound: a phone may write its place into one.
"""

from typing import Final

from councils.surveys.rules.recordings.damage import UnreadableRecordingError

_VOID: Final = 0xEC
_OPENED: Final = frozenset({0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675})  # read on inside them
_NAMES: Final = frozenset({0x4D80, 0x5741})  # of programs: they have to be there, so they become spaces
_TRACK_TYPE: Final = 0x83
_SEEN_AND_HEARD: Final = frozenset({1, 2})
_STAYS: Final = _OPENED | frozenset(
    {0x1A45DFA3, 0x114D9B74, 0x1C53BB6B, _VOID}  # the header, where parts begin, where to seek, nothing
    | {0x2AD7B1, 0x4489}  # how time is counted, how long it is
    | {0xD7, 0x73C5, _TRACK_TYPE, 0xB9, 0x88, 0x55AA, 0x9C, 0x6DE7, 0x6DF8, 0x23E383, 0x234E7A, 0x23314F, 0x55EE}
    | {0x22B59C, 0x22B59D, 0x86, 0x63A2, 0xAA, 0x56AA, 0x56BB, 0xE0, 0xE1}  # a track and how it is decoded
    | {0xE7, 0xA3, 0xA0, 0xA7, 0xAB}  # pieces of picture and sound
)
_LONGEST_ID, _LONGEST_SIZE, _SHORT_VOID = 4, 8, 128


def without_elements(data: bytes) -> bytes:
    """The same film or sound, byte for byte as long, with pictures and sound alone."""
    file = bytearray(data)
    at, tracks = 0, 0
    while at < len(file):
        kind, body = _number(file, at, longest=_LONGEST_ID, keep_mark=True)
        size, inside = _number(file, body, longest=_LONGEST_SIZE, keep_mark=False)
        is_unknown = size == (1 << 7 * (inside - body)) - 1
        if kind in _OPENED:
            at = inside
            continue
        end = inside + size
        if is_unknown or end > len(file):
            raise UnreadableRecordingError
        if kind in _NAMES:
            file[inside:end] = b" " * size
        elif kind not in _STAYS:
            _void(file, at, end)
        elif kind == _VOID:
            file[inside:end] = bytes(size)
        elif kind == _TRACK_TYPE:
            if int.from_bytes(file[inside:end]) not in _SEEN_AND_HEARD:
                raise UnreadableRecordingError
            tracks += 1
        at = end
    if not tracks:
        raise UnreadableRecordingError
    return bytes(file)


def _number(file: bytearray, at: int, *, longest: int, keep_mark: bool) -> tuple[int, int]:
    """A number of EBML and where it ends. Its first byte says how long it is."""
    length = 9 - file[at].bit_length()
    if length > longest or at + length > len(file):
        raise UnreadableRecordingError
    value = int.from_bytes(file[at : at + length])
    return (value if keep_mark else value & ((1 << 7 * length) - 1)), at + length


def _void(file: bytearray, begin: int, end: int) -> None:
    length = end - begin
    file[begin] = _VOID
    if length - 2 < _SHORT_VOID - 1:
        file[begin + 1] = 0x80 | (length - 2)
        file[begin + 2 : end] = bytes(length - 2)
    else:
        file[begin + 1 : begin + 9] = (1 << 56 | (length - 9)).to_bytes(8)
        file[begin + 9 : end] = bytes(length - 9)
