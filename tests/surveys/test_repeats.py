"""Repeated groups: nested answers, addresses, how often they occur, and what a page shows of them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from councils.surveys.rules import (
    Answers,
    Checked,
    CompiledForm,
    RepeatState,
    accept,
    check,
    check_section,
    compile_xlsform,
    items,
    next_section,
    repeats,
)
from councils.surveys.rules.form import MOST_REPEATS
from councils.surveys.rules.settling import MOST_OCCURRENCES
from councils.surveys.rules.unknown import unknown_names
from councils.surveys.states import AnswerFault

TODAY = date(2026, 11, 22)


def form_of(*lines: str) -> CompiledForm:
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md").form


def judged(form: CompiledForm, **answers: Any) -> Checked:
    return check(form, answers, language="en", today=TODAY)


FAMILY = form_of(
    "| survey |",
    "| | type | name | label | relevant | required | calculation | constraint | constraint_message | default |",
    "| | text | street | Street | | | | | | |",
    "| | begin_repeat | child | A child on ${street} | ${street} != '' | | | | | |",
    "| | text | name | Name | | yes | | | | |",
    "| | integer | age | How old is ${name}? | | | | . < 18 | ${name} is too old at ${age} | |",
    "| | begin_repeat | toy | Toys of ${name} | ${age} < 10 | | | | | |",
    "| | text | kind | Which toy? | | | | | | doll |",
    "| | select_one l | colour | Its colour? | | | | | | |",
    "| | end_repeat | | | | | | | | |",
    "| | end_repeat | | | | | | | | |",
    "| | calculate | oldest | | | | max(${age}) | | | |",
    "| | note | told | The first is ${name}, the oldest is ${oldest} | | | | | | |",
    "| choices |",
    "| | list_name | name | label |",
    "| | l | red | Red |",
    "| | l | blue | Blue |",
)
TWO: list[dict[str, Any]] = [
    {"name": "Aida", "age": "5", "toy": [{"kind": "ball", "colour": "red"}, {}]},
    {"name": "Bo", "age": 12},
]


@pytest.mark.parametrize(
    ("answers", "unknown"),
    [
        ({"street": "Abai", "child": TWO, "told": "", "oldest": 3}, []),
        ({"sreet": "Abai", "child": [*TWO, {"nam": "Ed"}]}, ["sreet", "child/2/nam"]),
        ({"name": "Aida", "toy": []}, ["name", "toy"]),  # known, but only inside of the group
        ({"child": [{"toy": [{}, {"kind": "ball", "color": "red"}]}]}, ["child/0/toy/1/color"]),
        ({"child": "none"}, []),  # a fault of its own
        ({"child": [3, None]}, []),
        ({f"x{number}": 1 for number in range(30)}, [f"x{number}" for number in range(20)]),
        ({"x" * 5_000: 1}, ["x" * 100]),
    ],
)
def test_names_that_a_form_does_not_have_are_found_wherever_they_stand(
    answers: dict[str, Any], unknown: list[str]
) -> None:
    assert unknown_names(FAMILY, answers) == unknown


def test_answers_are_nested_and_addressed() -> None:
    checked = judged(FAMILY, street="Abai", child=TWO)
    assert checked.values == {
        "street": "Abai",
        "oldest": "12",
        "child": [
            {"name": "Aida", "age": 5, "toy": [{"kind": "ball", "colour": "red"}, {}]},
            {"name": "Bo", "age": 12},
        ],
    }
    assert checked.errors == {}
    assert {address for address in checked.relevant if "/" in address} == {
        "child/0/name",
        "child/0/age",
        "child/0/toy/0/kind",
        "child/0/toy/0/colour",
        "child/0/toy/1/kind",
        "child/0/toy/1/colour",
        "child/1/name",
        "child/1/age",
    }
    assert judged(FAMILY, **checked.values) == checked
    assert accept(FAMILY, {"street": "Abai", "child": TWO}, today=TODAY) == checked


def test_faults_stand_at_their_own_place_and_speak_of_their_own_occurrence() -> None:
    errors = judged(
        FAMILY, street="Abai", child=[{"age": "4"}, {"name": "Bo", "age": "40", "toy": [{"colour": "x"}]}]
    ).errors
    assert {address: (fault.code, fault.message) for address, fault in errors.items()} == {
        "child/0/name": (AnswerFault.REQUIRED, errors["child/0/name"].message),
        "child/1/age": (AnswerFault.CONSTRAINT, "Bo is too old at 40"),
    }
    inner = judged(FAMILY, street="Abai", child=[{"name": "A", "age": "4", "toy": [{}, {"colour": "green"}]}]).errors
    assert {address: fault.code for address, fault in inner.items()} == {
        "child/0/toy/1/colour": AnswerFault.NOT_OFFERED
    }


def test_what_is_not_relevant_is_dropped_with_everything_in_it() -> None:
    assert judged(FAMILY, child=TWO).values == {}
    grown = judged(FAMILY, street="Abai", child=[{"name": "Bo", "age": "12", "toy": [{"kind": "bike"}]}])
    assert grown.values["child"] == [{"name": "Bo", "age": 12}]


@pytest.mark.parametrize("sent", ["x", 3, {"0": {}}, ["x"], [{"name": "A"}, None], True, 0])
def test_what_is_no_list_of_occurrences_is_a_fault_of_the_repeat(sent: object) -> None:
    checked = judged(FAMILY, street="Abai", child=sent)
    assert {address: fault.code for address, fault in checked.errors.items()} == {"child": AnswerFault.MALFORMED}
    assert "child" not in checked.values


@pytest.mark.parametrize("sent", [{"a": 1}, [{"a": 1}], None, True, [["x"]]])
def test_what_is_no_answer_is_a_fault_or_nothing(sent: object) -> None:
    errors = judged(FAMILY, street=sent).errors
    assert [fault.code for fault in errors.values()] == ([] if sent is None else [AnswerFault.MALFORMED])


def test_nobody_can_send_occurrences_without_end() -> None:
    many = judged(FAMILY, street="Abai", child=[{"name": "A"}] * (MOST_REPEATS + 1))
    assert {address: fault.code for address, fault in many.errors.items()} == {"child": AnswerFault.TOO_MANY}
    assert len(many.values["child"]) == MOST_REPEATS  # type: ignore[arg-type]
    nested = judged(FAMILY, street="A", child=[{"name": "A", "age": 1, "toy": [{}] * MOST_REPEATS}] * MOST_REPEATS)
    assert sum(address.endswith("kind") for address in nested.relevant) == MOST_OCCURRENCES - MOST_REPEATS
    assert {fault.code for fault in nested.errors.values()} == {AnswerFault.TOO_MANY}


COUNTED = form_of(
    "| survey |",
    "| | type | name | label | repeat_count | relevant |",
    "| | integer | n | How many? | | |",
    "| | begin_repeat | one | One of them | ${n} | position(.) != 2 |",
    "| | text | word | A word | | |",
    "| | end_repeat | | | | |",
)


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("3", [{"word": "a"}, {}, {}]),
        ("1", [{"word": "a"}]),
        ("2", [{"word": "a"}]),
        ("0", None),
        ("-4", None),
        ("", None),
        ("101", [{"word": "a"}, *[{}] * 99]),
    ],
)
def test_a_form_may_count_the_occurrences_itself(number: str, kept: list[dict[str, str]] | None) -> None:
    checked = judged(COUNTED, n=number, one=[{"word": "a"}, {"word": "b"}])
    assert (checked.values.get("one"), checked.errors) == (kept, {})


def test_a_page_shows_every_occurrence_in_its_own_words() -> None:
    answers: Answers = {"street": "Abai", "child": TWO}
    shown = items(FAMILY, answers, section="child", language="en", today=TODAY)
    assert [(item.address, item.label, item.repeats) for item in shown] == [
        ("child/0/name", "Name", (("child", 0),)),
        ("child/0/age", "How old is Aida?", (("child", 0),)),
        ("child/0/toy/0/kind", "Which toy?", (("child", 0), ("toy", 0))),
        ("child/0/toy/0/colour", "Its colour?", (("child", 0), ("toy", 0))),
        ("child/0/toy/1/kind", "Which toy?", (("child", 0), ("toy", 1))),
        ("child/0/toy/1/colour", "Its colour?", (("child", 0), ("toy", 1))),
        ("child/1/name", "Name", (("child", 1),)),
        ("child/1/age", "How old is Bo?", (("child", 1),)),
    ]
    assert [item.value for item in shown[2:6]] == ["ball", "red", "doll", None]
    (note,) = items(FAMILY, answers, section="3", language="en", today=TODAY)
    assert note.label == "The first is Aida, the oldest is 12"


def test_a_page_says_where_occurrences_can_be_added() -> None:
    def found(answers: dict[str, Any]) -> tuple[RepeatState, ...]:
        return repeats(FAMILY, answers, section="child", language="en", today=TODAY)

    assert found({}) == ()
    child = RepeatState(address="child", name="child", label="A child on Abai", number=0, is_fixed=False)
    assert found({"street": "Abai"}) == (child,)
    assert [(one.address, one.label, one.number) for one in found({"street": "Abai", "child": TWO})] == [
        ("child", "A child on Abai", 2),
        ("child/0/toy", "Toys of Aida", 2),
    ]
    assert [one.is_fixed for one in repeats(COUNTED, {"n": 2}, section="one", language="en", today=TODAY)] == [True]


def test_a_page_with_a_repeat_that_has_not_begun_is_not_stepped_over() -> None:
    assert next_section(FAMILY, {"street": "Abai"}, after="1", today=TODAY) == "child"
    assert next_section(FAMILY, {}, after="1", today=TODAY) == "3"
    assert next_section(COUNTED, {"n": 0}, after="1", today=TODAY) is None
    assert next_section(COUNTED, {"n": 1}, after="1", today=TODAY) == "one"


def test_a_page_is_judged_with_its_repeats_and_without_those_of_others() -> None:
    answers: dict[str, Any] = {"street": "Abai", "child": [{"age": 40}]}
    first = check_section(FAMILY, answers, section="1", language="en", today=TODAY)
    second = check_section(FAMILY, answers, section="child", language="en", today=TODAY)
    assert (set(first.errors), set(second.errors)) == (set(), {"child/0/name", "child/0/age"})
    broken = {**answers, "child": "x"}
    assert set(check_section(FAMILY, broken, section="1", language="en", today=TODAY).errors) == set()
    assert set(check_section(FAMILY, broken, section="child", language="en", today=TODAY).errors) == {"child"}


def test_a_default_is_a_suggestion_on_the_page_and_no_answer() -> None:
    child: dict[str, Any] = {"name": "Aida", "age": 5, "toy": [{}, {"kind": ""}]}
    assert judged(FAMILY, street="Abai", child=[child]).values["child"] == [{"name": "Aida", "age": 5, "toy": [{}, {}]}]
    shown = items(FAMILY, {"street": "Abai", "child": [child]}, section="child", language="en", today=TODAY)
    assert [item.value for item in shown if item.question.name == "kind"] == ["doll", None]


def test_the_questionnaire_of_the_tests_has_everything_that_repeats_can_do() -> None:
    form = compile_xlsform(
        content=Path(__file__).with_name("data").joinpath("household.md").read_bytes(), filename="h.md"
    )
    answers: dict[str, Any] = {
        "people": 2,
        "region": "kar",
        "area": "40",
        "person": [
            {"age": 30, "town": "aksu", "trip": [{"places": "saran temirtau", "days": 3}]},
            {"name": "Bo", "age": 4, "town": "saran"},
        ],
        "order": "pav kar",
    }
    checked = accept(form.form, answers, today=TODAY)
    assert checked.errors == {}
    assert checked.values["person"] == [
        {
            "age": 30,
            "number": "1",
            "older": "0",
            "before": "0",
            "own": "10230",
            "first_age": "30",
            "town": "aksu",
            "travelled": "3",
            "trip": [{"places": ["temirtau", "saran"], "days": 3, "place": "1.1 of 1 3"}],
        },
        {
            "name": "Bo",
            "age": 4,
            "number": "2",
            "older": "1",
            "before": "30",
            "own": "204",
            "first_age": "30",
            "town": "saran",
            "travelled": "0",
        },
    ]
    outside = {name: value for name, value in checked.values.items() if name not in answers}
    assert outside == {
        "ages": "30 4",
        "oldest": "30",
        "adults": "1",
        "all_days": "4",
        "youngest": "4",
        "centre": "karaganda",
        "second": "3",
    }


def test_a_label_is_found_from_within_an_occurrence() -> None:
    form = form_of(
        "| survey |",
        "| | type | name | label | calculation |",
        "| | begin_repeat | child | A child | |",
        "| | select_one l | likes | Likes | |",
        "| | calculate | called | | jr:choice-name(${likes}, '${likes}') |",
        "| | end_repeat | | | |",
        "| choices |",
        "| | list_name | name | label |",
        "| | l | r | Red |",
    )
    assert judged(form, child=[{"likes": "r"}, {}]).values == {"child": [{"likes": "r", "called": "Red"}, {}]}
