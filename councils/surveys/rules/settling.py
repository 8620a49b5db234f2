"""Settling a form: which questions are relevant, and what is computed, for one set of answers.

The answers become a real XML instance and every expression is evaluated on it by elementpath, in the order that
`ordering.py` found. Irrelevant answers are blanked before anything reads them, as in ODK. It judges no answer.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

from elementpath.tree_builders import get_node_tree
from elementpath.xpath_nodes import XPathNode

from councils.surveys.rules.expressions import Expression, FormContext, read_expression
from councils.surveys.rules.form import Choice, CompiledForm, Group, Question, fill
from councils.surveys.rules.functions import to_string
from councils.surveys.rules.ordering import order_of


@dataclass(frozen=True, slots=True)
class Step:
    """A group or question in the order of settling, with its expressions read."""

    node: Group | Question
    relevant: Expression | None
    calculation: Expression | None


@dataclass(frozen=True, slots=True)
class Program:
    """A form with every expression read once. Keyed by path for steps, by question name for the rest."""

    form: CompiledForm
    steps: tuple[Step, ...]
    required: dict[str, Expression]
    constraints: dict[str, Expression]
    filters: dict[str, Expression]
    choice_nodes: dict[str, tuple[tuple[Choice, XPathNode], ...]]


class FormScope:
    """What expressions may know beside the answers: the day, and labels in the respondent's language."""

    def __init__(self, *, form: CompiledForm, today: date, language: str) -> None:
        self.today = today
        self._form = form
        self._language = language
        self._choice: Choice | None = None
        self._shown: Mapping[str, str] = {}

    def choice_label(self, *, value: str, path: str) -> str:
        """The label of an option (`jr:choice-name`), or the value itself when there is no such option."""
        question = next((one for one in self._form.questions if path in {one.path, one.name}), None)
        choices = self._form.choices(question) if question else ()
        labels = next((choice.labels for choice in choices if choice.value == value), {})
        return self._form.words(labels, self._language) or value

    def own_label(self, *, language: str) -> str:
        """The label of the option that a choice filter looks at, with the answers it speaks about put in."""
        return fill(self._choice.labels.get(language, ""), self._shown, gap="") if self._choice else ""

    def look_at(self, choice: Choice, shown: Mapping[str, str]) -> None:
        """Set the option that `own_label` speaks about."""
        self._choice, self._shown = choice, shown


class Settled:
    """One settled set of answers: `relevant` question names, and the text of every answer that counts."""

    def __init__(self, *, program: Program, texts: Mapping[str, str], today: date, language: str) -> None:
        self._program = program
        self._language = language
        form = program.form
        elements = {f"/{form.root}": ET.Element(form.root)}
        for group in form.groups:
            elements[group.path] = ET.SubElement(elements[group.path.rpartition("/")[0]], group.name)
        for question in form.questions:
            elements[question.path] = ET.SubElement(elements[question.path.rpartition("/")[0]], question.name)
            elements[question.path].text = texts.get(question.name, "")
        self._elements = elements
        root = elements[f"/{form.root}"]
        self._context = FormContext(root, current_dt=datetime.combine(today, time(), UTC))
        self._scope = FormScope(form=form, today=today, language=language)
        self._context.scope = self._scope
        relevant = {f"/{form.root}"}
        for step in program.steps:
            self._settle(step, relevant)
        self.relevant = frozenset(question.name for question in form.questions if question.path in relevant)

    def _settle(self, step: Step, relevant: set[str]) -> None:
        path = step.node.path
        counts = path.rpartition("/")[0] in relevant and (step.relevant is None or step.relevant.truth(self._at(path)))
        if counts:
            relevant.add(path)
        if not isinstance(step.node, Question):
            return
        if not counts:
            self._elements[path].text = ""
        elif step.calculation is not None:
            text = step.calculation.text(self._at(path))
            self._elements[path].text = "" if text == "NaN" else text

    def _at(self, path: str) -> FormContext:
        self._context.item = self._context.get_context_item(self._elements[path])
        return self._context

    def text(self, question: Question) -> str:
        """The answer as the XForm's instance holds it; "" when there is none or it does not count."""
        return self._elements[question.path].text or ""

    def shown(self) -> dict[str, str]:
        """The answers as a person reads them, by question name: labels of options instead of their values."""
        form = self._program.form
        found = {question.name: self.text(question) for question in form.questions if self.text(question)}
        for question in form.questions:
            if question.choice_list and question.name in found:
                labels = {one.value: form.words(one.labels, self._language) for one in form.choices(question)}
                found[question.name] = ", ".join(labels.get(one) or one for one in found[question.name].split())
        return found

    def is_required(self, question: Question) -> bool:
        """Whether this question must be answered now."""
        expression = self._program.required.get(question.name)
        return expression is not None and expression.truth(self._at(question.path))

    def meets_constraint(self, question: Question) -> bool:
        """Whether the answer is possible. An unanswered question meets every constraint."""
        expression = self._program.constraints.get(question.name)
        return expression is None or not self.text(question) or expression.truth(self._at(question.path))

    def offered(self, question: Question) -> tuple[Choice, ...]:
        """The options that the choice filter leaves, in the order of the sheet."""
        expression = self._program.filters.get(question.name)
        if expression is None:
            return self._program.form.choices(question)
        shown, kept = self.shown(), []
        for choice, node in self._program.choice_nodes[question.name]:
            self._scope.look_at(choice, shown)
            self._context.item = node
            if expression.truth(self._context):
                kept.append(choice)
        return tuple(kept)


@lru_cache(maxsize=64)
def program_of(form: CompiledForm) -> Program:
    """The form's expressions, read once per digest and kept."""
    known = frozenset(question.path for question in form.questions)

    def read(node: Group | Question, source: str | None, *, in_choices: bool = False) -> Expression | None:
        if source is None:
            return None
        return read_expression(source=source, base=node.path, known=known, in_choices=in_choices)

    def table(kind: str, *, in_choices: bool = False) -> dict[str, Expression]:
        pairs = ((one.name, read(one, getattr(one, kind), in_choices=in_choices)) for one in form.questions)
        return {name: expression for name, expression in pairs if expression is not None}

    filters = table("choice_filter", in_choices=True)
    return Program(
        form=form,
        steps=tuple(
            Step(
                node=node,
                relevant=read(node, node.relevant),
                calculation=read(node, node.calculation) if isinstance(node, Question) else None,
            )
            for node in order_of(form)
        ),
        required=table("required"),
        constraints=table("constraint"),
        filters=filters,
        choice_nodes={
            name: tuple((choice, _choice_node(choice)) for choice in form.choices(form.question(name)))
            for name in filters
        },
    )


def _choice_node(choice: Choice) -> XPathNode:
    item = ET.Element("item")
    for name, text in {"name": choice.value, **choice.columns}.items():
        ET.SubElement(item, name).text = to_string(text)
    return get_node_tree(item)
