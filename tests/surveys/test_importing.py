"""Everything in a questionnaire that we cannot carry out is named with its place; everything else is carried over."""

import json

import pytest

from councils.surveys.rules import CompiledForm, FormRefusedError, Imported, compile_xlsform


def imported(*lines: str) -> Imported:
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md")


def places(*lines: str) -> list[tuple[str, str, str]]:
    with pytest.raises(FormRefusedError) as caught:
        imported(*lines)
    return [(one.place, one.code.value, one.detail) for one in caught.value.problems]


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
