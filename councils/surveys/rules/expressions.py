"""XPath as questionnaires use it: read once, checked, then evaluated by elementpath on the XML of the answers.

The grammar is closed on purpose: paths, operators and the functions of `functions.py`. Anything else (repeats,
predicates, lookups in other files) is refused when it is read, never carried out half. Evaluation never raises.
"""

import math
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from elementpath import ElementPathError, MissingContextError, XPathContext
from elementpath.xpath1 import XPath1Parser
from elementpath.xpath_nodes import XPathNode
from elementpath.xpath_tokens import XPathFunction, XPathToken

from councils.surveys.rules.form import words
from councils.surveys.rules.functions import (
    FUNCTIONS,
    Atomic,
    Scope,
    readable_pattern,
    to_boolean,
    to_number,
    to_string,
)

_LONGEST = 2_000  # characters of one expression
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALL = re.compile(r"(?<![\w.\-:$])([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)\s*\(")
_OPERATOR_WORDS = frozenset({"and", "or", "div", "mod"})
_SYMBOLS = words(
    "(start) (end) (invalid) (unknown) (string) (float) (decimal) (integer) (name) ( ) , / . .. "
    "or and div mod = != < <= > >= + - *"
)


class ExpressionRefusedError(Exception):
    """An expression that cannot be carried out. `code` is a `FormProblem` value, `detail` what exactly is wrong."""

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class OdkParser(XPath1Parser):
    """XPath 1.0 with ODK's conversions and functions and nothing else."""


class FormContext(XPathContext):
    """elementpath's context, carrying what the functions may know."""

    scope: Scope


def _atomic(token: XPathToken, context: XPathContext | None) -> Atomic:
    """The value of an operand: the text of the first node, or the number, text or boolean itself."""
    item: Any = next(iter(token.select(copy(context))), "")
    if isinstance(item, XPathNode):
        return item.compat_string_value
    if isinstance(item, Decimal):
        return float(item)
    return cast("Atomic", item)


def _equal(left: Atomic, right: Atomic) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) is to_boolean(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left) == to_number(right)


def _divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


def _remainder(left: float, right: float) -> float:
    return math.nan if right == 0 or math.isinf(left) or math.isnan(left + right) else math.fmod(left, right)


_OPERATIONS: dict[str, Callable[[Atomic, Atomic], Atomic]] = {
    "=": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": lambda left, right: to_number(left) < to_number(right),
    "<=": lambda left, right: to_number(left) <= to_number(right),
    ">": lambda left, right: to_number(left) > to_number(right),
    ">=": lambda left, right: to_number(left) >= to_number(right),
    "+": lambda left, right: to_number(left) + to_number(right),
    "-": lambda left, right: to_number(left) - to_number(right),
    "*": lambda left, right: to_number(left) * to_number(right),
    "div": lambda left, right: _divide(to_number(left), to_number(right)),
    "mod": lambda left, right: _remainder(to_number(left), to_number(right)),
    "and": lambda left, right: to_boolean(left) and to_boolean(right),
    "or": lambda left, right: to_boolean(left) or to_boolean(right),
}


def _operate(self: XPathToken, context: XPathContext | None = None) -> Atomic:
    if len(self) == 1:
        number = to_number(_atomic(self[0], context))
        return -number if self.symbol == "-" else number
    return _OPERATIONS[self.symbol](_atomic(self[0], context), _atomic(self[1], context))


def _call(self: XPathToken, context: XPathContext | None = None) -> Atomic:
    if not isinstance(context, FormContext):
        raise MissingContextError("a function is only evaluated on answers")
    return FUNCTIONS[self.symbol].call([_atomic(argument, context) for argument in self], context.scope)


def _tokens() -> dict[str, type[Any]]:
    """elementpath's tokens for the closed grammar. Subclasses, so that elementpath's own XPath 1.0 stays as it is."""
    table: dict[str, type[Any]] = {
        symbol: token for symbol, token in XPath1Parser.symbol_table.items() if symbol in _SYMBOLS
    }
    for symbol in _OPERATIONS:
        table[symbol] = type(f"_Odk_{symbol}", (table[symbol],), {"evaluate": _operate, "select": _select_one})
    for name, function in FUNCTIONS.items():
        arity = function.least if function.least == function.most else (function.least, function.most)
        kwargs = {"symbol": name, "lookup_name": name, "label": "function", "nargs": arity, "lbp": 90, "rbp": 90}
        table[name] = type(f"_Odk_{name}", (XPathFunction,), {**kwargs, "evaluate": _call, "select": _select_one})
    return table


def _select_one(self: XPathToken, context: XPathContext | None = None) -> Iterator[Any]:
    yield self.evaluate(context)


OdkParser.symbol_table = _tokens()


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. `references` are the absolute paths whose values it reads, `columns` the choice columns."""

    source: str
    token: XPathToken
    references: frozenset[str]
    columns: frozenset[str] = frozenset()

    def value(self, context: FormContext) -> Atomic:
        return _atomic(self.token, context)

    def truth(self, context: FormContext) -> bool:
        return to_boolean(_atomic(self.token, context))

    def text(self, context: FormContext) -> str:
        return to_string(_atomic(self.token, context))


def read_expression(*, source: str, base: str, known: frozenset[str], in_choices: bool = False) -> Expression:
    """Read and check one expression standing at the node `base` (an absolute path).

    `known` are the paths of the form's questions. In a choice filter (`in_choices`) bare names are choice columns.
    Refuses, with `ExpressionRefusedError`: unknown functions, unknown nodes, syntax outside the closed grammar.
    """
    text = source.strip().replace("jr:choice-name", "choice-name")
    if len(text) > _LONGEST:
        raise ExpressionRefusedError(code="expression_unreadable", detail=f"{len(text)} > {_LONGEST}")
    for name in _CALL.findall(_LITERAL.sub("''", text)):
        if name not in FUNCTIONS and name not in _OPERATOR_WORDS:
            raise ExpressionRefusedError(code="function_unsupported", detail=f"{name}()")
    try:
        token = OdkParser().parse(text)
    except (ElementPathError, SyntaxError, ValueError, TypeError, RecursionError) as error:
        raise ExpressionRefusedError(code="expression_unreadable", detail=text) from error
    references: set[str] = set()
    columns: set[str] = set()
    if not _walk(token, base=base, references=references, columns=columns, in_choices=in_choices):
        raise ExpressionRefusedError(code="expression_unreadable", detail=text)
    if strangers := sorted(references - known):
        raise ExpressionRefusedError(code="reference_unknown", detail=", ".join(strangers))
    return Expression(source=text, token=token, references=frozenset(references), columns=frozenset(columns))


def _walk(token: XPathToken, *, base: str, references: set[str], columns: set[str], in_choices: bool) -> bool:
    """Collect what the expression reads; False when it holds something outside the closed grammar."""
    symbol = token.symbol
    if in_choices and symbol == "(name)":
        columns.add(str(token.value))
        return True
    if symbol in {"/", ".", "..", "(name)"}:
        path = _resolve(token, base)
        references.add(path or "")
        return path is not None and (_is_absolute(token) or not in_choices)
    if symbol == "regex" and token[1].symbol == "(string)" and not readable_pattern(str(token[1].value)):
        raise ExpressionRefusedError(code="pattern_unreadable", detail=str(token[1].value))
    readable = symbol != "*" or len(token) > 0
    for child in token:
        readable &= _walk(child, base=base, references=references, columns=columns, in_choices=in_choices)
    return readable


def _is_absolute(token: XPathToken) -> bool:
    while token.symbol == "/" and len(token) > 1:  # what is left and right of the slash
        token = token[0]
    return token.symbol == "/"


def _resolve(token: XPathToken, base: str) -> str | None:
    """The absolute path that a path expression at `base` means; None when it is no plain path."""
    match token.symbol:
        case ".":
            return base
        case "..":
            return base.rpartition("/")[0]
        case "(name)":
            return f"{base}/{token.value}"
        case "/" if len(token) == 1:
            return _resolve(token[0], "")
        case "/" if len(token) > 1:
            left = _resolve(token[0], base)
            return None if left is None else _resolve(token[1], left)
    return None
