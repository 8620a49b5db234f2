"""The shape of one answer: what becomes canonical, what has no meaning as its type and is refused."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import Checked, CompiledForm, Raw, Value, check, compile_xlsform
from councils.surveys.states import AnswerFault

TODAY = date(2026, 11, 22)


def form_of(*lines: str) -> CompiledForm:
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md").form


def judged(form: CompiledForm, **answers: Raw) -> Checked:
    return check(form, answers, language="en", today=TODAY)


SHAPES = form_of(
    "| survey |",
    "| | type | name | label | parameters |",
    "| | integer | whole | W | |",
    "| | decimal | part | P | |",
    "| | range | scale | S | start=1 end=9 step=2 |",
    "| | date | day | D | |",
    "| | time | hour | H | |",
    "| | text | words | T | |",
    "| | select_one l | one | O | |",
    "| | select_multiple l | many | M | |",
    "| | rank l | order | R | |",
    "| | datetime | moment | M | |",
    "| | geopoint | point | G | |",
    "| | geotrace | line | L | |",
    "| | geoshape | land | A | |",
    "| | acknowledge | read | K | |",
    "| | image | photo | F | |",
    "| | barcode | code | B | |",
    "| choices |",
    "| | list_name | name | label |",
    "| | l | a | A |",
    "| | l | b | B |",
    "| | l | c | C |",
)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("whole", " 007 ", 7),
        ("whole", "-3", -3),
        ("whole", 12, 12),
        ("part", "3,50", "3.5"),
        ("part", "-0.0", "0"),
        ("part", "100", "100"),
        ("scale", "7", "7"),
        ("scale", "7.0", "7"),
        ("day", "2024-02-29", "2024-02-29"),
        ("hour", "09:05", "09:05"),
        ("hour", "23:59:59", "23:59"),
        ("words", "  сөз\r\nсөз \x00", "сөз\nсөз"),
        ("words", "и\u0306", "й"),
        ("words", "ж" * 2000, "ж" * 2000),
        ("one", "b", "b"),
        ("one", ["b"], "b"),
        ("many", "c a", ["a", "c"]),
        ("many", ["c", "b", "c", ""], ["b", "c"]),
        ("order", "c a b", ["c", "a", "b"]),
        ("order", ["b", "", "a", "c"], ["b", "a", "c"]),
        ("hour", "09:05:00.000+05:00", "09:05"),
        ("moment", "2026-11-22T10:30", "2026-11-22T10:30"),
        ("moment", "2026-11-22 10:30:59.123Z", "2026-11-22T10:30"),
        ("point", " 44.84  78.77 ", "44.84 78.77"),
        ("point", "-44.840001 -178.77 1000.5 4.9", "-44.840001 -178.77 1000.5 4.9"),
        ("line", "44 78 0 0; 45 79 0 0;", "44 78 0 0;45 79 0 0"),
        ("land", "44 78;44 79;45 79;44 78", "44 78;44 79;45 79;44 78"),
        ("read", "OK", "OK"),
        ("photo", "1764000000000.jpg", "1764000000000.jpg"),
        ("code", "4870001234567", "4870001234567"),
        ("part", 2.5, "2.5"),
    ],
)
def test_answers_become_canonical(name: str, raw: Raw, value: Value) -> None:
    assert judged(SHAPES, **{name: raw}).values == {name: value}
    assert judged(SHAPES, **{name: value}).values == {name: value}


@pytest.mark.parametrize(
    ("name", "raw", "fault"),
    [
        ("whole", "3.5", AnswerFault.NOT_WHOLE),
        ("whole", "1234567890", AnswerFault.NOT_WHOLE),
        ("whole", "٣", AnswerFault.NOT_WHOLE),
        ("part", "1e5", AnswerFault.NOT_A_NUMBER),
        ("part", "NaN", AnswerFault.NOT_A_NUMBER),
        ("scale", "8", AnswerFault.OUT_OF_RANGE),
        ("scale", "11", AnswerFault.OUT_OF_RANGE),
        ("day", "2026-02-30", AnswerFault.NOT_A_DATE),
        ("day", "30.01.2026", AnswerFault.NOT_A_DATE),
        ("day", "20260130", AnswerFault.NOT_A_DATE),
        ("hour", "25:00", AnswerFault.NOT_A_TIME),
        ("hour", "9", AnswerFault.NOT_A_TIME),
        ("words", "ж" * 2001, AnswerFault.TOO_LONG),
        ("one", "d", AnswerFault.NOT_OFFERED),
        ("one", ["a", "b"], AnswerFault.ONE_ONLY),
        ("many", ["a", "d"], AnswerFault.NOT_OFFERED),
        ("many", 1, AnswerFault.NOT_OFFERED),
        ("many", [1], AnswerFault.MALFORMED),
        ("order", "a b", AnswerFault.NOT_ALL),
        ("order", "a b b c", AnswerFault.NOT_ALL),
        ("order", "a b d", AnswerFault.NOT_OFFERED),
        ("moment", "2026-11-22", AnswerFault.NOT_A_MOMENT),
        ("moment", "2026-02-30T10:30", AnswerFault.NOT_A_MOMENT),
        ("moment", "2026-11-22T24:30", AnswerFault.NOT_A_MOMENT),
        ("point", "44.84", AnswerFault.NOT_A_PLACE),
        ("point", "91 0", AnswerFault.NOT_A_PLACE),
        ("point", "0 181", AnswerFault.NOT_A_PLACE),
        ("point", "a b", AnswerFault.NOT_A_PLACE),
        ("point", "1 2 3 4 5", AnswerFault.NOT_A_PLACE),
        ("point", "1 2;3 4", AnswerFault.NOT_A_PLACE),
        ("line", "44 78", AnswerFault.NOT_A_PLACE),
        ("line", ";".join(["44 78"] * 2001), AnswerFault.NOT_A_PLACE),
        ("land", "44 78;44 79;45 79;44 77", AnswerFault.NOT_A_PLACE),
        ("read", "yes", AnswerFault.NOT_OFFERED),
        ("photo", "../etc/passwd", AnswerFault.NOT_A_FILE),
        ("photo", "a b.jpg", AnswerFault.NOT_A_FILE),
        ("photo", "a" * 81, AnswerFault.NOT_A_FILE),
        ("code", "1" * 2001, AnswerFault.TOO_LONG),
        ("whole", True, AnswerFault.MALFORMED),
        ("whole", {"a": 1}, AnswerFault.MALFORMED),
        ("whole", 2.5, AnswerFault.NOT_WHOLE),
        ("whole", 10**18, AnswerFault.MALFORMED),
        ("words", -(10**4000), AnswerFault.MALFORMED),
    ],
)
def test_answers_without_meaning_are_refused_and_not_kept(name: str, raw: Raw, fault: AnswerFault) -> None:
    checked = judged(SHAPES, **{name: raw})
    assert checked.values == {}
    assert {key: error.code for key, error in checked.errors.items()} == {name: fault}


def test_the_sentences_say_what_to_do() -> None:
    with translation.override("en"):
        assert judged(SHAPES, scale="8").errors["scale"].message == "Please enter a number within these bounds: 1–9."
        assert judged(SHAPES, words="ж" * 2001).errors["words"].message == "Please shorten the text to 2000 characters."


def test_empty_answers_and_names_of_no_question_are_nothing() -> None:
    checked = judged(SHAPES, whole="", part="  ", one=[], many=[""], words="\x00", csrfmiddlewaretoken="x")
    assert (checked.values, checked.errors) == ({}, {})


@given(
    st.dictionaries(
        st.sampled_from([question.name for question in SHAPES.questions]),
        st.one_of(st.text(), st.integers(), st.lists(st.text(max_size=3)), st.text(alphabet="0123456789-.,: T")),
    )
)
@settings(deadline=None)
def test_no_answer_breaks_the_check_and_what_is_kept_is_kept_again(answers: dict[str, Raw]) -> None:
    checked = check(SHAPES, answers, language="kk", today=TODAY)
    assert not checked.values.keys() & checked.errors.keys()
    again = check(SHAPES, checked.values, language="kk", today=TODAY)
    assert (again.values, again.errors) == (checked.values, {})


ORDERED = form_of(
    "| survey |",
    "| | type | name | label | choice_filter |",
    "| | select_one l | likes | Likes | |",
    "| | rank l | order | The rest in order | name != ${likes} |",
    "| choices |",
    "| | list_name | name | label |",
    "| | l | a | A |",
    "| | l | b | B |",
    "| | l | c | C |",
)


@pytest.mark.parametrize(
    ("order", "fault"),
    [("c b", None), ("b c", None), ("b", AnswerFault.NOT_ALL), ("a b c", AnswerFault.NOT_OFFERED)],
)
def test_with_a_filter_exactly_those_that_are_offered_are_put_in_order(order: str, fault: AnswerFault | None) -> None:
    checked = judged(ORDERED, likes="a", order=order)
    assert [one.code for one in checked.errors.values()] == ([fault] if fault else [])
    assert checked.values.get("order") == (None if fault else order.split())
