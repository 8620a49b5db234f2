"""A section for a phone without network: every question in words, with what the phone needs to leave out what does not
concern somebody, and no answer.

A condition that compares one question with fixed options goes along, for the phone to judge and in words, because the
phone may not know the answer it speaks of. All others are judged when the answers arrive. Rounds of a repeated group
are left out: a phone alone cannot know how many there are.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from django.utils.translation import gettext

from councils.surveys.forms.pages import Block, SectionPage
from councils.surveys.rules import CompiledForm, Item, Question
from councils.surveys.rules.form import fill
from councils.surveys.rules.skipping import Condition, Conditions, conditions_of


@dataclass(frozen=True, slots=True)
class BareBlock:
    """Questions that come and go together. `asked` is JSON for the phone: all of it must hold; `words` say the same."""

    blocks: tuple[Block, ...]
    asked: str
    words: tuple[str, ...]
    may_be_empty: bool  # there is more to it than the phone can judge


def bare_blocks(form: CompiledForm, *, section: str, language: str) -> list[BareBlock]:
    """The questions of a section in a language, with all options; answers that texts speak of are gaps."""
    shown = [
        question
        for question in form.questions_of(section)
        if not question.repeat and (question.is_asked or (question.type == "note" and question.labels))
    ]
    items = [(question, _item(form, question, language)) for question in shown]
    built: list[BareBlock] = []
    last: tuple[str, ...] = ()
    for _run, members in groupby(items, key=lambda pair: pair[1].matrix or pair[1].address):
        run = list(members)
        first = run[0][1].headings
        fresh = [replace(item, headings=() if item.headings == last else item.headings) for _question, item in run]
        last = first
        page = SectionPage(form=form, items=fresh, repeats=(), answers={}, faults={})
        every = [conditions_of(form, question) for question, _item in run]
        common = [one for one in every[0].all if all(one in other.all for other in every)]
        built.append(
            BareBlock(
                blocks=page.blocks,
                asked=_for_phones(common),
                words=tuple(_in_words(form, common, language)),
                may_be_empty=any(_says_more(one, common) for one in every),
            )
        )
    return built


def _says_more(conditions: Conditions, common: list[Condition]) -> bool:
    return not conditions.is_plain or len(conditions.all) > len(common)


def _for_phones(conditions: list[Condition]) -> str:
    told = [{"of": one.question, "is": sorted(one.values), "not": one.is_negated} for one in conditions]
    return json.dumps(told) if told else ""


def _in_words(form: CompiledForm, conditions: list[Condition], language: str) -> Iterator[str]:
    for condition in conditions:
        question = form.question(condition.question)
        labels = [
            fill(form.words(choice.labels, language), {}) or choice.value
            for choice in form.choices(question)
            if choice.value in condition.values
        ]
        facts = {"question": fill(form.words(question.labels, language), {}), "answers": "; ".join(labels)}
        if condition.is_negated:
            yield gettext("Not if you answered “%(question)s” with: %(answers)s.") % facts
        else:
            yield gettext("Only if you answered “%(question)s” with: %(answers)s.") % facts


def _item(form: CompiledForm, question: Question, language: str) -> Item:
    groups = {group.path: group for group in form.groups}
    parts = question.path.split("/")
    above = [path for end in range(4, len(parts)) if (path := "/".join(parts[:end])) in groups]
    headings = (fill(form.words(groups[path].labels, language), {}) for path in above)
    is_row = bool(above) and groups[above[-1]].is_matrix
    return Item(
        question=question,
        label=fill(form.words(question.labels, language), {}),
        hint=fill(form.words(question.hints, language), {}),
        options=tuple(
            (one.value, fill(form.words(one.labels, language), {}) or one.value) for one in form.choices(question)
        ),
        is_required=question.required is not None and question.relevant is None,
        value=None,
        headings=tuple(heading for heading in headings if heading),
        address=question.name,
        matrix=above[-1] if is_row else "",
    )
