"""XPath as questionnaires use it: read once by elementpath's parser, checked against a closed grammar, and kept.

The grammar is closed on purpose: paths with predicates, lookups in the form's own lists, operators and the functions
of `functions.py`. Anything else is refused by name when it is read, never carried out half. Evaluation never raises.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from elementpath import ElementPathError
from elementpath.xpath_tokens import XPathToken

from councils.surveys.rules.atoms import Atomic, to_boolean, to_string
from councils.surveys.rules.functions import FUNCTIONS, readable_pattern
from councils.surveys.rules.tokens import NODE_FUNCTIONS, FormContext, Marked, OdkParser, first_value, is_path

ITEM = "@"  # stands for the option that a choice filter looks at; `@list` for the root of a list

_LONGEST = 2_000  # characters of one expression
_DEEPEST = 100  # expressions within each other, a chain of `or` counted too
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALL = re.compile(r"(?<![\w.\-:$])([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)\s*\(")
_OPERATOR_WORDS = frozenset({"and", "or", "div", "mod"})
_OWN_COLUMNS = frozenset({"name", "label"})


class ExpressionRefusedError(Exception):
    """An expression that cannot be carried out. `code` is a `FormProblem` value, `detail` what exactly is wrong."""

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression, standing at the node `base`.

    `references` are the paths whose values it reads (questions, and groups that it counts or looks through), `columns`
    the choice columns of a filter, `lists` the names of the lists that it looks things up in with `instance()`.
    """

    source: str
    token: XPathToken
    references: frozenset[str]
    columns: frozenset[str] = frozenset()
    base: str = ""
    lists: frozenset[str] = frozenset()

    def value(self, context: FormContext) -> Atomic:
        return first_value(self.token, context)

    def truth(self, context: FormContext) -> bool:
        return to_boolean(first_value(self.token, context))

    def text(self, context: FormContext) -> str:
        return to_string(first_value(self.token, context))


def read_expression(
    *,
    source: str,
    base: str,
    known: frozenset[str],
    in_choices: bool = False,
    lists: Mapping[str, frozenset[str]] | None = None,
) -> Expression:
    """Read and check one expression standing at the node `base` (an absolute path).

    `known` are the paths of the form's questions; the groups and repeated groups above them are known by that. In a
    choice filter (`in_choices`) bare names are choice columns. `lists` are the columns of each list that `instance()`
    may read; None: none may be read. Refuses, with `ExpressionRefusedError`: unknown functions, nodes, lists and
    columns, and syntax outside the closed grammar.
    """
    text = source.strip().replace("jr:choice-name", "choice-name")
    if len(text) > _LONGEST:
        raise ExpressionRefusedError(code="expression_unreadable", detail=f"{len(text)} > {_LONGEST}")
    for name in _CALL.findall(_LITERAL.sub("''", text)):
        if name not in FUNCTIONS and name not in NODE_FUNCTIONS and name not in _OPERATOR_WORDS:
            raise ExpressionRefusedError(code="function_unsupported", detail=f"{name}()")
    try:
        token = OdkParser().parse(text)
    except (ElementPathError, SyntaxError, ValueError, TypeError, RecursionError) as error:
        raise ExpressionRefusedError(code="expression_unreadable", detail=text) from error
    nodes = _with_groups(known)
    found = _Found(origin=base, nodes=nodes)
    if _depth(token) > _DEEPEST or not _walk(token, base=ITEM if in_choices else base, found=found):
        raise ExpressionRefusedError(code="expression_unreadable", detail=text)
    strangers = [path for path in found.references | found.structure if path not in nodes]
    strangers += [path for path in found.looked_up if not _is_listed(path, lists or {})]
    if strangers:
        raise ExpressionRefusedError(code="reference_unknown", detail=", ".join(sorted(strangers)))
    return Expression(
        source=text,
        token=token,
        references=frozenset(found.references),
        columns=frozenset(path.removeprefix(f"{ITEM}/") for path in found.columns),
        base=base,
        lists=frozenset(path[1:].split("/")[0] for path in found.looked_up),
    )


def resolve(token: XPathToken, *, base: str, origin: str) -> str | None:
    """The path by names that a path expression means when it is read at `base`; None when it is no plain path.

    `origin` is the node that the whole expression stands at: `current()`.
    """
    path: str | None = None
    match token.symbol:
        case ".":
            path = base
        case "..":
            path = base.rpartition("/")[0]
        case "(name)":
            path = f"{base}/{token.value}"
        case "*" if len(token) == 0:
            path = f"{base}/*"
        case "current":
            path = origin
        case "instance" if token[0].symbol == "(string)":
            path = f"{ITEM}{token[0].value}"
        case "[" | "(":
            path = resolve(token[0], base=base, origin=origin)
        case "/" if len(token) == 1:
            path = resolve(token[0], base="", origin=origin)
        case "/" if len(token) > 1:
            left = resolve(token[0], base=base, origin=origin)
            path = None if left is None else resolve(token[1], base=left, origin=origin)
    return path


@dataclass(slots=True)
class _Found:
    """What an expression reads: values, mere structure (`position(..)`), columns of its option, other lists."""

    origin: str
    nodes: AbstractSet[str]
    references: set[str] = field(default_factory=set)
    structure: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    looked_up: set[str] = field(default_factory=set)

    def add(self, path: str) -> None:
        """Note a path that is read; every node that a `*` in it may mean, itself where it may mean none."""
        if path[0] == ITEM:
            (self.columns if path.startswith(f"{ITEM}/") else self.looked_up).add(path)
            return
        pattern = re.compile(re.escape(path).replace(r"\*", "[^/]+"))
        meant = {node for node in self.nodes if pattern.fullmatch(node)} if "*" in path else {path}
        self.references |= meant or {path}


def _walk(token: XPathToken, *, base: str, found: _Found) -> bool:
    """Collect what the expression reads; False when it holds something outside the closed grammar."""
    if token.symbol == "indexed-repeat":
        return _walk_indexed(token, base=base, found=found)
    if token.symbol == "regex" and token[1].symbol == "(string)" and not readable_pattern(str(token[1].value)):
        raise ExpressionRefusedError(code="pattern_unreadable", detail=str(token[1].value))
    is_place = token.symbol == "position" and len(token) == 1
    if not is_place and not is_path(token):
        return all(_walk(child, base=base, found=found) for child in token)
    path_token = token[0] if is_place else token
    path = resolve(path_token, base=base, origin=found.origin)
    if not path or path == ITEM or (path[0] == ITEM and "*" in path):
        return False
    _mark_bound(path_token)
    if is_place:
        found.structure.add(path)
    else:
        found.add(path)
    return _walk_predicates(path_token, base=base, found=found)


def _walk_predicates(token: XPathToken, *, base: str, found: _Found) -> bool:
    """The predicates of a path, each read at the step that it filters."""
    if token.symbol == "[":
        step = resolve(token[0], base=base, origin=found.origin)
        if not step or not _walk(token[1], base=step, found=found):
            return False
        if step[0] != ITEM:
            found.add(step)
        return _walk_predicates(token[0], base=base, found=found)
    if token.symbol == "/" and len(token) > 1:
        left = resolve(token[0], base=base, origin=found.origin) or ""
        return _walk_predicates(token[0], base=base, found=found) and _walk_predicates(token[1], base=left, found=found)
    if token.symbol in {"/", "("}:
        return _walk_predicates(token[0], base="" if token.symbol == "/" else base, found=found)
    return True


def _walk_indexed(token: XPathToken, *, base: str, found: _Found) -> bool:
    """`indexed-repeat(question, repeat, index, ...)`; the paths are kept on the token for those who evaluate it."""
    if len(token) % 2 == 0:
        return False
    target = resolve(token[0], base=base, origin=found.origin)
    repeats = [resolve(one, base=base, origin=found.origin) for one in list(token)[1::2]]
    if not target or not all(repeats) or not all(map(is_path, list(token)[:1] + list(token)[1::2])):
        return False
    marked = cast("Marked", token)
    marked.target, marked.repeats = target, tuple(one or "" for one in repeats)
    found.references |= {target, *(one for one in repeats if one)}
    return all(_walk(index, base=base, found=found) for index in list(token)[2::2])


def _mark_bound(token: XPathToken, *, is_last: bool = True) -> bool:
    """Mark the steps of an absolute path that stay in their own occurrence; whether all steps so far may."""
    if token.symbol != "/":
        return False
    if len(token) == 1:
        return token[0].symbol == "(name)"
    may = _mark_bound(token[0], is_last=False) and token[1].symbol == "(name)"
    cast("Marked", token).is_bound = may and not is_last
    return may


def _depth(token: XPathToken) -> int:
    depth, level = 0, [token]
    while level:
        depth, level = depth + 1, [child for one in level for child in one]
    return depth


@lru_cache(maxsize=8)
def _with_groups(known: frozenset[str]) -> frozenset[str]:
    """The questions of a form and all groups above them; one set for all expressions of the form."""
    return known | {above for path in known for above in _above(path)}


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts))]


def _is_listed(path: str, lists: Mapping[str, frozenset[str]]) -> bool:
    """Whether a lookup reads an item, or a column of an item, of a list that the form has."""
    name, *steps = path[len(ITEM) :].split("/")
    match steps:
        case ["root", "item"]:
            return name in lists
        case ["root", "item", column]:
            return name in lists and (column in _OWN_COLUMNS or column in lists[name])
    return False
