"""The questionnaire that ships: complete in four languages, stable names, and the rules its questions promise."""

from datetime import date
from pathlib import Path

import pytest

from councils.needs.states import Category
from councils.surveys.rules import (
    Checked,
    CompiledForm,
    Raw,
    check,
    compile_xlsform,
    missing_translations,
    next_section,
)

SOURCE = Path(__file__).parents[2] / "councils/surveys/data/life_in_our_town.xlsx"
TODAY = date(2026, 11, 22)
LANGUAGES = ("kk", "ru", "en", "de")


@pytest.fixture(scope="module")
def form() -> CompiledForm:
    return compile_xlsform(content=SOURCE.read_bytes(), filename=SOURCE.name).form


def whole(form: CompiledForm, **changes: Raw) -> dict[str, Raw]:
    """An answer to every question, the first option each, so that nothing conditional is asked but what changes say."""
    answers: dict[str, Raw] = {"household_size": "4", "one_change": "More trees."}
    for question in form.questions:
        choices = form.choices(question)
        if question.type == "select_one":
            answers[question.name] = choices[0].value
        elif question.type == "select_multiple":
            answers[question.name] = [choices[0].value]
    return answers | changes


def judged(form: CompiledForm, **changes: Raw) -> Checked:
    return check(form, whole(form, **changes), language="ru", today=TODAY)


def test_every_text_is_there_in_every_language(form: CompiledForm) -> None:
    assert set(form.languages) == set(LANGUAGES)
    assert form.default_language == "kk"
    assert missing_translations(form, LANGUAGES) == ()
    assert form.titles == {
        "kk": "Қаламыздағы өмір мен қажеттіліктер",
        "ru": "Потребности и жизнь в нашем городе",
        "en": "Needs and life in our town",
        "de": "Leben und Bedarf in unserer Stadt",
    }


def test_no_translation_is_a_copy_of_another_language(form: CompiledForm) -> None:
    copies = [
        (question.name, language, other)
        for question in form.questions
        for language in LANGUAGES
        for other in LANGUAGES
        if language < other and question.labels[language] == question.labels[other]
    ]
    assert copies == []


def test_sections_and_question_names_are_what_indicators_bind_to(form: CompiledForm) -> None:
    assert {section.name: section.questions for section in form.sections} == {
        "life": ("intro", "life_satisfaction", "conditions_satisfaction", "stay_intention", "urgent_needs"),
        "detail": ("urgent_needs_other", "first_need", "need_severity", "leave_reasons", "advice_to_young"),
        "home_and_street": (
            "air_satisfaction",
            "water_satisfaction",
            "waste_satisfaction",
            "roads_satisfaction",
            "heating_type",
        ),
        "services": ("heating_satisfaction", "health_satisfaction", "school_satisfaction"),
        "work": ("work_status", "job_prospects", "income_enough", "business_conditions"),
        "decisions": ("akimat_trust", "council_trust", "akimat_listens", "one_change"),
        "about_you": ("sex", "age_group", "education", "household_size"),
    }


def test_satisfaction_has_the_three_grades_of_the_statistics_bureau(form: CompiledForm) -> None:
    options = form.choices(form.question("life_satisfaction"))
    assert [choice.value for choice in options] == ["satisfied", "partly_satisfied", "not_satisfied", "hard_to_say"]
    assert [choice.labels["kk"] for choice in options] == [
        "Қанағаттанамын",
        "Жартылай қанағаттанамын",
        "Қанағаттанбаймын",
        "Жауап беруге қиналамын",
    ]


def test_needs_are_the_categories_in_which_residents_file_needs(form: CompiledForm) -> None:
    assert [choice.value for choice in form.choices(form.question("urgent_needs"))] == list(Category.values)


def test_a_whole_interview_is_taken_and_keeps_only_what_was_asked(form: CompiledForm) -> None:
    checked = judged(form)
    assert checked.errors == {}
    assert set(whole(form)) - set(checked.values) == {"first_need", "leave_reasons"}


@pytest.mark.parametrize(
    ("intention", "asked"),
    [
        ("certainly_stay", False),
        ("probably_stay", False),
        ("probably_leave", True),
        ("certainly_leave", True),
        ("hard_to_say", False),
    ],
)
def test_reasons_for_leaving_are_asked_only_of_those_who_think_of_it(
    form: CompiledForm, intention: str, asked: bool
) -> None:
    checked = judged(form, stay_intention=intention, leave_reasons=[])
    assert ("leave_reasons" in checked.relevant) is asked
    assert set(checked.errors) == ({"leave_reasons"} if asked else set())


@pytest.mark.parametrize(("kind", "asked"), [("central", True), ("own_boiler", False), ("electric", False)])
def test_satisfaction_with_heating_is_asked_only_with_central_heating(
    form: CompiledForm, kind: str, asked: bool
) -> None:
    assert ("heating_satisfaction" in judged(form, heating_type=kind).values) is asked


def test_more_than_three_needs_are_refused_in_the_respondents_language(form: CompiledForm) -> None:
    needs = ["water", "roads", "jobs", "safety"]
    assert "urgent_needs" not in judged(form, urgent_needs=needs[:3], first_need="jobs").errors
    fault = judged(form, urgent_needs=needs, first_need="jobs").errors["urgent_needs"]
    assert fault.message == "Пожалуйста, выберите не более трёх ответов."
    kazakh = check(form, whole(form, urgent_needs=needs, first_need="jobs"), language="kk", today=TODAY)
    assert kazakh.errors["urgent_needs"].message == "Үш жауаптан артық таңдамаңыз."


def test_the_first_need_is_one_of_the_chosen_and_asked_from_two_on(form: CompiledForm) -> None:
    assert "first_need" not in judged(form, urgent_needs=["roads"], first_need="roads").values
    assert judged(form, urgent_needs=["roads", "jobs"], first_need="roads").errors == {}
    assert set(judged(form, urgent_needs=["roads", "jobs"], first_need="water").errors) == {"first_need"}
    assert set(judged(form, urgent_needs=["roads", "jobs"], first_need="").errors) == {"first_need"}


@pytest.mark.parametrize(
    ("typed", "taken"), [("1", 1), ("20", 20), (" 4 ", 4), ("0", None), ("21", None), ("4.5", None), ("four", None)]
)
def test_household_size_is_a_whole_number_from_1_to_20(form: CompiledForm, typed: str, taken: int | None) -> None:
    checked = judged(form, household_size=typed)
    assert checked.values.get("household_size") == taken
    assert set(checked.errors) == (set() if taken else {"household_size"})


def test_open_questions_and_education_may_be_left_out_and_all_else_may_not(form: CompiledForm) -> None:
    free = {"education", "household_size", "one_change", "urgent_needs_other"}
    conditional = {"first_need", "leave_reasons", "heating_satisfaction"}
    asked = {question.name for question in form.questions if question.is_asked}
    checked = check(form, {}, language="en", today=TODAY)
    assert set(checked.errors) == asked - free - conditional


def test_what_depends_on_an_answer_stands_on_a_later_page(form: CompiledForm) -> None:
    """So that every page is known when it is drawn, without JavaScript."""
    page_of = {name: number for number, section in enumerate(form.sections) for name in section.questions}
    pages = {
        question.name: [
            page_of[other.name]
            for other in form.questions
            if other.path in f"{question.relevant or ''} {question.choice_filter or ''}".split()
        ]
        for question in form.questions
    }
    assert [name for name, earlier in pages.items() if any(page >= page_of[name] for page in earlier)] == []
    assert sum(bool(earlier) for earlier in pages.values()) == 4


def test_seven_pages_are_walked_in_order(form: CompiledForm) -> None:
    walked: list[str] = []
    while (name := next_section(form, whole(form), after=walked[-1] if walked else None, today=TODAY)) is not None:
        walked.append(name)
    assert walked == ["life", "detail", "home_and_street", "services", "work", "decisions", "about_you"]
