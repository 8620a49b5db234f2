"""The QR code of a proof: the whole proof where it fits, the file's address where it does not, nothing else.

Which codes programs read was measured with ZXing and OpenCV, through blur, slant and noise (docs/log.md): level M, a
margin of four squares and four points a square. These tests hold the pictures to that.
"""

import re
from typing import Any, cast

import pytest
import segno
from segno import consts

from tests.transparency.made import made
from transparency.rules.pictures import LARGEST_VERSION, POINTS, qr_picture

PAGE = "https://asar.example/kk/verify/?line=tekeli/123456"
FILE = "https://asar.example/log/tekeli/proof/7.tlog-proof"
MARGIN = 4


def modules(picture: bytes) -> int:
    """The width of the picture in black and white squares, without its margin of four on both sides."""
    found = re.search(rb'viewBox="0 0 (\d+) (\d+)"', picture)
    assert found
    assert found[1] == found[2]
    return int(found[1]) - 2 * MARGIN


def points(picture: bytes) -> int:
    """How many points wide the picture is where there is room for it."""
    found = re.search(rb'<svg width="(\d+)" height="(\d+)"', picture)
    assert found
    assert found[1] == found[2]
    return int(found[1])


def test_a_proof_of_usual_length_stands_in_the_code_itself() -> None:
    picture = qr_picture(page=PAGE, link="1$" + "AB3" * 700, file=FILE)
    version = (modules(picture) - 17) // 4
    assert 25 <= version <= LARGEST_VERSION
    assert picture.startswith(b"<svg")
    assert b"style=" not in picture


@pytest.mark.parametrize("size", [60, 1_000, 70_000])
def test_the_code_of_a_real_proof_is_one_that_programs_read(size: int) -> None:
    link = made(size=size, index=size // 2).link
    picture = qr_picture(page=PAGE, link=link, file=FILE)
    parts = [(f"{PAGE}#", consts.MODE_BYTE), (link, consts.MODE_ALPHANUMERIC)]
    wanted = segno.make(cast("Any", parts), error="m", micro=False, boost_error=False)
    assert (wanted.error, modules(picture)) == ("M", wanted.symbol_size(border=0)[0])
    assert int(wanted.version) <= LARGEST_VERSION
    assert points(picture) == (modules(picture) + 2 * MARGIN) * POINTS
    assert POINTS >= 4


def test_a_longer_proof_leaves_the_files_address() -> None:
    for length in (1000, 5000):  # larger than phones read; larger than any code
        picture = qr_picture(page=PAGE, link="1$" + "AB3" * length, file=FILE)
        assert modules(picture) == segno.make(FILE, error="m", micro=False).symbol_size(border=0)[0]
