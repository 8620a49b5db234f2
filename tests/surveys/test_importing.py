"""What an uploaded file may be, and that everything we cannot carry out is named with its place."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from councils.surveys.rules import (
    LARGEST_FILE,
    CompiledForm,
    FormRefusedError,
    Imported,
    Problem,
    compile_xlsform,
)
from councils.surveys.states import FormProblem

OUTSIDE = Path(__file__).parents[3] / "shared/data/outside/xlsform"
HERE = Path(__file__).parent


def table(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def imported(*lines: str) -> Imported:
    return compile_xlsform(content=table(*lines), filename="form.md")


def refused(content: bytes, filename: str) -> tuple[Problem, ...]:
    with pytest.raises(FormRefusedError) as caught:
        compile_xlsform(content=content, filename=filename)
    return caught.value.problems


def places(*lines: str) -> list[tuple[str, str, str]]:
    return [(one.place, one.code.value, one.detail) for one in refused(table(*lines), "form.md")]


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


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("geopoint | a | A | | |", ("survey!A2", "type_unsupported", "geopoint")),
        ("image | a | A | | |", ("survey!A2", "type_unsupported", "image")),
        ("audio | a | A | | |", ("survey!A2", "type_unsupported", "audio")),
        ("barcode | a | A | | |", ("survey!A2", "type_unsupported", "barcode")),
        ("dateTime | a | A | | |", ("survey!A2", "type_unsupported", "dateTime")),
        ("start | a | | | |", ("survey!A2", "type_unsupported", "start")),
        ("deviceid | a | | | |", ("survey!A2", "type_unsupported", "deviceid")),
        ("acknowledge | a | A | | |", ("survey!A2", "type_unsupported", "acknowledge")),
        ("hidden | a | A | | |", ("survey!A2", "type_unsupported", "hidden")),
        ("text | a | A | uuid() != '' | |", ("survey!D2", "function_unsupported", "uuid()")),
        ("text | a | A | | . = 'x' and sum(/data/a) > 1 |", ("survey!E2", "function_unsupported", "sum()")),
        ("text | a | A | | count(//a) > 1 |", ("survey!E2", "function_unsupported", "count()")),
        ("text | a | A | | //a > 1 |", ("survey!E2", "expression_unreadable", "//a > 1")),
        ("text | a | A | | . > |", ("survey!E2", "expression_unreadable", ". >")),
        ("text | a | A | | regex(., '[a-z') |", ("survey!E2", "pattern_unreadable", "[a-z")),
        ("text | a | A | /data/nobody = 1 | |", ("survey!D2", "reference_unknown", "/data/nobody")),
        ("text | a | A | . = 'x' | |", ("survey!D2", "circle", "a → a")),
        ("text | a | A | | | now()", ("survey!F2", "default_unsupported", "setvalue")),
    ],
)
def test_what_cannot_be_carried_out_is_refused_at_its_cell(row: str, problem: tuple[str, str, str]) -> None:
    assert places("| survey |", "| | type | name | label | relevant | constraint | default |", f"| | {row} |") == [
        problem
    ]


def test_all_problems_of_a_file_are_named_at_once_in_the_order_of_the_rows() -> None:
    assert places(
        "| survey |",
        "| | type | name | label | relevant | appearance | image |",
        "| | text | a | A | once(1) = 1 | | |",
        "| | begin_repeat | r | R | | | |",
        "| | text | b | B | | | tree.jpg |",
        "| | end_repeat | | | | | |",
        "| | text | c | C | ${d} = 1 | | |",
        "| | text | d | D | ${c} = 1 | ex:org.app | |",
    ) == [
        ("survey!D2", "function_unsupported", "once()"),
        ("survey!A3", "repeat_unsupported", "r"),
        ("survey!F4", "column_unsupported", "image"),
        ("survey!E7", "appearance_unsupported", "ex:org.app"),
    ]


def test_a_circle_over_several_questions_is_named() -> None:
    (found,) = places(
        "| survey |",
        "| | type | name | label | relevant |",
        "| | text | a | A | ${c} = 1 |",
        "| | text | b | B | ${a} = 1 |",
        "| | text | c | C | ${b} = 1 |",
    )
    assert found[1] == "circle"
    assert set(found[2].split(" → ")) == {"a", "b", "c"}


def test_one_name_for_two_questions_is_refused() -> None:
    assert places(
        "| survey |",
        "| | type | name | label |",
        "| | begin_group | g | G |",
        "| | text | a | A |",
        "| | end_group | | |",
        "| | begin_group | h | H |",
        "| | text | a | A |",
        "| | end_group | | |",
    ) == [("survey!B6", "duplicate_name", "a")]


def test_two_columns_for_one_language_are_refused() -> None:
    (problem,) = places(
        "| survey |", "| | type | name | label::English (en) | label::en (en) |", "| | text | a | A | B |"
    )
    assert problem[1:] == ("duplicate_language", "English (en), en (en)")


@pytest.mark.parametrize(
    ("setting", "value", "is_refused"),
    [
        ("public_key", "abc", True),
        ("submission_url", "https://example.org", True),
        ("allow_choice_duplicates", "yes", True),
        ("allow_choice_duplicates", "no", False),
        ("style", "pages", False),
    ],
)
def test_settings_that_mean_something_else_are_refused(setting: str, value: str, is_refused: bool) -> None:
    lines = (
        "| survey |",
        "| | type | name | label |",
        "| | text | a | A |",
        "| settings |",
        f"| | {setting} |",
        f"| | {value} |",
    )
    if is_refused:
        assert places(*lines) == [("settings!A2", "setting_unsupported", setting)]
    else:
        assert imported(*lines).form.questions[0].name == "a"


def test_the_converters_own_refusals_keep_their_place() -> None:
    found = places("| survey |", "| | type | name | label |", "| | text | a | A |", "| | text | a | A again |")
    assert [(place, code) for place, code, _detail in found] == [("survey!B3", "converter")]
    found = places("| survey |", "| | type | name | label | relevant |", "| | text | a | A | ${nobody} = 1 |")
    assert [(place, code) for place, code, _detail in found] == [("survey!D2", "converter")]


def test_a_missing_or_broken_choice_list_is_refused() -> None:
    found = places("| survey |", "| | type | name | label |", "| | select_one nothing | a | A |")
    assert [code for _place, code, _detail in found] == ["converter"]
    found = places(
        "| survey |",
        "| | type | name | label |",
        "| | select_one l | a | A |",
        "| choices |",
        "| | list_name | name | label |",
        "| | l | good | G |",
        "| | l | very good | V |",
    )
    assert found == [("choices!B3", "choice_value", "very good")]


def test_lists_in_other_files_are_refused() -> None:
    lines = ("| survey |", "| | type | name | label | calculation |")
    found = places(*lines, "| | select_one_from_file towns.csv | a | A | |")
    assert {code for _place, code, _detail in found} == {"file_unsupported"}
    found = places(*lines, "| | calculate | a | | pulldata('f', 'x', 'y', 1) |")
    assert found == [
        ("survey", "file_unsupported", "jr://file-csv/f.csv"),
        ("survey!D2", "function_unsupported", "pulldata()"),
    ]


def test_an_authors_own_columns_are_left_out_and_reported() -> None:
    result = imported("| survey |", "| | type | name | label | remarks |", "| | text | a | A | ask Aigul |")
    assert result.ignored == ("survey!D remarks",)
    assert "Aigul" not in json.dumps(result.form.to_dict())


def test_the_compiled_form_survives_json() -> None:
    form = imported(
        "| survey |",
        "| | type | name | label::Қазақша (kk) | label::Русский (ru) | relevant | calculation | parameters |",
        "| | begin_group | g | Топ | Группа | | | |",
        "| | range | a | Қанша? | Сколько? | | | start=0 end=10 step=2 |",
        "| | select_one l or_other | b | Қайсысы? | Что? | ${a} > 2 | | |",
        "| | calculate | twice | | | | ${a} * 2 | |",
        "| | note | n | ${twice} болды | Вышло ${twice} | | | |",
        "| | end_group | | | | | | |",
        "| choices |",
        "| | list_name | name | label::Қазақша (kk) | label::Русский (ru) |",
        "| | l | x | Икс | Икс |",
    ).form
    stored = json.loads(json.dumps(form.to_dict()))
    assert stored == form.to_dict()
    again = CompiledForm.from_dict(stored)
    assert again == form
    assert again.to_dict() == stored
    assert again.question("n").labels == {"kk": "${twice} болды", "ru": "Вышло ${twice}"}
    assert again.languages == {"kk": "Қазақша (kk)", "ru": "Русский (ru)"}


def test_the_digest_changes_with_every_word() -> None:
    lines = ("| survey |", "| | type | name | label |", "| | text | a | A |")
    assert imported(*lines).form.digest == imported(*lines).form.digest
    assert imported(*lines).form.digest != imported(*lines[:-1], "| | text | a | B |").form.digest
