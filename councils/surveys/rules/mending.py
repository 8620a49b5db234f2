"""Finding more than the first mistake: pyxform stops there, so it is mended in a copy, and pyxform goes on.

A mend is the least that lets the rest be read and brings no mistake of its own: a row stays a row, a name a name. What
cannot be mended like that ends the search. A mended copy must never be imported; it is only looked at.
"""

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from openpyxl.utils import column_index_from_string

from councils.surveys.rules.converting import Converted, convert_sheets, read_sheets
from councils.surveys.rules.places import ALIASES
from councils.surveys.rules.problems import FormRefusedError, Problem
from councils.surveys.rules.workbook import Workbook, base_name
from councils.surveys.states import FormProblem

MOST_ROUNDS = 25
_ROWS_READ = 10_000  # in all rounds together: a long questionnaire has fewer rounds
_BRACKET = re.compile(r"\s*(begin|end)[\s_]+(\w+)", re.IGNORECASE)
_LIKE_BRACKET = re.compile(r"be?gi?n|end|gro?u?p|repeat|loop", re.IGNORECASE)
_UNTYPED = frozenset({FormProblem.TYPE_UNKNOWN, FormProblem.TYPE_MISSING})
_LABELS = ("label", "caption")


def search_on(
    *, content: bytes, workbook: Workbook, files: Mapping[str, bytes], first: FormRefusedError
) -> tuple[tuple[Problem, ...], Converted | None]:
    """All problems that pyxform has with a workbook whose `first` refusal is known, each once.

    And the form as it would be with all of them mended, for those who look for problems of another kind; None where
    the search had to end before, or where groups may only seem not to fit because a row's type is wrong.
    """
    problems = list(first.problems)
    try:
        mender = _Mender(workbook, read_sheets(content=content, workbook=workbook))
    except FormRefusedError:
        return tuple(problems), None
    rounds = min(MOST_ROUNDS, _ROWS_READ // max(1, len(workbook.sheet("survey").rows)))
    latest, converted = first.problems, None
    for _round in range(rounds):
        if not latest or not all(mender.mend(problem) for problem in latest):
            break
        try:
            converted = convert_sheets(sheets=copy.deepcopy(mender.sheets), workbook=workbook, files=files)
            break
        except FormRefusedError as error:
            known = {(one.code, one.place, one.detail) for one in problems}
            latest = tuple(one for one in error.problems if (one.code, one.place, one.detail) not in known)
            problems += latest
    certain = tuple(one for one in problems if not _is_doubtful(one, problems))
    return certain, converted if len(certain) == len(problems) else None


def _is_doubtful(problem: Problem, found: Iterable[Problem]) -> bool:
    """Whether a group may only seem to lack its other end, because the row of that end has no type that is known."""
    untyped = [one.row or 0 for one in found if one.code in _UNTYPED]
    row = problem.row or 0
    if problem.code is FormProblem.GROUP_END:
        return any(one < row for one in untyped)
    return problem.code is FormProblem.GROUP_OPEN and any(one > row for one in untyped)


class _Mender:
    """Writes into `sheets`, as `read_sheets` gives them, what lets pyxform go on after a problem."""

    def __init__(self, workbook: Workbook, sheets: dict[str, Any]) -> None:
        self.sheets = sheets
        self._workbook = workbook
        self._mends: dict[FormProblem, Callable[[Problem, dict[str, Any]], bool]] = {
            FormProblem.TYPE_UNKNOWN: self._plain,
            FormProblem.TYPE_MISSING: self._plain,
            FormProblem.FILE_UNSUPPORTED: self._plain,
            FormProblem.FILE_UNREADABLE: self._plain,
            FormProblem.NAME_MISSING: self._renamed,
            FormProblem.NAME_UNUSABLE: self._renamed,
            FormProblem.DUPLICATE_NAME: self._renamed,
            FormProblem.CHOICE_TWICE: self._renamed,
            FormProblem.LABEL_MISSING: self._labelled,
            FormProblem.LIST_MISSING: self._listed,
            FormProblem.REFERENCE_UNKNOWN: self._without_reference,
            FormProblem.REFERENCE_TWICE: self._without_reference,
            FormProblem.REFERENCE_BROKEN: self._emptied,
            FormProblem.PARAMETERS: self._emptied,
            FormProblem.GROUP_OPEN: self._ended,
            FormProblem.GROUP_END: self._not_ended,
            FormProblem.CALCULATION_MISSING: self._calculated,
        }

    def mend(self, problem: Problem) -> bool:
        """Whether it could be mended."""
        rows = self.sheets.get(problem.sheet) or ()
        index = (problem.row or 0) - 2  # the header is row 1
        mend = self._mends.get(problem.code)
        return mend is not None and 0 <= index < len(rows) and mend(problem, rows[index])

    def _set(self, problem: Problem, row: dict[str, Any], bases: tuple[str, ...], value: str) -> bool:
        """Write into the row's own cell of this kind, into a new column where there is none."""
        header = next((one for one in row if base_name(str(one)) in bases), "")
        headers: dict[str, None] = next(iter(self.sheets[f"{problem.sheet}_header"] or ()), {})
        header = header or next((one for one in headers if base_name(str(one)) in bases), bases[0])
        row[header] = value
        self.sheets[f"{problem.sheet}_header"] = [{**headers, header: None}]
        return True

    def _cell(self, problem: Problem, row: Mapping[str, Any]) -> str:
        """The key of the cell that the problem names, or ""."""
        if not problem.column:
            return ""
        header = self._workbook.sheet(problem.sheet).headers[column_index_from_string(problem.column) - 1]
        return next((key for key in row if " ".join(str(key).split()) == header), "")

    def _type(self, row: Mapping[str, Any]) -> str:
        return next((str(cell or "") for head, cell in row.items() if base_name(str(head)) in ALIASES["type"]), "")

    def _plain(self, problem: Problem, row: dict[str, Any]) -> bool:
        """A question of text, unless it may have been meant to begin or end a group."""
        if _LIKE_BRACKET.match(self._type(row).strip()):
            return False
        for header in [one for one in row if base_name(str(one)) in {"parameters", "choice_filter"}]:
            del row[header]
        return self._set(problem, row, ALIASES["type"], "text")

    def _renamed(self, problem: Problem, row: dict[str, Any]) -> bool:
        name = f"{problem.sheet}_row_{problem.row}"
        if problem.sheet == "settings":
            return bool(row.pop(self._cell(problem, row), None))
        return self._set(problem, row, ALIASES["name"], name)

    def _labelled(self, problem: Problem, row: dict[str, Any]) -> bool:
        return self._set(problem, row, _LABELS, "…")

    def _listed(self, problem: Problem, _row: dict[str, Any]) -> bool:
        """A list of one choice, in every language that choices have."""
        headers: dict[str, None] = next(iter(self.sheets["choices_header"] or ()), {})
        in_list = next((one for one in headers if base_name(str(one)) == "list_name"), "list_name")
        name = next((one for one in headers if base_name(str(one)) in {"name", "value"}), "name")
        labels = [one for one in headers if base_name(str(one)) == "label"] or ["label"]
        choice = {in_list: problem.detail, name: "a", **dict.fromkeys(labels, "…")}
        self.sheets["choices"] = [*(self.sheets["choices"] or ()), choice]
        self.sheets["choices_header"] = [{**headers, **dict.fromkeys(choice)}]
        self.sheets["sheet_names"] = [*dict.fromkeys([*(self.sheets["sheet_names"] or ()), "choices"])]
        return bool(problem.detail)

    def _without_reference(self, problem: Problem, row: dict[str, Any]) -> bool:
        key = self._cell(problem, row)
        reference = re.compile(r"\$\{\s*(last-saved#)?" + re.escape(problem.detail) + r"\s*\}")
        if base_name(key) == "trigger" or not reference.search(str(row.get(key) or "")):
            return self._emptied(problem, row)
        row[key] = reference.sub("''", str(row[key]))
        return True

    def _emptied(self, problem: Problem, row: dict[str, Any]) -> bool:
        key = self._cell(problem, row)
        if base_name(key) in _LABELS:
            row[key] = "…"
            return True
        return bool(row.pop(key, None))

    def _ended(self, problem: Problem, row: dict[str, Any]) -> bool:
        """An end below everything else."""
        begun = _BRACKET.match(self._type(row))
        end: dict[str, Any] = {}
        rows = self.sheets["survey"]
        self.sheets["survey"] = [*rows, end]
        return begun is not None and self._set(problem, end, ALIASES["type"], f"end_{begun[2].lower()}")

    def _not_ended(self, problem: Problem, row: dict[str, Any]) -> bool:
        """The end of what stands open above; a remark to read where nothing does."""
        begun: list[str] = []
        for above in self.sheets["survey"][: (problem.row or 0) - 2]:
            bracket = _BRACKET.match(self._type(above))
            if bracket and bracket[1].lower() == "end":
                del begun[-1:]
            elif bracket:
                begun.append(bracket[2].lower())
        if begun:
            return self._set(problem, row, ALIASES["type"], f"end_{begun[-1]}")
        self._set(problem, row, ALIASES["type"], "note")
        return self._renamed(problem, row) and self._labelled(problem, row)

    def _calculated(self, problem: Problem, row: dict[str, Any]) -> bool:
        return self._set(problem, row, ALIASES["calculation"], "1")
