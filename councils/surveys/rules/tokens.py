"""Evaluation by elementpath: the tokens of ODK's XPath, working on the XML of the answers.

This is the slow and plain way of evaluating; `closures.py` does the same faster and is held against it. Subclasses
only: elementpath's own XPath 1.0 must stay as it is for everybody else in the process. Evaluation never raises.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from decimal import Decimal
from typing import Any, cast

from elementpath import MissingContextError, XPathContext
from elementpath.xpath1 import XPath1Parser
from elementpath.xpath_nodes import EtreeElementNode, XPathNode
from elementpath.xpath_tokens import XPathFunction, XPathToken

from councils.surveys.rules.atoms import (
    Atomic,
    divide,
    is_equal,
    remainder,
    to_boolean,
    to_number,
    to_string,
)
from councils.surveys.rules.form import words
from councils.surveys.rules.functions import FUNCTIONS, Scope

IRRELEVANT = "irrelevant"  # the attribute of a node that does not count
# Functions that look at nodes themselves, not at their texts: least and most arguments.
NODE_FUNCTIONS: dict[str, tuple[int, int]] = {
    "position": (0, 1),
    "last": (0, 0),
    "current": (0, 0),
    "instance": (1, 1),
    "indexed-repeat": (3, 7),
}
_SYMBOLS = words(
    "(start) (end) (invalid) (unknown) (string) (float) (decimal) (integer) (name) ( ) [ ] , / . .. "
    "or and div mod = != < <= > >= + - *"
)

OPERATIONS: dict[str, Callable[[Atomic, Atomic], Atomic]] = {
    "=": is_equal,
    "!=": lambda left, right: not is_equal(left, right),
    "<": lambda left, right: to_number(left) < to_number(right),
    "<=": lambda left, right: to_number(left) <= to_number(right),
    ">": lambda left, right: to_number(left) > to_number(right),
    ">=": lambda left, right: to_number(left) >= to_number(right),
    "+": lambda left, right: to_number(left) + to_number(right),
    "-": lambda left, right: to_number(left) - to_number(right),
    "*": lambda left, right: to_number(left) * to_number(right),
    "div": lambda left, right: divide(to_number(left), to_number(right)),
    "mod": lambda left, right: remainder(to_number(left), to_number(right)),
    "and": lambda left, right: to_boolean(left) and to_boolean(right),
    "or": lambda left, right: to_boolean(left) or to_boolean(right),
}


class OdkParser(XPath1Parser):
    """XPath 1.0 with ODK's conversions and functions and nothing else."""

    PATH_STEP_LABELS = ("axis", "kind test")
    PATH_STEP_SYMBOLS = {"(name)", "..", ".", "*", "current", "instance"}


class Marked(XPathToken):
    """What reading notes on a token: a step that stays in its own occurrence; the paths of `indexed-repeat`."""

    is_bound: bool = False
    target: str
    repeats: tuple[str, ...]


class FormContext(XPathContext):
    """elementpath's context, with what the functions may know: `here` is the node that the expression stands at."""

    scope: Scope
    here: XPathNode
    lists: Mapping[str, XPathNode]


def select_values(token: XPathToken, context: XPathContext | None) -> Iterator[Atomic]:
    """The texts of the nodes that count, or the one number, text or boolean."""
    for item in token.select(copy(context)):
        if isinstance(item, EtreeElementNode):
            if item.value.get(IRRELEVANT) is None:
                yield "" if len(item.value) else item.value.text or ""
        elif not isinstance(item, XPathNode):
            yield float(item) if isinstance(item, Decimal) else cast("Atomic", item)


def first_value(token: XPathToken, context: XPathContext | None) -> Atomic:
    """The first of `select_values`, "" when there is none."""
    return next(select_values(token, context), "")


def is_path(token: XPathToken) -> bool:
    """Whether this part of an expression gives nodes rather than one value."""
    match token.symbol:
        case "(":
            return is_path(token[0])
        case "*":
            return len(token) == 0
    return token.symbol in {"/", "[", ".", "..", "(name)", "current", "instance", "indexed-repeat"}


def path_of(node: XPathNode) -> str:
    """The path of a node by names, without positions."""
    names: list[str] = []
    at: XPathNode | None = node
    while isinstance(at, EtreeElementNode):
        names.append(str(at.value.tag))
        at = at.parent
    return "/" + "/".join(reversed(names))


_select_any = XPath1Parser.symbol_table["*"].select


def _select_product(self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    """`*` as a step of a path, or as the sign of multiplication."""
    return _select_any(self, context) if is_path(self) else _select_one(self, context)


def _operate(self: XPathToken, context: XPathContext | None = None) -> Any:
    if len(self) == 0:
        return first_value(self, context)
    if len(self) == 1:
        number = to_number(first_value(self[0], context))
        return -number if self.symbol == "-" else number
    return OPERATIONS[self.symbol](first_value(self[0], context), first_value(self[1], context))


def _known(context: XPathContext | None) -> FormContext:
    if not isinstance(context, FormContext):
        raise MissingContextError("an expression is only evaluated on answers")
    return context


def _call(self: XPathToken, context: XPathContext | None = None) -> Atomic:
    function = FUNCTIONS[self.symbol]
    arguments = [
        tuple(select_values(argument, context))
        if function.takes_nodes and is_path(argument)
        else first_value(argument, context)
        for argument in self
    ]
    return function.call(arguments, _known(context).scope)


def _position(self: XPathToken, context: XPathContext | None = None) -> Atomic:
    if not len(self):
        return _known(context).position or 0
    node = next((item for item in self[0].select(copy(context)) if isinstance(item, EtreeElementNode)), None)
    return 0 if node is None else place_among_its_like(node)


def place_among_its_like(node: EtreeElementNode) -> int:
    """The 1-based place of an occurrence among the occurrences of the same name."""
    siblings = node.parent if isinstance(node.parent, EtreeElementNode) else [node]
    return [one for one in siblings if isinstance(one, EtreeElementNode) and one.value.tag == node.value.tag].index(
        node
    ) + 1


def _last(_self: XPathToken, context: XPathContext | None = None) -> Atomic:
    return _known(context).size or 0


def _select_current(_self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    yield _known(context).here


def _select_instance(self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    node = _known(context).lists.get(to_string(first_value(self[0], context)))
    if node is not None:
        yield node


def _select_indexed(self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    """`indexed-repeat(path, repeat, index, ...)`: `target` and `repeats` are the paths that the reader found."""
    here = _line(_known(context).here)
    marked = cast("Marked", self)
    places = {path: to_number(first_value(self[2 * n + 2], context)) for n, path in enumerate(marked.repeats)}
    found: list[EtreeElementNode] = [here[0]]
    path = f"/{here[0].value.tag}"
    for name in marked.target.split("/")[2:]:
        path = f"{path}/{name}"
        steps = [one for node in found for one in node if isinstance(one, EtreeElementNode) and one.value.tag == name]
        if path in places:
            found = [one for one in steps if place_among_its_like(one) == places[path]]
        else:
            found = [one for one in steps if one in here] or steps
    yield from found


def _line(node: XPathNode) -> list[EtreeElementNode]:
    """A node and the nodes around it, the outermost first."""
    line: list[EtreeElementNode] = []
    at: XPathNode | None = node
    while isinstance(at, EtreeElementNode):
        line.insert(0, at)
        at = at.parent
    return line


def _select_filtered(self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    context = _known(context)
    for _ in self[0].select_with_focus(context):
        value = first_value(self[1], context)
        is_place = isinstance(value, int | float) and not isinstance(value, bool)
        if context.position == value if is_place else to_boolean(value):
            yield context.item


_select_steps = XPath1Parser.symbol_table["/"].select


def _select_bound(self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    """A step of a path. On its way an absolute path stays in the occurrence of the expression, as in ODK."""
    found = _select_steps(self, context)
    if getattr(self, "is_bound", False):
        steps, line = list(found), _line(_known(context).here)
        found = iter([one for one in steps if one in line] or steps)
    yield from found


def _select_one(self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    yield self.evaluate(context)


def _evaluate_first(self: XPathToken, context: XPathContext | None = None) -> Any:
    return first_value(self, context)


def _tokens() -> dict[str, type[Any]]:
    """elementpath's tokens for the closed grammar."""
    table: dict[str, type[Any]] = {
        symbol: token for symbol, token in XPath1Parser.symbol_table.items() if symbol in _SYMBOLS
    }
    table["/"] = type("_Odk_slash", (table["/"],), {"select": _select_bound})
    table["["] = type("_Odk_predicate", (table["["],), {"select": _select_filtered})
    for symbol in OPERATIONS:
        select = _select_product if symbol == "*" else _select_one
        table[symbol] = type(f"_Odk_{symbol}", (table[symbol],), {"evaluate": _operate, "select": select})
    methods: dict[str, dict[str, Any]] = {name: {"evaluate": _call, "select": _select_one} for name in FUNCTIONS}
    methods |= {
        "position": {"evaluate": _position, "select": _select_one},
        "last": {"evaluate": _last, "select": _select_one},
        "current": {"evaluate": _evaluate_first, "select": _select_current},
        "instance": {"evaluate": _evaluate_first, "select": _select_instance},
        "indexed-repeat": {"evaluate": _evaluate_first, "select": _select_indexed},
    }
    arities: dict[str, tuple[int, int | None]] = {name: (one.least, one.most) for name, one in FUNCTIONS.items()}
    for name, (least, most) in (arities | NODE_FUNCTIONS).items():
        nargs = least if least == most else (least, most)
        kwargs = {"symbol": name, "lookup_name": name, "label": "function", "nargs": nargs, "lbp": 90, "rbp": 90}
        table[name] = type(f"_Odk_{name}", (XPathFunction,), {**kwargs, **methods[name]})
    return table


OdkParser.symbol_table = _tokens()
