"""Reads the room's data files (CSV text in, typed rows out) and refuses the first thing that is wrong, saying where.

It opens no file and knows no table: the command hands in the texts, the action compares the rows with the database.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from towns.rules import cells, figures
from towns.rules.spelling import LANGUAGES, proper_name, search_text, sort_key
from towns.states import (
    AliasKind,
    Confidence,
    MarginDimension,
    Precision,
    Qualifier,
    Scope,
    Territory,
    Topic,
    YearBasis,
)

Values = dict[str, Any]


class BadRowError(ValueError):
    """A data file is wrong: which, in which line and column, and what to do."""

    def __init__(self, file: str, line: int, column: str, message: str) -> None:
        where = f"{file}, line {line}" + (f", column {column}" if column else "")
        super().__init__(f"{where}: {message}")
        self.file, self.line, self.column = file, line, column


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file and its values by column, converted."""

    line: int
    values: Values


def _in_four(name: str, convert: cells.Convert) -> dict[str, cells.Convert]:
    return {f"{name}_{language}": convert for language in LANGUAGES}


_SURE: Final = cells.one_of(Confidence.values)
COLUMNS: Final[dict[str, dict[str, cells.Convert]]] = {
    "oblasts.csv": {"slug": cells.slug, "kato": cells.kato, **_in_four("name", cells.text(120))},
    "monotowns.csv": {
        "slug": cells.slug,
        "oblast": cells.slug,
        **_in_four("name", cells.text(120)),
        "lat": cells.degrees(40, 56),
        "lon": cells.degrees(46, 88),
        "population": cells.whole(1, 5_000_000),
        "population_year": cells.whole(1990, 2100),
        "population_approximate": cells.yes,
        "population_confidence": _SURE,
        "population_source": cells.text(200),
        "kato": cells.kato,
        "kato_classifier": cells.text(40),
        "former_katos": cells.katos,
        **_in_four("district", cells.text(120, empty=True)),
        **_in_four("industry", cells.text(200)),
        **_in_four("enterprise", cells.text(300)),
        "enterprise_confidence": _SURE,
        "enterprise_source": cells.text(200),
        **_in_four("note", cells.text(300, empty=True)),
    },
    "aliases.csv": {
        "town": cells.slug,
        "name": cells.text(120),
        "kind": cells.one_of(AliasKind.values),
        "until_year": cells.whole(1800, 2100, empty=True),
        "shown_in": cells.languages,
        "source": cells.text(200),
    },
    "listings.csv": {
        "town": cells.slug,
        "named_on": cells.known_day,
        "listed_from": cells.day,
        "listed_until": cells.day,
        "precision": cells.one_of(Precision.values),
        "source": cells.text(200),
        "until_source": cells.text(200, empty=True),
        "confidence": _SURE,
    },
    "sources.csv": {
        "code": cells.slug,
        **_in_four("name", cells.text(200)),
        "published": cells.text(10, empty=True),
        "url": cells.text(200, empty=True),
    },
    "indicators.csv": {"code": cells.code, "topic": cells.one_of(Topic.values), **_in_four("name", cells.text(200))},
    "units.csv": {"code": cells.text(80), "stated": cells.yes, **_in_four("pattern", cells.pattern)},
    "phrases.csv": {"code": cells.text(200), **_in_four("text", cells.text(300))},
    "official_values.csv": {
        "key": cells.slug,
        "scope": cells.one_of(Scope.values),
        "towns": cells.text(200, empty=True),
        "indicator": cells.code,
        "value": cells.text(60),
        "qualifier": cells.one_of(Qualifier.values),
        "unit": cells.text(80),
        "year": cells.year,
        "year_basis": cells.one_of(YearBasis.values),
        "source": cells.slug,
        "source_sentence": cells.text(2000),
        "confidence": _SURE,
        "provisional": cells.yes,
        "note": cells.text(200, empty=True),
        "territory": cells.one_of(Territory.values),
        "place": cells.text(120, empty=True),
    },
    "margins.csv": {
        "town": cells.slug,
        "dimension": cells.one_of(MarginDimension.values),
        "category": cells.code,
        "population": cells.whole(0, 5_000_000),
        "year": cells.whole(1990, 2100),
        "source": cells.text(200),
    },
}
_KEYS: Final = {
    "oblasts.csv": ("slug",), "monotowns.csv": ("slug",), "aliases.csv": ("town", "name"),
    "listings.csv": ("town", "source"), "sources.csv": ("code",), "indicators.csv": ("code",), "units.csv": ("code",),
    "phrases.csv": ("code",), "official_values.csv": ("key",),
    "margins.csv": ("town", "dimension", "category", "source"),
}  # fmt: skip


def _read(file: str, text: str) -> list[Row]:
    """One file's rows, each cell converted, no key twice."""
    columns = COLUMNS[file]
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    header = next(lines, [])
    if header != list(columns):
        missing = [name for name in columns if name not in header]
        extra = [name for name in header if name not in columns]
        told = "; ".join(
            f"{word} {', '.join(names)}" for word, names in (("missing:", missing), ("unknown:", extra)) if names
        )
        raise BadRowError(
            file, 1, "", f"the columns must be {', '.join(columns)} ({told or 'they are in another order'})"
        )
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line in lines:
        if len(line) != len(columns):
            raise BadRowError(file, lines.line_num, "", f"has {len(line)} cells instead of {len(columns)}")
        values: Values = {}
        for (column, convert), cell in zip(columns.items(), line, strict=True):
            try:
                values[column] = convert(cell)
            except ValueError as error:
                raise BadRowError(file, lines.line_num, column, str(error)) from None
        key = tuple(values[column] for column in _KEYS[file])
        if key in seen:
            raise BadRowError(
                file, lines.line_num, _KEYS[file][-1], f"stands already in line {seen[key]}; keep one of them"
            )
        seen[key] = lines.line_num
        rows.append(Row(lines.line_num, values))
    return rows


@dataclass(frozen=True, slots=True)
class Dataset:
    """All rows of all files, checked against each other. Keys are the file names of `COLUMNS`."""

    rows: Mapping[str, Sequence[Row]]

    def of(self, file: str) -> Sequence[Row]:
        return self.rows[file]


def _known(rows: Mapping[str, Sequence[Row]], file: str, column: str, other: str, key: str) -> None:
    known = {row.values[key] for row in rows[other]}
    for row in rows[file]:
        named = row.values[column]
        for one in named.split(";") if column == "towns" else [named]:
            if one and one not in known:
                raise BadRowError(file, row.line, column, f"{one!r} is not in {other}")


def _complete_towns(rows: Mapping[str, Sequence[Row]]) -> None:
    """Give oblasts and towns what follows from their row: sort keys, significance, search words."""
    for row in (*rows["oblasts.csv"], *rows["monotowns.csv"]):
        for language in LANGUAGES:
            row.values[f"sort_{language}"] = sort_key(proper_name(row.values[f"name_{language}"]), language)
    oblast_names = {
        row.values["slug"]: [row.values[f"name_{language}"] for language in LANGUAGES] for row in rows["oblasts.csv"]
    }
    for row in rows["monotowns.csv"]:
        values = row.values
        values["significance"] = figures.significance(values["kato"])
        districts = [values[f"district_{language}"] for language in LANGUAGES]
        if values["significance"] == "oblast" and any(districts):
            raise BadRowError(
                "monotowns.csv", row.line, "district_kk", "a town of oblast significance lies in no district"
            )
        if values["significance"] == "district" and not all(districts):
            raise BadRowError("monotowns.csv", row.line, "district_kk", "name the district in all four languages")
        aliases = [alias.values["name"] for alias in rows["aliases.csv"] if alias.values["town"] == values["slug"]]
        own = [values[f"name_{language}"] for language in LANGUAGES]
        values["search_text"] = search_text([*own, *aliases, *oblast_names[values["oblast"]], *districts])


_TRANSLATED: Final = (
    ("monotowns.csv", "population_source"),
    ("monotowns.csv", "enterprise_source"),
    ("listings.csv", "source"),
    ("listings.csv", "until_source"),
    ("official_values.csv", "note"),
    ("official_values.csv", "place"),
)


def _check_translations(rows: Mapping[str, Sequence[Row]]) -> None:
    """Refuse a wording that a page would show untranslated."""
    phrases = {row.values["code"] for row in rows["phrases.csv"]}
    shown = [(file, column, row, row.values[column]) for file, column in _TRANSLATED for row in rows[file]]
    words = [row for row in rows["official_values.csv"] if row.values["qualifier"] == "words"]
    shown += [("official_values.csv", "value", row, row.values["value"]) for row in words]
    for file, column, row, wording in shown:
        if wording and wording not in phrases:
            raise BadRowError(file, row.line, column, f"{wording!r} has no translation in phrases.csv; add it")


def _complete_values(rows: Mapping[str, Sequence[Row]]) -> None:
    """Check each official value against itself and give it its number and year."""
    file = "official_values.csv"
    for row in rows[file]:
        values = row.values
        try:
            figures.check_value(values["value"], values["qualifier"])
        except ValueError as error:
            raise BadRowError(file, row.line, "value", str(error)) from None
        if (values["scope"] == "towns") != bool(values["towns"]):
            raise BadRowError(file, row.line, "towns", "name the towns if and only if the scope is towns")
        if (values["scope"] == "comparison") != bool(values["place"]):
            raise BadRowError(file, row.line, "place", "name the place if and only if the scope is comparison")
        values["value_number"] = figures.number_of(values["value"], values["qualifier"])
        values["year_number"] = figures.year_of(values["year"])


def read(files: Mapping[str, str]) -> Dataset:
    """All data files, by name, as one checked data set. Raises `BadRowError` at the first fault."""
    rows: dict[str, list[Row]] = {}
    for file in COLUMNS:
        if file not in files:
            raise BadRowError(file, 0, "", "the file is missing")
        rows[file] = _read(file, files[file])
    _known(rows, "monotowns.csv", "oblast", "oblasts.csv", "slug")
    for file, column in (("aliases.csv", "town"), ("listings.csv", "town"), ("margins.csv", "town")):
        _known(rows, file, column, "monotowns.csv", "slug")
    _known(rows, "official_values.csv", "towns", "monotowns.csv", "slug")
    for column, other in (("indicator", "indicators.csv"), ("unit", "units.csv"), ("source", "sources.csv")):
        _known(rows, "official_values.csv", column, other, "code")
    _complete_towns(rows)
    _complete_values(rows)
    _check_translations(rows)
    return Dataset(rows)
