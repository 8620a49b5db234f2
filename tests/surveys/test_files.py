"""Which files are taken as questionnaires, and that the others are refused before they can do harm."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation

from councils.surveys.rules import LARGEST_FILE, FormRefusedError, Problem, compile_xlsform
from councils.surveys.states import FormProblem

OUTSIDE = Path(__file__).parents[3] / "shared/data/outside/xlsform"
HERE = Path(__file__).parent


def table(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def refused(content: bytes, filename: str) -> tuple[Problem, ...]:
    with pytest.raises(FormRefusedError) as caught:
        compile_xlsform(content=content, filename=filename)
    return caught.value.problems


def workbook(rows: list[tuple[str, ...]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


outside = pytest.mark.skipif(not OUTSIDE.is_dir(), reason="the outside questionnaires are not here")


@outside
def test_the_duplicate_column_is_refused_with_its_place_and_says_what_to_do() -> None:
    source = OUTSIDE / "duplicate_columns.xlsx"
    (problem,) = refused(source.read_bytes(), source.name)
    assert (problem.place, problem.code) == ("survey!E1", FormProblem.DUPLICATE_COLUMN)
    with translation.override("en"):
        assert problem.message == "The column “label” stands twice in the header row. Rename or delete one of the two."


@outside
@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("group.md", {"1": ("family_name",), "father": ("phone_number", "age")}),
        ("specify_other.xlsx", {"1": ("sex", "sex_other")}),
        ("utf_csv.csv", {"1": ("burger_toppings",)}),
        ("xl_date_ambiguous.xlsx", {"1": ("name1", "name2", "name3", "names")}),
    ],
)
def test_outside_questionnaires_are_imported(name: str, sections: dict[str, tuple[str, ...]]) -> None:
    form = compile_xlsform(content=(OUTSIDE / name).read_bytes(), filename=name).form
    assert {section.name: section.questions for section in form.sections} == sections


@outside
@pytest.mark.parametrize("name", ["excel_with_macros.xlsm", "flat_xlsform_test.xlsx", "xlsform_spec_test.xlsx"])
def test_outside_questionnaires_with_more_than_we_can_do_are_refused_for_nothing_else(name: str) -> None:
    """pyxform converts them; each refusal is "not supported yet" at a cell of theirs, none is about reading."""
    problems = refused((OUTSIDE / name).read_bytes(), name)
    assert [one for one in problems if not one.code.value.endswith("_unsupported")] == []
    # A group that pyxform makes itself for table-list has no row of its own.
    assert [one.place for one in problems if one.row is None] in ([], ["survey"])


@outside
def test_the_refusal_names_cells_as_the_spreadsheet_shows_them() -> None:
    problems = refused((OUTSIDE / "xlsform_spec_test.xlsx").read_bytes(), "xlsform_spec_test.xlsx")
    found = {one.place: one.code.value for one in problems}
    assert found["survey!A15"] == "repeat_unsupported"
    assert found["survey!A34"] == "type_unsupported"
    assert found["survey!S10"] == "column_unsupported"
    assert found["settings!C2"] == "setting_unsupported"


def test_old_excel_files_are_read() -> None:
    form = compile_xlsform(content=(HERE / "data/gardens.xls").read_bytes(), filename="gardens.xls").form
    assert (form.form_id, form.version, form.titles) == ("gardens", "2", {"ru": "Огороды"})
    assert [question.name for question in form.questions] == ["people", "garden"]


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"MZ\x90\x00\x03" + bytes(4096), "form.xlsx"),
        (b"MZ\x90\x00\x03" + bytes(4096), "form.md"),
        (b"PK\x03\x04" + bytes(4096), "form.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "form.xls"),
        (b"", "form.xlsx"),
        ("survey".encode("utf-16"), "form.csv"),
        (b'"survey",,\n,"type","name"\n', "form.exe"),
        (b'"survey",,\n,"type","name"\n', "form"),
    ],
)
def test_what_is_no_questionnaire_is_refused_in_one_sentence(content: bytes, filename: str) -> None:
    assert refused(content, filename) == (Problem(code=FormProblem.NOT_A_QUESTIONNAIRE),)


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refused(stream.getvalue(), "form.xlsx") == (Problem(code=FormProblem.NOT_A_QUESTIONNAIRE),)


def test_a_file_over_5_mb_is_refused_unread() -> None:
    assert refused(bytes(LARGEST_FILE + 1), "form.xlsx") == (Problem(code=FormProblem.TOO_LARGE, detail="5 MB"),)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused() -> None:
    stream = io.BytesIO(workbook([("type", "name", "label"), ("text", "a", "A")]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", bytes(61_000_000))
    assert len(stream.getvalue()) < LARGEST_FILE
    assert refused(stream.getvalue(), "form.xlsx") == (Problem(code=FormProblem.TOO_LARGE, detail="5 MB"),)


@pytest.mark.parametrize("lines", [("| survey |", "| | type | name | label |"), ("| choices |", "| | a | b | c |")])
def test_a_questionnaire_without_questions_is_refused(lines: tuple[str, ...]) -> None:
    assert refused(table(*lines), "form.md")[0].code is FormProblem.EMPTY


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (table("| survey |", "| | type | name | label | Label |", "| | text | a | A | B |"), "form.md"),
        (table("survey", ",type,name,label,label", ",text,a,A,B"), "form.csv"),
        (workbook([("type", "name", "label", "label"), ("text", "a", "A", "B")]), "form.xlsx"),
    ],
)
def test_duplicate_columns_are_refused_in_every_kind_of_file(content: bytes, filename: str) -> None:
    (problem,) = refused(content, filename)
    assert (problem.place, problem.code) == ("survey!D1", FormProblem.DUPLICATE_COLUMN)
