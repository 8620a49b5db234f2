"""All files of a vintage say the same to the printed digit, stay where they are, and describe themselves."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from pypdf import PdfReader

from common.exports import BOM
from common.formats import number, percent, percent_range
from councils.indicators.actions import correct
from councils.indicators.actions.files import COLUMNS, FILE_NAMES, FileName, file_of
from councils.indicators.models import Estimate, Publication
from councils.indicators.queries import catalogue
from councils.surveys.models import Wave
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.test_results_page import table_rows
from transparency.actions import integrate
from users.actions import appoint
from users.models import User
from users.states import Role

NUMBERS = [column.name for column in COLUMNS if column.kind in ("number", "integer")]
LATER = NOW + timedelta(hours=1)
SOFFICE = shutil.which("soffice")

pytestmark = pytest.mark.xdist_group("surveyed")


def path_of(wave: Wave, name: FileName, number: int = 1, language: str = "kk") -> str:
    return file_of(wave.pk, number, name, language=language).removeprefix(settings.SITE_URL)


def newest(wave: Wave, name: str, language: str = "kk") -> str:
    return f"/{language}/indicators/{wave.pk}/{name}"


def got(client: Client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == HTTPStatus.OK, address
    return response.content


def csv_rows(content: bytes, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode().removeprefix(BOM)), delimiter=separator))


def corrected(surveyed: Surveyed, wave: Wave) -> None:
    """A second vintage of a wave: its town's population became known."""
    user = User.objects.create_user("administrator@example.org")
    appoint(actor=None, user=user, role=Role.ADMINISTRATOR, town=None, starts_date=NOW.date(), ends_date=None, now=NOW)
    waves.enter_margins(town=wave.town, now=LATER)
    correct(actor=user, wave=wave, reason="Census tables were entered.", now=LATER)


def as_written(value: object) -> str:
    return "" if value is None else str(value)


def test_every_file_says_the_same_to_the_printed_digit(client: Client, surveyed: Surveyed) -> None:
    wave = surveyed.raked
    plain = csv_rows(got(client, path_of(wave, "summary.csv")))
    assert csv_rows(got(client, f"{path_of(wave, 'summary.csv')}?separator=;"), ";") == plain
    told = json.loads(got(client, path_of(wave, "summary.json")))
    assert [{name: as_written(value) for name, value in row.items()} for row in told] == plain
    assert {type(row[name]) for row in told for name in NUMBERS} <= {int, float, type(None)}
    book = openpyxl.load_workbook(io.BytesIO(got(client, path_of(wave, "summary.xlsx", language="en"))))
    header, *lines = book["Indicators"].iter_rows(values_only=True)
    assert list(header) == [column.name for column in COLUMNS] == list(plain[0])
    names = [column.name for column in COLUMNS]
    sheet = [dict(zip(names, (as_written(cell) for cell in line), strict=True)) for line in lines]
    for row in [*sheet, *plain]:
        row.update({name: f"{Decimal(row[name]).normalize():f}" for name in NUMBERS if row[name]})
    assert sheet == plain
    api = {
        (row["indicator"], row["option"], as_written(int(row["weighted"]))): row
        for row in client.get(f"/api/v1/indicators/?town={wave.town.slug}&limit=500").json()["results"]
    }
    assert len(api) == len(told) == Estimate.objects.filter(publication__wave=wave).count()
    for row in told:
        same = api[row["INDICATOR"], row["OPTION"] or "", row["WEIGHTED"]]
        told_as = ("OBS_VALUE", "SE", "CI_LOW", "CI_HIGH", "N", "N_EFF", "DEFF", "OBS_STATUS", "CONF_STATUS")
        fields = ("value", "se", "ci_low", "ci_high", "n", "n_eff", "deff", "obs_status", "conf_status")
        assert [row[name] for name in told_as] == [same[field] for field in fields]


def interval_in(row: dict[str, str], language: str) -> str:
    return percent_range(float(row["CI_LOW"]), float(row["CI_HIGH"]), language) if row["CI_LOW"] else "–"


@pytest.mark.parametrize("kind", ["raked", "raw"])
def test_the_page_says_in_words_what_the_csv_says(kind: str, client: Client, surveyed: Surveyed) -> None:
    wave = getattr(surveyed, kind)
    rows = {(row["INDICATOR"], row["WEIGHTED"]): row for row in csv_rows(got(client, newest(wave, "summary.csv")))
            if not row["OPTION"]}  # fmt: skip
    wanted = {}
    for one in catalogue().indicators:
        raw, weighted = rows[one.code, "0"], rows.get((one.code, "1"))
        shown = weighted or raw
        value = [percent(float(row["OBS_VALUE"]), "kk") if row and row["OBS_VALUE"] else "–" for row in (weighted, raw)]
        beside = f"{value[1]} ({interval_in(raw, 'kk')})" if weighted else value[1]
        wanted[one.name["kk"]] = [value[0], beside, interval_in(shown, "kk"), number(int(shown["N"]), "kk")]
    found = {head: cells for head, cells in table_rows(got(client, newest(wave, "")).decode()) if len(cells) == 4}
    for name, cells in wanted.items():
        [said] = [told for head, told in found.items() if head.startswith(f"{' '.join(name.split())} ")]
        assert said[:4] == cells


def test_the_ages_that_an_indicator_counts_are_named(client: Client, surveyed: Surveyed) -> None:
    rows = json.loads(got(client, path_of(surveyed.raked, "summary.json")))
    ages = {row["INDICATOR"]: row["AGE"] for row in rows if row["OPTION"] is None}
    assert ages == {one.code: "Y18T29" if one.ages else "_T" for one in catalogue().indicators}
    assert {row["AGE"] for row in rows if row["OPTION"]} == {"_T"}
    assert {(row["SEX"], row["FREQ"], row["TIME_PERIOD"]) for row in rows} == {("_T", "I", "2026-11-22")}
    assert "Y18T29" in ages.values()


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_the_numbers_of_the_csv(client: Client, surveyed: Surveyed, tmp_path: Path) -> None:
    book = tmp_path / "summary.xlsx"
    book.write_bytes(got(client, path_of(surveyed.raked, "summary.xlsx", language="en")))
    kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    subprocess.run(
        [str(SOFFICE), "--headless", f"-env:UserInstallation=file://{tmp_path}/office", "--convert-to", kind,
         "--outdir", str(tmp_path), str(book)],
        check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    [made] = tmp_path.glob("*.csv")
    plain = csv_rows(got(client, path_of(surveyed.raked, "summary.csv")))
    found = csv_rows(made.read_bytes())
    values = [[float(row[name]) if row[name] else None for name in NUMBERS] for row in plain]
    assert [[float(row[name]) if row[name] else None for name in NUMBERS] for row in found] == values
    assert [row["NAME_KK"] for row in found] == [row["NAME_KK"] for row in plain]


def test_old_vintages_keep_their_bytes_and_the_newest_names_its_place(client: Client, surveyed: Surveyed) -> None:
    wave = surveyed.raw
    names: list[FileName] = [name for name in FILE_NAMES if name != "summary.pdf"]
    before = {name: got(client, path_of(wave, name)) for name in names}
    corrected(surveyed, wave)
    assert {name: got(client, path_of(wave, name)) for name in names} == before
    for name in names:
        response = client.get(newest(wave, name))
        assert response["Link"] == f'<{file_of(wave.pk, 2, name)}>; rel="canonical"'
        assert response.content == got(client, path_of(wave, name, 2)) != before[name]
        again = client.get(newest(wave, name), headers={"If-None-Match": response["ETag"]})
        assert again.status_code == HTTPStatus.NOT_MODIFIED
    assert {row["VINTAGE"] for row in csv_rows(got(client, newest(wave, "summary.csv")))} == {"2"}
    missing = client.get(path_of(wave, "summary.csv", 3))
    assert (missing.status_code, "ETag" in missing) == (HTTPStatus.NOT_FOUND, False)
    entry = json.loads(got(client, path_of(wave, "dataset.jsonld", 2)))
    assert entry["dcat:previousVersion"] == {"@id": file_of(wave.pk, 1, "dataset.jsonld")}
    book = openpyxl.load_workbook(io.BytesIO(got(client, path_of(wave, "summary.xlsx", 2, "en"))))
    assert "Census tables were entered." in [row[1] for row in book["Readme"].iter_rows(values_only=True)]


def test_no_file_of_an_open_wave(client: Client, surveyed: Surveyed) -> None:
    for name in FILE_NAMES:
        for address in (newest(surveyed.unsealed, name), path_of(surveyed.unsealed, name)):
            assert client.get(address).status_code == HTTPStatus.NOT_FOUND
    assert client.get(newest(surveyed.raked, "summary.ods")).status_code == HTTPStatus.NOT_FOUND


def test_a_signed_vintage_names_the_first_checkpoint_over_it(client: Client, surveyed: Surveyed) -> None:
    address = path_of(surveyed.raw, "summary.csv")
    unsigned = client.get(address)
    assert {row["CHECKPOINT"] for row in csv_rows(unsigned.content)} == {""}
    signed = integrate(slug=surveyed.plain_town.slug, now=NOW)
    assert signed is not None
    response = client.get(address, headers={"If-None-Match": unsigned["ETag"]})
    assert response.status_code == HTTPStatus.OK
    size, _colon, root = next(iter({row["CHECKPOINT"] for row in csv_rows(response.content)})).partition(":")
    assert signed.note.splitlines()[1:3] == [size, root]
    corrected(surveyed, surveyed.raw)
    integrate(slug=surveyed.plain_town.slug, now=LATER)
    assert client.get(address).content == response.content


def test_the_data_package_describes_the_table_beside_it(client: Client, surveyed: Surveyed) -> None:
    told = json.loads(got(client, path_of(surveyed.raw, "datapackage.json")))
    assert told["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert re.fullmatch(r"[a-z0-9._/-]+", told["name"])
    assert told["licenses"] == [
        {
            "name": "CC-BY-4.0",
            "path": "https://creativecommons.org/licenses/by/4.0/",
            "title": "Creative Commons Attribution 4.0",
        }
    ]
    assert all({"title"} <= source.keys() <= {"title", "path", "email", "version"} for source in told["sources"])
    assert told["figures_sha256"] == Publication.objects.get(wave=surveyed.raw).sha256
    names = [resource["name"] for resource in told["resources"]]
    assert names == ["summary", "summary-json"]
    for resource in told["resources"]:
        content = got(client, path_of(surveyed.raw, resource["path"]))
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    check_table(told["resources"][0], got(client, path_of(surveyed.raw, "summary.csv")))


def check_table(resource: dict[str, Any], content: bytes) -> None:
    """What Data Package 2 asks of a table, cell by cell: header, types, required, enum, unique keys."""
    schema = resource["schema"]
    assert (resource["type"], resource["dialect"]["delimiter"], schema["missingValues"]) == ("table", ",", [""])
    rows = csv_rows(content)
    assert [field["name"] for field in schema["fields"]] == list(rows[0])
    read: dict[str, Callable[[str], object]] = {
        "number": float,
        "integer": int,
        "string": str,
        "datetime": datetime.fromisoformat,
    }
    for field in schema["fields"]:
        cells = [row[field["name"]] for row in rows]
        rules = field.get("constraints", {})
        assert not rules.get("required") or all(cells), field["name"]
        for cell in {cell for cell in cells if cell}:
            read[field["type"]](cell)
            assert cell in rules.get("enum", [cell]), field["name"]
            assert re.fullmatch(rules.get("pattern", ".*"), cell), field["name"]
    [key] = schema["uniqueKeys"]
    assert len({tuple(row[name] for name in key) for row in rows}) == len(rows)


def test_catalogues_are_told_what_there_is(client: Client, surveyed: Surveyed) -> None:
    entry = json.loads(got(client, path_of(surveyed.raked, "dataset.jsonld")))
    assert entry["@type"] == "dcat:Dataset"
    assert [title["@language"] for title in entry["dct:title"]] == ["kk", "ru", "de", "en"]
    assert entry["dct:spatial"]["dct:identifier"] == "352410000"
    kinds = {one["dct:title"]: one for one in entry["dcat:distribution"]}
    assert sorted(kinds) == ["summary.csv", "summary.json", "summary.pdf", "summary.xlsx"]
    content = got(client, kinds["summary.csv"]["dcat:downloadURL"]["@id"].removeprefix(settings.SITE_URL))
    assert kinds["summary.csv"]["dcat:byteSize"]["@value"] == str(len(content))
    assert kinds["summary.csv"]["spdx:checksum"]["spdx:checksumValue"]["@value"] == hashlib.sha256(content).hexdigest()
    whole = json.loads(got(client, "/kk/indicators/catalogue.jsonld"))
    listed = {one["@id"] for one in whole["dcat:dataset"]}
    assert listed == {file_of(wave.pk, 1, "dataset.jsonld") for wave in (surveyed.raked, surveyed.raw)}
    assert whole["@type"] == "dcat:Catalog"


def test_the_passport_names_every_field_in_kazakh_and_russian(client: Client, surveyed: Surveyed) -> None:
    kazakh, russian = got(client, path_of(surveyed.raked, "passport.txt")).decode().split("\n\n")
    assert "Теміртау" in kazakh
    assert "Темиртау" in russian
    for half in (kazakh, russian):
        named = re.findall(r"^  ([A-Z_]+) \(", half, re.MULTILINE)
        assert named == [column.name for column in COLUMNS]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_paper_is_two_pages_that_can_be_read(language: str, client: Client, surveyed: Surveyed) -> None:
    cache.clear()
    made = got(client, path_of(surveyed.raw, "summary.pdf", language=language))
    pages = PdfReader(io.BytesIO(made)).pages
    assert len(pages) == 2
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
    for one in catalogue().indicators:
        assert one.name[language] in text
    publication = Publication.objects.get(wave=surveyed.raw)
    known = {(one.code, "") for one in catalogue().indicators}
    for row in csv_rows(got(client, path_of(surveyed.raw, "summary.csv"))):
        if row["OBS_VALUE"] and (row["INDICATOR"], row["OPTION"]) in known:
            told = (percent(float(row["OBS_VALUE"]), language), interval_in(row, language))
            assert re.sub(r"\s+", " ", "{} ({})".format(*told)) in text
    assert publication.sha256 in text
    cache.clear()
    assert got(client, path_of(surveyed.raw, "summary.pdf", language=language)) == made


def test_pages_lead_to_every_file(client: Client, surveyed: Surveyed) -> None:
    page = got(client, newest(surveyed.raw, "")).decode()
    for name in FILE_NAMES:
        assert page.count(f'href="{newest(surveyed.raw, name)}"') == 1
    assert f'href="{newest(surveyed.raw, "v1/")}"' in page
    edition = got(client, newest(surveyed.raw, "v1/")).decode()
    for name in FILE_NAMES:
        assert edition.count(f'href="{path_of(surveyed.raw, name)}"') == 1
