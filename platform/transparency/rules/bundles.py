"""Entry bundles (C2SP tlog-tiles): up to 256 entries as they are, each behind its length in two bytes, big-endian.

An entry is therefore at most 65,535 bytes. Must never change a byte of an entry: its hash is in the tree.
"""

from collections.abc import Sequence

from transparency.rules.refusals import FormatError

LONGEST_ENTRY = 0xFFFF
LARGEST_BUNDLE = 256 * (2 + LONGEST_ENTRY)
_MOST = 256
_LENGTH = 2


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """1 to 256 entries, each of at most 65,535 bytes, as one file."""
    if not 1 <= len(entries) <= _MOST:
        raise FormatError("a bundle holds 1 to 256 entries")
    if any(len(entry) > LONGEST_ENTRY for entry in entries):
        raise FormatError("an entry is longer than 65,535 bytes")
    return b"".join([len(entry).to_bytes(_LENGTH, "big") + entry for entry in entries])


def decode_bundle(data: bytes, *, width: int) -> list[bytes]:
    """The first `width` entries of a bundle, which may hold more (a later, wider one). Refuses fewer, or a torn one."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        begin = at + _LENGTH
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin > len(data) or at > len(data):
            raise FormatError("the bundle ends inside an entry")
        entries.append(data[begin:at])
    if not 1 <= width <= len(entries) <= _MOST:
        raise FormatError(f"the bundle holds {len(entries)} entries where {width} were expected")
    return entries[:width]
