"""The archive of all towns: asked for once, made town by town by the worker, gone on with where a worker died.

It holds published vintages only. Two archives of the same vintages are the same bytes, so each is made once. What is
half made is never served.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from councils.indicators.actions import files
from councils.indicators.actions.files import FileName
from councils.indicators.models import Export
from councils.indicators.queries.exports import newest_vintages, summary_of
from councils.indicators.states import ExportKind, ExportState

# Changes when the same vintages give other bytes: an archive is then made anew.
FORMAT: Final = "3"
KEPT: Final = timedelta(days=7)
FOLDER: Final = "exports"
# The parts of a town: (language, name in the archive). CSV and JSON are the same in all languages.
_CONTENTS: Final[tuple[tuple[FileName, str, str], ...]] = (
    ("summary.csv", "kk", "summary.csv"),
    ("summary.json", "kk", "summary.json"),
    ("datapackage.json", "kk", "datapackage.json"),
    ("dataset.jsonld", "kk", "dataset.jsonld"),
    ("passport.txt", "kk", "passport.txt"),
    ("summary.xlsx", "kk", "summary.xlsx"),
    ("summary.pdf", "kk", "summary.kk.pdf"),
    ("summary.pdf", "ru", "summary.ru.pdf"),
)
# ZIP cannot say earlier; a moment of today would make every archive another file.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_ALL: Final = "all-towns.csv"


@transaction.atomic
def ask_for_all(*, now: datetime) -> Export:
    """The archive of every town's newest vintage: the one that exists, or a new one that waits for the worker.

    Refuses while nothing is published (`no_results`). The caller sends the task.
    """
    holds = [
        {
            "town": vintage.publication.wave.town.slug,
            "wave": str(vintage.publication.wave_id),
            "number": vintage.publication.number,
            "sha256": vintage.publication.sha256,
            "checkpoint": vintage.checkpoint,
        }
        for vintage in newest_vintages(of_each_town=True)
    ]
    if not holds:
        raise DomainError("no_results", _("There are no results here. They appear soon after a survey has closed."))
    key = hashlib.sha256(json.dumps([FORMAT, settings.SITE_URL, holds], sort_keys=True).encode()).hexdigest()
    export, is_new = Export.objects.select_for_update().get_or_create(
        key=key,
        defaults={"kind": ExportKind.ALL.value, "holds": holds, "total": len(holds), "asked_at": now},
    )
    if export.state == ExportState.FAILED:
        export.state, export.asked_at, is_new = ExportState.WAITING.value, now, True
        export.save(update_fields=["state", "asked_at"])
    if is_new:
        _record(export, "indicators.ask_export", now)
    return export


@transaction.atomic
def make_part(*, export_id: UUID, now: datetime) -> bool:
    """Make the first town that is missing, or, when none is, the archive. True while more is to be done.

    Somebody else who is at it is left alone. A part is whole or not there, so whatever is killed is made again.
    """
    export = Export.objects.select_for_update(skip_locked=True).filter(pk=export_id).first()
    if export is None or export.state in (ExportState.DONE, ExportState.FAILED):
        return False
    parts = [_part(export, number) for number in range(export.total)]
    missing = next((number for number, part in enumerate(parts) if not part.exists()), None)
    if missing is None:
        _finish(export, parts, now)
        return False
    with _whole(parts[missing]) as target:
        _write_town(target, export.holds[missing])
    export.state, export.done = ExportState.RUNNING.value, missing + 1
    export.save(update_fields=["state", "done"])
    return True


@transaction.atomic
def fail_export(*, export_id: UUID, now: datetime) -> None:
    """Note that an archive cannot be made; whoever asks again has it tried again."""
    export = Export.objects.select_for_update().filter(pk=export_id).exclude(state=ExportState.DONE).first()
    if export is None:
        return
    export.state, export.finished_at = ExportState.FAILED.value, now
    export.save(update_fields=["state", "finished_at"])
    shutil.rmtree(_folder(export), ignore_errors=True)
    _record(export, "indicators.fail_export", now)


@transaction.atomic
def clean_exports(*, now: datetime) -> int:
    """Delete archives that ended a week ago, but for the newest whole one, with files; gives how many."""
    newest = Export.objects.filter(state=ExportState.DONE).order_by("-finished_at").first()
    old = Export.objects.select_for_update(skip_locked=True).filter(finished_at__lt=now - KEPT)
    gone = [export for export in old if newest is None or export.pk != newest.pk]
    for export in gone:
        if export.file:
            export.file.delete(save=False)
        shutil.rmtree(_folder(export), ignore_errors=True)
        _record(export, "indicators.delete_export", now)
        export.delete()
    return len(gone)


def _record(export: Export, action: str, now: datetime) -> None:
    record(
        now=now,
        actor_id=None,
        town_slug="",
        action=action,
        object_type="export",
        object_id=export.pk,
        detail={"towns": export.total},
    )


def _folder(export: Export) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / f"{export.pk}.parts"


def _part(export: Export, number: int) -> Path:
    return _folder(export) / f"{number}.zip"


@contextmanager
def _whole(place: Path) -> Iterator[BinaryIO]:
    """A file that stands at its place only when all of it is written."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".writing")
    with beside.open("wb") as target:
        yield target
        target.flush()
        os.fsync(target.fileno())
    beside.replace(place)


def _write_town(target: BinaryIO, held: dict[str, Any]) -> None:
    summary = summary_of(wave_id=UUID(held["wave"]), number=held["number"], checkpoint=held["checkpoint"])
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, language, kept_as in _CONTENTS:
            _add(archive, f"{held['town']}/{kept_as}", files.made(summary, name, language=language))


def _add(archive: ZipFile, name: str, content: bytes) -> str:
    """Put a file in; gives its line for SHA256SUMS."""
    entry = ZipInfo(name, _MOMENT)
    entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o644 << 16
    archive.writestr(entry, content)
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"


def _finish(export: Export, parts: list[Path], now: datetime) -> None:
    """Put the parts together with one table of all towns, its description and the hash of every file."""
    name = f"{FOLDER}/asar-indicators-{export.key[:12]}.zip"
    place = _folder(export) / "archive.zip"
    with _whole(place) as target, ZipFile(target, "w", ZIP_DEFLATED) as archive:
        sums, tables = [], []
        for part in parts:
            with ZipFile(part) as town:
                for entry in town.namelist():
                    content = town.read(entry)
                    sums.append(_add(archive, entry, content))
                    if entry.endswith("/summary.csv"):
                        tables.append(content)
        sums += [_add(archive, entry, content) for entry, content in _beside(tables)]
        _add(archive, "SHA256SUMS", "".join(sums).encode())
    with place.open("rb") as made:
        export.sha256 = hashlib.file_digest(made, "sha256").hexdigest()
    export.file.storage.delete(name)  # of a worker that was killed after this
    with place.open("rb") as made:
        export.file.name, export.bytes = export.file.storage.save(name, File(made)), place.stat().st_size
    export.state, export.done, export.finished_at = ExportState.DONE.value, export.total, now
    export.save()
    shutil.rmtree(_folder(export), ignore_errors=True)
    _record(export, "indicators.finish_export", now)


def _beside(tables: list[bytes]) -> list[tuple[str, bytes]]:
    """What stands beside the towns' folders: one table of all towns, and the package that describes it."""
    first, *others = tables
    everything = first + b"".join(other.split(b"\r\n", 1)[1] for other in others)
    told = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "asar-all-towns",
        "title": "Asar: what residents say, all towns",
        "licenses": files.licences(),
        "resources": [files.table(_ALL, everything)],
    }
    return [(_ALL, everything), ("datapackage.json", files.as_text(told))]
