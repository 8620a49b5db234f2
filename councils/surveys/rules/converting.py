"""What pyxform is given, and what it makes of it: the XForm that pages, devices and paper share.

Before the conversion, lists in .csv files are written into the questionnaire, `or_other` gets its words in the site's
languages, and settings that would send answers elsewhere, encrypt them or give them names are taken out. It must never
change what a question means.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import get_xlsform
from pyxform.xls2xform import convert

from councils.surveys.rules.filelists import FileLists
from councils.surveys.rules.others import write_others
from councils.surveys.rules.places import MEDIA_COLUMNS, TITLES, TRANSPORT, is_translated
from councils.surveys.rules.problems import FormRefusedError, Problem, Remark
from councils.surveys.rules.refusals import refusal
from councils.surveys.rules.workbook import Workbook, base_name
from councils.surveys.states import FormProblem


class Converted:
    """An XForm, the converter's own English warnings, and what was done before the conversion."""

    def __init__(self, *, xform: str, warnings: tuple[str, ...], remarks: tuple[Remark, ...]) -> None:
        self.xform = xform
        self.warnings = warnings
        self.remarks = remarks


def convert_workbook(*, content: bytes, workbook: Workbook, files: Mapping[str, bytes]) -> Converted:
    """The XForm of a workbook. Refuses, with its place, what pyxform refuses."""
    return convert_sheets(sheets=read_sheets(content=content, workbook=workbook), workbook=workbook, files=files)


def read_sheets(*, content: bytes, workbook: Workbook) -> dict[str, Any]:
    """The sheets as pyxform reads them: rows of cells by header, without what only carries answers elsewhere."""
    with _refused(workbook, ()):
        definition = get_xlsform(xlsform=content, file_type=workbook.extension)
        sheets = {one.name: getattr(definition, one.name) for one in fields(definition)}
        _take_out_transport(sheets)
        _take_out_languages(sheets)
        _name_languages(sheets, workbook)
    return sheets


def convert_sheets(*, sheets: dict[str, Any], workbook: Workbook, files: Mapping[str, bytes]) -> Converted:
    """The XForm of these sheets, which are written into. Refuses what pyxform refuses, with its place in `workbook`."""
    added: list[int] = []
    with _refused(workbook, added):
        lists = FileLists(workbook, files)
        lists.write(sheets)
        others = write_others(sheets, workbook, added)
        result = convert(xlsform=sheets)
    return Converted(xform=result.xform, warnings=tuple(result.warnings), remarks=(*lists.remarks, *others))


@contextmanager
def _refused(workbook: Workbook, added: Sequence[int]) -> Iterator[None]:
    """Whatever pyxform raises, as a refusal of ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl speaks about Excel extensions that play no part here
            yield
    except PyXFormError as error:
        raise FormRefusedError((refusal(sentence=str(error), workbook=workbook, added=added),)) from error
    except FormRefusedError:
        raise
    except Exception as error:  # on odd workbooks pyxform raises KeyError, AttributeError and others
        problem = Problem(code=FormProblem.CONVERTER, words=f"{type(error).__name__}: {error}")
        raise FormRefusedError((problem,)) from error


def _take_out_transport(sheets: dict[str, Any]) -> None:
    for part in ("settings", "settings_header"):
        sheets[part] = [
            {header: value for header, value in row.items() if base_name(str(header)) not in TRANSPORT}
            for row in sheets[part] or ()
        ]


def _take_out_languages(sheets: dict[str, Any]) -> None:
    """Settings have one value each, and pyxform breaks on more: titles by language are read elsewhere.

    Where the form has no title without a language, the first one serves.
    """
    for row in sheets["settings"] or ():
        translated = [header for header in row if is_translated(str(header))]
        titles = [row.pop(header) for header in translated if base_name(str(header)) in TITLES]
        if any(titles) and not any(row.get(header) for header in row if base_name(str(header)) in TITLES):
            row["form_title"] = next(filter(None, titles))
            sheets["settings_header"] = [{**next(iter(sheets["settings_header"] or ()), {}), "form_title": None}]
    for part in ("settings", "settings_header"):
        sheets[part] = [
            {header: value for header, value in row.items() if not is_translated(str(header))}
            for row in sheets[part] or ()
        ]


def _name_languages(sheets: dict[str, Any], workbook: Workbook) -> None:
    """Where every label has a language, the first is the default one, and media without language serve all.

    pyxform would otherwise make a language "default" of them, in which a device then shows no words at all.
    """
    labels = [header for header in workbook.sheet("survey").headers if base_name(header) == "label"]
    languages = [header.partition("::")[2].strip() for header in labels]
    if not languages or not all(languages):
        return
    settings = [*(sheets["settings"] or [{}])]
    header = workbook.sheet("settings").named("default_language") or "default_language"
    if not settings[0].get(header):
        sheets["settings"] = [{**settings[0], header: languages[0]}, *settings[1:]]
        sheets["settings_header"] = [{**next(iter(sheets["settings_header"] or ()), {}), header: None}]
    for name in ("survey", "choices"):
        _spread_media(sheets, name, languages)


def _spread_media(sheets: dict[str, Any], name: str, languages: list[str]) -> None:
    headers = [*next(iter(sheets[f"{name}_header"] or ()), {})]
    parts = {str(header): [part.strip() for part in str(header).split("::")] for header in headers}
    own = {tuple(part[-2:]): header for header, part in parts.items() if part[-2:][0] in MEDIA_COLUMNS}
    bare = [header for header in parts if header.strip().removeprefix("media::") in MEDIA_COLUMNS]
    for header in bare:
        kind = header.strip().removeprefix("media::")
        columns = [own.get((kind, language), f"{kind}::{language}") for language in languages]
        for row in sheets[name] or ():
            if named := row.pop(header, None):
                for column in columns:
                    row[column] = row.get(column) or named
        headers = [*(one for one in headers if one != header), *(one for one in columns if one not in headers)]
    sheets[f"{name}_header"] = [dict.fromkeys(headers)]
