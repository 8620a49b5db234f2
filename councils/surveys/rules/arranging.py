"""How the nodes of a form stand together: pages, repeated groups around them, and groups that are one table.

XLSForm writes a table as a group whose first row only heads the columns. Here the group is the table and the heading
row is carried like what a device adds: never asked, never kept.
"""

import re

from msgspec.structs import replace

from councils.surveys.rules.form import CLOSED_TYPES, CompiledForm, Group, Question, Section
from councils.surveys.rules.kinds import LABELS, PRELOAD

# pyxform's own rows for `table-list`: the group's label and the heads of the columns.
_GENERATED_LABEL = re.compile(r"generated_table_list_label_\d+")


def within(path: str, repeats: frozenset[str]) -> str:
    """The path of the innermost repeated group around this path, or ""."""
    above = path.rpartition("/")[0]
    while above and above not in repeats:
        above = above.rpartition("/")[0]
    return above


def matrices(groups: list[Group], questions: list[Question]) -> tuple[list[Group], list[Question]]:
    """Groups that are tables are marked as such, and their heading rows stop being questions."""
    tables: dict[str, Group] = {}
    unasked: dict[str, Question] = {}
    inside: dict[str, list[Question]] = {}
    for question in questions:
        inside.setdefault(question.path.rpartition("/")[0], []).append(question)
    for group in groups:
        rows = inside.get(group.path, [])
        titles = [row for row in rows if row.type == "note" and _GENERATED_LABEL.fullmatch(row.name)]
        heads = [row for row in rows if row not in titles][:1]
        holds_groups = any(other.path.startswith(f"{group.path}/") for other in groups)
        if (
            group.is_repeat
            or holds_groups
            or not _is_matrix(heads, [row for row in rows if row not in [*titles, *heads]])
        ):
            continue
        words = next((one for one in [*titles, *heads] if one.labels), None)
        tables[group.path] = replace(
            group,
            is_matrix=True,
            labels=group.labels or (words.labels if words else {}),
            media=group.media or (words.media if words else {}),
        )
        for row in [*titles, *heads]:
            unasked[row.path] = replace(
                row, type="metadata", required=None, read_only=False, parameters={PRELOAD: LABELS}
            )
    return (
        [tables.get(group.path, group) for group in groups],
        [unasked.get(question.path, question) for question in questions],
    )


def _is_matrix(heads: list[Question], rows: list[Question]) -> bool:
    """A row with the appearance `label`, then selections without labels from the same list, offered whole."""
    return (
        bool(heads and rows)
        and "label" in heads[0].appearance.split()
        and all({"list-nolabel", "list"} & set(row.appearance.split()) for row in rows)
        and all(row.type in CLOSED_TYPES and row.choice_filter is None for row in [*heads, *rows])
        and len({row.choice_list for row in [*heads, *rows]}) == 1
    )


def files_of(form: CompiledForm) -> tuple[str, ...]:
    """Names of all media that the form shows: they must be there before it can be used."""
    shown = [*(group.media for group in form.groups), *(question.media for question in form.questions)]
    shown += [choice.media for choices in form.lists.values() for choice in choices]
    return tuple(sorted({name for media in shown for names in media.values() for name in names.values()}))


def sections(*, root: str, groups: list[Group], questions: list[Question]) -> tuple[Section, ...]:
    """Top-level groups and, between them, runs of ungrouped questions, in the order of the sheet."""
    top = {group.name: group for group in groups if group.path == f"/{root}/{group.name}"}
    runs: list[tuple[str, list[str]]] = []
    for question in questions:
        if question.type == "metadata":
            continue  # no page shows it, so it begins none
        parts = question.path.split("/")[2:]
        name = parts[0] if len(parts) > 1 else ""
        if not runs or runs[-1][0] != name:
            runs.append((name, []))
        runs[-1][1].append(question.name)
    return tuple(
        Section(
            name=name or str(number),
            labels=top[name].labels if name else {},
            questions=tuple(names),
            repeat=top[name].path if name and top[name].is_repeat else "",
        )
        for number, (name, names) in enumerate(runs, start=1)
    )
