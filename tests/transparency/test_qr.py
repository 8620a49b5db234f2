"""The QR code of a proof: the whole proof where it fits, the file's address where it does not, nothing else."""

import re

import segno

from transparency.rules.pictures import LARGEST_VERSION, qr_picture

PAGE = "https://asar.example/kk/verify/"
FILE = "https://asar.example/log/tekeli/proof/7.tlog-proof"


def modules(picture: bytes) -> int:
    """The width of the picture in black and white squares, without its margin of four on both sides."""
    found = re.search(rb'viewBox="0 0 (\d+) \d+"|width="(\d+)"', picture)
    assert found
    return int(found[1] or found[2]) - 8


def test_a_proof_of_usual_length_stands_in_the_code_itself() -> None:
    picture = qr_picture(page=PAGE, link="1$" + "AB3" * 700, file=FILE)
    version = (modules(picture) - 17) // 4
    assert 25 <= version <= LARGEST_VERSION
    assert picture.startswith(b"<svg")
    assert b"style=" not in picture


def test_a_longer_proof_leaves_the_files_address() -> None:
    for length in (1000, 5000):  # larger than phones read; larger than any code
        picture = qr_picture(page=PAGE, link="1$" + "AB3" * length, file=FILE)
        assert modules(picture) == segno.make(FILE, error="m", micro=False).symbol_size(border=0)[0]
