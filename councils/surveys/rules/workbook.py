"""Reading the file a sociologist sends: which kind it is, its header rows, and where each question stands.

pyxform reads the file for its meaning; this module reads it for its places, so that a refusal can name sheet, row and
column. It must never unpack more than its bounds allow: the file is a stranger's.
"""

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

import openpyxl
from openpyxl.utils import get_column_letter
from pyxform.xls2json_backends import xlrd_open  # pyxform brings the reader of old .xls files

from councils.surveys.rules.problems import FormRefusedError, Problem
from councils.surveys.states import FormProblem

LARGEST_FILE = 5_000_000  # bytes as sent
LARGEST_UNPACKED = 60_000_000  # bytes of all members of an .xlsx together
MOST_ROWS = 5_000  # per sheet; more is cut by pyxform's own rules as well
MOST_COLUMNS = 300
EXTENSIONS = frozenset({".xlsx", ".xlsm", ".xls", ".md", ".csv"})

_SHEETS = frozenset({"survey", "choices", "settings", "external_choices", "entities", "osm"})
_PIPE = re.compile(r"(?<!\\)\|")
_GROUP_ROW = re.compile(r"(begin|end)[\s_]+(\w+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row: its number as the spreadsheet shows it, and its cells by header."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: headers by position (empty where there is none) and its filled rows."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]

    def letter(self, header: str) -> str:
        """The column letter of a header, or "" when the sheet does not have it."""
        return get_column_letter(self.headers.index(header) + 1) if header in self.headers else ""

    def named(self, *bases: str) -> str:
        """The first header with one of these base names (without language), or ""."""
        return next((header for header in self.headers if base_name(header) in bases), "")


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of an XLSForm by their lower-case names."""

    extension: str
    sheets: dict[str, Sheet]

    def sheet(self, name: str) -> Sheet:
        return self.sheets.get(name, Sheet(headers=(), rows=()))


def base_name(header: str) -> str:
    """The column a header belongs to: `label::Deutsch (de)` and `Label : de` are both `label`."""
    return re.split(r"\s*::?\s*", header, maxsplit=1)[0].strip().lower().replace(" ", "_")


def read_workbook(*, content: bytes, filename: str) -> Workbook:
    """The sheets of the file. Refuses what is too large, of another kind, or has a duplicate column."""
    if len(content) > LARGEST_FILE:
        raise _refused(FormProblem.TOO_LARGE, f"{LARGEST_FILE // 1_000_000} MB")
    extension = PurePath(filename).suffix.lower()
    readers = {".xlsx": _read_xlsx, ".xlsm": _read_xlsx, ".xls": _read_xls, ".md": _read_md, ".csv": _read_csv}
    if extension not in readers:
        raise _refused(FormProblem.NOT_A_QUESTIONNAIRE)
    try:
        grids = readers[extension](content)
    except FormRefusedError:
        raise
    except Exception as error:  # parsers of others, fed with a stranger's bytes, raise anything
        raise _refused(FormProblem.NOT_A_QUESTIONNAIRE) from error
    if len(grids) == 1 and not _SHEETS & grids.keys():
        grids = {"survey": next(iter(grids.values()))}
    sheets = {name: _sheet(grid) for name, grid in grids.items() if name in _SHEETS}
    if duplicates := tuple(problem for name in sheets for problem in _duplicates(name, sheets[name])):
        raise FormRefusedError(duplicates)
    if not sheets.get("survey", Sheet((), ())).rows:
        raise _refused(FormProblem.EMPTY)
    return Workbook(extension=extension, sheets=sheets)


def survey_rows(sheet: Sheet) -> Iterator[tuple[str, Row]]:
    """Each row of the survey sheet with its path inside the form, as `/group/question`."""
    kind, name = sheet.named("type", "command"), sheet.named("name", "tag", "value")
    groups: list[str] = []
    for row in sheet.rows:
        bracket = _GROUP_ROW.match(row.cells.get(kind, "").lower())
        if bracket and bracket[1] == "end":
            del groups[-1:]
            continue
        own = row.cells.get(name, "")
        yield "/" + "/".join([*groups, own]), row
        if bracket:
            groups.append(own)


def _refused(code: FormProblem, detail: str = "") -> FormRefusedError:
    return FormRefusedError((Problem(code=code, detail=detail),))


def _duplicates(name: str, sheet: Sheet) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, header in enumerate(sheet.headers):
        if header and header.lower() in seen:
            yield Problem(
                code=FormProblem.DUPLICATE_COLUMN,
                sheet=name,
                row=1,
                column=get_column_letter(index + 1),
                detail=header,
            )
        seen.add(header.lower())


def _sheet(grid: Iterable[tuple[int, list[str]]]) -> Sheet:
    headers: tuple[str, ...] = ()
    rows = []
    for number, cells in grid:
        if number == 1:
            headers = tuple(re.sub(r"\s+", " ", cell) for cell in cells)
        elif filled := {header: cell for header, cell in zip(headers, cells, strict=False) if header and cell}:
            rows.append(Row(number=number, cells=filled))
    return Sheet(headers=headers, rows=tuple(rows))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _read_xlsx(content: bytes) -> dict[str, list[tuple[int, list[str]]]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST_UNPACKED:
            raise _refused(FormProblem.TOO_LARGE, f"{LARGEST_FILE // 1_000_000} MB")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about Excel's extensions that play no part here
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            return {
                sheet.title.lower(): [
                    (number, [_cell(value) for value in row])
                    for number, row in enumerate(
                        sheet.iter_rows(
                            max_row=min(sheet.max_row or MOST_ROWS, MOST_ROWS),
                            max_col=min(sheet.max_column or MOST_COLUMNS, MOST_COLUMNS),
                            values_only=True,
                        ),
                        start=1,
                    )
                ]
                for sheet in book.worksheets
                if sheet.title.lower() in _SHEETS or len(book.worksheets) == 1
            }
        finally:
            book.close()


def _read_xls(content: bytes) -> dict[str, list[tuple[int, list[str]]]]:
    book = xlrd_open(file_contents=content)
    return {
        sheet.name.lower(): [
            (number + 1, [_cell(value) for value in sheet.row_values(number, 0, MOST_COLUMNS)])
            for number in range(min(sheet.nrows, MOST_ROWS))
        ]
        for sheet in book.sheets()
    }


def _read_csv(content: bytes) -> dict[str, list[tuple[int, list[str]]]]:
    return _named_tables(csv.reader(io.StringIO(_text(content), newline="")))


def _read_md(content: bytes) -> dict[str, list[tuple[int, list[str]]]]:
    lines = (line.strip() for line in _text(content).splitlines())
    cells = (_PIPE.split(line[1:-1]) for line in lines if line.startswith("|") and line.endswith("|"))
    return _named_tables([cell.replace(r"\|", "|") for cell in row] for row in cells if not _is_rule(row))


def _is_rule(row: list[str]) -> bool:
    return all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in row)


def _text(content: bytes) -> str:
    text = content.decode("utf-8-sig")
    if "\x00" in text:
        raise _refused(FormProblem.NOT_A_QUESTIONNAIRE)
    return text


def _named_tables(lines: Iterable[list[str]]) -> dict[str, list[tuple[int, list[str]]]]:
    """Tables whose first column names the sheet, as .md and .csv write XLSForms. Rows count inside each table."""
    tables: dict[str, list[tuple[int, list[str]]]] = {}
    current: list[tuple[int, list[str]]] | None = None
    for line in lines:
        first, cells = (line[0].strip() if line else ""), [cell.strip() for cell in line[1:]]
        if first:
            current = tables.setdefault(first.lower(), [])
        if current is not None and any(cells):
            current.append((len(current) + 1, cells))
    return tables
