"""Answer codes as the database copies them out: PostgreSQL's binary COPY of one smallint[] column, read by NumPy.

Row by row through an ORM, 1.4 million answers cost a minute and a gigabyte; a block of bytes is one array without a
Python object per answer. A row that is not exactly an array of the expected length must never be guessed at: it is
refused. Source: PostgreSQL documentation, COPY, binary format.
"""

from collections.abc import Iterable, Iterator
from struct import pack

import numpy as np
from numpy.typing import NDArray

from councils.indicators.rules.refusals import LayoutMismatchError

SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEAD = len(SIGNATURE) + 8
_END = b"\xff\xff"
_SMALLINT = 21
_ROWS = 8192


def codes_from_copy(*, blocks: Iterable[bytes | memoryview], slots: int) -> Iterator[NDArray[np.int16]]:
    """Codes (n, slots), some thousand rows at a time, of the blocks of `COPY (SELECT codes ...) TO STDOUT BINARY`.

    Blocks may end anywhere. Raises LayoutMismatchError for another number of slots, empty elements or a stream that
    breaks off.
    """
    head = pack(">hiiiiii", 1, 20 + 6 * slots, 1, 0, _SMALLINT, slots, 1)
    size = len(head) + 6 * slots
    waiting, started = bytearray(), False
    for block in blocks:
        waiting += block
        if not started and len(waiting) >= _HEAD:
            if not waiting.startswith(SIGNATURE):
                raise LayoutMismatchError(code="copy", detail="no binary copy")
            del waiting[:_HEAD]
            started = True
        if started and len(waiting) >= _ROWS * size:
            whole = len(waiting) // size * size
            yield _rows(bytes(waiting[:whole]), head, slots)
            del waiting[:whole]
    whole = len(waiting) // size * size
    if whole:
        yield _rows(bytes(waiting[:whole]), head, slots)
    if not started or bytes(waiting[whole:]) != _END:
        raise LayoutMismatchError(code="copy", detail="the copy breaks off or has rows of another length")


def _rows(data: bytes, head: bytes, slots: int) -> NDArray[np.int16]:
    table = np.frombuffer(data, dtype=np.uint8).reshape(-1, len(head) + 6 * slots)
    if np.any(table[:, : len(head)] != np.frombuffer(head, dtype=np.uint8)):
        raise LayoutMismatchError(code="copy", detail="codes of another length")
    elements = table[:, len(head) :].reshape(-1, slots, 6)
    if np.any(elements[:, :, :4] != np.array([0, 0, 0, 2], dtype=np.uint8)):
        raise LayoutMismatchError(code="copy", detail="an empty code")
    return (elements[:, :, 4].astype(np.int16) << 8) | elements[:, :, 5]
