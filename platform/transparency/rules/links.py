"""The short form of a proof that fits into a QR code: the part of a link after `#`, which no browser sends to a server.

The same facts as the proof file without its two layers of base64, deflated, in forty-one signs that a QR code packs
tightly. Must never leave anything out that a check needs: the file comes back byte for byte.
"""

import zlib
from typing import Final

from transparency.rules.canonical import canonical, read_canonical
from transparency.rules.encoding import HASH_BYTES, decimal
from transparency.rules.proofs import (
    LONGEST_FILE,
    MOST_HASHES,
    Extra,
    Opening,
    ProofFile,
    format_extra,
    parse_extra,
)
from transparency.rules.refusals import FormatError

MARK: Final = "1$"
# Digits, capital letters and five more: all of them both in QR's alphanumeric set and allowed after `#`.
SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-/"
_BASE: Final = len(SIGNS)
_PAIR: Final = 0xFFFF
_RAW_DEFLATE: Final = -15


def to_base41(data: bytes) -> str:
    """Two bytes (big endian) as three signs, a last single byte as two; the lowest sign first."""
    pieces = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        value = int.from_bytes(pair, "big")
        for _sign in range(len(pair) + 1):
            value, rest = divmod(value, _BASE)
            pieces.append(SIGNS[rest])
    return "".join(pieces)


def from_base41(text: str) -> bytes:
    """The bytes that `to_base41` wrote. Refuses other signs, a lonely sign and values that no bytes have."""
    found = bytearray()
    for start in range(0, len(text), 3):
        signs = [SIGNS.find(sign) for sign in text[start : start + 3]]
        if len(signs) == 1 or -1 in signs:
            raise FormatError("the link holds a sign that none of ours has")
        value = sum(sign * _BASE**place for place, sign in enumerate(signs))
        size = len(signs) - 1
        if value > _PAIR >> (16 - 8 * size):
            raise FormatError("the link was mistyped")
        found += value.to_bytes(size, "big")
    return bytes(found)


def to_link(file: ProofFile) -> str:
    """What stands after `#`. Only for files whose extra line is ours; an entry holds no zero byte, being JSON."""
    extra = parse_extra(file.extra)
    openings = [{"field": one.field, "key": one.key, "value": one.value} for one in extra.openings]
    # An object of one name, so that the list has its one canonical spelling; the browser wants the list alone.
    written = canonical({"": openings})[len('{"":') : -1]
    head = bytes([len(file.proof)]) + b"".join(file.proof) + f"{file.index}\n".encode()
    packer = zlib.compressobj(level=9, wbits=_RAW_DEFLATE)
    data = head + file.checkpoint + b"\0" + extra.entry + b"\0" + written
    return MARK + to_base41(packer.compress(data) + packer.flush())


def from_link(part: str) -> ProofFile:
    """The proof behind a link's part after `#`; nothing in it is checked yet."""
    if not part.startswith(MARK):
        raise FormatError("this is no link of a proof")
    unpacker = zlib.decompressobj(wbits=_RAW_DEFLATE)
    try:
        data = unpacker.decompress(from_base41(part.removeprefix(MARK)), LONGEST_FILE)
    except zlib.error as error:
        raise FormatError("the link is damaged") from error
    if not unpacker.eof or not data or data[0] > MOST_HASHES:
        raise FormatError("the link is not whole")
    start = 1 + HASH_BYTES * data[0]
    proof = tuple(data[at : at + HASH_BYTES] for at in range(1, start, HASH_BYTES))
    parts = data[start:].split(b"\0")
    index, line, checkpoint = parts[0].partition(b"\n")
    if len(parts) != 3 or not line:  # noqa: PLR2004 - place and checkpoint, entry, openings
        raise FormatError("the link is not whole")
    openings = read_canonical(b'{"":' + parts[2] + b"}")[""]
    if not isinstance(openings, list) or not all(isinstance(one, dict) for one in openings):
        raise FormatError("the link's openings are no list")
    extra = Extra(entry=parts[1], openings=tuple(_opening(one) for one in openings))
    number = decimal(index.decode("ascii", "replace"), what="the index")
    return ProofFile(index=number, proof=proof, checkpoint=checkpoint, extra=format_extra(extra))


def _opening(one: dict[str, object]) -> Opening:
    if one.keys() != {"field", "key", "value"} or not all(isinstance(text, str) for text in one.values()):
        raise FormatError("an opening is a field, a key and a value")
    return Opening(**{name: str(text) for name, text in one.items()})
