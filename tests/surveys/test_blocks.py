"""The ready blocks: complete in four languages, in agreement with the questionnaire that ships, and freely combined."""

from itertools import combinations
from pathlib import Path

import pytest

from councils.surveys.queries.library import ready_blocks
from councils.surveys.rules import CompiledForm, compile_xlsform, missing_translations
from councils.surveys.rules.blocks import Block, BlocksClashError, compose, read_block
from councils.surveys.rules.difference import difference
from councils.surveys.states import FormChange

DATA = Path(__file__).parents[2] / "councils/surveys/data"
LANGUAGES = ("kk", "ru", "en", "de")
TITLES = {"kk": "Сауалнама", "ru": "Опрос", "en": "Survey", "de": "Umfrage"}
BLOCKS = {block.name: block for block in ready_blocks()}


def composed(*names: str) -> CompiledForm:
    content = compose(blocks=[BLOCKS[name] for name in names], form_id="made", titles=TITLES)
    return compile_xlsform(content=content, filename="made.xlsx").form


@pytest.fixture(scope="module")
def whole() -> CompiledForm:
    return composed(*BLOCKS)


def test_every_file_of_the_folder_is_offered() -> None:
    assert set(BLOCKS) == {path.stem for path in (DATA / "blocks").glob("*.md")}


def test_all_blocks_together_are_complete_in_every_language(whole: CompiledForm) -> None:
    assert set(whole.languages) == set(LANGUAGES)
    assert (whole.titles, whole.default_language, whole.form_id) == (TITLES, "kk", "made")
    assert missing_translations(whole, LANGUAGES) == ()


def test_no_translation_is_a_copy_of_another_language(whole: CompiledForm) -> None:
    spoken = [(question.name, question.labels) for question in whole.questions]
    spoken += [(group.name, group.labels) for group in whole.groups]
    spoken += [(choice.value, choice.labels) for choices in whole.lists.values() for choice in choices]
    copies = [
        (name, one, other)
        for name, labels in spoken
        for one, other in combinations(LANGUAGES, 2)
        if labels[one] == labels[other]
    ]
    assert copies == []


def test_what_both_ask_is_asked_in_the_words_of_the_questionnaire_that_ships(whole: CompiledForm) -> None:
    source = DATA / "life_in_our_town.xlsx"
    life = compile_xlsform(content=source.read_bytes(), filename=source.name).form
    found = difference(life, whole)
    shared = {one.name for one in life.questions} & {one.name for one in whole.questions}
    assert {"life_satisfaction", "urgent_needs"}.isdisjoint(shared)
    assert len(shared) == 20
    kinds = {FormChange.MOVED, FormChange.ADDED, FormChange.REMOVED}
    assert [one for one in found.changes if one.name in shared and one.kind not in kinds] == []
    assert found.comparable >= shared


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_block_stands_alone_and_keeps_its_rules_on_earlier_pages(name: str) -> None:
    form = composed(name)
    assert tuple(one.name for one in form.questions) == BLOCKS[name].questions
    page_of = {question: number for number, section in enumerate(form.sections) for question in section.questions}
    later = [
        (one.name, other.name)
        for one in form.questions
        for other in form.questions
        if other.path in f"{one.relevant or ''} {one.choice_filter or ''}".split()
        and page_of[other.name] >= page_of[one.name]
    ]
    assert later == []


@pytest.mark.parametrize("name", ["shock_plant", "shock_heating"])
def test_a_shock_is_asked_about_in_five_questions(name: str) -> None:
    assert len(BLOCKS[name].questions) == 5


def test_what_two_blocks_ask_is_asked_once() -> None:
    form = composed("stay_or_leave", "shock_plant", "shock_heating")
    names = [one.name for one in form.questions]
    assert (names.count("stay_intention"), names.count("shock_informed"), len(names)) == (1, 1, 12)


def test_a_page_that_has_no_question_left_is_gone() -> None:
    twice = renamed(BLOCKS["trust"], "again")
    content = compose(blocks=[BLOCKS["trust"], twice], form_id="made", titles=TITLES)
    form = compile_xlsform(content=content, filename="made.xlsx").form
    assert [section.name for section in form.sections] == ["trust"]


def renamed(block: Block, group: str) -> Block:
    """The same block with another name for its first page."""
    first, *rest = block.survey
    return Block(
        name=group,
        titles=block.titles,
        questions=block.questions,
        languages=block.languages,
        survey=({**first, "name": group}, *rest),
        choices=block.choices,
    )


def test_one_name_for_two_things_is_a_mistake() -> None:
    other = read_block(
        name="other",
        content=b"| survey |\n| | type | name | label::x (en) |\n| | text | akimat_trust | Why? |\n",
    )
    with pytest.raises(BlocksClashError, match="akimat_trust"):
        compose(blocks=[BLOCKS["trust"], other], form_id="made", titles=TITLES)
