"""The files of a vintage for people and programs, made from its published rows alone. Every file of a name is here."""

from collections.abc import Callable

from django.utils.translation import override

from councils.indicators.actions.files.addresses import FILE_NAMES, MEDIA_TYPES, FileName, file_of, page_of
from councils.indicators.actions.files.catalogue import dataset, passport, site_catalogue
from councils.indicators.actions.files.columns import COLUMNS, LICENCE_TITLE, LICENCE_URL, Column
from councils.indicators.actions.files.package import as_text, data_package, licences, table
from councils.indicators.actions.files.paper import paper
from councils.indicators.actions.files.rows import as_csv, as_json
from councils.indicators.actions.files.words import (
    citation,
    official_words,
    share_words,
    tables_words,
    weighting_words,
)
from councils.indicators.actions.files.workbook import sheet_name, workbook
from councils.indicators.queries.exports import Summary

__all__ = [
    "COLUMNS",
    "FILE_NAMES",
    "LICENCE_TITLE",
    "LICENCE_URL",
    "MEDIA_TYPES",
    "Column",
    "FileName",
    "as_csv",
    "as_text",
    "citation",
    "file_of",
    "licences",
    "made",
    "official_words",
    "page_of",
    "share_words",
    "sheet_name",
    "site_catalogue",
    "table",
    "tables_words",
    "weighting_words",
]


def made(summary: Summary, name: FileName, *, language: str, separator: str = ",") -> bytes:
    """One file of a vintage. `language` names sheets and the PDF's words; `separator` is that of the CSV.

    The same vintage gives the same bytes.
    """
    makers: dict[FileName, Callable[[], bytes]] = {
        "summary.xlsx": lambda: workbook(summary),
        "summary.csv": lambda: as_csv(summary, separator=separator),
        "summary.json": lambda: as_json(summary),
        "summary.pdf": lambda: paper(summary, language),
        "datapackage.json": lambda: data_package(summary),
        "dataset.jsonld": lambda: dataset(summary),
        "passport.txt": lambda: passport(summary),
    }
    with override(language):
        return makers[name]()
