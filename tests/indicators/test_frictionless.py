"""Our Data Packages as frictionless, the program of the field, reads them; in its own environment (`make soak`)."""

import io
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from pytest_django.fixtures import Settings

from councils.indicators.actions import ask_for_all, files
from councils.indicators.models import Publication
from councils.indicators.queries.exports import summary_of
from councils.indicators.tasks import make_export
from tests.bench.peer_environment import peer_python
from tests.conftest import NOW
from tests.indicators.conftest import Surveyed
from tests.indicators.test_official_figures_in_files import enter_before, officer_of

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.xdist_group("surveyed"), pytest.mark.soak]


def judged(folder: Path) -> tuple[int, str]:
    """How frictionless ends, and what it says, of the package in a folder."""
    program = peer_python(ROOT, "frictionless").with_name("frictionless")
    ran = subprocess.run(
        [str(program), "validate", "datapackage.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout


def test_a_vintage_and_the_archive_are_valid(surveyed: Surveyed, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    published = Publication.objects.get(wave=surveyed.raked).published_at
    enter_before(officer_of(surveyed), surveyed, published=published)
    names: tuple[files.FileName, ...] = ("summary.csv", "summary.json", "datapackage.json")
    for wave in (surveyed.raked, surveyed.raw):
        folder = tmp_path / wave.town.slug
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(files.made(summary_of(wave_id=wave.pk), name, language="kk"))
        status, told = judged(folder)
        assert (status, told.count("VALID"), told.count("INVALID")) == (0, 2, 0), told
    table = tmp_path / "temirtau" / "summary.csv"
    assert table.read_bytes().count(b",_Z,") == 1
    table.write_bytes(table.read_bytes().replace(b",share,", b",shares,", 1))
    assert judged(table.parent)[0] != 0
    export = ask_for_all(now=NOW)
    make_export(str(export.pk))
    export.refresh_from_db()
    with ZipFile(io.BytesIO(export.file.read())) as archive:
        archive.extractall(tmp_path / "archive")
    status, told = judged(tmp_path / "archive")
    assert (status, told.count("VALID"), told.count("INVALID")) == (0, 1, 0), told
