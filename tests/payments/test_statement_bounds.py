"""What no bank writes: workbooks of nothing but empty cells, amounts that only a programming language reads."""

import io
import re
import time
import zipfile
from pathlib import Path

import pytest
from django.utils.translation import override
from openpyxl import Workbook

from common.errors import DomainError
from funds.payments.statements import Table, open_file

SAMPLES = Path(__file__).parent / "samples"
HEAD = b'<row><c t="inlineStr"><is><t>date</t></is></c><c t="inlineStr"><is><t>amount</t></is></c></row>'


def workbook(rows: bytes) -> bytes:
    """A workbook whose only sheet has these rows, as they stand in its XML."""
    plain, out = io.BytesIO(), io.BytesIO()
    Workbook().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                whole = (b"<sheetData>" + rows + b"</sheetData>").replace(b"\\", rb"\\\\")
                data = re.sub(rb"<sheetData\s*/>|<sheetData>.*</sheetData>", whole, data)
            target.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "rows",
    [
        b"<row/>" * 6_000_000,
        b"<row>" + b"<c/>" * 1_100_000 + b"</row>",
        b"<x:row><x:c/></x:row>" * 250_000,
    ],
    ids=["six million empty rows", "a row of a million cells", "under another prefix"],
)
def test_a_workbook_of_nothing_is_refused_before_it_is_built(rows: bytes) -> None:
    data = workbook(HEAD + rows)
    began = time.process_time()
    with pytest.raises(DomainError) as refused:
        open_file(data)
    assert (refused.value.code, refused.value.field) == ("statement_too_big", "file")
    assert time.process_time() - began < 3


def test_empty_rows_and_far_empty_cells_below_a_table_cost_little_and_change_nothing() -> None:
    data = workbook(HEAD + b'<row><c r="XFD2"/></row>' * 3_000)
    began = time.process_time()
    opened = open_file(data)
    assert isinstance(opened, Table)
    assert opened.rows == [("date", "amount")]
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b">50.00<", b">-50.00<", "Entry 1 of the file has an amount that is none: \u201c-50.00\u201d"),
        (b">50.00<", b">1_000<", "Entry 1 of the file has an amount that is none: \u201c1_000\u201d"),
        (b">50.00<", b">5e1<", "Entry 1 of the file has an amount that is none: \u201c5e1\u201d"),
        (b">1120.00<", b">+1120.00<", "A balance of the file cannot be read: \u201c+1120.00\u201d"),
    ],
)
def test_an_amount_that_the_standard_does_not_know_is_refused_with_its_place(
    before: bytes, after: bytes, words: str
) -> None:
    data = (SAMPLES / "commerzbank_camt053_08.xml").read_bytes()
    assert before in data
    with override("en"), pytest.raises(DomainError) as refused:
        open_file(data.replace(before, after, 1))
    assert refused.value.code == "statement_row"
    assert words in str(refused.value.message)
