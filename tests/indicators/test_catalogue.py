"""The shipped catalogue, bound to the shipped questionnaire, and entries that must be refused."""

from pathlib import Path

import numpy as np
import pytest

from councils.indicators.rules.binding import count, layout_of
from councils.indicators.rules.catalogue import LANGUAGES, Catalogue, check_binding, parse
from councils.indicators.rules.cube import Kind, Layout, Question, to_rows
from councils.indicators.rules.refusals import CatalogueError
from councils.indicators.states import Direction, Unit
from councils.surveys.rules import CompiledForm, Value, code_layout, codes, compile_xlsform

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "councils" / "indicators" / "data" / "catalogue.toml"
QUESTIONNAIRE = ROOT / "councils" / "surveys" / "data" / "life_in_our_town.xlsx"


@pytest.fixture(scope="module")
def form() -> CompiledForm:
    return compile_xlsform(content=QUESTIONNAIRE.read_bytes(), filename=QUESTIONNAIRE.name).form


@pytest.mark.parametrize("with_education", [False, True])
def test_every_bound_question_and_answer_is_in_the_shipped_questionnaire(
    catalogue: Catalogue, form: CompiledForm, with_education: bool
) -> None:
    raking = catalogue.raking
    layout = layout_of(slots=code_layout(form), space=raking.space_with_education if with_education else raking.space)
    check_binding(catalogue=catalogue, layout=layout)
    by_name = {question.name: question for question in layout.questions}
    assert by_name[raking.education].options == raking.space_with_education.educations
    assert set(catalogue.questions()) <= set(by_name)


def test_the_questionnaire_is_the_one_named(catalogue: Catalogue, form: CompiledForm) -> None:
    assert (form.form_id, form.version) == (catalogue.questionnaire, catalogue.questionnaire_version)


def test_answers_of_the_shipped_questionnaire_are_counted_where_they_belong(
    catalogue: Catalogue, form: CompiledForm
) -> None:
    answered: list[dict[str, Value]] = [
        {
            "life_satisfaction": "satisfied",
            "leave_reasons": ["work", "family"],
            "sex": "female",
            "age_group": "age_18_29",
        },
        {"life_satisfaction": "hard_to_say", "sex": "male", "age_group": "age_65_plus", "education": "higher"},
        {"stay_intention": "certainly_leave", "leave_reasons": ["work"], "sex": "male"},
    ]
    layout = layout_of(slots=code_layout(form), space=catalogue.raking.space)
    found = count(layout=layout, raking=catalogue.raking, codes=np.array([codes(form, values) for values in answered]))
    assert to_rows(layout=layout, cube=found) == [
        ("", "", "", 1),
        ("", "", "female_age_18_29", 1),
        ("", "", "male_age_65_plus", 1),
        ("age_group", "", "female_age_18_29", 1),
        ("age_group", "", "male_age_65_plus", 1),
        ("age_group", "age_18_29", "female_age_18_29", 1),
        ("age_group", "age_65_plus", "male_age_65_plus", 1),
        ("education", "", "male_age_65_plus", 1),
        ("education", "higher", "male_age_65_plus", 1),
        ("leave_reasons", "", "", 1),
        ("leave_reasons", "", "female_age_18_29", 1),
        ("leave_reasons", "family", "female_age_18_29", 1),
        ("leave_reasons", "work", "", 1),
        ("leave_reasons", "work", "female_age_18_29", 1),
        ("life_satisfaction", "", "female_age_18_29", 1),
        ("life_satisfaction", "", "male_age_65_plus", 1),
        ("life_satisfaction", "hard_to_say", "male_age_65_plus", 1),
        ("life_satisfaction", "satisfied", "female_age_18_29", 1),
        ("sex", "", "", 1),
        ("sex", "", "female_age_18_29", 1),
        ("sex", "", "male_age_65_plus", 1),
        ("sex", "female", "female_age_18_29", 1),
        ("sex", "male", "", 1),
        ("sex", "male", "male_age_65_plus", 1),
        ("stay_intention", "", "", 1),
        ("stay_intention", "certainly_leave", "", 1),
    ]
    with_education = layout_of(slots=code_layout(form), space=catalogue.raking.space_with_education)
    second = count(
        layout=with_education, raking=catalogue.raking, codes=np.array([codes(form, values) for values in answered])
    )
    assert [row for row in to_rows(layout=with_education, cube=second) if not row[0]] == [
        ("", "", "", 2),
        ("", "", "male_age_65_plus_higher", 1),
    ]


def test_24_indicators_in_8_domains(catalogue: Catalogue) -> None:
    assert len(catalogue.indicators) == 24
    assert [indicator.domain for indicator in catalogue.indicators] == sorted(
        (indicator.domain for indicator in catalogue.indicators), key=list(catalogue.domains).index
    )
    assert {indicator.domain for indicator in catalogue.indicators} == set(catalogue.domains)
    assert len(catalogue.domains) == 8


def test_every_name_is_said_in_four_languages_and_only_once(catalogue: Catalogue) -> None:
    for language in LANGUAGES:
        names = [indicator.name[language] for indicator in catalogue.indicators]
        definitions = [indicator.definition[language] for indicator in catalogue.indicators]
        assert len(set(names)) == 24
        assert len(set(definitions)) == 24
        assert max(len(name) for name in names) <= 60
    for indicator in catalogue.indicators:
        assert len({indicator.name[language] for language in LANGUAGES}) == 4
        assert set("әғқңөұүһі") & set(indicator.definition["kk"].lower())
        assert not set("әғқңөұүһі") & set(indicator.definition["ru"].lower())


def test_an_indicator_as_it_is_read(catalogue: Catalogue) -> None:
    young = next(indicator for indicator in catalogue.indicators if indicator.code == "stay_young")
    assert (young.question, young.kind, young.unit, young.direction) == (
        "stay_intention",
        Kind.ONE,
        Unit.SHARE,
        Direction.HIGHER,
    )
    assert young.scoring.scores.tolist() == [1, 1, 0, 0]
    assert young.ages == ("age_18_29",)


# The smallest catalogue that can be read: its head, and one entry.
HEAD, ENTRY = (ROOT / "tests" / "indicators" / "data" / "smallest_catalogue.toml").read_text().split("[[indicator]]\n")
ENTRY = f"[[indicator]]\n{ENTRY}"


def test_the_smallest_catalogue() -> None:
    assert [indicator.code for indicator in parse(text=HEAD + ENTRY).indicators] == ["one"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('formula = "top2(trust)"', 'formula = "top2 trust"'),
        ('formula = "top2(trust)"', 'formula = "median(trust)"'),
        ('formula = "top2(trust)"', 'formula = "top2(trust, a)"'),
        ('formula = "top2(trust)"', 'formula = "share(trust)"'),
        ('formula = "top2(trust)"', 'formula = "share(trust, e)"'),
        ('formula = "top2(trust)"', 'formula = "share(trust, a, b)"\nkind = "many"'),
        ('formula = "top2(trust)"', 'formula = "top2(trust)"\nkind = "several"'),
        ('left_out = ["e"]', 'left_out = ["d"]'),
        ('left_out = ["e"]', "left_out = [5]"),
        ('left_out = ["e"]', 'left_out = ["e"]\nages = ["z"]'),
        ('scale = ["a", "b", "c", "d"]', 'scale = ["a", "b", "c"]'),
        ('scale = ["a", "b", "c", "d"]', 'scale = "abcd"'),
        ("version = 1\n", 'version = "1"\n'),
        ('domain = "life"', 'domain = "death"'),
        ('direction = "higher"', 'direction = "up"'),
        ('source = "survey"', 'source = "rumour"'),
        ('de = "4"\n[indicator.definition]', "[indicator.definition]"),
        ('de = "4"\n[indicator.definition]', 'de = " "\n[indicator.definition]'),
    ],
)
def test_an_entry_that_cannot_be_carried_out_is_refused_by_name(old: str, new: str) -> None:
    assert ENTRY.count(old) == 1
    with pytest.raises(CatalogueError) as caught:
        parse(text=HEAD + ENTRY.replace(old, new))
    assert caught.value.where == "one"


@pytest.mark.parametrize("text", ["", "not toml", HEAD, HEAD.replace('[["x"], ["y"]]', '[["x"], ["z"]]') + ENTRY])
def test_a_damaged_catalogue_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        parse(text=text)
    assert caught.value.where == "catalogue"


def test_a_code_stands_once() -> None:
    with pytest.raises(CatalogueError, match="twice"):
        parse(text=HEAD + ENTRY + ENTRY)


SEX, AGE = Question("sex", Kind.ONE, ("f", "m")), Question("age", Kind.ONE, ("x", "y"))


@pytest.mark.parametrize(
    ("questions", "where"),
    [
        ((SEX, AGE), "one"),
        ((Question("trust", Kind.MANY, ("a", "b", "c", "d", "e")), SEX, AGE), "one"),
        ((Question("trust", Kind.ONE, ("a", "b", "c", "d")), SEX, AGE), "one"),
        ((Question("trust", Kind.ONE, ("a", "b", "c", "d", "e", "f")), SEX, AGE), "one"),
        ((Question("trust", Kind.ONE, ("a", "b", "c", "d", "e")), AGE), "sex"),
        ((Question("trust", Kind.ONE, ("a", "b", "c", "d", "e")), SEX, Question("age", Kind.ONE, ("x",))), "age"),
    ],
)
def test_another_questionnaire_is_refused(questions: tuple[Question, ...], where: str) -> None:
    catalogue = parse(text=HEAD + ENTRY)
    with pytest.raises(CatalogueError) as caught:
        check_binding(catalogue=catalogue, layout=Layout(questions=questions, space=catalogue.raking.space))
    assert caught.value.where == where


def test_the_order_of_answers_in_the_questionnaire_is_free() -> None:
    catalogue = parse(text=HEAD + ENTRY)
    questions = (Question("trust", Kind.ONE, ("e", "d", "c", "b", "a")), SEX, AGE)
    check_binding(catalogue=catalogue, layout=Layout(questions=questions, space=catalogue.raking.space))


def test_education_is_needed_only_where_it_is_counted() -> None:
    catalogue = parse(text=HEAD + ENTRY)
    questions = (Question("trust", Kind.ONE, ("a", "b", "c", "d", "e")), SEX, AGE)
    check_binding(catalogue=catalogue, layout=Layout(questions=questions, space=catalogue.raking.space))
    with pytest.raises(CatalogueError) as caught:
        check_binding(
            catalogue=catalogue, layout=Layout(questions=questions, space=catalogue.raking.space_with_education)
        )
    assert caught.value.where == catalogue.raking.education
