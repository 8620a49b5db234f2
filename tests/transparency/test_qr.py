"""The QR code of a proof: the whole proof where it fits, the file's address where it does not, nothing else.

Which codes programs read was measured with ZXing and OpenCV, through blur, slant and noise (docs/log.md): level M, a
margin of four squares and four points a square. These tests hold the pictures to that.
"""

import re
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
import segno
import zxingcpp
from PIL import Image, ImageDraw
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


def drawn(picture: bytes) -> Image.Image:
    """The picture as a screen shows it: POINTS points a square. Each row is one line of strokes along half heights."""
    root = ET.fromstring(picture)  # noqa: S314 - made here, a moment ago
    side = points(picture)
    bitmap = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(bitmap)
    [strokes] = [one for one in root.iter("{http://www.w3.org/2000/svg}path") if one.get("stroke")]
    x, y = 0.0, 0.0
    for step, told in re.findall(r"([Mmh])([^Mmhv]+)", strokes.attrib["d"]):
        numbers = [float(number) for number in re.findall(r"-?[0-9.]+", told)]
        if step == "h":
            left, top = round(x * POINTS), round((y - 0.5) * POINTS)
            pen.rectangle((left, top, left + round(numbers[0] * POINTS) - 1, top + POINTS - 1), fill=0)
            x += numbers[0]
        else:
            x, y = (numbers[0], numbers[1]) if step == "M" else (x + numbers[0], y + numbers[1])
    return bitmap


@pytest.mark.parametrize("size", [60, 1_000, 70_000])
def test_another_program_reads_the_whole_link_from_the_drawn_code(size: int) -> None:
    link = made(size=size, index=size // 2).link
    [found] = zxingcpp.read_barcodes(drawn(qr_picture(page=PAGE, link=link, file=FILE)))
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.QRCode, f"{PAGE}#{link}")


def test_another_program_reads_the_files_address_where_the_link_is_too_long() -> None:
    [found] = zxingcpp.read_barcodes(drawn(qr_picture(page=PAGE, link="1$" + "AB3" * 5000, file=FILE)))
    assert found.text == FILE


def test_a_longer_proof_leaves_the_files_address() -> None:
    for length in (1000, 5000):  # larger than phones read; larger than any code
        picture = qr_picture(page=PAGE, link="1$" + "AB3" * length, file=FILE)
        assert modules(picture) == segno.make(FILE, error="m", micro=False).symbol_size(border=0)[0]
