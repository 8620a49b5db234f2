"""The archive of all towns: asked for once, gone on with after a kill, the same bytes, nothing hidden in it."""

import csv
import hashlib
import io
import json
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django.fixtures import Settings

from common.errors import DomainError, NotFound
from common.exports import BOM
from councils.indicators.actions import ask_for_all, clean_exports, fail_export, make_part
from councils.indicators.actions.files import COLUMNS, file_of
from councils.indicators.models import Estimate, Export
from councils.indicators.queries.exports import export_by_id, unfinished_exports
from councils.indicators.states import ExportState
from councils.indicators.tasks import make_export
from tests.conftest import NOW
from tests.indicators.conftest import Surveyed
from tests.indicators.test_summaries import check_table

ARCHIVE = "/kk/indicators/archive/"
PART = (
    "summary.csv", "summary.json", "datapackage.json", "dataset.jsonld", "passport.txt", "summary.xlsx",
    "summary.kk.pdf", "summary.ru.pdf",
)  # fmt: skip

pytestmark = pytest.mark.xdist_group("surveyed")


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    return tmp_path / "exports"


def test_an_archive_is_made_town_by_town_and_gone_on_with(client: Client, surveyed: Surveyed, folder: Path) -> None:
    asked = client.post(ARCHIVE)
    assert asked.status_code == HTTPStatus.FOUND
    page = asked["Location"]
    assert client.post(ARCHIVE)["Location"] == page  # made once, however often it is asked for
    [export] = Export.objects.all()
    assert (export.state, export.done, export.total) == (ExportState.WAITING, 0, 2)
    assert make_part(export_id=export.pk, now=NOW)
    waiting = client.get(page)
    assert waiting["Refresh"] == "3"
    assert '<progress max="2" value="1"' in waiting.content.decode()
    assert client.get(f"{page}asar-indicators.zip").status_code == HTTPStatus.NOT_FOUND
    parts = folder / f"{export.pk}.parts"
    first = parts / "0.zip"
    before = (first.read_bytes(), first.stat().st_mtime_ns)
    (parts / "1.writing").write_bytes(b"PK half of it")  # what a killed worker leaves
    assert unfinished_exports() == [export.pk]
    assert make_export(str(export.pk)) == 1
    export.refresh_from_db()
    assert export.file.name == f"exports/asar-indicators-{export.key[:12]}.zip"
    assert not parts.exists()
    assert (export.state, export.done, unfinished_exports()) == (ExportState.DONE, 2, [])
    ready = client.get(page)
    assert "Refresh" not in ready
    assert export.sha256 in ready.content.decode()
    response = client.get(f"{page}asar-indicators.zip")
    content = response.getvalue()
    assert hashlib.sha256(content).hexdigest() == export.sha256
    assert (len(content), response["ETag"]) == (export.bytes, f'"{export.sha256}"')
    again = client.get(f"{page}asar-indicators.zip", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    with ZipFile(io.BytesIO(before[0])) as town, ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in town.namelist()} == {
            name: town.read(name) for name in town.namelist()
        }
        check_archive(client, archive, surveyed)


def check_archive(client: Client, archive: ZipFile, surveyed: Surveyed) -> None:
    towns = {"rudny": surveyed.raw, "temirtau": surveyed.raked}
    names = [f"{town}/{name}" for town in towns for name in PART]
    assert archive.namelist() == [*names, "all-towns.csv", "datapackage.json", "SHA256SUMS"]
    lines = archive.read("SHA256SUMS").decode().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert sums == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != "SHA256SUMS"
    }
    for town, wave in towns.items():
        address = file_of(wave.pk, 1, "summary.csv").partition("/kk/")[2]
        assert archive.read(f"{town}/summary.csv") == client.get(f"/kk/{address}").content
    table = archive.read("all-towns.csv")
    [resource] = json.loads(archive.read("datapackage.json"))["resources"]
    assert (resource["path"], resource["bytes"]) == ("all-towns.csv", len(table))
    check_table(resource, table)
    rows = list(csv.DictReader(io.StringIO(table.decode().removeprefix(BOM))))
    assert len(rows) == Estimate.objects.count()
    hidden = [row for row in rows if row["CONF_STATUS"] != "F"]
    assert len(hidden) == Estimate.objects.exclude(conf_status="F").count() > 0
    silent = [column.name for column in COLUMNS if column.kind == "number"]
    assert {row[name] for row in hidden for name in silent} == {""}
    told = [row for town in towns for row in json.loads(archive.read(f"{town}/summary.json"))]
    assert {row[name] for row in told if row["CONF_STATUS"] != "F" for name in silent} == {None}


@pytest.mark.soak
def test_the_same_vintages_are_the_same_archive(surveyed: Surveyed) -> None:
    made = []
    for _turn in range(2):
        export = ask_for_all(now=NOW)
        assert make_export(str(export.pk)) == 2
        export.refresh_from_db()
        made.append(export.file.read())
        export.delete()
    assert made[0] == made[1]


def test_what_failed_is_tried_again_when_asked(surveyed: Surveyed, client: Client) -> None:
    export = ask_for_all(now=NOW)
    fail_export(export_id=export.pk, now=NOW)
    assert not make_part(export_id=export.pk, now=NOW)
    page = client.get(f"{ARCHIVE}{export.pk}/")
    assert "Refresh" not in page
    again = ask_for_all(now=NOW)
    assert (again.pk, again.state) == (export.pk, ExportState.WAITING)


def test_old_archives_are_deleted_but_the_newest(surveyed: Surveyed) -> None:
    week, made = timedelta(days=7, seconds=1), []
    for number, age in enumerate((2 * week, week, timedelta(days=1))):
        name = f"exports/{number}.zip"
        default_storage.save(name, ContentFile(b"PK"))
        made.append(
            Export.objects.create(
                kind="all", key=str(number), state="done", asked_at=NOW, finished_at=NOW - age, file=name
            )
        )
    assert clean_exports(now=NOW) == 2
    assert list(Export.objects.all()) == [made[2]]
    assert [default_storage.exists(f"exports/{number}.zip") for number in range(3)] == [False, False, True]
    assert clean_exports(now=NOW + 3 * week) == 0
    with pytest.raises(NotFound):
        export_by_id(made[0].pk)


@pytest.mark.django_db
def test_without_results_there_is_no_archive(client: Client) -> None:
    with pytest.raises(DomainError) as refusal:
        ask_for_all(now=NOW)
    assert refusal.value.code == "no_results"
    assert client.get(ARCHIVE).status_code == HTTPStatus.OK
    assert client.post(ARCHIVE).status_code == HTTPStatus.CONFLICT
