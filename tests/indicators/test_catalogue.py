"""The shipped catalogue, bound to the shipped questionnaire, and entries that must be refused."""

from pathlib import Path

import openpyxl
import pytest

from councils.indicators.rules.catalogue import LANGUAGES, Catalogue, check_binding, parse
from councils.indicators.rules.cube import Kind, Layout, Question
from councils.indicators.rules.refusals import CatalogueError
from councils.indicators.states import Direction, Unit

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "councils" / "indicators" / "data" / "catalogue.toml"
QUESTIONNAIRE = ROOT / "councils" / "surveys" / "data" / "life_in_our_town.xlsx"


def shipped_questions() -> tuple[Question, ...]:
    """The closed questions of the shipped XLSForm with their choices in order, read from its two sheets."""
    book = openpyxl.load_workbook(QUESTIONNAIRE, read_only=True)
    sheets = {}
    for name in ("survey", "choices"):
        head, *rows = book[name].iter_rows(values_only=True)
        sheets[name] = [dict(zip((str(cell) for cell in head), row, strict=True)) for row in rows]
    choices: dict[str, list[str]] = {}
    for row in sheets["choices"]:
        if row["list_name"]:
            choices.setdefault(str(row["list_name"]), []).append(str(row["name"]))
    kinds = {"select_one": Kind.ONE, "select_multiple": Kind.MANY}
    found = []
    for row in sheets["survey"]:
        kind, _, of = str(row["type"]).partition(" ")
        if kind in kinds:
            found.append(Question(str(row["name"]), kinds[kind], tuple(choices[of.split()[0]])))
    return tuple(found)


def test_every_bound_question_and_answer_is_in_the_shipped_questionnaire(catalogue: Catalogue) -> None:
    layout = Layout(questions=shipped_questions(), space=catalogue.raking.space)
    check_binding(catalogue=catalogue, layout=layout)
    by_name = {question.name: question for question in layout.questions}
    assert by_name[catalogue.raking.education].options == catalogue.raking.space_with_education.educations
    assert set(catalogue.questions()) <= set(by_name)


def test_the_questionnaire_is_the_one_named(catalogue: Catalogue) -> None:
    sheet = openpyxl.load_workbook(QUESTIONNAIRE, read_only=True)["settings"]
    head, values, *_ = sheet.iter_rows(values_only=True)
    settings = dict(zip(head, values, strict=True))
    assert (settings["form_id"], str(settings["version"])) == (catalogue.questionnaire, catalogue.questionnaire_version)


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
