"""Importing an XLSForm: from the bytes of a file to XForm and compiled questionnaire, or to every reason why not.

pyxform, the field's own library, gives the meaning; we check that all of it can be carried out. What cannot is refused
with sheet, row and column, never ignored. It must never write anything or trust the file's name.
"""

import re
import warnings
from pathlib import PurePath

import msgspec
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from councils.surveys.rules.compiling import Compiler
from councils.surveys.rules.form import CompiledForm, Texts
from councils.surveys.rules.places import Places, unknown_columns, unsupported_cells
from councils.surveys.rules.problems import FormRefusedError, Problem
from councils.surveys.rules.workbook import Workbook, read_workbook
from councils.surveys.rules.xform import XForm, language_code, read_xform
from councils.surveys.states import FormProblem

_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"'(survey|choices|settings)' sheet")
_COLUMN = re.compile(r"the '([\w ]+)' value")


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A questionnaire that can be carried out.

    `warnings` are the converter's own English sentences; `ignored` names columns that are no part of XLSForm.
    """

    form: CompiledForm
    xform: str
    warnings: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def compile_xlsform(*, content: bytes, filename: str) -> Imported:
    """Convert and check an XLSForm (.xlsx, .xlsm, .xls, .md, .csv; up to 5 MB).

    Refuses with `FormRefusedError`, which holds every problem found and its place.
    """
    workbook = read_workbook(content=content, filename=filename)
    xml, remarks = _convert(content=content, workbook=workbook)
    xform = _named(read_xform(xml), workbook=workbook, filename=filename)
    compiler = Compiler(xform, Places(workbook, root=xform.root))
    form = compiler.compile(titles=_titles(workbook, xform))
    if problems := _all_problems([*unsupported_cells(workbook)], compiler.problems):
        raise FormRefusedError(problems)
    return Imported(form=form, xform=xml, warnings=remarks, ignored=unknown_columns(workbook))


def _convert(*, content: bytes, workbook: Workbook) -> tuple[str, tuple[str, ...]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl speaks about Excel extensions that play no part here
            result = convert(xlsform=content, file_type=workbook.extension)
    except PyXFormError as error:
        raise FormRefusedError((_converter_problem(error, workbook),)) from error
    except Exception as error:  # on odd workbooks pyxform raises KeyError, AttributeError and others
        problem = Problem(code=FormProblem.CONVERTER, detail=f"{type(error).__name__}: {error}")
        raise FormRefusedError((problem,)) from error
    return result.xform, tuple(result.warnings)


def _converter_problem(error: PyXFormError, workbook: Workbook) -> Problem:
    """pyxform's sentence, with the place it speaks of taken out of it."""
    sentence = str(error)
    row, sheet, column = _ROW.search(sentence), _SHEET.search(sentence), _COLUMN.search(sentence)
    name = sheet[1] if sheet else ("survey" if row else "")
    here = workbook.sheet(name)
    return Problem(
        code=FormProblem.CONVERTER,
        sheet=name,
        row=int(row[1]) if row else None,
        column=here.letter(here.named(column[1])) if column else "",
        detail=_ROW.sub("", sentence),
    )


def _named(xform: XForm, *, workbook: Workbook, filename: str) -> XForm:
    """A form without settings is called after its file: pyxform's own fallback is "data" for all of them."""
    settings = workbook.sheet("settings")
    stem = PurePath(filename).stem
    if not settings.named("form_id", "id_string", "set_form_id"):
        xform.form_id = stem
    if not settings.named("form_title", "title", "set_form_title"):
        xform.title = stem.replace("_", " ")
    return xform


def _titles(workbook: Workbook, xform: XForm) -> Texts:
    """The title per language: `form_title`, and the columns `public_title::Language` for the others."""
    titles = {xform.default_language: xform.title}
    for row in workbook.sheet("settings").rows[:1]:
        for header, text in row.cells.items():
            base, _, language = header.partition("::")
            if base.strip().lower() == "public_title" and language:
                titles[language_code(language)] = text
    return titles


def _all_problems(of_cells: list[Problem], of_form: list[Problem]) -> tuple[Problem, ...]:
    """Both lists without saying one thing twice: a cell's place is exact, the XForm only knows that there is one."""
    echoes = {FormProblem.COLUMN_UNSUPPORTED, FormProblem.MEDIA_UNSUPPORTED, FormProblem.SETTING_UNSUPPORTED}
    rows = {(problem.sheet, problem.row) for problem in of_cells}
    codes = {problem.code for problem in of_cells}
    fresh = (
        problem
        for problem in of_form
        if problem.code not in echoes
        or ((problem.sheet, problem.row) not in rows and (problem.row is not None or not codes & echoes))
    )
    return tuple(dict.fromkeys(sorted([*of_cells, *fresh], key=_by_place)))


def _by_place(problem: Problem) -> tuple[int, int, int, str, str]:
    sheets = ("survey", "choices", "settings")
    rank = sheets.index(problem.sheet) if problem.sheet in sheets else len(sheets)
    return rank, problem.row or 0, len(problem.column), problem.column, problem.code.value
