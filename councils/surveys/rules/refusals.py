"""pyxform's refusals in our own words: what is wrong, where it stands, and pyxform's English sentence beside it.

pyxform stops at its first refusal and speaks English only. What people really get wrong is told apart here by its
sentences; everything else keeps one sentence of ours that points to its words. It must never hide those words.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from councils.surveys.rules.places import ALIASES
from councils.surveys.rules.problems import Problem
from councils.surveys.rules.workbook import Row, Sheet, Workbook, base_name
from councils.surveys.states import FormProblem

_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"'(survey|choices|settings)' sheet|sheet: '(survey|choices|settings)'")
_COLUMN = re.compile(r"the '([^']+)' value")
_TYPE, _NAME = ALIASES["type"], ALIASES["name"]
_OF_A_LIST = re.compile(r"(?:select\w*(?: (?:one|multiple))?|rank)\s+(\S+)")
_Seek = Callable[[Workbook, str], Row | None]


@dataclass(frozen=True, slots=True)
class _Known:
    """One of pyxform's sentences: its pattern (`detail` is the word in question), our code, and the cell to look at.

    `seek` finds the row where the sentence names none; `cell` takes the detail from the cell itself.
    """

    pattern: re.Pattern[str]
    code: FormProblem
    columns: tuple[str, ...] = ()
    seek: _Seek | None = None
    cell: bool = False


def _first(columns: tuple[str, ...]) -> _Seek:
    """The first row of the survey whose cell in this column is the word."""
    return lambda workbook, word: next(
        (
            row
            for row in workbook.sheet("survey").rows
            if word and _text(workbook.sheet("survey"), row, columns) == word
        ),
        None,
    )


def _first_list(workbook: Workbook, _word: str) -> Row | None:
    survey = workbook.sheet("survey")
    return next((row for row in survey.rows if _OF_A_LIST.match(_text(survey, row, _TYPE))), None)


def _known(pattern: str, code: FormProblem, *columns: str, seek: _Seek | None = None, cell: bool = False) -> _Known:
    return _Known(pattern=re.compile(pattern), code=code, columns=columns, seek=seek, cell=cell)


_ALL = (
    _known("Unknown question type '(?P<detail>[^']*)'", FormProblem.TYPE_UNKNOWN, *_TYPE, seek=_first(_TYPE)),
    _known("Question with no type", FormProblem.TYPE_MISSING, *_TYPE),
    _known("with no name|Choices must have a name", FormProblem.NAME_MISSING, *_NAME),
    _known(
        "'(?P<detail>[^']*)' has no label or hint", FormProblem.LABEL_MISSING, "label", "caption", seek=_first(_NAME)
    ),
    _known("'name' value '(?P<detail>[^']*)' is invalid.+(?:[Uu]nique)", FormProblem.DUPLICATE_NAME, *_NAME),
    _known("Choice names must be unique", FormProblem.CHOICE_TWICE, *_NAME, cell=True),
    _known("should be a choices sheet", FormProblem.LIST_MISSING, *_TYPE, seek=_first_list),
    _known(r"List name not in choices sheet: (?P<detail>\S+)", FormProblem.LIST_MISSING, *_TYPE),
    _known("Could not find the name '(?P<detail>[^']*)'", FormProblem.REFERENCE_UNKNOWN),
    _known("The name '(?P<detail>[^']*)' appears more than once", FormProblem.REFERENCE_TWICE),
    _known(r"Reference variables? (?:must start|lists must)", FormProblem.REFERENCE_BROKEN, cell=True),
    _known("Unmatched 'begin_.+for the name '(?P<detail>[^']*)'", FormProblem.GROUP_OPEN, *_TYPE),
    _known("Unmatched '(?P<detail>end_[^']*)'", FormProblem.GROUP_END, *_TYPE),
    _known("Names must begin with a letter", FormProblem.NAME_UNUSABLE, cell=True),
    _known("'parameters' value is invalid", FormProblem.PARAMETERS, cell=True),
    _known("Missing calculation", FormProblem.CALCULATION_MISSING, "calculation", "calculate"),
    _known("column headers were not found: '?(?P<detail>[^'.]*)", FormProblem.COLUMN_MISSING),
)


def refusal(*, sentence: str, workbook: Workbook, added: Sequence[int] = ()) -> Problem:
    """pyxform's `sentence` as a problem with its place. `added` are rows of the survey that were not in the file."""
    row, sheet, column = _ROW.search(sentence), _SHEET.search(sentence), _COLUMN.search(sentence)
    words = _ROW.sub("", sentence).strip()
    number = int(row[1]) if row else None
    name = (sheet[1] or sheet[2]) if sheet else ("survey" if row else "")
    if number is not None and name == "survey":
        number -= sum(one < number for one in added)
    if name == "settings":  # pyxform counts its one row of values as the first
        number = next((one.number for one in workbook.sheet(name).rows), None)
    for known in _ALL:
        if found := known.pattern.search(words):
            return _told(
                known, found, workbook, name=name, number=number, column=column[1] if column else "", words=words
            )
    here = workbook.sheet(name)
    letter = here.letter(here.named(column[1])) if column else ""
    return Problem(code=FormProblem.CONVERTER, sheet=name, row=number, column=letter, words=words)


def _told(
    known: _Known,
    found: re.Match[str],
    workbook: Workbook,
    *,
    name: str,
    number: int | None,
    column: str,
    words: str,
) -> Problem:
    detail = found.groupdict().get("detail") or ""
    sought = known.seek(workbook, detail) if known.seek and number is None else None
    if sought is not None:
        name, number = "survey", sought.number
    here = workbook.sheet(name)
    row = sought or next((one for one in here.rows if one.number == number), None)
    header = _header(here, row, known.columns or ALIASES.get(column, (column,)), detail)
    if row is not None and known.code == FormProblem.LIST_MISSING and not detail:
        listed = _OF_A_LIST.match(_text(here, row, _TYPE))
        detail = listed[1] if listed else ""
    if row is not None and known.cell:
        detail = row.cells.get(header, "")
    return Problem(code=known.code, sheet=name, row=number, column=here.letter(header), detail=detail, words=words)


def _header(here: Sheet, row: Row | None, columns: Sequence[str], detail: str) -> str:
    """The header of the cell: with several languages, the one whose cell holds the reference in question."""
    exact = [header for header in here.headers if header in columns]
    headers = exact or [header for header in here.headers if header and base_name(header) in columns]
    cells = row.cells if row else {}
    named = (header for header in headers if "${" in cells.get(header, "") and detail in cells[header])
    return next(named, headers[0] if headers else "")


def _text(here: Sheet, row: Row, columns: Sequence[str]) -> str:
    return row.cells.get(here.named(*columns), "")
