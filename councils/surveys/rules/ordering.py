"""In which order the nodes of a form are settled, so that everything an expression reads is settled before it.

A node waits for its group, for what its `relevant`, its `calculation` and its computed default read, and a repeated
group for what says how often it occurs. Constraints, choice filters and labels look at the settled form, so they bind
nobody. A circle has no order and is refused at import.
"""

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


def circle_in(form: CompiledForm) -> tuple[str, ...]:
    """Names of nodes that wait for each other, or () when the form can be settled."""
    try:
        order_of(form)
    except CycleError as error:
        return tuple(path.rpartition("/")[2] for path in error.args[1])
    return ()
