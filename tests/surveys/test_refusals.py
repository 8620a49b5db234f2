"""What pyxform refuses is told in the reader's language, at its cell; pyxform's own words stand beside it."""

from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from councils.surveys.rules import FormRefusedError, Problem, compile_xlsform
from tests.surveys.pages import html_of
from users.models import User

HEAD = ("| survey |", "| | type | name | label::Қазақша (kk) | label::Русский (ru) | relevance | parameters |")
CHOICES = ("| choices |", "| | list_name | name | label |")
A = "| | text | a | А | А | | |"


def refused(*lines: str) -> Problem:
    with pytest.raises(FormRefusedError) as caught:
        compile_xlsform(content="\n".join(lines).encode(), filename="form.md")
    (problem,) = caught.value.problems
    return problem


def all_refused(*lines: str) -> tuple[bool, list[tuple[str, str, str]]]:
    with pytest.raises(FormRefusedError) as caught:
        compile_xlsform(content="\n".join(lines).encode(), filename="form.md")
    return caught.value.is_whole, [(one.place, one.code.value, one.detail) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("rows", "place", "code", "detail", "words"),
    [
        ((A, "| | txet | b | Б | Б | | |"), "survey!A3", "type_unknown", "txet", "Unknown question type 'txet'"),
        ((A, "| | select_one | b | Б | Б | | |"), "survey!A3", "type_unknown", "select_one", "select_one"),
        ((A, "| | | b | Б | Б | | |"), "survey!A3", "type_missing", "", "Question with no type"),
        ((A, "| | text | | Б | Б | | |"), "survey!B3", "name_missing", "", "with no name"),
        ((A, "| | text | my b | Б | Б | | |"), "survey!B3", "name_unusable", "my b", "begin with a letter"),
        ((A, "| | text | b | | | | |"), "survey!C3", "label_missing", "b", "no label or hint"),
        ((A, A), "survey!B3", "duplicate_name", "a", "must be unique"),
        (("| | select_one towns | a | А | А | | |",), "survey!A2", "list_missing", "towns", "choices sheet"),
        ((A, "| | rank k | b | Б | Б | | |", *CHOICES, "| | l | x | X |"), "survey!A3", "list_missing", "k", "k"),
        ((A, "| | text | b | Б | Б | ${c} = 1 | |"), "survey!E3", "reference_unknown", "c", "'c'"),
        ((A, "| | text | b | Б ${a} | Б ${c} | | |"), "survey!D3", "reference_unknown", "c", "'c'"),
        ((A, "| | text | b | Б | Б | ${a = 1 | |"), "survey!E3", "reference_broken", "${a = 1", "must start with"),
        ((A, "| | text | b | Б | Б ${a | | |"), "survey!D3", "reference_broken", "Б ${a", "must start with"),
        (("| | begin_group | g | Т | Т | | |", A), "survey!A2", "group_open", "g", "Unmatched 'begin_group'"),
        ((A, "| | end_group | | | | | |"), "survey!A3", "group_end", "end_group", "Unmatched 'end_group'"),
        ((A, "| | range | b | Б | Б | | step=x |"), "survey!F3", "parameters", "step=x", "must be a number"),
        ((A, "| | calculate | b | | | | |"), "survey!3", "calculation_missing", "", "Missing calculation"),
        ((A, *CHOICES, "| | l | | X |"), "choices!B2", "name_missing", "", "must have a name"),
        ((A, *CHOICES, "| | l | x | X |", "| | l | x | Y |"), "choices!B3", "choice_twice", "x", "must be unique"),
        ((A, "| settings |", "| | name |", "| | 1 a |"), "settings!A2", "name_unusable", "1 a", "begin with"),
    ],
)
def test_what_people_get_wrong_is_named_at_its_cell(
    rows: tuple[str, ...], place: str, code: str, detail: str, words: str
) -> None:
    problem = refused(*HEAD, *rows)
    assert (problem.place, problem.code.value, problem.detail) == (place, code, detail)
    assert words in problem.words


def test_two_questions_of_one_name_cannot_be_referred_to() -> None:
    groups = [(f"| | begin_group | {name} | Т | Т | | |", A, "| | end_group | | | | | |") for name in "gh"]
    _whole, problems = all_refused(*HEAD, *groups[0], *groups[1], "| | text | b | Б | Б | ${a} = 1 | |")
    assert problems == [("survey!B6", "duplicate_name", "a"), ("survey!E8", "reference_twice", "a")]


SHEET = (
    "| survey |",
    "| | type | name | label::Қазақша (kk) | label::Русский (ru) | relevance | parameters | calculation |",
    "| | begin_group | g | Т | Т | | | |",
    "| | txet | a | А | А | | randomize=true | |",
    "| | end_group | | | | | | |",
    "| | select_one towns | b | Б | Б | ${nope} = 1 | | |",
    "| | text | a | В | В | count(${also}) = 2 | | |",
    "| | text | my name | Г | Г | | | |",
    "| | integer | | Д | Д | | | |",
    "| | text | e | | | | | |",
    "| | range | r | Б | Б | | step=x | |",
    "| | calculate | c | | | | | frobnicate(${b}) |",
    "| | calculate | d | | | | | ${b} + + |",
    "| | calculate | f | | | | | |",
    "| | rank l | k | К | К ${zz} | ${a} = ${b | | |",
    "| | select_one l or_other | o | К | К | | | |",
    "| | text | p | П | П | ${o_other} != '' | | |",
    *CHOICES,
    "| | l | x | X |",
    "| | l | x | Y |",
    "| | l | | Z |",
)


def test_every_mistake_of_a_sheet_is_told_at_once_and_each_once() -> None:
    assert all_refused(*SHEET) == (
        True,
        [
            ("survey!A3", "type_unknown", "txet"),
            ("survey!A5", "list_missing", "towns"),
            ("survey!E5", "reference_unknown", "nope"),
            ("survey!B6", "duplicate_name", "a"),
            ("survey!E6", "reference_unknown", "also"),
            ("survey!B7", "name_unusable", "my name"),
            ("survey!B8", "name_missing", ""),
            ("survey!C9", "label_missing", "e"),
            ("survey!F10", "parameters", "step=x"),
            ("survey!G11", "function_unsupported", "frobnicate()"),
            ("survey!G12", "expression_unreadable", "${b} + +"),
            ("survey!G13", "calculation_missing", ""),
            ("survey!D14", "reference_unknown", "zz"),
            ("survey!E14", "reference_broken", "${a} = ${b"),
            ("choices!B3", "choice_twice", "x"),
            ("choices!B4", "name_missing", ""),
        ],
    )


@pytest.mark.parametrize(
    ("rows", "whole", "found"),
    [
        (("| | begn_group | g | Т | Т | | |", "| | txet | b | Б | Б | | |"), False, [("survey!A3", "type_unknown")]),
        (("| | txet | g | Т | Т | | |", "| | end_group | | | | | |"), False, [("survey!A3", "type_unknown")]),
        (
            ("| | begin_repeat | g | Т | Т | | |", A.replace(" a ", " b "), "| | end_group | | | | | |"),
            True,
            [("survey!A5", "group_end")],
        ),
        (
            ("| | select_one_from_file x.csv | b | Б | Б | | |", "| | text | | Б | Б | | |"),
            True,
            [("survey!A3", "file_unsupported"), ("survey!B4", "name_missing")],
        ),
    ],
)
def test_a_mend_brings_no_mistake_of_its_own(rows: tuple[str, ...], whole: bool, found: list[tuple[str, str]]) -> None:
    is_whole, problems = all_refused(*HEAD, A, *rows)
    assert ([(place, code) for place, code, _detail in problems], is_whole) == (found, whole)


def test_a_sheet_without_a_column_says_which_and_rows_added_by_us_are_not_counted() -> None:
    problem = refused("| survey |", "| | name | label |", "| | a | A |")
    assert (problem.place, problem.code.value, problem.detail) == ("survey", "column_missing", "type")
    others = ("| | select_one l or_other | a | А | А | | |", "| | text | b | Б | Б | ${c} = 1 | |")
    assert refused(*HEAD, *others, *CHOICES, "| | l | x | X |").place == "survey!E3"


def test_what_we_have_no_sentence_for_keeps_the_converters_words_beside_ours() -> None:
    table = ("| | begin_group | g | Т | table-list |", "| | select_one l | a | А | |", "| | select_one k | b | Б | |")
    lists = (*CHOICES, "| | l | x | X |", "| | k | x | X |")
    problem = refused("| survey |", "| | type | name | label | appearance |", *table, "| | end_group | | | |", *lists)
    assert (problem.place, problem.code.value, problem.detail) == ("survey!4", "converter", "")
    assert "list names don't match: l vs. k" in problem.words


@pytest.mark.django_db
def test_the_page_says_how_many_and_whether_there_may_be_more(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    with override("en"):
        address = reverse("surveys:questionnaires")
    for lines, number, more in ((SHEET, 16, False), ((*HEAD, "| | begn_group | g | Т | Т | | |"), 1, True)):
        file = SimpleUploadedFile("form.md", "\n".join(lines).encode())
        page = html_of(client.post(address, {"slug": "gardens", "file": file}))
        assert f"Places to mend: {number}<" in page
        assert page.count('data-label="What to do"') == number
        assert ("there may be more" in page) == more


@pytest.mark.django_db
def test_the_page_says_it_in_the_readers_language_and_keeps_english_behind_details(
    client: Client, administrator: User
) -> None:
    client.force_login(administrator)
    for language, sentence in (("en", "There is no type “txet”."), ("kk", "txet")):
        with override(language):
            address = reverse("surveys:questionnaires")
        file = SimpleUploadedFile("form.md", "\n".join((*HEAD, "| | txet | a | А | А | | |")).encode())
        response = client.post(address, {"slug": "gardens", "file": file})
        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        table = html_of(response).partition("<table")[2].partition("</table>")[0]
        shown, _summary, hidden = table.partition("<details>")
        assert sentence in shown
        assert "Unknown question type" not in shown
        assert '<p lang="en">Unknown question type &#39;txet&#39;.</p>' in hidden
