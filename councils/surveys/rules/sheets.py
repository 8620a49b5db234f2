"""Writing an XLSForm workbook: the three sheets that every tool of the field reads.

Every cell is text, so that no spreadsheet program computes what a stranger wrote. Equal content gives equal bytes.
"""

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import xlsxwriter

Cells = Mapping[str, str]

_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # a workbook's own date would make equal files differ
_FIRST = ("type", "list_name", "name")
_WIDTH = 24  # characters


def write_xlsform(*, survey: Iterable[Cells], choices: Iterable[Cells], settings: Cells) -> bytes:
    """The .xlsx with the sheets survey, choices and settings; empty cells and empty columns are left out."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"created": _MADE})
    heading = book.add_format({"bold": True, "bottom": 1})
    for name, rows in (("survey", list(survey)), ("choices", list(choices)), ("settings", [settings])):
        sheet = book.add_worksheet(name)
        headers = headers_of(rows)
        sheet.set_column(0, max(len(headers) - 1, 0), _WIDTH)
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            sheet.write_string(0, column, header, heading)
        for number, row in enumerate(rows, start=1):
            for column, header in enumerate(headers):
                if row.get(header):
                    sheet.write_string(number, column, row[header])
    book.close()
    return stream.getvalue()


def headers_of(rows: Iterable[Cells]) -> list[str]:
    """The columns that hold something, `type`, `list_name` and `name` first, the rest as they come."""
    found = dict.fromkeys(header for row in rows for header, cell in row.items() if cell)
    return [*(one for one in _FIRST if one in found), *(one for one in found if one not in _FIRST)]
