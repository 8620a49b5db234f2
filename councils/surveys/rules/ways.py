"""Paths as ways from one frame to others: up to a parent, down into the occurrences of a repeat, through a predicate.

Which frames a path means is worked out once per form; only predicates look at answers. A way never reads a text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from elementpath.xpath_tokens import XPathToken

from councils.surveys.rules.atoms import Atomic, to_boolean
from councils.surveys.rules.form import Choice
from councils.surveys.rules.frames import Frame, Layout
from councils.surveys.rules.functions import Scope
from councils.surveys.rules.tokens import Marked


class Run(Scope, Protocol):
    """What evaluation knows beside a frame: the functions' scope, and what a predicate or filter looks at just now."""

    item: Choice | None
    origin: Frame  # where the whole expression stands
    position: int
    size: int

    def column(self, choice: Choice, name: str) -> str:
        """A column of an option, its `name` or its `label`."""


Code = Callable[[Frame, Run], Atomic]
Step = Callable[[Frame, Run], list[Frame]]


@dataclass(frozen=True, slots=True)
class At:
    """Where a part of an expression is read: at the node `path`, the whole of it standing at `origin`.

    `depth` counts the predicates around it: inside of one, the origin is another frame than the one at hand.
    """

    path: str
    origin: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """From the frame at hand to the frames that hold the node `path`. `up`: it is one frame, so many parents away."""

    path: str
    frames: Step
    up: int | None = None


class Ways:
    """Builds ways for one form. `predicate` compiles what stands in square brackets."""

    def __init__(self, *, layout: Layout, predicate: Callable[[XPathToken, At], Code]) -> None:
        self._layout = layout
        self._predicate = predicate

    def of(self, token: XPathToken, at: At) -> Way:
        """The way that a path expression means. Only for paths that `expressions.py` has checked."""
        match token.symbol:
            case "/" if len(token) == 1:
                way = self._absolute(at)
            case "/":
                left = self.of(token[0], at)
                way = self._own(left, token, at) or self._further(left, token[1], at)
            case "current":
                way = _stay(at.origin) if not at.depth else Way(at.origin, lambda _frame, run: [run.origin])
            case "(":
                way = self.of(token[0], at)
            case "indexed-repeat":
                way = self._indexed(token, at)
            case _:
                way = self._further(_stay(at.path), token, at)
        return way

    def _absolute(self, at: At) -> Way:
        root, depth = self._layout.root, self._layout.scopes[self._layout.scope_of(at.origin)].depth
        return _rise(root, depth) if not at.depth else Way(root, lambda _frame, run: [_ancestor(run.origin, depth)])

    def _own(self, left: Way, token: XPathToken, at: At) -> Way | None:
        """On its way an absolute path stays in the occurrence that the expression stands in, as in ODK."""
        path = f"{left.path}/{token[1].value}"
        scope = self._layout.scope_of(at.origin)
        is_bound = getattr(token, "is_bound", False)
        if not is_bound or path not in self._layout.repeats or path not in self._layout.chain(scope):
            return None
        hops = self._layout.scopes[scope].depth - self._layout.scopes[path].depth
        return _rise(path, hops) if not at.depth else Way(path, lambda _frame, run: [_ancestor(run.origin, hops)])

    def _further(self, left: Way, token: XPathToken, at: At) -> Way:
        path, step = self._step(left.path, token, at)
        if step is None:
            return Way(path, left.frames, left.up)
        before = left.frames
        if step is _to_parent and left.up is not None:
            return _rise(path, left.up + 1)
        return Way(path, lambda frame, run: _distinct([one for here in before(frame, run) for one in step(here, run)]))

    def _step(self, path: str, token: XPathToken, at: At) -> tuple[str, Step | None]:
        """The path after one step, and how the frames change; None when they stay."""
        match token.symbol:
            case "..":
                return path.rpartition("/")[0], _to_parent if path in self._layout.repeats else None
            case "(name)":
                return self._down(f"{path}/{token.value}")
            case "[":
                inner, step = self._step(path, token[0], at)
                test = self._predicate(token[1], At(path=inner, origin=at.origin, depth=at.depth + 1))
                return inner, _filtered(step, test)
        return path, None

    def _down(self, path: str) -> tuple[str, Step | None]:
        if path in self._layout.repeats:
            return path, lambda frame, _run: frame.children[path]
        return path, None

    def _indexed(self, token: XPathToken, at: At) -> Way:
        """`indexed-repeat(path, repeat, index, ...)`: the occurrence of that number, else the own, else all."""
        marked = cast("Marked", token)
        target = marked.target
        numbers = {path: self._predicate(token[2 * n + 2], at) for n, path in enumerate(marked.repeats)}
        chain = self._layout.chain(self._layout.scope_of(target))[1:]

        def frames(frame: Frame, run: Run) -> list[Frame]:
            line = _line(run.origin)
            found = [line[0]]
            for path in chain:
                steps = [one for here in found for one in here.children[path]]
                if path in numbers:
                    number = numbers[path](frame, run)
                    found = [one for one in steps if one.index + 1 == number]
                else:
                    found = [one for one in steps if one in line] or steps
            return found

        return Way(target, frames)


def _stay(path: str) -> Way:
    return Way(path, lambda frame, _run: [frame], 0)


def _rise(path: str, hops: int) -> Way:
    return Way(path, lambda frame, _run: [_ancestor(frame, hops)], hops)


def _ancestor(frame: Frame, hops: int) -> Frame:
    for _ in range(hops):
        frame = frame.parent or frame
    return frame


def _line(frame: Frame) -> list[Frame]:
    return [*_line(frame.parent), frame] if frame.parent else [frame]


def _to_parent(frame: Frame, _run: Run) -> list[Frame]:
    return [frame.parent or frame]


def _distinct(frames: list[Frame]) -> list[Frame]:
    return list(dict.fromkeys(frames))


def _filtered(step: Step | None, test: Code) -> Step:
    """The frames of a step for which the predicate is true, or whose place is the number that it gives."""

    def frames(here: Frame, run: Run) -> list[Frame]:
        found = step(here, run) if step is not None else [here]
        before = run.position, run.size
        kept = []
        for place, one in enumerate(found, start=1):
            run.position, run.size = place, len(found)
            if is_chosen(test(one, run), place):
                kept.append(one)
        run.position, run.size = before
        return kept

    return frames


def is_chosen(value: Atomic, place: int) -> bool:
    """Whether a predicate of this value keeps what stands at this place."""
    is_place = isinstance(value, int | float) and not isinstance(value, bool)
    return value == place if is_place else to_boolean(value)
