"""The XLSX and CSV files of a wave, read back: the stored numbers, nothing hidden, nothing that would run."""

import csv
import io
from http import HTTPStatus
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from common.exports import BOM
from common.ids import uuid7
from councils.indicators.actions import count_wave
from councils.indicators.actions.files import sheet_name
from councils.indicators.models import Estimate, Publication
from councils.indicators.queries import catalogue
from councils.indicators.rules.needs_plan import NAMED, SEVERE, STRAINED
from councils.indicators.states import Unit
from councils.surveys.models import Wave
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from towns.models import Town

NUMBERS = ("OBS_VALUE", "SE", "CI_LOW", "CI_HIGH", "N", "N_EFF", "DEFF")
FIELDS = ("value", "se", "ci_low", "ci_high", "n", "n_eff", "deff")
Key = tuple[str, str, str]

pytestmark = pytest.mark.xdist_group("surveyed")


def address(kind: str, wave: Wave, language: str = "en") -> str:
    with override(language):
        return reverse(f"indicators:{kind}", args=[wave.pk])


def book_of(client: Client, wave: Wave) -> openpyxl.Workbook:
    response = client.get(address("xlsx", wave))
    assert response["Content-Disposition"] == (f'attachment; filename="asar-{wave.town.slug}-wave-{wave.number}.xlsx"')
    return openpyxl.load_workbook(io.BytesIO(response.content))


def table_of(book: openpyxl.Workbook, sheet: str) -> list[dict[str, Any]]:
    header, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip((str(name) for name in header), row, strict=True)) for row in rows]


def csv_of(client: Client, wave: Wave, separator: str) -> str:
    response = client.get(address("csv", wave), {"separator": separator})
    return response.getvalue().decode()


def stored(wave: Wave) -> dict[Key, tuple[float | None, ...]]:
    """The numbers of every published row as the database holds them."""
    return {
        (row.indicator, row.option, str(int(row.weighted))): tuple(getattr(row, field) for field in FIELDS)
        for row in Estimate.objects.filter(publication__wave=wave)
    }


def key_of(row: dict[str, Any]) -> Key:
    return row["INDICATOR"], row["OPTION"] or "", row["WEIGHTED"]


def test_the_workbook_holds_the_stored_numbers(client: Client, surveyed: Surveyed) -> None:
    book = book_of(client, surveyed.raked)
    assert book.sheetnames == ["Readme", "Indicators", "Wide"]
    rows = table_of(book, "Indicators")
    assert {key_of(row): tuple(row[name] for name in NUMBERS) for row in rows} == stored(surveyed.raked)
    assert len(rows) == len(stored(surveyed.raked))
    assert all(isinstance(row[name], int | float | None) for row in rows for name in NUMBERS)
    names = {(one.code, one.name["kk"], one.name["ru"]) for one in catalogue().indicators}
    told = {(row["INDICATOR"], row["NAME_KK"], row["NAME_RU"]) for row in rows}
    assert {name for name in told if name[0] not in {NAMED, SEVERE, STRAINED}} == names
    assert {name[0] for name in told - names} == {NAMED, SEVERE, STRAINED}
    towns = {(row["TOWN_KK"], row["TOWN_RU"], row["REF_AREA"]) for row in rows}
    assert towns == {("Теміртау", "Темиртау", "352410000")}
    own = [row for row in rows if row["INDICATOR"] == "life_satisfied"]
    words = {row["OPTION"] or "": (row["OPTION_KK"], row["OPTION_RU"]) for row in own}
    choices = waves.form(surveyed.version).lists["satisfaction"]
    spoken = {choice.value: (choice.labels["kk"], choice.labels["ru"]) for choice in choices}
    assert words == {"": (None, None), **{value: spoken[value] for value in waves.GRADES[:3]}}


def test_hidden_cells_are_empty(client: Client, surveyed: Surveyed) -> None:
    for wave in (surveyed.raked, surveyed.raw):
        rows = table_of(book_of(client, wave), "Indicators")
        hidden = [row for row in rows if row["CONF_STATUS"] != "F"]
        assert {row["CONF_STATUS"] for row in hidden} <= {"C", "D", "N"}
        assert len(hidden) == Estimate.objects.filter(publication__wave=wave, value=None).count() > 0
        assert {row[name] for row in hidden for name in NUMBERS if name != "N"} == {None}
        assert {row["OBS_STATUS"] for row in hidden} == {"Q"}
        plain = list(csv.DictReader(io.StringIO(csv_of(client, wave, ",").removeprefix(BOM))))
        gone = [row for row in plain if row["CONF_STATUS"] != "F"]
        assert len(gone) == len(hidden)
        assert {row[name] for row in gone for name in NUMBERS if name != "N"} == {""}


@pytest.mark.parametrize(("kind", "hidden"), [("raked", False), ("raw", True)])
def test_the_wide_sheet_is_the_long_one_in_percent(kind: str, hidden: bool, client: Client, surveyed: Surveyed) -> None:
    wave = getattr(surveyed, kind)
    wide = [tuple(row.values()) for row in table_of(book_of(client, wave), "Wide")]
    numbers = stored(wave)
    wanted = []
    for one in catalogue().indicators:
        assert one.unit is Unit.SHARE
        raw = numbers[one.code, "", "0"]
        shown = numbers.get((one.code, "", "1"), raw)
        percents = [None if part is None else round(100 * part, 1) for part in (shown[0], *shown[2:4], raw[0])]
        wanted.append((one.name["kk"], one.name["ru"], *percents, shown[4], None, None, None))
    assert wide == wanted
    assert any(row[2] is None for row in wide) == hidden


def test_the_readme_says_it_in_kazakh_and_russian(client: Client, surveyed: Surveyed) -> None:
    lines = [row for row in book_of(client, surveyed.raked)["Readme"].iter_rows(values_only=True) if row[0]]
    half = len(lines) // 2
    assert [lines[0][1], lines[half][1]] == ["Теміртау", "Темиртау"]
    titles = surveyed.raked.version.questionnaire.titles
    assert [lines[1][1], lines[half + 1][1]] == [titles["kk"], titles["ru"]]
    assert lines[0][0] != lines[half][0]
    assert f"'{waves.SOURCE}, 2025" in [value for _label, value in lines]


@pytest.mark.parametrize("kind", ["raked", "raw"])
def test_the_readme_hides_how_many_exactly(kind: str, client: Client, surveyed: Surveyed) -> None:
    wave = getattr(surveyed, kind)
    first = Publication.objects.get(wave=wave)
    first.pk, first.replaces_id, first.number = uuid7(), first.pk, 2
    first.responses, first.n_eff = 63, 63.0 if kind == "raw" else 61.7
    first.save(force_insert=True)
    values = [value for _label, value in book_of(client, wave)["Readme"].iter_rows(values_only=True)]
    assert values.count(65) == (4 if kind == "raw" else 2)
    assert values.count(60) == (0 if kind == "raw" else 2)
    assert not {63, 61.7} & set(values)


def test_the_same_results_are_the_same_bytes(client: Client, surveyed: Surveyed) -> None:
    first, second = (client.get(address("xlsx", surveyed.raked, language)).content for language in ("kk", "kk"))
    assert first == second
    assert first.startswith(b"PK")


@pytest.mark.parametrize("separator", [",", ";"])
def test_the_csv_holds_the_stored_numbers(separator: str, client: Client, surveyed: Surveyed) -> None:
    text = csv_of(client, surveyed.raked, separator)
    assert text.startswith(f"{BOM}FREQ{separator}REF_AREA{separator}")
    assert text.count(BOM) == 1
    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BOM)), delimiter=separator))
    found = {key_of(row): tuple(float(row[name]) if row[name] else None for name in NUMBERS) for row in rows}
    assert found == stored(surveyed.raked)
    assert all("," not in row[name] for row in rows for name in NUMBERS)
    assert {row["WEIGHTED"] for row in rows} == {"0", "1"}


def test_another_separator_is_the_usual_one(client: Client, surveyed: Surveyed) -> None:
    assert csv_of(client, surveyed.raked, "\n") == csv_of(client, surveyed.raked, ",")


def test_no_cell_would_run(client: Client, surveyed: Surveyed) -> None:
    Town.objects.filter(pk=surveyed.margin_town.pk).update(name_kk="=1+1", name_ru="@SUM(A1)", name_en="-2")
    book = book_of(client, surveyed.raked)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    texts = [str(cell.value) for cell in cells if cell.data_type == "s"]
    rows = list(csv.reader(io.StringIO(csv_of(client, surveyed.raked, ";").removeprefix(BOM)), delimiter=";"))
    texts += [cell for row in rows for cell in row]
    assert {"'=1+1", "'@SUM(A1)", "'-2"} <= set(texts)
    assert [text for text in texts if text.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_nothing_of_an_open_or_unknown_wave(client: Client, surveyed: Surveyed) -> None:
    for kind in ("xlsx", "csv"):
        response = client.get(address(kind, surveyed.unsealed))
        assert response.status_code == HTTPStatus.NOT_FOUND
        assert "ETag" not in response


def test_files_of_a_wave_that_nobody_answered(client: Client, surveyed: Surveyed) -> None:
    wave = waves.closed_wave(town=surveyed.margin_town, version=surveyed.version, people=[], sheets=[], now=NOW)
    count_wave(wave_id=wave.pk, now=NOW)
    book = book_of(client, wave)
    assert {row["N"] for row in table_of(book, "Indicators")} == {0}
    assert {row["CONF_STATUS"] for row in table_of(book, "Indicators")} == {"N"}


def test_an_unchanged_file_is_not_sent_again(client: Client, surveyed: Surveyed) -> None:
    for kind in ("xlsx", "csv"):
        etag = client.get(address(kind, surveyed.raked))["ETag"]
        again = client.get(address(kind, surveyed.raked), headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("kk", ["Түсіндірме", "Көрсеткіштер", "Қысқаша кесте"]),
        ("ru", ["Пояснения", "Показатели", "Сводная таблица"]),
        ("de", ["Erläuterung", "Indikatoren", "Übersicht"]),
        ("en", ["Readme", "Indicators", "Wide"]),
    ],
)
def test_sheets_are_named_in_the_language_of_the_page(
    client: Client, surveyed: Surveyed, language: str, names: list[str]
) -> None:
    content = client.get(address("xlsx", surveyed.raked, language)).content
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == names


def test_no_translation_can_break_the_file() -> None:
    assert sheet_name("Figures [2026]: a/b * 'long and longer and longest'") == "Figures  2026   a b   'long and"
    assert sheet_name("'quoted'") == "quoted"
    assert len(sheet_name("x" * 40)) == 31
