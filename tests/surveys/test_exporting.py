"""What is exported imports again to the same questionnaire: ours, those of others, and ones drawn at random."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import CompiledForm, compile_xlsform
from councils.surveys.rules.exporting import export_xlsform

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUTSIDE = ROOT.parent / "shared/data/outside/xlsform"
OURS = [ROOT / "councils/surveys/data/life_in_our_town.xlsx", HERE / "data/gardens.xls"]
OTHERS = sorted(one for one in OUTSIDE.glob("*.*") if one.name not in {"duplicate_columns.xlsx", "LICENSE.pyxform"})

WHOLE = HERE / "data/whole.md"  # a questionnaire with one of everything


def compiled(content: bytes, filename: str) -> CompiledForm:
    return compile_xlsform(content=content, filename=filename).form


def told(form: CompiledForm) -> dict[str, Any]:
    """Everything but the digest, which is computed of all the rest and its order."""
    return {key: value for key, value in form.to_dict().items() if key != "digest"}


def again(form: CompiledForm) -> CompiledForm:
    return compiled(export_xlsform(form), "again.xlsx")


@pytest.mark.parametrize("source", [*OURS, *OTHERS], ids=lambda source: source.name)
def test_a_questionnaire_survives_its_export(source: Path) -> None:
    form = compiled(source.read_bytes(), source.name)
    assert told(again(form)) == told(form)


def test_every_feature_survives_its_export() -> None:
    form = compiled(WHOLE.read_bytes(), WHOLE.name)
    assert {group.name for group in form.groups if group.is_repeat or group.is_matrix} == {"child", "toy", "m"}
    assert told(again(form)) == told(form)


def test_a_list_that_is_only_looked_up_comes_along() -> None:
    lines = (
        "| survey |",
        "| | type | name | label | calculation |",
        "| | select_one l | a | A | |",
        "| | calculate | size | | instance('m')/root/item[name = ${a}]/people |",
        "| choices |",
        "| | list_name | name | label | people |",
        "| | l | x | X | |",
        "| | m | x | X | 7000 |",
    )
    form = compiled("\n".join(lines).encode(), "form.md")
    assert set(form.lists) == {"l", "m"}
    assert told(again(form)) == told(form)


def test_references_are_written_as_people_write_them() -> None:
    book = openpyxl.load_workbook(io.BytesIO(export_xlsform(compiled(WHOLE.read_bytes(), WHOLE.name))))
    rows = list(book["survey"].iter_rows(values_only=True))
    column = {header: number for number, header in enumerate(rows[0])}
    cells = {row[column["name"]]: row for row in rows[1:] if row[column["name"]]}
    assert cells["child"][column["repeat_count"]] == "${rg}"
    assert cells["kind"][column["choice_filter"]] == "name != ${cname}"
    assert cells["many"][column["calculation"]] == "count(${child}) + sum(${rg})"
    assert cells["called"][column["calculation"]] == "jr:choice-name(${kind}, '${kind}')"


def test_the_same_form_gives_the_same_bytes_and_no_cell_is_computed() -> None:
    form = compiled(WHOLE.read_bytes(), WHOLE.name)
    content = export_xlsform(form)
    assert content == export_xlsform(form)
    kinds = {
        cell.data_type
        for sheet in openpyxl.load_workbook(io.BytesIO(content))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert kinds == {"s"}


_TYPES = ("text", "integer", "decimal", "select_one l", "select_multiple l", "rank l", "date", "note", "geopoint")


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """Rows in random groups and repeats, each reading the one before it."""
    rows: list[str] = []
    ends: list[str] = []
    names = ["q0"]
    for number in range(1, draw(st.integers(2, 7))):
        bracket = draw(st.sampled_from(["", "", "group", "repeat", "end"]))
        if bracket == "end" and ends:
            rows.append(ends.pop())
        elif bracket in {"group", "repeat"}:
            ends.append(f"| | end_{bracket} | | | | |")
            rows.append(f"| | begin_{bracket} | g{number} | Group {number} | | |")
        other = draw(st.sampled_from(names))
        relevant = draw(st.sampled_from(["", f"${{{other}}} != ''", f"${{{other}}} = 'x' or ${{q0}} > 2"]))
        label = draw(st.sampled_from(["Words", "“Quoted” – words", f"About ${{{other}}}", "=1+1", "a &amp; b <i>"]))
        kind = draw(st.sampled_from(_TYPES))
        rows.append(f"| | {kind} | q{number} | {label} | {relevant} | {draw(st.sampled_from(['', 'yes']))} |")
        names.append(f"q{number}")
    rows += ends[::-1]
    head = ["| survey |", "| | type | name | label | relevant | required |", "| | text | q0 | First | | |"]
    tail = ["| choices |", "| | list_name | name | label | side |", "| | l | x | X | left |", "| | l | y | Y | |"]
    return "\n".join([*head, *rows, *tail]).encode()


@given(sheets())
@settings(max_examples=25, deadline=None)
def test_random_questionnaires_survive_their_export(content: bytes) -> None:
    form = compiled(content, "form.md")
    assert told(again(form)) == told(form)
