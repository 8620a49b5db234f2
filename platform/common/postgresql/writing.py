"""Parameters as PostgreSQL reads them. Psycopg finds out anew for each value how it is written, and for each of a list.

The types here are those that most statements carry; psycopg writes all others. What is written must mean exactly what
psycopg's own writing means: a test holds one against the other.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.pq import Format

Written = tuple[bytes | None, Format]

_NULL: Final[Written] = (None, Format.TEXT)
_BYTEA: Final = 17  # its number among PostgreSQL's own types
_TEXTS: Final[dict[type, Callable[[Any], str]]] = {
    UUID: attrgetter("hex"),
    bool: {True: "t", False: "f"}.__getitem__,
    int: str,
    str: str,
    date: str,
    datetime: str,
}


def written(value: object, adapting: Transformer) -> Written:
    """A value and how it is written: bytes as they are (as text they would be twice as many), all else as text."""
    if value is None:
        return _NULL
    if isinstance(value, bytes):
        return value, Format.BINARY
    ours = _array(value) if isinstance(value, list) else _text(value)
    if ours is not None:
        return ours
    dumper = adapting.get_dumper(value, PyFormat.TEXT)
    return dumper.dump(value), dumper.format  # type: ignore[return-value]  # a buffer of bytes


def _text(value: object) -> Written | None:
    write = _TEXTS.get(value.__class__)
    text = "\0" if write is None else write(value)
    return None if "\0" in text else (text.encode(), Format.TEXT)  # psycopg says best why it takes no zeros


def _array(values: list[Any]) -> Written | None:
    kinds = {value.__class__ for value in values if value is not None}
    if kinds == {bytes}:
        return _array_of_bytes(values), Format.BINARY
    if len(kinds) > 1 or not kinds <= _TEXTS.keys():
        return None
    write = _quoted if str in kinds else _TEXTS[kinds.pop()] if kinds else str
    text = ",".join(["NULL" if value is None else write(value) for value in values])
    return None if "\0" in text else (f"{{{text}}}".encode(), Format.TEXT)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _array_of_bytes(values: Sequence[bytes | None]) -> bytes:
    """One dimension that begins at 1: PostgreSQL's `array_send`."""
    parts = [struct.pack("!5i", 1, None in values, _BYTEA, len(values), 1)]
    for value in values:
        parts += [struct.pack("!i", -1 if value is None else len(value)), value or b""]
    return b"".join(parts)
