"""Rows as files: CSV and JSON lines as a stream, XLSX through a temporary file. All in constant memory.

Every file says which checkpoint of the public log it can be held against: in the header `X-Asar-Checkpoint`, in its
name, and inside where the format has room for it without breaking a table.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import IO
from weakref import finalize

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse

from common.exports import csv_lines, harmless
from funds.ledger.queries import Mark

_PIECE = 65_536
# A sheet holds 1,048,576 rows; the first is the header.
SHEET_ROWS = 1_000_000


class Decimal2:
    """Minor units as a plain decimal: CSV must not put an apostrophe before its minus, XLSX gets a number."""

    __slots__ = ("minor",)

    def __init__(self, minor: int) -> None:
        self.minor = minor

    def __str__(self) -> str:
        sign, whole, rest = "-" if self.minor < 0 else "", *divmod(abs(self.minor), 100)
        return f"{sign}{whole}.{rest:02d}"


_ALWAYS = datetime(2026, 1, 1)  # noqa: DTZ001 - the same ledger gives the same file, byte for byte


def _named(response: HttpResponse, name: str, ending: str, mark: Mark | None) -> HttpResponse:
    at = f"-checkpoint-{mark.size}" if mark else ""
    response["Content-Disposition"] = f'attachment; filename="{name}{at}.{ending}"'
    return marked(response, mark)


def marked(response: HttpResponse, mark: Mark | None) -> HttpResponse:
    """The response with the checkpoint in its header."""
    if mark is not None:
        response["X-Asar-Checkpoint"] = mark.line
    return response


def csv_file(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, separator: str, mark: Mark | None
) -> HttpResponse:
    """A CSV of nothing but its table: what it is held against stands in its name and in a header."""
    told = ([cell.isoformat() if isinstance(cell, date) else cell for cell in row] for row in rows)
    response = StreamingHttpResponse(
        csv_lines(columns, told, separator=separator), content_type="text/csv; charset=utf-8"
    )
    return _named(response, name, "csv", mark)  # type: ignore[arg-type]


def json_lines(items: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """One JSON object a line, in pieces of 64 KiB."""
    piece, size = [], 0
    for item in items:
        line = json.dumps(item, ensure_ascii=False, separators=(",", ":")) + "\n"
        piece.append(line)
        size += len(line)
        if size > _PIECE:
            yield "".join(piece)
            piece, size = [], 0
    yield "".join(piece)


def jsonl_file(name: str, items: Iterable[Mapping[str, object]], *, mark: Mark | None) -> HttpResponse:
    """JSON lines; the first line says what the file is."""
    response = StreamingHttpResponse(json_lines(items), content_type="application/x-ndjson; charset=utf-8")
    return _named(response, name, "jsonl", mark)  # type: ignore[arg-type]


def xlsx_file(
    name: str,
    facts: Sequence[tuple[str, object]],
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    mark: Mark | None,
) -> HttpResponse:
    """A workbook: a first sheet with the facts about the file, then the table, its cells typed.

    The rows go to the disk as they come; the file is gone when it has been sent.
    """
    with tempfile.TemporaryFile(suffix=".xlsx") as target:
        _write_book(target, facts, title, columns, rows)
        length = target.seek(0, os.SEEK_END)
        body = _Sent(os.dup(target.fileno()))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = StreamingHttpResponse(body, content_type=kind, headers={"Content-Length": length})
    return _named(response, name, "xlsx", mark)  # type: ignore[arg-type]


def _write_book(
    target: IO[bytes],
    facts: Sequence[tuple[str, object]],
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": _ALWAYS})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
    }
    sheet = book.add_worksheet("readme")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    for line, (label, value) in enumerate(facts):
        sheet.write_string(line, 0, label, formats["head"])
        _write(sheet, line, 1, value, formats)
    for number, part in enumerate(_parts(rows)):
        sheet = book.add_worksheet(title if number == 0 else f"{title} {number + 1}")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 16)
        for column, text in enumerate(columns):
            sheet.write_string(0, column, text, formats["head"])
        for line, row in enumerate(part, start=1):
            for column, value in enumerate(row):
                _write(sheet, line, column, value, formats)
    book.close()


class _Sent:
    """A nameless file in pieces. It is gone when all are sent, when the answer is closed, or when nobody ever asked for
    a piece: the descriptor is kept apart from any file object, whose end would depend on the collector's order."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.close = finalize(self, os.close, descriptor)

    def __iter__(self) -> Iterator[bytes]:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while piece := os.read(self._descriptor, _PIECE):
            yield piece
        self.close()


def _parts(rows: Iterable[Sequence[object]]) -> Iterator[Iterator[Sequence[object]]]:
    """The rows in stretches that fit a sheet; always at least one. Each must be read to its end before the next."""
    source = iter(rows)
    ended = False

    def stretch() -> Iterator[Sequence[object]]:
        nonlocal ended
        for _number in range(SHEET_ROWS):
            row = next(source, None)
            if row is None:
                ended = True
                return
            yield row

    while not ended:
        yield stretch()


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, line: int, column: int, value: object, formats: dict[str, object]
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Decimal2):
        sheet.write_number(line, column, value.minor / 100, formats["money"])
    elif isinstance(value, datetime):
        sheet.write_datetime(line, column, value.astimezone(UTC).replace(tzinfo=None, microsecond=0), formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, formats["day"])
    elif isinstance(value, int):
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(harmless(str(value))))
