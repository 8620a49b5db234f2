"""CSV that spreadsheets read: a mark for Kazakh letters, lines in constant memory, and never a formula."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.exports import BOM, csv_lines, harmless

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(first: str) -> None:
    assert harmless(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("cell", [-5, 5.5, None, True, "", "a=b", " =1", "1-2", "Ақша"])
def test_everything_else_stays_as_it_is(cell: object) -> None:
    assert harmless(cell) is cell


def test_a_file_begins_with_the_mark_and_keeps_its_columns() -> None:
    rows = [[1, "Теміртау; қала", 'a "b"'], [2, "two\nlines", -5]]
    text = "".join(csv_lines(["n", "name", "x"], rows, separator=";"))
    assert text.startswith(f"{BOM}n;name;x\r\n")
    assert list(csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";")) == [
        ["n", "name", "x"],
        ["1", "Теміртау; қала", 'a "b"'],
        ["2", "two\nlines", "-5"],
    ]


def test_a_file_without_rows_has_its_header() -> None:
    assert "".join(csv_lines(["a", "b"], [])) == f"{BOM}a,b\r\n"


def test_rows_are_asked_for_as_they_are_written() -> None:
    asked = 0

    def rows() -> Iterator[list[str]]:
        nonlocal asked
        for number in range(10_000):
            asked = number
            yield ["x" * 100]

    lines = csv_lines(["a"], rows())
    assert next(lines) == BOM
    assert asked == 0
    first = next(lines)
    assert 65_536 < len(first) < 66_000
    assert asked < 700
    assert sum(piece.count("\r\n") for piece in lines) + first.count("\r\n") == 10_001


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2)))
def test_whatever_is_written_is_read_back(rows: list[list[str]]) -> None:
    text = "".join(csv_lines(["a", "b"], rows)).removeprefix(BOM)
    read = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert read == [[str(harmless(cell)) for cell in row] for row in rows]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for cell in row)
