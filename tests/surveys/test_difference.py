"""Two versions side by side: every change is named, and figures are comparable only where nothing was touched."""

import pytest

from councils.surveys.rules import CompiledForm, compile_xlsform
from councils.surveys.rules.difference import Change, difference
from councils.surveys.states import FormChange

HEAD = "| | type | name | label::Қазақша (kk) | label::English (en) | hint::English (en) | relevant | required |"
FIRST = "| | select_one l | a | А | A | | | |"
SECOND = "| | integer | b | Ә | B | | | |"
THIRD = "| | text | c | Б | C | | | |"
CHOICES = ("| | l | x | Икс | X |", "| | l | y | Игрек | Y |", "| | l | z | Зет | Z |")


def form(*rows: str, choices: tuple[str, ...] = CHOICES, head: str = HEAD) -> CompiledForm:
    lines = ["| survey |", head, *rows, "| choices |"]
    lines += ["| | list_name | name | label::Қазақша (kk) | label::English (en) |", *choices]
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md").form


BEFORE = form(FIRST, SECOND, THIRD)


def said(after: CompiledForm, before: CompiledForm = BEFORE) -> list[tuple[str, str, str, str, bool]]:
    return [
        (one.subject, one.kind.value, one.name, one.choice, one.is_comparable)
        for one in difference(before, after).changes
    ]


def test_a_form_does_not_differ_from_itself() -> None:
    found = difference(BEFORE, form(FIRST, SECOND, THIRD))
    assert (found.changes, found.comparable) == ((), frozenset("abc"))


@pytest.mark.parametrize(
    ("row", "kind", "aspects", "languages", "is_comparable"),
    [
        ("| | select_one l | a | А | Ah | | | |", "reworded", ("labels",), ("en",), False),
        ("| | select_one l | a | | A | | | |", "reworded", ("labels",), ("kk",), False),
        ("| | select_one l | a | А | A | Help | | |", "reworded", ("hints",), ("en",), False),
        ("| | select_one l | a | А | A | | ${b} > 1 | |", "logic", ("relevant",), (), False),
        ("| | select_one l | a | А | A | | | yes |", "required", ("required",), (), True),
        ("| | select_multiple l | a | А | A | | | |", "type", ("type",), (), False),
    ],
)
def test_one_change_of_a_question(
    row: str, kind: str, aspects: tuple[str, ...], languages: tuple[str, ...], is_comparable: bool
) -> None:
    found = difference(BEFORE, form(row, SECOND, THIRD))
    assert found.changes == (
        Change(
            subject="question",
            kind=FormChange(kind),
            name="a",
            aspects=aspects,
            languages=languages,
            is_comparable=is_comparable,
        ),
    )
    assert found.comparable == (frozenset("abc") if is_comparable else frozenset("bc"))


def test_words_in_a_further_language_leave_figures_comparable() -> None:
    without = form("| | select_one l | a | | A | | | |", SECOND, THIRD)
    found = difference(without, BEFORE)
    assert [(one.kind, one.languages, one.is_comparable) for one in found.changes] == [
        (FormChange.TRANSLATED, ("kk",), True)
    ]
    assert found.comparable == frozenset("abc")


def test_questions_that_come_go_and_move() -> None:
    after = form(THIRD, FIRST, "| | text | d | Г | D | | | |")
    assert said(after) == [
        ("question", "removed", "b", "", False),
        ("question", "moved", "c", "", True),
        ("question", "added", "d", "", True),
    ]
    assert difference(BEFORE, after).comparable == frozenset("ac")


def test_choices_that_come_go_move_and_change_their_words() -> None:
    after = form(
        FIRST, SECOND, THIRD, choices=("| | l | z | Зет | Zed |", "| | l | x | Икс | X |", "| | l | w | Дубль | W |")
    )
    assert said(after) == [
        ("choice", "removed", "a", "y", False),
        ("choice", "added", "a", "w", False),
        ("choice", "moved", "a", "z", True),
        ("choice", "reworded", "a", "z", False),
    ]
    assert difference(BEFORE, after).comparable == frozenset("bc")


def test_a_condition_of_a_group_changes_who_is_asked_inside_it() -> None:
    grouped = [
        form(f"| | begin_group | g | Топ | G | | {condition} | |", FIRST, THIRD, "| | end_group |", SECOND)
        for condition in ("", "${b} > 1")
    ]
    assert said(grouped[1], before=grouped[0]) == [
        ("question", "logic", "a", "", False),
        ("question", "logic", "c", "", False),
    ]
    assert difference(*grouped).comparable == frozenset("b")


def test_the_question_above_a_table_belongs_to_each_of_its_rows() -> None:
    head = HEAD.replace("required", "appearance")
    tables = [
        form(f"| | begin_group | t | Кесте | {words} | | | table-list |", FIRST, "| | end_group |", SECOND, head=head)
        for words in ("How good?", "How bad?")
    ]
    assert said(tables[1], before=tables[0]) == [("group", "reworded", "t", "", False)]
    assert difference(*tables).comparable == frozenset("b")


def test_a_condition_says_the_same_after_its_question_moved_into_a_group() -> None:
    condition = "| | text | c | Б | C | | ${b} > 1 | |"
    after = form("| | begin_group | g | Топ | G | | | |", SECOND, "| | end_group |", FIRST, condition)
    found = difference(form(FIRST, SECOND, condition), after)
    assert [(one.kind, one.name) for one in found.changes] == [(FormChange.ADDED, "g"), (FormChange.MOVED, "b")]
    assert found.comparable == frozenset("abc")
