"""Judging answers: shapes, relevance, calculations, required, filters, constraints, pages."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import (
    Checked,
    CompiledForm,
    Raw,
    Value,
    check,
    check_section,
    compile_xlsform,
    items,
    next_section,
    previous_section,
)
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


NESTED = form_of(
    "| survey |",
    "| | type | name | label | relevant | required | calculation | constraint "
    "| constraint_message | required_message |",
    "| | integer | age | Age | | yes | | | | Tell us your age. |",
    "| | begin_group | adult | Adults | ${age} >= 18 | | | | | |",
    "| | select_one yn | works | Do you work? | | | | | | |",
    "| | begin_group | job | Job | ${works} = 'yes' | | | | | |",
    "| | integer | hours | Hours | | ${age} < 60 | | . <= ${age} * 2 | Not more than ${limit}, at ${age}. | |",
    "| | end_group | | | | | | | | |",
    "| | end_group | | | | | | | | |",
    "| | calculate | limit | | | | ${doubled} + 0 | | | |",
    "| | calculate | doubled | | | | ${age} * 2 | | | |",
    "| | note | thanks | ${works}: ${doubled} | | | | | | |",
    "| choices |",
    "| | list_name | name | label |",
    "| | yn | yes | Yes, I do |",
    "| | yn | no | No |",
)


def test_a_group_decides_for_everything_inside_it() -> None:
    child = judged(NESTED, age="12", works="yes", hours="5")
    assert child.values == {"age": 12, "limit": "24", "doubled": "24"}
    assert child.relevant == {"age", "limit", "doubled", "thanks"}
    idle = judged(NESTED, age="30", works="no", hours="5")
    assert "hours" not in idle.values
    assert judged(NESTED, age="30", works="yes", hours="5").values["hours"] == 5


def test_an_answer_that_stopped_counting_counts_for_nobody() -> None:
    form = form_of(
        "| survey |",
        "| | type | name | label | relevant | calculation |",
        "| | integer | last | L | ${second} = 7 | |",
        "| | integer | first | F | | |",
        "| | integer | second | S | ${first} = 1 | |",
        "| | calculate | echo | | | concat('<', ${second}, '>') |",
    )
    assert judged(form, first="1", second="7", last="3").values == {"last": 3, "first": 1, "second": 7, "echo": "<7>"}
    assert judged(form, first="2", second="7", last="3").values == {"first": 2, "echo": "<>"}


def test_required_may_depend_on_answers_and_on_relevance() -> None:
    assert set(judged(NESTED, age="30", works="yes").errors) == {"hours"}
    assert judged(NESTED, age="61", works="yes").errors == {}
    assert judged(NESTED, age="30", works="no").errors == {}
    missing = judged(NESTED).errors
    assert {name: fault.message for name, fault in missing.items()} == {"age": "Tell us your age."}


def test_calculations_are_made_in_the_order_of_their_dependencies() -> None:
    assert judged(NESTED, age="20").values["limit"] == "40"


def test_a_calculation_cannot_be_answered() -> None:
    assert judged(NESTED, age="20", doubled="1", limit="1").values["limit"] == "40"


def test_constraint_messages_show_the_answers_they_speak_about() -> None:
    fault = judged(NESTED, age="20", works="yes", hours="41").errors["hours"]
    assert (fault.code, fault.message) == (AnswerFault.CONSTRAINT, "Not more than 40, at 20.")
    assert judged(NESTED, age="20", works="yes", hours="40").errors == {}


def test_a_page_shows_what_is_relevant_with_the_answers_put_in() -> None:
    answers: dict[str, Raw] = {"age": "20", "works": "yes"}
    (age,) = items(NESTED, answers, section="1", language="en", today=TODAY)
    assert (age.label, age.is_required, age.value) == ("Age", True, 20)
    works, hours = items(NESTED, answers, section="adult", language="en", today=TODAY)
    assert works.options == (("yes", "Yes, I do"), ("no", "No"))
    assert (works.headings, hours.headings, hours.is_required) == ((), ("Job",), True)
    (note,) = items(NESTED, answers, section="3", language="en", today=TODAY)
    assert (note.label, note.is_required) == ("Yes, I do: 40", False)
    (note,) = items(NESTED, {}, section="3", language="en", today=TODAY)
    assert note.label == "…: …"


def test_pages_with_nothing_relevant_are_stepped_over_both_ways() -> None:
    assert next_section(NESTED, {}, after=None, today=TODAY) == "1"
    assert next_section(NESTED, {"age": 12}, after="1", today=TODAY) == "3"
    assert next_section(NESTED, {"age": 20}, after="1", today=TODAY) == "adult"
    assert next_section(NESTED, {"age": 20}, after="3", today=TODAY) is None
    assert previous_section(NESTED, {"age": 12}, before="3", today=TODAY) == "1"
    assert previous_section(NESTED, {"age": 20}, before="3", today=TODAY) == "adult"
    assert previous_section(NESTED, {"age": 20}, before="1", today=TODAY) is None


def test_a_page_is_judged_alone_and_keeps_what_others_gave() -> None:
    answers: dict[str, Raw] = {"works": "yes", "hours": "99"}
    first = check_section(NESTED, answers, section="1", language="en", today=TODAY)
    assert set(first.errors) == {"age"}
    second = check_section(NESTED, {"age": "20", **answers}, section="adult", language="en", today=TODAY)
    assert set(second.errors) == {"hours"}
    assert second.values == {"age": 20, "works": "yes", "limit": "40", "doubled": "40"}
    with pytest.raises(KeyError):
        check_section(NESTED, answers, section="nowhere", language="en", today=TODAY)


FILTERED = form_of(
    "| survey |",
    "| | type | name | label | choice_filter | required |",
    "| | select_one oblast | oblast | Oblast | | |",
    "| | select_one town | town | Town | oblast = ${oblast} | yes |",
    "| choices |",
    "| | list_name | name | label | oblast |",
    "| | oblast | kar | Karaganda | |",
    "| | oblast | pav | Pavlodar | |",
    "| | town | temirtau | Temirtau | kar |",
    "| | town | saran | Saran | kar |",
    "| | town | aksu | Aksu | pav |",
)


def test_a_choice_filter_decides_what_is_offered_and_taken() -> None:
    (_oblast, town) = items(FILTERED, {"oblast": "kar"}, section="1", language="en", today=TODAY)
    assert town.options == (("temirtau", "Temirtau"), ("saran", "Saran"))
    assert judged(FILTERED, oblast="pav", town="aksu").errors == {}
    fault = judged(FILTERED, oblast="pav", town="saran").errors["town"]
    assert fault.code is AnswerFault.NOT_OFFERED
    assert judged(FILTERED, town="saran").errors["town"].code is AnswerFault.NOT_OFFERED


def test_or_other_asks_for_the_words() -> None:
    form = form_of(
        "| survey |",
        "| | type | name | label |",
        "| | select_one sexes or specify other | sex | Sex |",
        "| choices |",
        "| | list name | name | label |",
        "| | sexes | female | Female |",
    )
    assert [choice.value for choice in form.choices(form.question("sex"))] == ["female", "other"]
    assert judged(form, sex="other", sex_other="x").values == {"sex": "other", "sex_other": "x"}
    assert judged(form, sex="female", sex_other="x").values == {"sex": "female"}


def test_choices_can_be_filtered_by_their_own_label() -> None:
    form = form_of(
        "| survey |",
        "| | type | name | label::English | choice_filter |",
        "| | text | name1 | First name | |",
        "| | text | name2 | Second name | |",
        "| | select_one names | eldest | Who is the eldest? | label::English != '' |",
        "| choices |",
        "| | list_name | name | label::English |",
        "| | names | one | ${name1} |",
        "| | names | two | ${name2} |",
    )
    shown = items(form, {"name2": "Aigul"}, section="1", language="en", today=TODAY)
    assert shown[-1].options == (("two", "Aigul"),)


def test_the_day_is_given_and_nothing_else_knows_it() -> None:
    form = form_of("| survey |", "| | type | name | label | constraint |", "| | date | born | Born | . <= today() |")
    answers: dict[str, Raw] = {"born": "2026-11-22"}
    assert check(form, answers, language="en", today=TODAY).errors == {}
    assert set(check(form, answers, language="en", today=date(2026, 11, 21)).errors) == {"born"}


def test_read_only_questions_take_no_answer() -> None:
    form = form_of("| survey |", "| | type | name | label | read_only |", "| | integer | fixed | F | yes |")
    assert judged(form, fixed="3").values == {}
    assert form.question("fixed").read_only is True
