"""Codes out of a binary COPY: made by hand after PostgreSQL's documentation, in any pieces, and every broken stream."""

from struct import pack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.indicators.rules.copied import SIGNATURE, codes_from_copy
from councils.indicators.rules.refusals import LayoutMismatchError

CODES = [[1, 0, 300], [0, 0, 0], [-2, 5, 32767]]
HEAD = SIGNATURE + pack(">ii", 0, 0)


def row(codes: list[int]) -> bytes:
    elements = b"".join(pack(">ih", 2, code) for code in codes)
    return pack(">hi", 1, 20 + len(elements)) + pack(">iiiii", 1, 0, 21, len(codes), 1) + elements


STREAM = HEAD + b"".join(map(row, CODES)) + b"\xff\xff"


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=8).map(sorted))
def test_blocks_may_end_anywhere(cuts: list[int]) -> None:
    blocks = [STREAM[start:end] for start, end in zip([0, *cuts], [*cuts, len(STREAM)], strict=True)]
    assert np.vstack(list(codes_from_copy(blocks=blocks, slots=3))).tolist() == CODES


def test_many_rows_come_in_arrays_of_some_thousand() -> None:
    blocks = [HEAD, *(row([number % 9, 1, 2]) for number in range(20_000)), b"\xff\xff"]
    found = list(codes_from_copy(blocks=blocks, slots=3))
    assert [len(one) for one in found] == [8192, 8192, 3616]
    assert np.vstack(found)[:, 0].tolist() == [number % 9 for number in range(20_000)]


def test_no_rows_give_nothing() -> None:
    assert list(codes_from_copy(blocks=[HEAD, b"\xff\xff"], slots=3)) == []


@pytest.mark.parametrize(
    ("stream", "slots"),
    [
        (STREAM, 2),
        (STREAM[:-2], 3),
        (STREAM[:-5], 3),
        (b"x" * 40, 3),
        (b"", 3),
        (HEAD + row([1, 2, 3]).replace(pack(">ih", 2, 2), pack(">ih", 4, 2)) + b"\xff\xff", 3),
    ],
)
def test_a_stream_that_is_not_exactly_this_is_refused(stream: bytes, slots: int) -> None:
    with pytest.raises(LayoutMismatchError, match="copy: "):
        list(codes_from_copy(blocks=[stream], slots=slots))
