"""In which order the nodes of a form are settled, so that everything an expression reads is settled before it.

A node waits for its group, for what its `relevant`, its `calculation` and its computed default read, and a repeated
group for what says how often it occurs. Constraints, choice filters and labels look at the settled form, so they bind
nobody. A circle has no order and is refused at import.
"""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from councils.surveys.rules.expressions import read_expression
from councils.surveys.rules.form import CompiledForm, Group, Question


def order_of(form: CompiledForm) -> tuple[Group | Question, ...]:
    """Groups and questions in an order in which they can be settled. CycleError when there is none."""
    nodes: dict[str, Group | Question] = {group.path: group for group in form.groups}
    nodes |= {question.path: question for question in form.questions}
    known = frozenset(question.path for question in form.questions)
    lists = {name: frozenset().union(*(one.columns for one in choices)) for name, choices in form.lists.items()}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for path, node in nodes.items():
        parent = path.rpartition("/")[0]
        read = [
            read_expression(source=source, base=path, known=known, lists=lists).references
            for source in _settling(node)
            if source is not None
        ]
        sorter.add(path, *({parent} & nodes.keys()), *(frozenset().union(*read) & nodes.keys()))
    return tuple(nodes[path] for path in sorter.static_order())


def _settling(node: Group | Question) -> tuple[str | None, ...]:
    if isinstance(node, Group):
        return node.relevant, node.count
    return node.relevant, node.calculation, node.default_expression


def deciding(form: CompiledForm) -> dict[str, frozenset[str]]:
    """Of each question the names of those whose answers decide whether it is asked or which options it offers.

    Through calculations, too, and through questions that are themselves decided so.
    """
    known = frozenset(question.path for question in form.questions)
    lists = {name: frozenset().union(*(one.columns for one in choices)) for name, choices in form.lists.items()}
    groups = {group.path: group for group in form.groups}

    def read(question: Question) -> frozenset[str]:
        around = [(path, one.relevant) for path, one in groups.items() if question.path.startswith(f"{path}/")]
        own = [(question.path, source) for source in _settling(question)]
        found: frozenset[str] = frozenset()
        for base, source in (*around, *own):
            if source is not None:
                found |= read_expression(source=source, base=base, known=known, lists=lists).references
        if source := question.choice_filter:
            of_choices = read_expression(source=source, base=question.path, known=known, in_choices=True, lists=lists)
            found |= of_choices.references
        return found

    direct = {question.path: read(question) & known for question in form.questions}
    names = {question.path: question.name for question in form.questions}
    return {names[path]: frozenset(names[one] for one in _reached(path, direct) if one != path) for path in direct}


def _reached(start: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    waiting = direct[start]
    while waiting:
        found |= waiting
        waiting = frozenset().union(*(direct[one] for one in waiting)) - found
    return found


def circle_in(form: CompiledForm) -> tuple[str, ...]:
    """Names of nodes that wait for each other, or () when the form can be settled."""
    try:
        order_of(form)
    except CycleError as error:
        return tuple(path.rpartition("/")[2] for path in error.args[1])
    return ()
