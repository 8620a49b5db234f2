"""The Data Package (version 2) of a vintage: what its table holds, column by column, where it comes from, its hash.

It describes files that lie beside it. It must never name a file that the same vintage does not give.
"""

import hashlib
import json
from typing import Any, Final

from django.utils.translation import override

from councils.indicators.actions.files.addresses import file_of, page_of
from councils.indicators.actions.files.columns import COLUMNS, LICENCE, LICENCE_TITLE, LICENCE_URL, Column
from councils.indicators.actions.files.rows import as_csv, as_json
from councils.indicators.actions.files.words import caution, title_words
from councils.indicators.queries import catalogue
from councils.indicators.queries.exports import Summary

PROFILES: Final = "https://datapackage.org/profiles/2.0"
# Not a primary key: OPTION is empty where a row is the indicator itself.
KEY: Final = ("REF_AREA", "TIME_PERIOD", "VINTAGE", "INDICATOR", "OPTION", "WEIGHTED")


def data_package(summary: Summary) -> bytes:
    """`datapackage.json` of one vintage, in English with Kazakh and Russian titles."""
    results = summary.results
    wave, publication = results.wave, results.publication
    titles = {}
    for language in ("en", "kk", "ru"):
        with override(language):
            titles[language] = title_words(wave, language)
    with override("en"):
        description = caution()
    tables = {(str(table["source"]), str(table["year"])): None for table in publication.margins}
    told = {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": f"asar-{wave.town.slug}-wave-{wave.number}",
        "id": file_of(wave.pk, publication.number, "datapackage.json"),
        "title": titles["en"],
        "title_kk": titles["kk"],
        "title_ru": titles["ru"],
        "description": description,
        "homepage": page_of(wave.pk, language="en"),
        "version": str(publication.number),
        "created": publication.published_at.isoformat(timespec="seconds"),
        "keywords": ["Kazakhstan", "survey", wave.town.name_en, *sorted(catalogue().domains)],
        "licenses": licences(),
        "contributors": [{"title": "Asar", "path": page_of(wave.pk, language="en"), "roles": ["publisher"]}],
        "sources": [
            {"title": f"Answers of residents, {publication.question_version}", "path": page_of(wave.pk, language="en")},
            *({"title": f"Population table: {source}, {year}"} for source, year in tables),
        ],
        "figures_sha256": publication.sha256,
        "checkpoint": summary.checkpoint,
        "resources": [
            table("summary.csv", as_csv(summary)),
            {"name": "summary-json", "path": "summary.json", "format": "json", "mediatype": "application/json"}
            | measured(as_json(summary)),
        ],
    }
    return as_text(told)


def licences() -> list[dict[str, str]]:
    """The licence of all figures."""
    return [{"name": LICENCE, "path": LICENCE_URL, "title": LICENCE_TITLE}]


def table(path: str, content: bytes) -> dict[str, Any]:
    """A CSV with the one column set as a resource, with its schema, length and hash."""
    return {
        "$schema": f"{PROFILES}/dataresource.json",
        "name": path.removesuffix(".csv"),
        "path": path,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"$schema": f"{PROFILES}/tabledialect.json", "delimiter": ",", "lineTerminator": "\r\n"},
        "schema": {
            "$schema": f"{PROFILES}/tableschema.json",
            "fields": [_field(column) for column in COLUMNS],
            "fieldsMatch": "exact",
            "missingValues": [""],
            "uniqueKeys": [list(KEY)],
        },
    } | measured(content)


def measured(content: bytes) -> dict[str, Any]:
    """Length and hash of a file as a resource names them."""
    return {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}


def as_text(told: dict[str, Any]) -> bytes:
    """JSON for people and programs, always with the same bytes."""
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()


def _field(column: Column) -> dict[str, Any]:
    with override("en"):
        field: dict[str, Any] = {"name": column.name, "type": column.kind, "description": str(column.words)}
        if column.codes:
            field["categories"] = [{"value": value, "label": str(label)} for value, label in column.codes]
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.codes:
        constraints["enum"] = [value for value, _label in column.codes]
    if column.pattern:
        constraints["pattern"] = column.pattern
    return field | ({"constraints": constraints} if constraints else {})
