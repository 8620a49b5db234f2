"""Brings the database to what the data files say: all or nothing, and nothing at all when they already agree.

It never deletes a town and never overwrites an official figure: a changed figure becomes a new version of its key, and
one that left the files is marked as withdrawn.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Model

from audit.actions import record
from common.ids import uuid7
from towns.models import (
    Alias,
    Margin,
    Oblast,
    OfficialIndicator,
    OfficialPhrase,
    OfficialSource,
    OfficialUnit,
    OfficialValue,
    Town,
    TownListing,
)
from towns.rules.dataset import Dataset, Row, read

_LOCK = 7_201_611  # one load at a time; any number that no other room uses


@dataclass(slots=True)
class LoadReport:
    """What a load did, in rows. `changed` is False when the database agreed with the files already."""

    added: int = 0
    updated: int = 0
    removed: int = 0
    kept: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.added or self.updated or self.removed)


@transaction.atomic
def load_towns(*, files: Mapping[str, str], now: datetime) -> LoadReport:
    """Load the data files (name -> text). At the first fault raises `rules.dataset.BadRowError` and writes nothing."""
    data = read(files)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    report = LoadReport()
    _load_words(data, report)
    _load_places(data, report)
    _load_values(data, report, now)
    if report.changed:
        digest = hashlib.sha256("\0".join(files[name] for name in sorted(files)).encode()).hexdigest()
        record(
            now=now,
            actor_id=None,
            town_slug="",
            action="towns.load",
            object_type="towns.data",
            object_id=digest[:32],
            detail={"added": report.added, "updated": report.updated, "removed": report.removed},
        )
    return report


def _bring(
    model: type[Model],
    wanted: Mapping[tuple[Any, ...], Mapping[str, Any]],
    key: tuple[str, ...],
    report: LoadReport,
    *,
    remove: bool = False,
) -> None:
    """Make the rows of a table equal to `wanted` (natural key -> other fields), in at most four statements.

    Rows that `wanted` does not name stay, unless `remove`.
    """
    manager = model._default_manager  # noqa: SLF001  # Django's public name for "the manager of any model"
    found = {tuple(getattr(row, name) for name in key): row for row in manager.all()}
    changed: list[Model] = []
    names: set[str] = set()
    for place, fields in wanted.items():
        row = found.get(place)
        if row is None:
            continue
        different = [name for name, value in fields.items() if getattr(row, name) != value]
        for name in different:
            setattr(row, name, fields[name])
        if different:
            changed.append(row)
            names.update(different)
        else:
            report.kept += 1
    if changed:
        manager.bulk_update(changed, sorted(names))
        report.updated += len(changed)
    new = [
        model(**dict(zip(key, place, strict=True)), **fields) for place, fields in wanted.items() if place not in found
    ]
    manager.bulk_create(new)
    report.added += len(new)
    gone = [row.pk for place, row in found.items() if place not in wanted] if remove else []
    if gone:
        manager.filter(pk__in=gone).delete()
        report.removed += len(gone)


def _by(
    rows: Iterable[Row], key: tuple[str, ...], make: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows as natural key -> other fields; `make` turns a row's columns into the model's fields first."""
    wanted = {}
    for row in rows:
        fields = make(dict(row.values)) if make else dict(row.values)
        wanted[tuple(fields.pop(name) for name in key)] = fields
    return wanted


def _load_words(data: Dataset, report: LoadReport) -> None:
    """Sources, indicators, units and phrases: the words that official values are shown with."""
    order = {row.values["code"]: place for place, row in enumerate(data.of("indicators.csv"), 1)}
    _bring(OfficialSource, _by(data.of("sources.csv"), ("code",)), ("code",), report)
    _bring(
        OfficialIndicator,
        _by(data.of("indicators.csv"), ("code",), lambda fields: {**fields, "position": order[fields["code"]]}),
        ("code",),
        report,
    )
    _bring(OfficialUnit, _by(data.of("units.csv"), ("code",)), ("code",), report)
    _bring(OfficialPhrase, _by(data.of("phrases.csv"), ("code",)), ("code",), report)


def _load_places(data: Dataset, report: LoadReport) -> None:
    _bring(Oblast, _by(data.of("oblasts.csv"), ("slug",)), ("slug",), report)
    oblasts = dict(Oblast.objects.values_list("slug", "pk"))

    def town_fields(row: dict[str, Any]) -> dict[str, Any]:
        row["oblast_id"] = oblasts[row.pop("oblast")]
        row["latitude"], row["longitude"] = row.pop("lat"), row.pop("lon")
        return row

    _bring(Town, _by(data.of("monotowns.csv"), ("slug",), town_fields), ("slug",), report)
    towns = dict(Town.objects.values_list("slug", "pk"))

    def of_town(row: dict[str, Any]) -> dict[str, Any]:
        row["town_id"] = towns[row.pop("town")]
        return row

    for model, file, key in ((Alias, "aliases.csv", "name"), (TownListing, "listings.csv", "source")):
        _bring(model, _by(data.of(file), ("town_id", key), of_town), ("town_id", key), report, remove=True)
    # Margins may also be set from elsewhere (`replace_margins`): the file adds to them and takes none away.
    margin_key = ("town_id", "dimension", "category", "source")
    _bring(Margin, _by(data.of("margins.csv"), margin_key, of_town), margin_key, report)


_FACTS = (
    "scope", "place", "indicator_id", "value_text", "value_number", "qualifier", "unit_id", "year", "year_text",
    "year_basis", "source_id", "source_sentence", "confidence", "provisional", "note", "territory",
)  # fmt: skip


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    named = {"indicator_id": "indicator", "value_text": "value", "unit_id": "unit", "source_id": "source"}
    named |= {"year": "year_number", "year_text": "year"}
    return {name: row[named.get(name, name)] for name in _FACTS}


def _load_values(data: Dataset, report: LoadReport, now: datetime) -> None:
    """Official values: unchanged rows stay, changed ones get a new version, missing ones are withdrawn."""
    towns = dict(Town.objects.values_list("slug", "pk"))
    newest = {
        value.key: value for value in OfficialValue.objects.filter(superseded_by__isnull=True).prefetch_related("towns")
    }
    last_versions = dict(OfficialValue.objects.values_list("key").annotate(last=Max("version")))
    new: list[OfficialValue] = []
    old: list[OfficialValue] = []
    through = OfficialValue.towns.through
    links: list[Any] = []
    for row in data.of("official_values.csv"):
        key, facts = row.values["key"], _facts(row.values)
        about = {towns[slug] for slug in row.values["towns"].split(";") if slug}
        known = newest.pop(key, None)
        if known and about == {town.pk for town in known.towns.all()}:
            same = all(getattr(known, name) == value for name, value in facts.items())
            if same and known.withdrawn_at is None:
                report.kept += 1
                continue
        value = OfficialValue(id=uuid7(), key=key, version=last_versions.get(key, 0) + 1, recorded_at=now, **facts)
        new.append(value)
        links.extend(through(officialvalue_id=value.pk, town_id=town) for town in sorted(about))
        if known:
            known.superseded_by_id = value.pk
            old.append(known)
    gone = [value for value in newest.values() if value.withdrawn_at is None]
    for value in gone:
        value.withdrawn_at = now
    # The old rows first: at most one newest version of a key may stand at any time. Keys are checked at commit.
    OfficialValue.objects.bulk_update(old, ["superseded_by"])
    OfficialValue.objects.bulk_update(gone, ["withdrawn_at"])
    OfficialValue.objects.bulk_create(new)
    through._default_manager.bulk_create(links)  # noqa: SLF001
    report.added += len(new) - len(old)
    report.updated += len(old)
    report.removed += len(gone)
