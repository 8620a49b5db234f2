"""The akimat's officer: what residents say, as a page, as a workbook that is opened and read back, and as CSV."""

import csv
import io
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import DESK
from tests.journeys.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

DASH = "–"


def _table(page: Page) -> dict[str, tuple[str, ...]]:
    """Indicator name -> weighted, as answered, interval, number of answers: as the page prints them."""
    rows = page.locator("main tbody tr").evaluate_all(
        "rows => rows.map(row => [row.querySelector('th').firstChild.textContent,"
        " ...[...row.querySelectorAll('td')].map(cell => cell.textContent)])"
    )
    found = {name.strip(): tuple(cell.strip() for cell in cells) for name, *cells in rows}
    assert len(found) == len(rows)
    return found


def _printed(value: Decimal | float | str | None, unit: str) -> str:
    """A figure of the file, as the page prints it: whole per cent, or two decimals, and a comma."""
    if value in {None, ""}:
        return DASH
    exact = Decimal(str(value)) * (100 if unit == "share" else 1)
    digits = 0 if unit == "share" else 2
    return str(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)).replace(".", ",")


def _interval(row: dict[str, Any]) -> str:
    ends = [_printed(row[end], row["UNIT_MEASURE"]) for end in ("CI_LOW", "CI_HIGH")]
    return DASH if DASH in ends else DASH.join(ends)


def _expected(rows: list[dict[str, Any]], name: str) -> dict[str, tuple[str, ...]]:
    """What the page has to print, from the long rows of the file: weighted and raw figure, interval, answers."""
    indicators: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if not row["OPTION"]:
            indicators.setdefault(row[name], {})[row["WEIGHTED"]] = row
    found: dict[str, tuple[str, ...]] = {}
    for label, pair in indicators.items():
        raw, weighted = pair["0"], pair.get("1")
        shown = weighted or raw
        as_answered = _printed(raw["OBS_VALUE"], raw["UNIT_MEASURE"])
        found[label] = (
            _printed(weighted["OBS_VALUE"], raw["UNIT_MEASURE"]) if weighted else DASH,
            f"{as_answered}({_interval(raw)})" if weighted else as_answered,
            _interval(shown),
            str(shown["N"] or 0),
        )
    return found


def _bare(cells: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(re.sub(r"[\s%]", "", cell) for cell in cells)


def _download(officer: Reader, ending: str) -> Path:
    with officer.page.expect_download() as got:
        officer.page.locator(f"main a[href$='{ending}']").click()
    assert re.fullmatch(r"asar-tekeli-wave-1\.(csv|xlsx)", got.value.suggested_filename)
    return got.value.path()


def test_the_summary_is_downloaded_and_read_back(reader: Callable[..., Reader]) -> None:
    officer = reader("kk", size=DESK)
    officer.enter("akimat")
    officer.follow("surveys/tekeli/")
    officer.look("surveys")
    officer.page.locator("main article").last.locator("a").first.click()
    officer.arrive("surveys/wave/*/")
    officer.follow("indicators/*/")
    officer.look("indicators", judge=True)
    shown = {"kk": _table(officer.page)}
    officer.page.locator("header a[lang=ru]").click()
    officer.language = "ru"
    officer.arrive("indicators/*/")
    shown["ru"] = _table(officer.page)
    assert len(shown["kk"]) == len(shown["ru"]) > 20

    book = openpyxl.load_workbook(io.BytesIO(_download(officer, "summary.xlsx").read_bytes()), read_only=True)
    assert book.sheetnames == ["Пояснения", "Показатели", "Сводная таблица"]
    header, *lines = book["Показатели"].iter_rows(values_only=True)
    long = [dict(zip(map(str, header), line, strict=True)) for line in lines]
    for language in ("kk", "ru"):
        printed = {name: _bare(cells) for name, cells in shown[language].items()}
        assert _expected(long, f"NAME_{language.upper()}") == printed
    head, *wide = book["Сводная таблица"].iter_rows(values_only=True)
    assert head[:2] == ("Көрсеткіш", "Показатель")
    assert [(row[0], row[1]) for row in wide] == list(zip(shown["kk"], shown["ru"], strict=True))
    book.close()

    text = _download(officer, "summary.csv").read_bytes().decode("utf-8-sig")
    assert _expected(list(csv.DictReader(io.StringIO(text))), "NAME_RU") == {
        name: _bare(cells) for name, cells in shown["ru"].items()
    }
    text = _download(officer, "?separator=;").read_bytes().decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(text), delimiter=";"))) == len(long)
