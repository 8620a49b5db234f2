"""Tables of a few thousand rows as CSV and XLSX, for people who may read them. The same rows give the same bytes.

Amounts are numbers with the decimals of their currency; nothing typed by a person can become a formula.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import xlsxwriter
from django.http import HttpResponse

from common.exports import csv_lines, harmless
from common.money import EXPONENTS, Money
from funds.donations.views.papers import private

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ALWAYS: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - the same table gives the same file


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount as a cell: `12500.50`, without its currency, which has a column of its own. A minus stays a minus."""

    money: Money

    def __str__(self) -> str:
        return f"{self.number:f}"

    @property
    def number(self) -> Decimal:
        """The amount with as many decimals as its currency has."""
        return Decimal(self.money.minor).scaleb(-EXPONENTS[self.money.currency])


def table_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """CSV in UTF-8 with a byte order mark."""
    told = ([cell.isoformat() if isinstance(cell, date) else cell for cell in row] for row in rows)
    answer = HttpResponse("".join(csv_lines(columns, told)), content_type="text/csv; charset=utf-8")
    return _named(answer, f"{name}.csv")


def table_xlsx(name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A workbook of one sheet, called `title`, with typed cells."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _ALWAYS})
    head = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, 18)
    for column, words in enumerate(columns):
        sheet.write_string(0, column, words, head)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, Sum):
                # A spreadsheet counts in floats; the text of the CSV is exact.
                decimals = EXPONENTS[cell.money.currency]
                shape = "#,##0" + ("." + "0" * decimals if decimals else "")
                sheet.write_number(line, column, float(cell.number), book.add_format({"num_format": shape}))
            elif isinstance(cell, date):
                sheet.write_datetime(line, column, cell, day)
            elif isinstance(cell, int):
                sheet.write_number(line, column, cell)
            elif cell != "":
                sheet.write_string(line, column, str(harmless(str(cell))))
    book.close()
    return _named(HttpResponse(target.getvalue(), content_type=XLSX), f"{name}.xlsx")


def _named(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return private(answer)
