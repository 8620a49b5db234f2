"""Judging answers: relevance, calculations, required, filters, constraints, pages."""

from datetime import date

import pytest

from councils.surveys.rules import (
    Checked,
    CompiledForm,
    Raw,
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


PICTURED = form_of(
    "| survey |",
    "| | type | name | label::English (en) | label::Русский (ru) | appearance | image::Русский (ru) | calculation |",
    "| | today | today | | | | | |",
    "| | begin_group | page | Page | Страница | | | |",
    "| | begin_group | table | How satisfied are you? | Довольны ли вы? | table-list | | |",
    "| | select_one l | water | Water | Вода | | water.jpg | |",
    "| | select_one l | roads | Roads | Дороги | | | |",
    "| | end_group | | | | | | |",
    "| | text | more | More | Ещё | | | |",
    "| | end_group | | | | | | |",
    "| | calculate | day | | | | | format-date(${today}, '%d.%m.%Y') |",
    "| choices |",
    "| | list_name | name | label::English (en) | label::Русский (ru) | image::Русский (ru) |",
    "| | l | good | Good | Хорошо | good.png |",
    "| | l | bad | Bad | Плохо | |",
)


def test_a_page_says_what_belongs_to_a_table_and_which_pictures_stand_where() -> None:
    shown = {item.address: item for item in items(PICTURED, {}, section="page", language="ru", today=TODAY)}
    assert list(shown) == ["water", "roads", "more"]
    assert [item.matrix for item in shown.values()] == ["/data/page/table", "/data/page/table", ""]
    assert [item.headings for item in shown.values()] == [("Довольны ли вы?",), ("Довольны ли вы?",), ()]
    assert [item.media for item in shown.values()] == [{"image": "water.jpg"}, {}, {}]
    assert shown["roads"].option_media == {"good": {"image": "good.png"}}
    assert shown["roads"].options == (("good", "Хорошо"), ("bad", "Плохо"))


def test_of_a_device_only_the_day_is_known() -> None:
    checked = check(PICTURED, {"today": "1999-01-01"}, language="en", today=TODAY)
    assert checked.values == {"day": "22.11.2026"}
    assert "today" not in checked.relevant
