"""Which files are taken as questionnaires, and that the others are refused before they can do harm."""

import io
import zipfile
from collections import Counter
from functools import lru_cache
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation

from councils.surveys.rules import LARGEST_FILE, FormRefusedError, Imported, Problem, compile_xlsform
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


@lru_cache(maxsize=4)
def outsider(name: str) -> Imported:
    """A questionnaire of others, imported once."""
    return compile_xlsform(content=(OUTSIDE / name).read_bytes(), filename=name)


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
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("excel_with_macros.xlsm", {"select_one": 1, "metadata": 1}),
        (
            "flat_xlsform_test.xlsx",
            {"text": 6, "note": 13, "select_one": 7, "select_multiple": 1, "metadata": 9, "integer": 2}
            | dict.fromkeys(("decimal", "acknowledge", "date", "time", "datetime", "geopoint", "barcode"), 1)
            | dict.fromkeys(("image", "audio", "video", "calculate"), 1),
        ),
        (
            "xlsform_spec_test.xlsx",
            {"text": 6, "note": 12, "select_one": 7, "select_multiple": 1, "metadata": 8, "integer": 2}
            | dict.fromkeys(("decimal", "acknowledge", "date", "time", "datetime", "geopoint", "barcode"), 1)
            | dict.fromkeys(("image", "audio", "video"), 1)
            | {"calculate": 2},
        ),
    ],
)
@pytest.mark.soak
def test_the_largest_outside_questionnaires_are_imported_whole(name: str, counts: dict[str, int]) -> None:
    form = outsider(name).form
    assert Counter(question.type for question in form.questions) == counts


@outside
def test_the_specification_keeps_its_repeat_its_tables_and_its_media() -> None:
    form = outsider("xlsform_spec_test.xlsx").form
    repeat = next(group for group in form.groups if group.is_repeat)
    assert (repeat.name, repeat.count, repeat.labels) == (
        "repeat_test",
        "/data/everything/repeat_test_count",
        {"en": "repeat_test"},
    )
    assert [group.name for group in form.groups if group.is_matrix] == ["labeled_select_group", "name"]
    assert {question.name for question in form.questions if question.repeat == repeat.path} == {
        "required_text",
        "select_multiple_test",
        "label-test",
        "list-nolabel-test",
        "reserved_name_for_field_list_labels_25",
        "table_list_question",
        "compact-test",
        "compact-2-test",
    }
    assert form.question("text_image_audio_video_test").media == {
        "image": {"en": "img_test_2.jpg", "chinese": "img_test.jpg"},
        "audio": {"en": "audio_test.wav", "chinese": "chinese_audio.wav"},
        "video": {"en": "test.mov", "chinese": "test.mov"},
    }
    assert form.files == (
        "a.jpg",
        "audio_test.wav",
        "b.jpg",
        "chinese_audio.wav",
        "img_test.jpg",
        "img_test_2.jpg",
        "test.mov",
    )


@outside
def test_the_report_names_cells_as_the_spreadsheet_shows_them() -> None:
    found = outsider("xlsform_spec_test.xlsx")
    assert [(one.place, one.code.value, one.detail) for one in found.report] == [
        ("survey!Y1", "column", "buttonText"),
        ("survey!X9", "attribute", "body::autoplay"),
        ("survey!L11", "appearance", "autocomplete"),
        ("survey!L12", "appearance", "autocomplete_chars"),
        ("survey!L18", "appearance", "minimal"),
        ("survey!L27", "appearance", "compact"),
        ("survey!L28", "appearance", "compact-2"),
        ("survey!A42", "metadata", "start"),
        ("survey!A44", "metadata", "end"),
        ("survey!A46", "metadata", "today"),
        ("survey!A48", "metadata", "deviceid"),
        ("survey!A50", "metadata", "uri_deviceid"),
        ("survey!A52", "metadata", "phonenumber"),
        ("survey!L57", "appearance", "ex:org.thirdparty.app.ActivityName"),
        ("survey!Z57", "attribute", "bind::jr:noAppErrorString"),
        ("settings!C2", "setting", "public_key"),
        ("settings!D2", "setting", "submission_url"),
        ("settings!I2", "instance_name", "instance_name"),
    ]


@outside
def test_the_form_for_devices_sends_nothing_elsewhere_and_names_nobody() -> None:
    xform = outsider("xlsform_spec_test.xlsx").xform
    assert [word for word in ("<submission", "base64RsaPublicKey", "instanceName") if word in xform] == []
    assert "<instanceID/>" in xform


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
