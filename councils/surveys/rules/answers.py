"""Judging answers: the same verdict for every channel and for every page.

Order as in ODK: shape, then relevance and calculations, then required, choice filter and constraint, each only where
the question is relevant. Irrelevant answers are dropped, never kept aside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from councils.surveys.rules.form import Choice, CompiledForm, Question, Texts, fill
from councils.surveys.rules.problems import Fault
from councils.surveys.rules.settling import Settled, program_of
from councils.surveys.rules.shapes import Raw, Value, canonical, instance_text
from councils.surveys.states import AnswerFault


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict. `values` are canonical and hold only what counts; `errors` by question name; `relevant` names.

    Answers may be stored when `errors` is empty. `values` never holds an answer that has an error.
    """

    values: dict[str, Value]
    errors: dict[str, Fault]
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Item:
    """A question as a page shows it: words in one language, only the options that are offered now."""

    question: Question
    label: str
    hint: str
    options: tuple[tuple[str, str], ...]  # value, label
    is_required: bool
    value: Value | None
    headings: tuple[str, ...] = ()  # labels of the groups inside the section that hold it, outermost first


def check(form: CompiledForm, answers: Mapping[str, Raw], *, language: str, today: date) -> Checked:
    """Judge a whole set of answers, as typed or as stored. Names that the form does not have are not looked at."""
    return _check(form, answers, names=frozenset(one.name for one in form.questions), language=language, today=today)


def check_section(
    form: CompiledForm, answers: Mapping[str, Raw], *, section: str, language: str, today: date
) -> Checked:
    """Judge one page: errors only for its questions. `answers` are all answers given so far, this page's included."""
    return _check(form, answers, names=frozenset(form.section(section).questions), language=language, today=today)


def next_section(form: CompiledForm, answers: Mapping[str, Raw], *, after: str | None, today: date) -> str | None:
    """The next section that has something to show, the first one when `after` is None, None at the end."""
    names = [section.name for section in form.sections]
    return _first_shown(form, answers, names=names[names.index(after) + 1 :] if after else names, today=today)


def previous_section(form: CompiledForm, answers: Mapping[str, Raw], *, before: str, today: date) -> str | None:
    """The section before this one that has something to show, or None."""
    names = [section.name for section in form.sections]
    return _first_shown(form, answers, names=names[: names.index(before)][::-1], today=today)


def items(
    form: CompiledForm, answers: Mapping[str, Raw], *, section: str, language: str, today: date
) -> tuple[Item, ...]:
    """What a page shows: relevant questions and notes of a section, calculations left out."""
    values, _faults = _shaped(form, answers)
    settled = _settled(form, values, language=language, today=today)
    shown = settled.shown()
    groups = {group.path: group for group in form.groups}

    def words(texts: Texts) -> str:
        return fill(form.words(texts, language), shown)

    def headings(question: Question) -> tuple[str, ...]:
        # Paths begin with "", the root and the section's own group.
        inner = question.path.split("/")[3:-1]
        above = (f"{'/'.join(question.path.split('/')[:3])}/{'/'.join(inner[: n + 1])}" for n in range(len(inner)))
        return tuple(label for path in above if (label := words(groups[path].labels)))

    def options(choices: tuple[Choice, ...]) -> tuple[tuple[str, str], ...]:
        return tuple((choice.value, words(choice.labels) or choice.value) for choice in choices)

    return tuple(
        Item(
            question=question,
            label=words(question.labels),
            hint=words(question.hints),
            options=options(settled.offered(question)),
            is_required=question.is_asked and settled.is_required(question),
            value=values.get(question.name) if question.is_asked else (settled.text(question) or None),
            headings=headings(question),
        )
        for question in form.questions_of(section)
        if question.name in settled.relevant and question.type != "calculate"
    )


def _first_shown(form: CompiledForm, answers: Mapping[str, Raw], *, names: list[str], today: date) -> str | None:
    values, _faults = _shaped(form, answers)
    relevant = _settled(form, values, language=form.default_language, today=today).relevant
    for name in names:
        if any(one.name in relevant and one.type != "calculate" for one in form.questions_of(name)):
            return name
    return None


def _shaped(form: CompiledForm, answers: Mapping[str, Raw]) -> tuple[dict[str, Value], dict[str, Fault]]:
    values: dict[str, Value] = {}
    faults: dict[str, Fault] = {}
    for question in form.questions:
        if question.name in answers and question.is_asked:
            value = canonical(form=form, question=question, raw=answers[question.name])
            if isinstance(value, Fault):
                faults[question.name] = value
            elif value is not None:
                values[question.name] = value
    return values, faults


def _settled(form: CompiledForm, values: Mapping[str, Value], *, language: str, today: date) -> Settled:
    texts = {name: instance_text(value) for name, value in values.items()}
    return Settled(program=program_of(form), texts=texts, today=today, language=language)


def _check(
    form: CompiledForm, answers: Mapping[str, Raw], *, names: frozenset[str], language: str, today: date
) -> Checked:
    given, faults = _shaped(form, answers)
    settled = _settled(form, given, language=language, today=today)
    values: dict[str, Value] = {}
    errors: dict[str, Fault] = {}
    for question in form.questions:
        if question.name not in settled.relevant:
            continue
        if not question.is_asked:
            value = _computed(form, question, settled.text(question))
            values |= {question.name: value} if value is not None else {}
            continue
        fault = faults.get(question.name) or _judge(form, question, given.get(question.name), settled, language)
        if fault is not None:
            errors |= {question.name: fault} if question.name in names else {}
        elif question.name in given:
            values[question.name] = given[question.name]
    return Checked(values=values, errors=errors, relevant=settled.relevant)


def _computed(form: CompiledForm, question: Question, text: str) -> Value | None:
    """A calculated answer in the type of its question; plain text when it has no such shape."""
    value = canonical(form=form, question=question, raw=text)
    return text if isinstance(value, Fault) else value


def _judge(
    form: CompiledForm, question: Question, value: Value | None, settled: Settled, language: str
) -> Fault | None:
    def own(texts: Texts) -> str:
        return fill(form.words(texts, language), settled.shown()) if texts else ""

    if value is None:
        if settled.is_required(question):
            return Fault(code=AnswerFault.REQUIRED, text=own(question.required_messages))
        return None
    if question.choice_filter is not None:
        offered = {choice.value for choice in settled.offered(question)}
        if not offered.issuperset(value if isinstance(value, list) else [str(value)]):
            return Fault(code=AnswerFault.NOT_OFFERED)
    if not settled.meets_constraint(question):
        return Fault(code=AnswerFault.CONSTRAINT, text=own(question.constraint_messages))
    return None
