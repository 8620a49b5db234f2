"""Where answers stand while they are judged: the form itself and every occurrence of a repeated group is a frame.

A frame holds the texts of its own questions; a scope says, once per form, which place each of them has in it. Nothing
here evaluates or judges.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from councils.surveys.rules.form import CompiledForm, Group, Question

OWN = 0  # the place in a frame of the form or the occurrence itself


@dataclass(frozen=True, slots=True)
class Scope:
    """The form outside of repeats, or one repeated group. `places` counts the nodes of it by path, itself first."""

    path: str
    name: str
    depth: int
    parent: str  # path of the scope around it, "" for the form
    places: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    repeats: list[Group] = field(default_factory=list)  # directly inside this scope


class Frame:
    """One set of answers to the questions of a scope. `texts` are what the XForm's instance holds, "" for none."""

    __slots__ = ("children", "faults", "gone", "index", "parent", "raw", "scope", "texts", "values")

    def __init__(self, *, scope: Scope, raw: Mapping[str, Any], parent: "Frame | None" = None, index: int = 0) -> None:
        self.scope = scope
        self.raw = raw
        self.parent = parent
        self.index = index
        self.texts: list[str] = [""] * len(scope.places)
        self.values: dict[int, Any] = {}
        self.faults: dict[int, Any] = {}
        self.gone: set[int] = set()  # places of what is not relevant
        self.children: dict[str, list[Frame]] = {repeat.path: [] for repeat in scope.repeats}

    @property
    def prefix(self) -> str:
        """What stands before the name of a question here in its address: "", `child/0/` ..."""
        return "" if self.parent is None else f"{self.parent.prefix}{self.scope.name}/{self.index}/"


class Layout:
    """The scopes of a form, and in which of them each node stands."""

    def __init__(self, form: CompiledForm) -> None:
        self.form = form
        self.root = f"/{form.root}"
        self.repeats = {group.path: group for group in form.groups if group.is_repeat}
        self.scopes = {self.root: Scope(path=self.root, name="", depth=0, parent="", places={self.root: OWN})}
        for path, group in self.repeats.items():
            around = self.scopes[self.scope_around(path)]
            around.repeats.append(group)
            self.scopes[path] = Scope(
                path=path, name=group.name, depth=around.depth + 1, parent=around.path, places={path: OWN}
            )
        nodes: tuple[Group | Question, ...] = (*form.groups, *form.questions)
        for node in nodes:
            scope = self.scopes[self.scope_of(node.path)]
            scope.places.setdefault(node.path, len(scope.places))
            if isinstance(node, Question):
                scope.questions.append(node)

    def scope_around(self, path: str) -> str:
        """The path of the innermost repeated group around a node, itself not counted; the form's when there is none."""
        above = path.rpartition("/")[0]
        while above not in self.repeats and above.count("/") > 1:
            above = above.rpartition("/")[0]
        return above if above in self.repeats else self.root

    def scope_of(self, path: str) -> str:
        """The path of the scope whose frames hold a node; an occurrence holds itself."""
        return path if path in self.repeats else self.scope_around(path)

    def chain(self, scope: str) -> tuple[str, ...]:
        """Paths of a scope and those around it, the form's first."""
        parent = self.scopes[scope].parent
        return (*self.chain(parent), scope) if parent else (scope,)

    @cached_property
    def by_name(self) -> dict[str, Question]:
        """Questions by name and by path."""
        named = {question.name: question for question in self.form.questions}
        return named | {question.path: question for question in self.form.questions}
