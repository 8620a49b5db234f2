"""A questionnaire's conditions as small trees that a phone without network walks (`static/survey/judge.js`).

What cannot be said there in exactly the same meaning is left out, and judged when the answers arrive: functions of many
places or of chance, looking through the rounds of a repeated group, patterns that browsers read otherwise. The trees
hold words of the form and never an answer.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from elementpath.xpath_tokens import XPathToken

from councils.surveys.rules.expressions import ITEM, Expression, read_expression, resolve
from councils.surveys.rules.form import CompiledForm, Group, Question, fill, words
from councils.surveys.rules.frames import Layout
from councils.surveys.rules.patterns import for_browsers
from councils.surveys.rules.program import columns_of
from councils.surveys.rules.tokens import OPERATIONS, is_path
from councils.surveys.rules.ways import At, Ways

Tree = str | float | list[Any] | None  # a text, a number, [operation, part, ...]; None: not to be said on a phone

_CALLS = words(
    "true false not boolean boolean-from-string if coalesce selected selected-at count-selected string string-length "
    "substr contains starts-with ends-with substring-before substring-after normalize-space concat number int round "
    "abs sqrt min max sum count-non-empty once today decimal-date-time"
)
_DAYS = words("today")  # what a phone can only say as well as its calendar
_SHAPED = words("integer decimal range date time datetime text barcode select_one select_multiple acknowledge")


class _BeyondError(Exception):
    """A part of an expression that a phone is not told."""


class _Phrases:
    """Reads the expressions of one form into trees."""

    def __init__(self, form: CompiledForm) -> None:
        self.layout = Layout(form)
        self.knows_days = False
        self._known = frozenset(question.path for question in form.questions)
        self._lists = columns_of(form)
        self._ways = Ways(layout=self.layout, predicate=_no_predicate)

    def tree(self, source: str, base: str, *, in_choices: bool = False) -> Tree:
        """The tree of an expression at a node; None when it says more than a phone is told."""
        expression: Expression = read_expression(
            source=source, base=base, known=self._known, in_choices=in_choices, lists=self._lists
        )
        try:
            return self._tree(expression.token, At(path=ITEM if in_choices else base, origin=base))
        except _BeyondError:
            return None

    def _tree(self, token: XPathToken, at: At) -> Tree:
        symbol = token.symbol
        if symbol == "(string)":
            return str(token.value)
        if symbol in {"(integer)", "(float)", "(decimal)"}:
            return float(str(token.value))
        if is_path(token):
            return self._place(token, at)
        if symbol == "(":
            return self._tree(token[0], at)
        if symbol == "regex" and token[1].symbol == "(string)":
            pattern = for_browsers(str(token[1].value))
            if pattern is None:
                raise _BeyondError
            return ["regex", self._tree(token[0], at), pattern]
        if symbol not in OPERATIONS and symbol not in _CALLS:
            raise _BeyondError
        self.knows_days = self.knows_days or symbol in _DAYS
        name = "neg" if symbol == "-" and len(token) == 1 else "number" if len(token) == 1 and symbol == "+" else symbol
        return [name, *(self._tree(one, at) for one in token)]

    def _place(self, token: XPathToken, at: At) -> Tree:
        """A question of the same round or of one around it, or a column of the option at hand."""
        path = resolve(token, base=at.path, origin=at.origin) or ""
        if path.startswith(ITEM):
            column = path.removeprefix(f"{ITEM}/")
            if column == path or "/" in column or column == "label":
                raise _BeyondError
            return ["@", column]
        if "*" in path or token.symbol == "indexed-repeat" or self._ways.of(token, at).up is None:
            raise _BeyondError
        question = self.layout.by_name.get(path)
        return ["$", question.name] if question is not None else ""


def _no_predicate(_token: XPathToken, _at: At) -> Any:
    raise _BeyondError


def phone_rules(form: CompiledForm, *, language: str) -> dict[str, Any]:
    """What a phone judges by: `nodes` by name (questions) and path (groups), `lists` with the columns of filters,
    `days` whether a calendar is asked. Words are in the language, with gaps where they speak of answers."""
    phrases = _Phrases(form)
    nodes: dict[str, dict[str, Any]] = {}
    filtered: dict[str, set[str]] = {}
    for group in form.groups:
        nodes[group.path] = dict(_group(form, group, phrases))
    for question in form.questions:
        nodes[question.name] = dict(_question(form, question, phrases, language))
        if question.choice_filter is not None:
            filtered.setdefault(question.choice_list, set()).update(_columns(nodes[question.name].get("filter")))
    lists = {
        name: {
            one.value: {column: one.columns.get(column, "") for column in sorted(columns)} for one in form.lists[name]
        }
        for name, columns in filtered.items()
        if columns
    }
    return {"nodes": nodes, "lists": lists, "days": phrases.knows_days}


def _around(form: CompiledForm, node: Group | Question, phrases: _Phrases) -> Iterator[tuple[str, Any]]:
    above = node.path.rpartition("/")[0]
    if above != phrases.layout.root:
        yield "in", above
    if depth := phrases.layout.scopes[phrases.layout.scope_of(node.path)].depth:
        yield "depth", depth
    if node.relevant is not None:
        yield "if", phrases.tree(node.relevant, node.path)


def _group(form: CompiledForm, group: Group, phrases: _Phrases) -> Iterator[tuple[str, Any]]:
    yield from _around(form, group, phrases)
    if group.count is not None:
        yield "count", phrases.tree(group.count, group.path)


def _question(form: CompiledForm, question: Question, phrases: _Phrases, language: str) -> Iterator[tuple[str, Any]]:
    yield from _around(form, question, phrases)
    if not question.is_asked:
        yield "is", _own(question, phrases)
        return
    if question.type in _SHAPED:
        yield "type", "text" if question.type == "barcode" else question.type
    if question.bounds is not None:
        yield "bounds", [question.bounds.start, question.bounds.end, question.bounds.step]
    if question.type in {"select_one", "select_multiple"}:
        yield "list", question.choice_list
        yield "options", [choice.value for choice in form.choices(question)]
        if question.choice_filter is not None:
            yield "filter", phrases.tree(question.choice_filter, question.path, in_choices=True)
    if question.required is not None:
        yield "required", phrases.tree(question.required, question.path)
        if said := form.words(question.required_messages, language):
            yield "asks", fill(said, {})
    if question.constraint is not None:
        yield "holds", phrases.tree(question.constraint, question.path)
        if said := form.words(question.constraint_messages, language):
            yield "says", fill(said, {})


def _own(question: Question, phrases: _Phrases) -> Tree:
    """What stands in a question that nobody is asked. Of a device a phone's page knows nothing."""
    if question.type == "metadata":
        return None
    computed = question.calculation or question.default_expression
    return question.default if computed is None else phrases.tree(computed, question.path)


def _columns(tree: Tree) -> Iterator[str]:
    if isinstance(tree, list):
        if tree[:1] == ["@"] and tree[1] != "name":
            yield tree[1]
        for part in tree[1:]:
            yield from _columns(part)


def tells_all(rules: Mapping[str, Any], name: str) -> bool:
    """Whether a phone is told all that decides about a question: nothing of it is left for the arrival."""
    node = rules["nodes"][name]
    own = all(node.get(part, "") is not None for part in ("if", "required", "holds", "filter", "is"))
    return own and ("in" not in node or tells_all(rules, node["in"]))
