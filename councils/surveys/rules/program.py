"""A form made ready: every expression read and compiled once, every node in the order in which it is settled.

Kept per process for the forms in use. It holds no answer and never changes after it was built.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from councils.surveys.rules.closures import Closures, Number, Text, Truth
from councils.surveys.rules.expressions import Expression, read_expression
from councils.surveys.rules.form import Choice, CompiledForm, Group, Question
from councils.surveys.rules.frames import Layout
from councils.surveys.rules.ordering import order_of
from councils.surveys.rules.shapes import Shaper, shaper_of, taken_as_they_are


class Evaluation(Protocol):
    """Makes functions of expressions, each to be called with the frame of the expression's node."""

    def truth(self, expression: Expression, *, in_choices: bool = False) -> Truth:
        """Whether it is true; for a choice filter, of the option `run.item`."""

    def text(self, expression: Expression) -> Text:
        """Its text."""

    def number(self, expression: Expression) -> Number:
        """Its number, NaN when it is none."""


@dataclass(frozen=True, slots=True)
class Step:
    """A node in the order of settling. `around` is the place of the group around it, in the frame that holds it."""

    node: Group | Question
    scope: str
    place: int
    around: int
    relevant: Truth | None
    calculation: Text | None
    default: Text | None
    count: Number | None


@dataclass(frozen=True, slots=True)
class Row:
    """A question as it is judged. `required` is True or False where no answer can change it."""

    question: Question
    name: str
    place: int
    is_asked: bool
    is_free: bool  # asked, and any answer of the right shape may stand
    shape: Shaper
    options: frozenset[str]  # canonical values that are taken as they are, "" excluded; empty for open questions
    required: Truth | bool
    constraint: Truth | None
    choice_filter: Truth | None
    choices: Mapping[str, tuple[Choice, ...]]  # by value
    read_only: Truth | None


@dataclass(frozen=True, slots=True)
class Program:
    """A form, compiled. `rows` and `names` are by scope, in the order of the sheet."""

    form: CompiledForm
    layout: Layout
    steps: tuple[Step, ...]
    rows: Mapping[str, tuple[Row, ...]]
    names: Mapping[str, frozenset[str]]  # names of the questions that can be relevant: metadata excluded
    row_by_name: Mapping[str, Row]


@lru_cache(maxsize=64)
def program_of(form: CompiledForm) -> Program:
    """The form's expressions, read and compiled once per digest and kept."""
    return build_program(form)


def build_program(form: CompiledForm, *, evaluation: Callable[[Layout], Evaluation] = Closures) -> Program:
    """A program of a form. `evaluation` makes functions of its expressions."""
    layout = Layout(form)
    reader = _Reader(form, layout, evaluation(layout))
    rows = {
        path: tuple(reader.row(question, scope.places[question.path]) for question in scope.questions)
        for path, scope in layout.scopes.items()
    }
    return Program(
        form=form,
        layout=layout,
        steps=reader.steps(),
        rows=rows,
        names={
            path: frozenset(row.name for row in ours if row.question.type != "metadata") for path, ours in rows.items()
        },
        row_by_name={row.name: row for ours in rows.values() for row in ours},
    )


class _Reader:
    """Reads the expressions of a form. Used once."""

    def __init__(self, form: CompiledForm, layout: Layout, evaluation: Evaluation) -> None:
        self._form = form
        self._layout = layout
        self._evaluation = evaluation
        self._known = frozenset(question.path for question in form.questions)
        self._lists = columns_of(form)

    def _read(self, source: str, base: str, *, in_choices: bool = False) -> Expression:
        return read_expression(source=source, base=base, known=self._known, in_choices=in_choices, lists=self._lists)

    def _truth(self, source: str | None, base: str, *, in_choices: bool = False) -> Truth | None:
        if source is None:
            return None
        return self._evaluation.truth(self._read(source, base, in_choices=in_choices), in_choices=in_choices)

    def _text(self, source: str | None, base: str) -> Text | None:
        return None if source is None else self._evaluation.text(self._read(source, base))

    def steps(self) -> tuple[Step, ...]:
        """The nodes that have to be settled. Those that nothing can change are left out."""
        found, fixed = [], {self._layout.root}  # fixed: relevant wherever its occurrence is
        for node in order_of(self._form):
            step = self._step(node)
            is_repeat = isinstance(node, Group) and node.is_repeat
            may_go = step.relevant is not None or node.path.rpartition("/")[0] not in fixed
            if not may_go:
                fixed.add(node.path)
            if may_go or is_repeat or step.calculation is not None or step.default is not None:
                found.append(step)
        return tuple(found)

    def _step(self, node: Group | Question) -> Step:
        scope = self._layout.scopes[self._layout.scope_of(node.path)]
        holder = self._layout.scopes[scope.parent] if scope.path == node.path else scope
        count = node.count if isinstance(node, Group) else None
        return Step(
            node=node,
            scope=scope.path,
            place=scope.places[node.path],
            around=holder.places[node.path.rpartition("/")[0]],
            relevant=self._truth(node.relevant, node.path),
            calculation=self._text(node.calculation, node.path) if isinstance(node, Question) else None,
            default=self._text(node.default_expression, node.path) if isinstance(node, Question) else None,
            count=self._evaluation.number(self._read(count, node.path)) if count is not None else None,
        )

    def row(self, question: Question, place: int) -> Row:
        required = self._truth(question.required, question.path)
        choices = self._form.choices(question)
        always = {None: False, "true()": True}
        return Row(
            question=question,
            name=question.name,
            place=place,
            is_asked=question.is_asked,
            is_free=question.is_asked and question.constraint is None and question.choice_filter is None,
            shape=shaper_of(self._form, question),
            options=taken_as_they_are(self._form, question),
            required=always.get(question.required, required or False),
            constraint=self._truth(question.constraint, question.path),
            choice_filter=self._truth(question.choice_filter, question.path, in_choices=True),
            choices={one.value: tuple(other for other in choices if other.value == one.value) for one in choices},
            read_only=self._truth(question.read_only_when, question.path),
        )


def columns_of(form: CompiledForm) -> dict[str, frozenset[str]]:
    """The columns of each list that an expression may look up."""
    return {name: frozenset().union(*(choice.columns for choice in choices)) for name, choices in form.lists.items()}
