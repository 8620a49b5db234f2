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
        ("background-audio | a | | | |", ("survey!A2", "type_unsupported", "background-audio")),
        ("osm | a | A | | |", ("survey!A2", "type_unsupported", "osm")),
        ("image | a | A | | | x.jpg", ("survey!F2", "default_unsupported", "x.jpg")),
        ("text | a | A | search('f') = 1 | |", ("survey!D2", "function_unsupported", "search()")),
        ("text | a | A | uuid() != '' | |", ("survey!D2", "function_unsupported", "uuid()")),
        ("text | a | A | | //a > 1 |", ("survey!E2", "expression_unreadable", "//a > 1")),
        ("text | a | A | | . > |", ("survey!E2", "expression_unreadable", ". >")),
        ("text | a | A | | regex(., '[a-z') |", ("survey!E2", "pattern_unreadable", "[a-z")),
        ("text | a | A | /data/nobody = 1 | |", ("survey!D2", "reference_unknown", "/data/nobody")),
        ("text | a | A | . = 'x' | |", ("survey!D2", "circle", "a → a")),
    ],
)
def test_what_cannot_be_carried_out_is_refused_at_its_cell(row: str, problem: tuple[str, str, str]) -> None:
    assert places("| survey |", "| | type | name | label | relevant | constraint | default |", f"| | {row} |") == [
        problem
    ]


def test_all_problems_of_a_file_are_named_at_once_in_the_order_of_the_rows() -> None:
    assert places(
        "| survey |",
        "| | type | name | label | relevant | appearance | image | calculation |",
        "| | start | began | | | | | |",
        "| | text | a | A | uuid() = 1 | | | |",
        "| | begin_repeat | r | R | | | | |",
        "| | text | b | B | | | ../tree.jpg?x | |",
        "| | end_repeat | | | | | | |",
        "| | calculate | minutes | | | | | ${began} |",
        "| | text | d | D | | search('towns') | | |",
    ) == [
        ("survey!D3", "function_unsupported", "uuid()"),
        ("survey!F5", "media_name", "tree.jpg?x"),
        ("survey!G7", "metadata_read", "began"),
        ("survey!E8", "appearance_unsupported", "search('towns')"),
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


def test_a_choice_that_stands_twice_is_refused_at_its_second_row() -> None:
    assert places(
        "| survey |",
        "| | type | name | label |",
        "| | select_one l | a | A |",
        "| choices |",
        "| | list_name | name | label |",
        "| | l | x | X |",
        "| | l | x | Y |",
        "| settings |",
        "| | allow_choice_duplicates |",
        "| | yes |",
    ) == [("choices!B3", "choice_twice", "x")]


def test_an_empty_group_is_refused_as_devices_refuse_it() -> None:
    assert places(
        "| survey |",
        "| | type | name | label |",
        "| | text | a | A |",
        "| | begin_group | g | G |",
        "| | end_group | | |",
    ) == [("survey!B3", "group_empty", "g")]


def test_a_missing_or_broken_choice_list_is_refused() -> None:
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


def test_lists_in_files_that_did_not_come_are_refused() -> None:
    lines = ("| survey |", "| | type | name | label | calculation | choice_filter |")
    assert places(*lines, "| | select_one_from_file towns.csv | a | A | | |") == [
        ("survey!A2", "file_unsupported", "towns.csv")
    ]
    assert places(*lines, "| | select_one_external l | a | A | | x=1 |", "| external_choices |", "| | a | b | c |")
    found = places(*lines, "| | calculate | a | | pulldata('f', 'x', 'y', 1) | |")
    assert found == [
        ("survey", "file_unsupported", "jr://file-csv/f.csv"),
        ("survey!D2", "function_unsupported", "pulldata()"),
    ]


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
