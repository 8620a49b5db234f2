"""A section for a phone without network: every question in words, with what the phone needs to leave out what does not
concern somebody, and no answer.

The phone judges by trees (`rules/phone.py`). A condition that compares one question with fixed options is said in words
as well, because the phone may not know the answer it speaks of. One round of a repeated group stands there as a
pattern (`@` for its number): the phone makes as many of it as the respondent wants.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import msgspec
from django.utils.translation import gettext

from councils.surveys.forms.pages import Block, SectionPage
from councils.surveys.rules import CompiledForm, Group, Item, Question
from councils.surveys.rules.form import fill
from councils.surveys.rules.skipping import Condition, Conditions, conditions_of

NUMBER = "@"  # stands for the number of a round in the addresses of a pattern


@dataclass(frozen=True, slots=True)
class BareBlock:
    """Questions that come and go together, by `names`; `words` say whom they are for."""

    blocks: tuple[Block, ...]
    names: str
    words: tuple[str, ...]
    may_be_empty: bool  # there is more to it than words say


@dataclass(frozen=True, slots=True)
class BareRepeat:
    """A repeated group: the pattern of one round. `is_fixed`: the form computes how many there are."""

    path: str
    address: str
    label: str
    pattern: "tuple[BareBlock | BareRepeat, ...]"
    words: tuple[str, ...]
    may_be_empty: bool
    is_fixed: bool
    is_repeat: bool = True


def bare_blocks(form: CompiledForm, *, section: str, language: str) -> tuple[BareBlock | BareRepeat, ...]:
    """The questions of a section in a language, with all options; answers that texts speak of are gaps."""
    shown = [
        question
        for question in form.questions_of(section)
        if question.is_asked or (question.type == "note" and question.labels)
    ]
    return tuple(_blocks(form, shown, language, scope="", prefix="", around=Conditions()))


def _blocks(
    form: CompiledForm, shown: Sequence[Question], language: str, *, scope: str, prefix: str, around: Conditions
) -> Iterator[BareBlock | BareRepeat]:
    """What stands in a round, or outside of all, in the order of the sheet. `around`: what decides on the round."""
    repeats = {group.path: group for group in form.groups if group.is_repeat}
    last: tuple[str, ...] = ()
    entries = [(question, _inner(repeats, question, scope)) for question in shown]
    for inner, members in groupby(entries, key=lambda entry: entry[1]):
        questions = [question for question, _inner in members]
        if inner is not None:
            yield _repeat(form, inner, questions, language, prefix=prefix, around=around)
            continue
        items = [(one, _item(form, one, language, scope=scope, prefix=prefix)) for one in questions]
        for _run, pairs in groupby(items, key=lambda pair: pair[1].matrix or pair[1].address):
            run = list(pairs)
            first = run[0][1].headings
            fresh = [replace(item, headings=() if item.headings == last else item.headings) for _question, item in run]
            last = first
            every = [conditions_of(form, question) for question, _item in run]
            common = [one for one in every[0].all if all(one in other.all for other in every)]
            yield BareBlock(
                blocks=SectionPage(form=form, items=fresh, repeats=(), answers={}, faults={}).blocks,
                names=" ".join(question.name for question, _item in run),
                words=tuple(_in_words(form, [one for one in common if one not in around.all], language)),
                may_be_empty=around.is_plain and any(_says_more(one, common) for one in every),
            )


def _inner(repeats: dict[str, Group], question: Question, scope: str) -> Group | None:
    """The repeated group directly inside the scope that holds a question; None where the scope itself does."""
    if question.repeat == scope:
        return None
    inner = repeats[question.repeat]
    while inner.repeat != scope:
        inner = repeats[inner.repeat]
    return inner


def _repeat(
    form: CompiledForm, group: Group, questions: Sequence[Question], language: str, *, prefix: str, around: Conditions
) -> BareRepeat:
    address = f"{prefix}{group.name}"
    # What decides on the group, asked as of a question that would stand in its place.
    here = conditions_of(form, msgspec.structs.replace(questions[0], path=group.path, relevant=group.relevant))
    pattern = _blocks(form, questions, language, scope=group.path, prefix=f"{address}/{NUMBER}/", around=here)
    return BareRepeat(
        path=group.path,
        address=address,
        label=fill(form.words(group.labels, language), {}),
        pattern=tuple(pattern),
        words=tuple(_in_words(form, [one for one in here.all if one not in around.all], language)),
        may_be_empty=around.is_plain and not here.is_plain,
        is_fixed=group.count is not None,
    )


def _says_more(conditions: Conditions, common: list[Condition]) -> bool:
    return not conditions.is_plain or len(conditions.all) > len(common)


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


def _item(form: CompiledForm, question: Question, language: str, *, scope: str, prefix: str) -> Item:
    groups = {group.path: group for group in form.groups}
    parts = question.path.split("/")
    above = [path for end in range(4, len(parts)) if (path := "/".join(parts[:end])) in groups]
    headings = (
        fill(form.words(groups[path].labels, language), {})
        for path in above
        if not scope or path.startswith(f"{scope}/")
    )
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
        address=f"{prefix}{question.name}",
        matrix=above[-1] if is_row else "",
    )
