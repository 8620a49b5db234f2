"""Importing an XLSForm: from the bytes of a file to XForm and compiled questionnaire, or to every reason why not.

pyxform, the field's own library, gives the meaning; we check that all of it can be carried out. What cannot is refused
with sheet, row and column; what is carried differently stands in the report. It must never write anything or trust the
file's name.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, TypeVar

import msgspec

from councils.surveys.rules.compiling import Compiler
from councils.surveys.rules.converting import Converted, convert_workbook
from councils.surveys.rules.form import CompiledForm, Texts
from councils.surveys.rules.mending import search_on
from councils.surveys.rules.places import TITLES, Places, is_translated, refused_cells, remarked_cells
from councils.surveys.rules.problems import FormRefusedError, Placed, Problem, Remark
from councils.surveys.rules.workbook import Workbook, base_name, read_workbook
from councils.surveys.rules.xform import XForm, language_code, read_xform

_P = TypeVar("_P", bound=Placed)


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A questionnaire that can be carried out.

    `report` says what is carried differently or not kept, in the order of the sheets; `warnings` are the converter's
    own English sentences.
    """

    form: CompiledForm
    xform: str
    warnings: tuple[str, ...] = ()
    report: tuple[Remark, ...] = ()

    def report_to_list(self) -> list[dict[str, Any]]:
        """The report as plain JSON-ready data; `Remark.from_dict` takes each line back."""
        return [remark.to_dict() for remark in self.report]


def compile_xlsform(*, content: bytes, filename: str, files: Mapping[str, bytes] | None = None) -> Imported:
    """Convert and check an XLSForm (.xlsx, .xlsm, .xls, .md, .csv; up to 5 MB).

    `files` are the lists (.csv) that came beside it, by name. Refuses with `FormRefusedError`, which holds every
    problem found and its place.
    """
    workbook = read_workbook(content=content, filename=filename)
    try:
        converted = convert_workbook(content=content, workbook=workbook, files=files or {})
    except FormRefusedError as first:
        problems, mended = search_on(content=content, workbook=workbook, files=files or {}, first=first)
        further = [*_further(mended, workbook, filename, problems)] if mended else []
        found = _sorted([*problems, *refused_cells(workbook), *further])
        raise FormRefusedError(found, is_whole=mended is not None) from first
    form, compiler = _compiled(converted, workbook=workbook, filename=filename)
    if problems := _sorted([*refused_cells(workbook), *compiler.problems]):
        raise FormRefusedError(problems)
    return Imported(
        form=form,
        xform=converted.xform,
        warnings=converted.warnings,
        report=_sorted([*converted.remarks, *remarked_cells(workbook), *compiler.remarks]),
    )


def _compiled(converted: Converted, *, workbook: Workbook, filename: str) -> tuple[CompiledForm, Compiler]:
    xform = _named(read_xform(converted.xform), workbook=workbook, filename=filename)
    compiler = Compiler(xform, Places(workbook, root=xform.root))
    return compiler.compile(titles=_titles(workbook, xform)), compiler


def _further(mended: Converted, workbook: Workbook, filename: str, known: Iterable[Problem]) -> Iterator[Problem]:
    """What we could not carry out either, but in no cell that was mended: those are not the author's any more."""
    cells = {(one.sheet, one.row, one.column) for one in known}
    _form, compiler = _compiled(mended, workbook=workbook, filename=filename)
    for problem in compiler.problems:
        if problem.row is not None and (problem.sheet, problem.row, problem.column) not in cells:
            yield problem


def _named(xform: XForm, *, workbook: Workbook, filename: str) -> XForm:
    """A form without settings is called after its file: pyxform's own fallback is "data" for all of them."""
    settings = workbook.sheet("settings")
    stem = PurePath(filename).stem
    plain = {base_name(header) for header in settings.headers if not is_translated(header)}
    if not plain & {"form_id", "id_string", "set_form_id"}:
        xform.form_id = stem
    if not settings.named(*TITLES):
        xform.title = stem.replace("_", " ")
    return xform


def _titles(workbook: Workbook, xform: XForm) -> Texts:
    """The title per language: `form_title`, and `public_title::Language` or `form_title::Language` for the others."""
    headers = [header for header in workbook.sheet("settings").headers if base_name(header) in TITLES]
    is_named = not headers or not all(map(is_translated, headers))
    titles = {xform.default_language: xform.title} if is_named else {}
    cells = [cell for row in workbook.sheet("settings").rows[:1] for cell in row.cells.items()]
    for bases in (TITLES, {"public_title"}):  # the second is ours: where both are given, it is what people read
        for header, text in cells:
            language = header.partition(":")[2].strip(": ")
            if language and base_name(header) in bases:
                titles[language_code(language)] = text
    return titles


def _sorted(found: Iterable[_P]) -> tuple[_P, ...]:
    """In the order of the sheets, each thing once."""
    return tuple(dict.fromkeys(sorted(found, key=_by_place)))


def _by_place(one: Placed) -> tuple[int, int, int, str, str]:
    sheets = ("survey", "choices", "settings")
    rank = sheets.index(one.sheet) if one.sheet in sheets else len(sheets)
    return rank, one.row or 0, len(one.column), one.column, one.detail
