"""Strict readers of the small pieces that all formats of the log share: numbers, base64, hashes, lines of text.

Each piece has exactly one spelling and every other is refused, so that nobody can hold two files that differ and say
the same. Must never guess, trim or repair.
"""

import base64
import binascii

from transparency.rules.refusals import FormatError

HASH_BYTES = 32
# Sizes and indexes are signed 64-bit numbers in every implementation that reads our logs.
MOST = 2**63 - 1
_DIGITS = len(str(MOST))
_FIRST_PRINTABLE = 0x20


def decimal(text: str, *, what: str) -> int:
    """A size or an index in ASCII decimal, 0 to 2^63-1. Refuses signs, spaces and leading zeros."""
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS or (len(text) > 1 and text[0] == "0"):
        raise FormatError(f"{what} is not a plain decimal number")
    value = int(text)
    if value > MOST:
        raise FormatError(f"{what} is larger than any log")
    return value


def from_base64(text: str, *, what: str) -> bytes:
    """Standard base64 with padding (RFC 4648 section 4). Refuses other alphabets, spaces and unused bits."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise FormatError(f"{what} is not base64") from error
    if to_base64(data) != text:
        raise FormatError(f"{what} is not the one way to write these bytes in base64")
    return data


def to_base64(data: bytes) -> str:
    """Standard base64 with padding, one line."""
    return base64.b64encode(data).decode("ascii")


def hash_from_base64(text: str, *, what: str) -> bytes:
    """A SHA-256 hash of 32 bytes in base64."""
    data = from_base64(text, what=what)
    if len(data) != HASH_BYTES:
        raise FormatError(f"{what} is not a hash of 32 bytes")
    return data


def plain_text(data: bytes, *, most: int, what: str) -> str:
    """UTF-8 without control characters but the newline. Refuses more than `most` bytes."""
    if len(data) > most:
        raise FormatError(f"{what} is longer than {most} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{what} is not UTF-8") from error
    if any(ord(sign) < _FIRST_PRINTABLE and sign != "\n" for sign in text):
        raise FormatError(f"{what} holds a control character")
    return text
