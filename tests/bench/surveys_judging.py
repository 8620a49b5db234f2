"""What it costs in CPU to judge one complete response, to make its codes, and to read it from the XML of a device.

The questionnaire that ships, thirty questions; answers as a browser sends them. Best of several rounds in CPU time of
this process: noise of other processes only ever adds.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import Random

from django.conf import settings

from councils.surveys.rules import (
    Answers,
    CompiledForm,
    accept,
    codes,
    compile_xlsform,
    from_instance,
    to_instance,
)
from councils.surveys.rules.bytree import ByTree
from councils.surveys.rules.judging import judge
from councils.surveys.rules.program import build_program
from councils.surveys.rules.settling import Settled
from tests.bench.run import Figure, at_most, shown

RESPONSES, ROUNDS, SLOW_RESPONSES = 500, 25, 10
VALIDATION_BAR = 50.0
TODAY = date(2026, 11, 22)
_WISHES = ("Ағаштар көп болса екен.", "Больше деревьев.", "More trees, please.")


def responses(form: CompiledForm, *, count: int, seed: int = 1) -> list[Answers]:
    """Complete responses that are taken, each question answered, at random."""
    random = Random(seed)
    found: list[Answers] = []
    while len(found) < count:
        answers = dict(_answers(form, random))
        if not accept(form, answers, today=TODAY).errors:
            found.append(answers)
    return found


def _answers(form: CompiledForm, random: Random) -> Iterator[tuple[str, str | list[str]]]:
    for question in form.questions:
        values = [choice.value for choice in form.choices(question)]
        match question.type:
            case "select_one":
                yield question.name, random.choice(values)
            case "select_multiple":
                yield question.name, random.sample(values, min(3, len(values)))
            case "integer":
                yield question.name, str(random.randint(1, 9))
            case "text":
                yield question.name, random.choice(_WISHES)


def _microseconds(work: Callable[[], object], *, per: int) -> float:
    """The least CPU time of this process for one of `per` things, over all rounds."""
    best = float("inf")
    for _round in range(ROUNDS):
        begun = time.process_time_ns()
        work()
        best = min(best, time.process_time_ns() - begun)
    return best / per / 1000


def shipped_form(root: Path) -> CompiledForm:
    """The questionnaire that ships, imported."""
    if not settings.configured:
        settings.configure(USE_I18N=False)
    source = root / "councils/surveys/data/life_in_our_town.xlsx"
    return compile_xlsform(content=source.read_bytes(), filename=source.name).form


def measure_judging(form: CompiledForm) -> list[Figure]:
    """Validation of complete responses and what goes with it."""
    sent = responses(form, count=RESPONSES)
    checked = [accept(form, answers, today=TODAY).values for answers in sent]
    instances = [to_instance(form, values) for values in checked]
    slow = build_program(form, evaluation=ByTree)

    def by_tree() -> None:
        for answers in sent[:SLOW_RESPONSES]:
            judge(Settled(slow, answers, today=TODAY, language=form.default_language))

    fast = _microseconds(lambda: [accept(form, answers, today=TODAY) for answers in sent], per=RESPONSES)
    tree = _microseconds(by_tree, per=SLOW_RESPONSES)
    coding = _microseconds(lambda: [codes(form, values) for values in checked], per=RESPONSES)
    reading = _microseconds(lambda: [from_instance(form, xml) for xml in instances], per=RESPONSES)
    return [
        shown("questions of the questionnaire", len(form.questions), ""),
        at_most("judging a complete response", fast, "us CPU", VALIDATION_BAR),
        shown("codes of a response", coding, "us CPU"),
        shown("reading a response from a device's XML", reading, "us CPU"),
        shown("judging it with elementpath on its XML", tree, "us CPU"),
        shown("elementpath against compiled", tree / fast, "x"),
    ]
