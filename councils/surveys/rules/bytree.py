"""Evaluation on the XML of the answers, by elementpath: for what `closures.py` does not know, and to hold it against.

The XML is built anew for every evaluation, so this is slow and simple. It reads frames and never changes them.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, time

from elementpath.tree_builders import get_node_tree
from elementpath.xpath_nodes import XPathNode

from councils.surveys.rules.atoms import to_number
from councils.surveys.rules.expressions import Expression
from councils.surveys.rules.form import Choice
from councils.surveys.rules.frames import OWN, Frame, Layout
from councils.surveys.rules.tokens import IRRELEVANT, FormContext
from councils.surveys.rules.ways import Run

_Elements = dict[tuple[int, str], ET.Element]  # by the frame's identity and the path of the node


class ByTree:
    """Makes functions of expressions, as `Closures` does."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def truth(self, expression: Expression, *, in_choices: bool = False) -> Callable[[Frame, Run], bool]:
        return lambda frame, run: expression.truth(self._context(expression, frame, run, in_choices=in_choices))

    def text(self, expression: Expression) -> Callable[[Frame, Run], str]:
        return lambda frame, run: expression.text(self._context(expression, frame, run))

    def number(self, expression: Expression) -> Callable[[Frame, Run], float]:
        return lambda frame, run: to_number(expression.value(self._context(expression, frame, run)))

    def _context(self, expression: Expression, frame: Frame, run: Run, *, in_choices: bool = False) -> FormContext:
        elements: _Elements = {}
        root = _built(_outermost(frame), elements)
        if (id(frame), frame.scope.path) not in elements and frame.parent is not None:
            # An occurrence that does not exist yet: its conditions are asked before it is made.
            upcoming = _built(frame, elements)
            upcoming.set(IRRELEVANT, "1")
            elements[id(frame.parent), frame.scope.path.rpartition("/")[0]].append(upcoming)
        context = FormContext(root, current_dt=datetime.combine(run.today, time(), UTC))
        context.scope = run
        here = context.get_context_item(elements[id(frame), expression.base])
        if isinstance(here, XPathNode):
            context.item = context.here = here
        context.lists = {name: self._list(name, run) for name in expression.lists}
        if in_choices and run.item is not None:
            context.item = get_node_tree(_item(run.item, run))
        return context

    def _list(self, name: str, run: Run) -> XPathNode:
        instance = ET.Element("instance")
        ET.SubElement(instance, "root").extend(_item(choice, run) for choice in self._layout.form.lists.get(name, ()))
        return get_node_tree(instance)


def _outermost(frame: Frame) -> Frame:
    return _outermost(frame.parent) if frame.parent is not None else frame


def _built(frame: Frame, elements: _Elements) -> ET.Element:
    """The element of a frame with everything in it."""
    for path, place in frame.scope.places.items():
        element = ET.Element(path.rpartition("/")[2])
        elements[id(frame), path] = element
        if place != OWN:
            elements[id(frame), path.rpartition("/")[0]].append(element)
            element.text = frame.texts[place]
        if place in frame.gone:
            element.set(IRRELEVANT, "1")
    for path, children in frame.children.items():
        around = elements[id(frame), path.rpartition("/")[0]]
        around.extend(_built(child, elements) for child in children)
    return elements[id(frame), frame.scope.path]


def _item(choice: Choice, run: Run) -> ET.Element:
    item = ET.Element("item")
    for name in ("name", "label", *choice.columns):
        ET.SubElement(item, name).text = run.column(choice, name)
    return item
