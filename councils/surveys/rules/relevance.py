"""LimeSurvey's conditions as XPath, where they mean exactly the same there and here.

Read are comparisons of one question with a fixed value, `is_empty`, and their combinations. Everything else is not
translated at all: half a condition would ask the wrong people.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>\"[^\"'$]*\"|'[^\"'$]*')"
    r"|(?P<operator>==|!=|<=|>=|&&|\|\||[=<>!()])|(?P<name>[A-Za-z][\w.]*))"
)
_WORDS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "and": "&&",
    "or": "||",
    "not": "!",
    "=": "==",
}
_COMPARE = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SUFFIXES = (".NAOK", ".value", ".valueNAOK")
_LONGEST = 1_000  # characters of one condition
_DEEPEST = 20  # brackets in brackets


@dataclass(frozen=True, slots=True)
class Variable:
    """What a code in a condition stands for: a question, or one option of a question with several answers.

    `is_always_asked` says that nothing can make it irrelevant.
    """

    name: str
    option: str = ""
    is_always_asked: bool = False


class _UntranslatableError(Exception):
    pass


def translate(source: str, variables: Mapping[str, Variable]) -> str | None:
    """The XPath of a condition with `${name}` for questions; "" when it always holds; None when it cannot be said."""
    text = source.strip().removeprefix("{").removesuffix("}").strip()
    if text in {"", "1"}:
        return ""
    if text == "0":
        return "false()"
    try:
        return _Parser(_tokens(text), variables).whole()
    except _UntranslatableError:
        return None


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None or len(text) > _LONGEST:
            raise _UntranslatableError
        kind, value = match.lastgroup, match[match.lastgroup]
        if value.lower() in _WORDS:
            kind, value = "operator", _WORDS[value.lower()]
        found.append((kind, value))
        position = match.end()
    return found


class _Parser:
    """or, and, not, comparison: from the loosest to the tightest."""

    def __init__(self, tokens: list[tuple[str, str]], variables: Mapping[str, Variable]) -> None:
        self._tokens = tokens
        self._variables = variables
        self._at = 0
        self._depth = 0

    def whole(self) -> str:
        built = self._any(negated=False)
        if self._at != len(self._tokens):
            raise _UntranslatableError
        return built

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _takes(self, operator: str) -> bool:
        found = self._next() == ("operator", operator)
        self._at += found
        return found

    def _any(self, *, negated: bool) -> str:
        parts = [self._all(negated=negated)]
        while self._takes("||"):
            parts.append(self._all(negated=negated))
        return " or ".join(parts)

    def _all(self, *, negated: bool) -> str:
        parts = [self._one(negated=negated)]
        while self._takes("&&"):
            parts.append(self._one(negated=negated))
        return " and ".join(parts)

    def _one(self, *, negated: bool) -> str:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _UntranslatableError
        try:
            if self._takes("!"):
                return f"not({self._one(negated=not negated)})"
            if self._takes("("):
                inner = self._any(negated=negated)
                if not self._takes(")"):
                    raise _UntranslatableError
                return f"({inner})"
            return self._comparison(negated=negated)
        finally:
            self._depth -= 1

    def _comparison(self, *, negated: bool) -> str:
        kind, value = self._next()
        self._at += 1
        if kind != "name":
            raise _UntranslatableError
        if value == "is_empty" and self._takes("("):
            variable = self._variable(self._next()[1], says_no=not negated)
            self._at += 1
            if not self._takes(")"):
                raise _UntranslatableError
            return f"not({_ticked(variable)})" if variable.option else f"${{{variable.name}}} = ''"
        operator = self._next()[1]
        self._at += 1
        if operator not in _COMPARE:
            raise _UntranslatableError
        kind, literal = self._next()
        self._at += 1
        if kind not in {"string", "number"}:
            raise _UntranslatableError
        fixed = literal[1:-1] if kind == "string" else literal
        says_no = (operator == "!=" or (operator == "==" and not fixed)) != negated
        variable = self._variable(value, says_no=says_no)
        if variable.option:
            return _option(variable, operator, fixed)
        if fixed == "-oth-":
            fixed, kind = "other", "string"
        if operator in {"<", "<=", ">", ">="}:
            if not re.fullmatch(r"-?\d+(?:\.\d+)?", fixed):
                raise _UntranslatableError
            return f"${{{variable.name}}} {_COMPARE[operator]} {fixed}"
        literal = fixed if kind == "number" else f"'{fixed}'"
        return f"${{{variable.name}}} {_COMPARE[operator]} {literal}"

    def _variable(self, written: str, *, says_no: bool) -> Variable:
        """The question meant. Without `.NAOK` LimeSurvey says no where it was not asked; we cannot say that of a no."""
        code = next((written.removesuffix(suffix) for suffix in _SUFFIXES if written.endswith(suffix)), written)
        variable = self._variables.get(code)
        if variable is None or (says_no and not written.endswith("NAOK") and not variable.is_always_asked):
            raise _UntranslatableError
        return variable


def _ticked(variable: Variable) -> str:
    return f"selected(${{{variable.name}}}, '{variable.option}')"


def _option(variable: Variable, operator: str, fixed: str) -> str:
    """One option of several: `Y` is ticked, empty is not."""
    if operator not in {"==", "!="} or fixed not in {"Y", ""}:
        raise _UntranslatableError
    return _ticked(variable) if (fixed == "Y") == (operator == "==") else f"not({_ticked(variable)})"
