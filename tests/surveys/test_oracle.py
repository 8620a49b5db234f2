"""Our verdict against a second opinion (`xform_oracle.py`) and against elementpath on our own XML, for every form.

The oracle knows nothing of our parser, our functions or our order of settling. Each form also gets one submission that
must be taken and one that must not.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from councils.surveys.rules import (
    Checked,
    CompiledForm,
    Imported,
    Question,
    accept,
    check,
    compile_xlsform,
    from_instance,
    to_instance,
)
from councils.surveys.rules.bytree import ByTree
from councils.surveys.rules.form import FILE_TYPES
from councils.surveys.rules.judging import judge
from councils.surveys.rules.program import Program, build_program
from councils.surveys.rules.settling import Settled
from tests.surveys.xform_oracle import Oracle

ROOT = Path(__file__).parents[2]
OUTSIDE = ROOT.parent / "shared/data/outside/xlsform"
TODAY = date(2026, 11, 22)
HOUSEHOLD = Path(__file__).parent / "data/household.md"
LIFE = ROOT / "councils/surveys/data/life_in_our_town.xlsx"
FORMS = (
    HOUSEHOLD,
    LIFE,
    HOUSEHOLD.with_name("whole.md"),
    *sorted((ROOT / "councils/surveys/data/blocks").glob("*.md")),
    *(
        OUTSIDE / name
        for name in (
            "excel_with_macros.xlsm",
            "flat_xlsform_test.xlsx",
            "group.md",
            "specify_other.xlsx",
            "utf_csv.csv",
            "xlsform_spec_test.xlsx",
        )
        if (OUTSIDE / name).exists()
    ),
)
WILD = {
    "text": ["", "word", "two words", "ж" * 300, "12", "-1.5", "a@example.org", "2026-11-22"],
    "integer": ["-3", "0", "1", "2", "2", "3", "3", "18"],
    "decimal": ["0", "1.5", "-2.25", "17", "1000000"],
    "date": ["2026-11-22", "1999-12-31", "2030-01-01"],
    "time": ["09:05", "23:59"],
    "datetime": ["2026-11-22T10:30"],
    "geopoint": ["44.84 78.77 1000 5", "0 0"],
    "geotrace": ["44.84 78.77 0 0;44.85 78.78 0 0"],
    "geoshape": ["44 78 0 0;44 79 0 0;45 79 0 0;44 78 0 0"],
    "acknowledge": ["OK"],
    "barcode": ["4870001234567"],
    **{kind: ["1764000000000.jpg"] for kind in FILE_TYPES},
}


@lru_cache
def imported(path: Path) -> tuple[Imported, Oracle, Program]:
    found = compile_xlsform(content=path.read_bytes(), filename=path.name)
    return found, Oracle(found.xform, today=TODAY), build_program(found.form, evaluation=ByTree)


def answers_of(form: CompiledForm, random: Random, *, skips: float = 0.15, scope: str = "") -> dict[str, Any]:
    """Answers of the right shape to a random part of the questions, otherwise as wild as they come; nested."""
    answers: dict[str, Any] = {
        question.name: one_answer(form, question, random)
        for question in form.questions
        if question.is_asked and question.repeat == scope and random.random() >= skips
    }
    for group in form.groups:
        if group.is_repeat and group.repeat == scope:
            number = random.choice([0, 1, 1, 2, 3])
            answers[group.name] = [answers_of(form, random, skips=skips, scope=group.path) for _ in range(number)]
    return answers


def one_answer(form: CompiledForm, question: Question, random: Random) -> str:
    values = [choice.value for choice in form.choices(question)]
    match question.type:
        case "select_one":
            return random.choice(values)
        case "select_multiple":
            return " ".join(value for value in values if random.random() < 3 / len(values))
        case "rank":
            return " ".join(random.sample(values, len(values)))
        case "range":
            assert question.bounds is not None
            return question.bounds.start
    return random.choice(WILD[question.type])


def texts_of(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Canonical values as texts by address."""
    for name, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for index, occurrence in enumerate(value):
                yield from texts_of(occurrence, f"{prefix}{name}/{index}/")
        else:
            yield f"{prefix}{name}", " ".join(value) if isinstance(value, list) else str(value)


def verdict_of(checked: Checked) -> tuple[set[str], dict[str, str]]:
    return set(checked.errors), dict(texts_of(checked.values))


def agree(path: Path, answers: dict[str, Any]) -> Checked:
    """All evaluations say the same; what they say."""
    found, oracle, by_tree = imported(path)
    ours = accept(found.form, answers, today=TODAY)
    assert verdict_of(ours) == oracle.verdict(answers)
    assert judge(Settled(by_tree, answers, today=TODAY, language=found.form.default_language)) == ours
    assert check(found.form, answers, language=found.form.default_language, today=TODAY) == ours
    return ours


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
@given(seed=st.integers(0, 2**32), skips=st.sampled_from([0.0, 0.15, 0.6]))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_answers_get_the_same_verdict_three_times(path: Path, seed: int, skips: float) -> None:
    agree(path, answers_of(imported(path)[0].form, Random(seed), skips=skips))


@pytest.mark.soak
@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
@given(seed=st.integers(0, 2**32), skips=st.sampled_from([0.0, 0.05, 0.15, 0.6]))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_random_answers_get_the_same_verdict_three_times(path: Path, seed: int, skips: float) -> None:
    agree(path, answers_of(imported(path)[0].form, Random(seed), skips=skips))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_each_form_has_a_submission_that_is_taken_and_one_that_is_not(path: Path) -> None:
    form, oracle, _by_tree = (imported(path)[0].form, *imported(path)[1:])
    found: dict[bool, dict[str, Any]] = {}
    for seed in range(3000):
        answers = answers_of(form, Random(seed), skips=0.02)
        found.setdefault(bool(accept(form, answers, today=TODAY).errors), answers)
        if len(found) == 2:
            break
    assert agree(path, found[False]).errors == {}
    sent = from_instance(form, to_instance(form, accept(form, found[False], today=TODAY).values))
    assert accept(form, sent, today=TODAY) == accept(form, found[False], today=TODAY)
    if True in found:
        assert agree(path, found[True]).errors
    else:
        # A form that demands nothing can only be given what is no answer at all.
        name = next(one.name for one in form.questions if one.is_asked)
        answers = {**found[False], name: {"no": "answer"}}
        assert set(accept(form, answers, today=TODAY).errors) == {name}
        assert oracle.verdict({})[0] == set()


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [({"urgent_needs": "water roads jobs safety"}, True), ({"urgent_needs": "water roads"}, False)],
)
def test_the_oracle_itself_can_say_no(answers: dict[str, str], wrong: bool) -> None:
    assert ("urgent_needs" in imported(LIFE)[1].verdict(answers)[0]) is wrong
