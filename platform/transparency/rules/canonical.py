"""The exact bytes of an entry: JSON in the one spelling of RFC 8785, and commitments to personal fields.

Numbers are whole and smaller than 2^53 in size, so that every language reads the same; floats are refused. The bytes
are stored and hashed as they are and must never be written again from what was read.
"""

import json
from collections.abc import Mapping, Sequence
from hmac import digest

from transparency.rules.encoding import from_base64, to_base64
from transparency.rules.refusals import FormatError

LARGEST_NUMBER = 2**53 - 1
KEY_BYTES = 32
_DEEPEST = 32


def _utf16(name: str) -> bytes:
    """RFC 8785 section 3.2.3 sorts names by their UTF-16 units."""
    return name.encode("utf-16-be")


def _ordered(value: object, depth: int) -> object:
    if depth > _DEEPEST:
        raise FormatError("an entry is nested too deeply")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_NUMBER:
            raise FormatError("a number is 2^53 or larger, which not every language reads")
        return int(value)
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise FormatError("a name in an entry is not text")
        return {name: _ordered(value[name], depth + 1) for name in sorted(value, key=_utf16)}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_ordered(one, depth + 1) for one in value]
    raise FormatError(f"an entry holds a {type(value).__name__}, which has no canonical spelling")


def canonical(body: Mapping[str, object]) -> bytes:
    """RFC 8785 bytes of an object. Refuses floats, numbers of 2^53 and more, lone surrogates and other types."""
    try:
        return json.dumps(_ordered(body, 0), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise FormatError("a text holds half a character") from error


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormatError("a name stands twice in one object")
    return found


def _no_fractions(text: str) -> object:
    raise FormatError(f"{text[:20]} is not a whole number")


def read_canonical(data: bytes) -> dict[str, object]:
    """The object of canonical bytes. Refuses everything that `canonical` would write otherwise: it must be the same."""
    try:
        found = json.loads(
            data.decode(), object_pairs_hook=_no_twins, parse_float=_no_fractions, parse_constant=_no_fractions
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise FormatError("this is not JSON") from error
    except FormatError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise FormatError("this is not JSON that can be read") from error
    if not isinstance(found, dict):
        raise FormatError("this is not a JSON object")
    if canonical(found) != data:
        raise FormatError("this JSON is not in the one spelling of RFC 8785")
    return found


def commitment(*, key: bytes, field: str, value: str) -> str:
    """base64 of HMAC-SHA256(key, field || 0x00 || value): binds to a value and says nothing without the key.

    The key is 32 random bytes, of this one field of this one entry. Refuses a field name with a zero byte.
    """
    if len(key) != KEY_BYTES:
        raise FormatError("the key of a commitment is 32 bytes long")
    if not field or "\x00" in field:
        raise FormatError("the name of a committed field is not empty and holds no zero byte")
    try:
        return to_base64(digest(key, field.encode() + b"\x00" + value.encode(), "sha256"))
    except UnicodeEncodeError as error:
        raise FormatError("a text holds half a character") from error


def opens(*, committed: str, key: str, field: str, value: str) -> bool:
    """Whether the base64 key and the value are what was committed to."""
    return commitment(key=from_base64(key, what="the key of a commitment"), field=field, value=value) == committed
