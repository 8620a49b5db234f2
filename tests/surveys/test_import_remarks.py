"""What the import leaves out or carries differently is said at its cell."""

import json

import pytest

from councils.surveys.rules import CompiledForm, Remark
from tests.surveys.test_import_report import imported, reported


def test_other_is_written_in_the_languages_of_the_site() -> None:
    lines = (
        "| survey |",
        "| | type | name | label::Қазақша (kk) | label::English (en) |",
        "| | select_one l or_other | a | А | A |",
        "| | text | b | Ә | B |",
        "| choices |",
        "| | list_name | name | label::Қазақша (kk) | label::English (en) |",
        "| | l | x | Икс | X |",
    )
    form = imported(*lines).form
    assert [(one.value, one.labels) for one in form.lists["l"]] == [
        ("x", {"kk": "Икс", "en": "X"}),
        ("other", {"kk": "Басқа", "en": "Other"}),
    ]
    other = form.question("a_other")
    assert (other.labels["kk"], other.relevant) == ("Нақтылап жазыңыз", "selected(../a, 'other')")
    assert reported(*lines) == [("survey!A2", "other_words", "a")]


@pytest.mark.parametrize(
    ("row", "remark"),
    [
        ("text | a | A | minimal | | | |", ("survey!D2", "appearance", "minimal")),
        ("integer | a | A | ex:org.app(x='1 2') | | | |", ("survey!D2", "appearance", "ex:org.app(x='1 2')")),
        ("text | a | A | | true() | | |", ("survey!E2", "attribute", "bind::saveIncomplete")),
        ("text | a | A | | | ask again | |", ("survey!F2", "guidance", "guidance_hint")),
        ("image | a | A | | | | max-pixels=1000 |", ("survey!G2", "parameter", "max-pixels")),
        ("text | a | A | | | | | 7", ("survey!H2", "attribute", "instance::tag")),
    ],
)
def test_what_only_a_device_does_is_said_at_its_cell(row: str, remark: tuple[str, str, str]) -> None:
    head = (
        "| | type | name | label | appearance | bind::saveIncomplete | guidance_hint | parameters | instance::odk:tag |"
    )
    assert reported("| survey |", head, f"| | {row} |") == [remark]


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("public_key", "abc", "setting"),
        ("submission_url", "https://example.org", "setting"),
        ("flat", "yes", "setting"),
        ("instance_name", "${a}", "instance_name"),
        ("omit_instanceID", "true", "setting"),
        ("omit_instanceID", "no", None),
        ("allow_choice_duplicates", "yes", None),
        ("style", "pages", None),
    ],
)
def test_settings_about_the_way_of_answers_are_left_out_and_said(setting: str, value: str, code: str | None) -> None:
    found = reported(
        "| survey |",
        "| | type | name | label |",
        "| | text | a | A |",
        "| settings |",
        f"| | {setting} |",
        f"| | {value} |",
    )
    assert found == ([("settings!A2", code, setting)] if code else [])


def test_an_authors_own_columns_are_left_out_and_reported() -> None:
    result = imported("| survey |", "| | type | name | label | remarks |", "| | text | a | A | ask Aigul |")
    assert [(one.place, one.code.value, one.detail) for one in result.report] == [("survey!D1", "column", "remarks")]
    assert "Aigul" not in json.dumps(result.form.to_dict())


def test_the_report_can_be_stored() -> None:
    found = imported("| survey |", "| | type | name | label | notes |", "| | start | s | | x |", "| | text | a | A | |")
    stored = json.loads(json.dumps(found.report_to_list()))
    assert stored[0] == {"code": "column", "sheet": "survey", "row": 1, "column": "D", "detail": "notes"}
    assert tuple(Remark.from_dict(one) for one in stored) == found.report
    assert str(found.report[0].message)


def test_a_form_stored_before_repeats_is_still_read() -> None:
    stored = {
        "form_id": "old",
        "version": "",
        "titles": {"default": "Old"},
        "languages": {"default": "default"},
        "default_language": "default",
        "root": "data",
        "groups": [{"name": "g", "path": "/data/g"}],
        "sections": [{"name": "g", "questions": ["a"]}],
        "questions": [{"name": "a", "path": "/data/g/a", "type": "text", "labels": {"default": "A"}}],
        "digest": "1",
        "layout": 1,
    }
    form = CompiledForm.from_dict(stored)
    assert (form.layout, form.files, form.groups[0].is_repeat, form.questions[0].repeat) == (1, (), False, "")
    assert form.questions[0].data_type == "string"
