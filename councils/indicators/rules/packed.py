"""A count cube as bytes, for one row per wave and town while answers come in: a batch rewrites ten kilobytes.

The bytes name their own shape and last batch, so a cube of another questionnaire version is refused, never read. They
must never hold anything but counts.
"""

from struct import calcsize, pack, unpack

import numpy as np

from councils.indicators.rules.cube import Counted, Cube, Layout
from councils.indicators.rules.refusals import LayoutMismatchError

_HEAD = "<4sIIQ"
_MARK = b"cube"


def to_bytes(*, counted: Counted) -> bytes:
    """Mark, rows, columns, last batch, then counts and respondents as 32-bit little-endian numbers."""
    rows, columns = counted.cube.counts.shape
    head = pack(_HEAD, _MARK, rows, columns, counted.through)
    return head + counted.cube.counts.astype("<u4").tobytes() + counted.cube.respondents.astype("<u4").tobytes()


def from_bytes(*, layout: Layout, data: bytes) -> Counted:
    """What `to_bytes` wrote. Raises LayoutMismatchError for bytes of another layout."""
    rows, columns = len(layout.rows), layout.space.size + 1
    size = calcsize(_HEAD)
    if len(data) != size + 4 * columns * (rows + 1):
        raise LayoutMismatchError(code="shape", detail=f"{len(data)} bytes for {rows} rows and {columns} cells")
    mark, own_rows, own_columns, through = unpack(_HEAD, data[:size])
    if (mark, own_rows, own_columns) != (_MARK, rows, columns):
        raise LayoutMismatchError(code="shape", detail=f"a cube of {own_rows} rows and {own_columns} cells")
    table = np.frombuffer(data, dtype="<u4", offset=size).astype(np.int64).reshape(rows + 1, columns)
    return Counted(Cube(counts=table[:-1].copy(), respondents=table[-1].copy()), through)
