"""Texts put in before a template is compiled: `_("Towns")` and `{% trans %}` become the words of one language.

A page of a hundred texts then asks no catalogue at all. Nothing here may read what a page shows, only what a template
says; texts whose number or words are known only later (ngettext, variables) are left as they are.
"""

from collections.abc import Callable
from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

_SAYING = ("_", "gettext")


class _Translated(NodeTransformer):
    def __init__(self, language: str, gettext: Callable[[str], str]) -> None:
        self._language = language
        self._gettext = gettext

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name):
            return node
        if node.node.name == "language" and not node.args:
            return nodes.Const(self._language)
        if node.node.name in _SAYING and [type(part) for part in node.args] == [nodes.Const]:
            return self._said(node.args[0].as_const(), node.kwargs)
        return node

    def _said(self, text: str, values: list[nodes.Keyword]) -> nodes.Expr:
        # Catalogues are ours and may hold tags; Markup's % escapes the values that are put in.
        found = nodes.Const(Markup(self._gettext(text)))  # noqa: S704
        if "%" not in found.value:
            return found
        pairs: list[Any] = [nodes.Pair(nodes.Const(one.key), one.value) for one in values]
        return nodes.Mod(found, nodes.Dict(pairs))


def translated(template: nodes.Template, *, language: str, gettext: Callable[[str], str]) -> nodes.Template:
    """The same template with its texts in one language; `language()` becomes that language's code."""
    changed: nodes.Template = _Translated(language, gettext).visit(template)
    return changed
