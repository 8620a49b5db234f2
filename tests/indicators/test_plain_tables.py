"""Surveys without indicators: plain tables of their closed questions, counted once, protected, on the wave's page."""

import csv
import io
import re
from http import HTTPStatus
from uuid import uuid4

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from councils.indicators import tasks
from councils.indicators.actions import count_wave, recount
from councils.indicators.models import CountRun, Publication
from councils.indicators.rules.cube import Kind, Layout, Question, build
from councils.indicators.rules.margins import CellSpace
from councils.indicators.rules.plain import Asked, PlainTable, plain_tables
from councils.indicators.rules.suppression import audit
from councils.indicators.states import WeightingRefusal, Withheld
from councils.surveys.actions import import_questionnaire
from councils.surveys.models import QuestionnaireVersion, Wave
from councils.surveys.queries.library import ready_blocks
from councils.surveys.rules import compile_xlsform
from councils.surveys.rules.blocks import compose
from councils.surveys.rules.ordering import deciding
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.test_results_page import address, drawings, page_of, table_rows
from tests.payments.stage import text_of
from tests.surveys.conftest import small_form

pytestmark = pytest.mark.xdist_group("surveyed")

# One hundred people after a heating failure: three freeze, two of them have an infant at home.
WARMTH = ["warm"] * 60 + ["cool"] * 37 + ["freezing"] * 3
DAYS = ["none"] * 50 + ["one"] * 30 + ["three"] * 20


def sheet(number: int) -> waves.Answers:
    return {
        "shock_warmth": WARMTH[number],
        "shock_cold_days": DAYS[number],
        "shock_frail": ["infants", "ill"] if number < 2 else ["elderly", "ill"] if number < 32 else ["none"],
        "shock_warm_help": ["heater"] if number % 4 else ["food", "transport"],
        "shock_informed": "yes" if number % 2 else "no",
    }


def pulse() -> QuestionnaireVersion:
    [block] = [one for one in ready_blocks() if one.name == "shock_heating"]
    titles = {"kk": "Жылу", "ru": "Тепло", "de": "Wärme", "en": "Heat"}
    content = compose(blocks=[block], form_id="heat", titles=titles)
    return import_questionnaire(actor=None, slug="heat", content=content, filename="heat.xlsx", now=NOW)


def closed(surveyed: Surveyed, answers: int) -> Wave:
    version = pulse()
    wave = waves.closed_wave(town=surveyed.margin_town, version=version, people=[], sheets=[], now=NOW)
    waves.fill(wave=wave, version=version, sheets=[sheet(number) for number in range(answers)])
    return wave


def tables_of(wave: Wave) -> dict[str, PlainTable]:
    stored = Publication.objects.get(wave=wave, number=1).tables
    return {table.question: table for table in map(PlainTable.from_json, stored)}


def told(table: PlainTable) -> dict[str, float | Withheld | None]:
    return {cell.option: cell.withheld or cell.share for cell in table.cells}


def test_a_known_town_is_counted_as_it_answered(surveyed: Surveyed) -> None:
    wave = closed(surveyed, 100)
    run = count_wave(wave_id=wave.pk, now=NOW)
    assert (run.responses, run.weighting, run.weighting_note) == (100, "unweighted", WeightingRefusal.NO_CATALOGUE)
    found = tables_of(wave)
    assert list(found) == ["shock_warmth", "shock_cold_days", "shock_frail", "shock_warm_help", "shock_informed"]
    days = found["shock_cold_days"]
    assert told(days) == {"none": 0.5, "one": 0.3, "three": 0.2, "more": 0.0, "hard_to_say": 0.0}
    assert days.base == 100
    half = days.cells[0]
    assert (half.low, half.high) == (0.404, 0.596)  # Wilson's interval of 50 of 100
    helped = told(found["shock_warm_help"])  # of several answers: 25 of 100 ticked two of them
    assert (helped["heater"], helped["food"], helped["transport"], helped["shelter"]) == (0.75, 0.25, 0.25, 0.0)


def test_three_people_and_what_would_tell_of_them_are_hidden(surveyed: Surveyed) -> None:
    wave = closed(surveyed, 100)
    count_wave(wave_id=wave.pk, now=NOW)
    found = tables_of(wave)
    assert told(found["shock_warmth"]) == {
        "warm": 0.6,
        "cool": Withheld.PROTECTS_OTHERS,
        "cold": 0.0,
        "freezing": Withheld.SMALL_CELL,
        "hard_to_say": 0.0,
    }
    assert told(found["shock_frail"])["infants"] == Withheld.SMALL_CELL
    # Whoever takes the open parts from the total is left with forty people in two answers, and no more.
    hidden = np.array([cell.withheld is not None for cell in found["shock_warmth"].cells])
    counts = np.array([60, 37, 0, 3, 0])
    assert audit(counts=counts, hidden=hidden) == ()
    assert [one.option for one in audit(counts=counts, hidden=counts == 3)] == [3]
    stored = Publication.objects.get(wave=wave).tables
    assert [cell["share"] for cell in stored[0]["cells"]] == [0.6, None, 0.0, None, 0.0]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [(0, Withheld.NO_ANSWERS), (4, Withheld.FEW_ANSWERS), (29, Withheld.SMALL_EFFECTIVE_SAMPLE), (30, None)],
)
def test_too_few_answers_make_no_table(answers: int, reason: Withheld | None, surveyed: Surveyed) -> None:
    wave = closed(surveyed, answers)
    count_wave(wave_id=wave.pk, now=NOW)
    assert {table.withheld for table in tables_of(wave).values()} == {reason}
    assert all(bool(table.cells) == (table.base == 30) == (reason is None) for table in tables_of(wave).values())


def test_counting_twice_changes_nothing(surveyed: Surveyed) -> None:
    wave = closed(surveyed, 100)
    assert tasks.count_wave(str(wave.pk)) == 100
    first = Publication.objects.get(wave=wave)
    assert tasks.count_wave(str(wave.pk)) == 100
    again = Publication.objects.get(wave=wave)
    assert (again.pk, again.tables, again.sha256) == (first.pk, first.tables, first.sha256)
    assert recount(wave_id=wave.pk, now=NOW)
    assert not CountRun.objects.get(wave=wave).drifted


def test_an_open_wave_shows_no_table(client: Client, surveyed: Surveyed) -> None:
    version = pulse()
    wave = waves.open_wave(town=surveyed.margin_town, version=version, now=NOW)
    waves.answer(wave=wave, people=surveyed.people[:40], sheets=[sheet(n) for n in range(40)], now=NOW)
    with override("en"):
        for name in ("indicators:wave", "indicators:answers"):
            answers = [client.get(reverse(name, args=[pk])) for pk in (wave.pk, uuid4())]
            assert [one.status_code for one in answers] == [HTTPStatus.NOT_FOUND] * 2
    assert not CountRun.objects.filter(wave=wave).exists()


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_everybody_reads_the_tables_in_their_language(language: str, client: Client, surveyed: Surveyed) -> None:
    wave = closed(surveyed, 100)
    count_wave(wave_id=wave.pk, now=NOW)
    page = page_of(client, wave, language)
    form = waves.form(wave.version)
    labels = [form.words(one.labels, language) for one in form.questions if one.name in tables_of(wave)]
    headings = [text_of(one.encode()) for one in re.findall(r"<h3>(.*?)</h3>", page, re.DOTALL)]
    assert headings == labels
    assert [svg[0].text for svg in drawings(page)] == labels
    rows = table_rows(page)
    asked = form.question("shock_cold_days")
    assert [head for head, _cells in rows[5:10]] == [form.words(one.labels, language) for one in form.choices(asked)]
    with override(language):
        assert text_of(page.encode()).count(str(Withheld.SMALL_CELL.label)) == 4  # two of them, each drawn and told
    with override(language):
        edition = client.get(reverse("indicators:vintage", args=[wave.pk, 1]))
    assert drawings(edition.content.decode()) != []
    assert table_rows(edition.content.decode()) == rows
    if language == "en":
        assert [cells for _head, cells in rows[:2]] == [["60%", "50–69%"], ["–", "–"]]


def test_the_page_asks_little_of_the_database(client: Client, surveyed: Surveyed) -> None:
    wave = closed(surveyed, 100)
    count_wave(wave_id=wave.pk, now=NOW)
    page_of(client, wave)
    with CaptureQueriesContext(connection) as asked:
        client.get(address(wave.pk))
    assert len(asked) == 4  # version, wave, vintages, figures


def test_the_file_holds_the_table(client: Client, surveyed: Surveyed) -> None:
    wave = closed(surveyed, 100)
    count_wave(wave_id=wave.pk, now=NOW)
    with override("en"):
        response = client.get(reverse("indicators:answers", args=[wave.pk]))
        again = client.get(response.request["PATH_INFO"], headers={"If-None-Match": response["ETag"]})
        none = client.get(reverse("indicators:answers", args=[surveyed.raw.pk]))
    assert (again.status_code, response.cookies) == (HTTPStatus.NOT_MODIFIED, {})
    assert "public" in response["Cache-Control"]
    assert none.status_code == HTTPStatus.NOT_FOUND
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    cells = [cell for table in tables_of(wave).values() for cell in table.cells]
    assert [(row["OPTION"], row["OBS_VALUE"]) for row in rows] == [
        (cell.option, "" if cell.share is None else str(cell.share)) for cell in cells
    ]
    assert {(row["N"], row["WEIGHTED"], row["VINTAGE"]) for row in rows} == {("100", "0", "1")}


HEATED = Question("heated", Kind.ONE, ("yes", "no"))
CONTENT = Question("content", Kind.ONE, ("glad", "sad"))


@pytest.mark.parametrize(
    ("heated", "withheld"),
    [
        ((70, 30), None),
        ((97, 3), Withheld.PROTECTS_OTHERS),  # three are not asked: how many were would tell of them
        ((40, 0), None),
    ],
)
def test_a_question_of_some_does_not_tell_what_decides_it(heated: tuple[int, int], withheld: Withheld | None) -> None:
    layout = Layout((HEATED, CONTENT), CellSpace((), ()))
    warm, cold = heated
    codes = np.array([[1, 1 + n % 2] for n in range(warm)] + [[2, 0]] * cold)
    cube = build(layout=layout, codes=codes, cells=np.full(len(codes), -1))
    some = Asked("content", of_some=True, decided_by=frozenset({"heated"}))
    tables = plain_tables(layout=layout, cube=cube, asked=[Asked("heated", of_some=False), some])
    assert [table.withheld for table in tables] == [None, withheld]
    # Asked because of a number, which no table shows, it still must not tell how few were left out.
    alone = plain_tables(layout=layout, cube=cube, asked=[Asked("content", of_some=True)])
    assert [table.withheld for table in alone] == [withheld]


def test_an_endless_list_makes_no_table() -> None:
    layout = Layout((Question("village", Kind.ONE, tuple(map(str, range(201)))),), CellSpace((), ()))
    cube = build(layout=layout, codes=np.ones((40, 1), dtype=np.int64), cells=np.full(40, -1))
    [table] = plain_tables(layout=layout, cube=cube, asked=[Asked("village", of_some=False)])
    assert table == PlainTable("village", of_some=False, withheld=Withheld.TOO_MANY_OPTIONS)


def test_what_decides_a_question_is_found() -> None:
    form = compile_xlsform(content=small_form(), filename="gardens.md").form
    found = deciding(form)
    assert {name: found[name] for name in ("garden", "flowers", "tools", "wish")} == {
        "garden": frozenset(),
        "flowers": frozenset({"garden"}),
        "tools": frozenset(),
        "wish": frozenset({"garden"}),
    }
