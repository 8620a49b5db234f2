"""A questionnaire on paper: numbers, skips in words, blocks; and what is typed from it, typed twice, compared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import CompiledForm, compile_xlsform
from councils.surveys.rules.entering import differing, flattened, on_sheet, shown, typed_answers
from councils.surveys.rules.paper import MOST_OCCURRENCES, Only, PaperQuestion, Skip, questions_of, sheet, unprintable
from councils.surveys.rules.skipping import Condition, condition_of


def form_of(*lines: str) -> CompiledForm:
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md").form


HOUSE = form_of(
    "| survey |",
    "| | type | name | label | relevant | required | appearance |",
    "| | select_one yn | works | Do you work? | | yes | |",
    "| | integer | hours | Hours a week | ${works} = 'yes' | | |",
    "| | select_multiple tools | tools | Which tools? | ${works} = 'yes' | | |",
    "| | text | wish | A wish? | | | multiline |",
    "| | image | photo | A photo? | | | |",
    "| | rank tools | order | Order them | ${hours} > 3 | | |",
    "| | begin_repeat | child | Child | | | |",
    "| | text | name | Name | | | |",
    "| | select_one yn | school | At school? | | | |",
    "| | text | why | Why not? | not(selected(${school}, 'yes')) | | |",
    "| | end_repeat | | | | | |",
    "| | begin_group | views | Views | | | table-list |",
    "| | select_one yn | water | Water | | | |",
    "| | select_one yn | heat | Heat | | | |",
    "| | end_group | | | | | |",
    "| | acknowledge | sure | Sure? | | | |",
    "| choices |",
    "| | list_name | name | label |",
    "| | yn | yes | Yes |",
    "| | yn | no | No |",
    "| | yn | unsure | Unsure |",
    "| | tools | spade | Spade |",
    "| | tools | rake | Rake |",
)
SHEET = sheet(HOUSE, language="en")
BY_ADDRESS = {one.address: one for one in questions_of(SHEET)}


def test_questions_are_numbered_and_a_repeated_group_has_blocks() -> None:
    marks = {one.address: one.mark for one in questions_of(SHEET)}
    assert marks == {
        "works": "1",
        "hours": "2",
        "tools": "3",
        "wish": "4",
        "order": "5",
        "child/0/name": "6/1",
        "child/0/school": "7/1",
        "child/0/why": "8/1",
        "child/1/name": "6/2",
        "child/1/school": "7/2",
        "child/1/why": "8/2",
        "child/2/name": "6/3",
        "child/2/school": "7/3",
        "child/2/why": "8/3",
        "water": "9",
        "heat": "10",
        "sure": "11",
    }
    assert [(block.heading, block.occurrence, block.is_matrix) for block in SHEET] == [
        ("", 0, False),
        ("Child", 1, False),
        ("Child", 2, False),
        ("Child", 3, False),
        ("Views", 0, True),
        ("", 0, False),
    ]
    assert [(box.number, box.value) for box in BY_ADDRESS["works"].boxes] == [(1, "yes"), (2, "no"), (3, "unsure")]
    many = questions_of(sheet(HOUSE, language="en", occurrences={"child": 99}))
    assert sum(one.name == "name" for one in many) == MOST_OCCURRENCES


def test_skips_and_conditions_are_said_where_a_sheet_can_say_them() -> None:
    assert BY_ADDRESS["works"].skips == (Skip(("No", "Unsure"), 4),)
    assert BY_ADDRESS["tools"].only == (Only(1, ("Yes",), is_negated=False),)
    assert (BY_ADDRESS["order"].only, BY_ADDRESS["order"].may_be_empty) == ((), True)
    assert BY_ADDRESS["child/1/why"].only == (Only(7, ("Yes",), is_negated=True),)
    assert BY_ADDRESS["child/1/school"].skips == (Skip(("Yes",), 9),)
    assert BY_ADDRESS["wish"].skips == ()


@pytest.mark.parametrize(
    ("expression", "condition"),
    [
        ("/data/a = 'x'", Condition("a", frozenset({"x"}))),
        (" /data/g/a  =  'x' or /data/g/a = \"y\"", Condition("a", frozenset({"x", "y"}))),
        ("../a != 'x' and ../a != 'y'", Condition("a", frozenset({"x", "y"}), is_negated=True)),
        ("selected( /data/a , 'x')", Condition("a", frozenset({"x"}))),
        ("not(selected(/data/a, 'x'))", Condition("a", frozenset({"x"}), is_negated=True)),
        ("/data/a = 'x' or /data/b = 'x'", None),
        ("/data/a != 'x' or /data/a != 'y'", None),
        ("/data/a = 'x' and /data/a = 'y'", None),
        ("/data/a = ''", None),
        ("/data/a > 3", None),
        ("count-selected(/data/a) > 1", None),
        ("selected(/data/a, 'x'", None),
        ("not(selected(/data/a, 'x')", None),
    ],
)
def test_plain_comparisons_alone_become_conditions(expression: str, condition: Condition | None) -> None:
    assert condition_of(expression) == condition


def test_a_form_that_requires_a_picture_cannot_be_on_paper() -> None:
    lines = ["| survey |", "| | type | name | label | required |", "| | image | front | Front | yes |"]
    assert [one.name for one in unprintable(form_of(*lines, "| | image | back | Back | |"))] == ["front"]
    assert unprintable(HOUSE) == ()


def test_numbers_become_options_and_empty_blocks_are_left_out() -> None:
    typed = typed_answers(
        questions_of(SHEET),
        {
            "works": " 1 ",
            "hours": "40",
            "tools": "2, 1",
            "order": "2 1",
            "wish": "Rain. And sun",
            "child/1/name": "Aigul",
            "child/2/school": "03",
            "sure": "1",
            "unknown": "1",
        },
    )
    assert typed.wrong == ()
    assert typed.answers == {
        "works": "yes",
        "hours": "40",
        "tools": ["rake", "spade"],
        "order": ["rake", "spade"],
        "wish": "Rain. And sun",
        "child": [{"name": "Aigul"}, {"school": "unsure"}],
        "sure": "OK",
    }
    assert typed.places["child/0/name"] == "child/1/name"
    assert on_sheet("child/0/why", typed.places) == "child/1/why"
    assert on_sheet("child/1/why", typed.places) == "child/2/why"
    assert on_sheet("hours", {}) == "hours"


@pytest.mark.parametrize("text", ["4", "0", "1 2", "yes", "-1", ",", "1.5", "١"])
def test_a_number_without_a_box_is_wrong(text: str) -> None:
    typed = typed_answers(questions_of(SHEET), {"works": text, "sure": "2"})
    assert (typed.answers, typed.wrong) == ({}, ("works", "sure"))


def test_what_is_shown_is_what_is_typed() -> None:
    for address, value, text in (
        ("works", "unsure", "3"),
        ("tools", ["spade", "rake"], "1 2"),
        ("hours", 40, "40"),
        ("sure", "OK", "1"),
        ("wish", None, ""),
        ("works", "gone", "gone"),
    ):
        assert shown(BY_ADDRESS[address], value) == text


def test_two_typings_are_compared_field_by_field() -> None:
    asked = frozenset({"a", "b", "c", "name"})
    first = {"a": 1, "b": ["x"], "total": 5, "child": [{"name": "A"}, {"name": "B"}]}
    second = {"a": 1, "b": ["x", "y"], "c": "new", "total": 6, "child": [{"name": "A"}]}
    assert differing(first, second, asked=asked) == ["b", "child/1/name", "c"]
    assert differing(first, first, asked=asked) == []


@given(st.dictionaries(st.sampled_from(sorted(BY_ADDRESS)), st.text(alphabet="123 ,abc", max_size=6)))
@settings(deadline=None, max_examples=60)
def test_every_typed_answer_can_be_found_on_the_sheet_again(typed: dict[str, str]) -> None:
    made = typed_answers(questions_of(SHEET), typed)
    flat = flattened(made.answers)
    filled = {address for address, text in typed.items() if text.strip()}
    assert {on_sheet(own, made.places) for own in flat} == filled - set(made.wrong)
    assert all(isinstance(BY_ADDRESS[address], PaperQuestion) for address in filled)
