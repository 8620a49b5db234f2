"""CSV and XLSX into rows of cells. Bounded: a workbook that unfolds into more than it may is refused unopened."""

import csv
import io
import re
import zipfile
import zlib
from collections import Counter
from typing import Final

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from common.errors import DomainError
from funds.payments.statements.columns import Row
from funds.payments.statements.facts import MAX_COLUMNS, MAX_LINES, bounded, cut_off, refusal
from funds.payments.statements.letters import text_of

_MAX_UNFOLDED: Final = 60 * 1024 * 1024
_MAX_MEMBERS: Final = 300
_MAX_ROWS: Final = 200_000  # banks leave empty rows below their tables
_MAX_CELLS: Final = 1_000_000
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_TOO_BIG: Final = DomainError(
    "statement_too_big", _("This file unfolds into more than can be read here. Nothing was imported."), field="file"
)
_ABOVE: Final = 200  # rows that may stand around the lines
_DELIMITERS: Final = (";", ",", "\t")
_SAMPLE: Final = 60
_DAMAGED: Final = (KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, EOFError, InvalidFileException)


def csv_rows(data: bytes) -> list[Row]:
    """The rows of a CSV, whichever of `;`, `,` and tab separates its columns."""
    text = text_of(data)
    if not text.strip():
        raise refusal("statement_empty", _("This statement has no lines. There is nothing to import."))
    if text.lower().startswith("sep="):  # a hint for Excel
        text = text.partition("\n")[2]
    try:
        rows = _split(text, _delimiter(text))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise cut_off() from error
        raise refusal(
            "statement_not_a_table", _("This file is no table that can be read. Nothing was imported.")
        ) from error
    if not text.endswith("\n") and rows and _ends_early(rows):
        raise cut_off()
    return rows


def _ends_early(rows: list[Row]) -> bool:
    """The last row has fewer columns than the one before it, and the file ends without a line's end."""
    before = [len(row) for row in rows[-_SAMPLE:-1] if any(row)]
    return bool(before) and 1 < len(rows[-1]) < max(before)


def _split(text: str, delimiter: str) -> list[Row]:
    rows: list[Row] = []
    for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True):
        bounded(max(0, len(rows) - _ABOVE))
        if len(row) > MAX_COLUMNS:
            raise _too_wide()
        rows.append(tuple(row))
    return rows


def _delimiter(text: str) -> str:
    """The sign that splits most of the first rows into the same number of columns."""
    sample = "\n".join(text.splitlines()[:_SAMPLE])

    def regular(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(sample), delimiter=delimiter)
        widths = Counter(len(row) for row in reader if len(row) > 1)
        width, times = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
        return times, width

    return max(_DELIMITERS, key=regular)


def xlsx_rows(data: bytes) -> list[Row]:
    """The rows of a workbook's first sheet that has any. Formulas count as what they last came to."""
    _refuse_bomb(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                rows = _sheet_rows(sheet)
                if rows:
                    return rows
        finally:
            book.close()
    except (*_DAMAGED, zipfile.BadZipFile, SyntaxError) as error:
        raise refusal(
            "statement_damaged", _("This workbook is damaged. Nothing was imported. Download it from the bank again.")
        ) from error
    raise refusal("statement_empty", _("This statement has no lines. There is nothing to import."))


def _sheet_rows(sheet: object) -> list[Row]:
    rows: list[Row] = []
    # What the sheet says of its own size may be wrong; what it holds is counted.
    sheet.reset_dimensions()  # type: ignore[attr-defined]
    empty = 0
    for cells in sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True):  # type: ignore[attr-defined]
        row = tuple(cells)
        while row and row[-1] is None:
            row = row[:-1]
        empty = 0 if row else empty + 1
        if empty > MAX_LINES:
            break
        if len(row) > MAX_COLUMNS:
            raise _too_wide()
        rows.append(row)
        bounded(max(0, len(rows) - empty - _ABOVE))
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _too_wide() -> Exception:
    return refusal(
        "statement_too_wide", _("This table has more than %(limit)s columns, so it is no statement."), limit=MAX_COLUMNS
    )


def _refuse_crowd(sheet: bytes) -> None:
    """More rows or cells than a statement has are never built: a row of empty cells costs as much as one of sums."""
    for element, most in ((_ROW, _MAX_ROWS), (_CELL, _MAX_CELLS)):
        if any(number > most for number, _found in enumerate(element.finditer(sheet), 1)):
            raise _TOO_BIG


def _refuse_bomb(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > _MAX_UNFOLDED:
                raise _TOO_BIG
            for member in members:
                if member.filename.startswith("xl/worksheets/"):
                    _refuse_crowd(archive.read(member))
    except (zipfile.BadZipFile, zlib.error) as error:
        raise cut_off() from error
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise refusal(
            "statement_archive",
            _("This file is an archive and no workbook. Unpack it and choose the statement itself."),
        )
