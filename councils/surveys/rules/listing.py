"""The choice lists of a form: checked once each, with the media that their options show.

A list that stands in another file has no options here and is refused where it is asked.
"""

import re
from collections.abc import Callable, Iterable

from councils.surveys.rules.form import Choice, Texts
from councils.surveys.rules.places import Places
from councils.surveys.rules.problems import Problem
from councils.surveys.rules.xform import Control, XForm
from councils.surveys.states import FormProblem

_FILE_NAME = re.compile(r"\w[\w .()\-]{0,79}")


class Lists:
    """Checks the lists that questions ask for, and compiles those in use. `problems` are in the order found."""

    def __init__(self, xform: XForm, places: Places, check_texts: Callable[[str, str, Texts], Texts]) -> None:
        self.problems: list[Problem] = []
        self._xform = xform
        self._places = places
        self._check_texts = check_texts
        self._checked: set[str] = set()

    def check(self, path: str, control: Control) -> None:
        """Look at the list of a question; at each list once."""
        name = control.list_name
        items = self._xform.lists.get(name, ())
        if not items:
            self.problems.append(
                self._places.problem(FormProblem.FILE_UNSUPPORTED, path=path, kind="type", detail=name)
            )
        if name in self._checked:
            return
        self._checked.add(name)
        seen: set[str] = set()
        for item in items:
            if len(item.value.split()) != 1:
                self._add(FormProblem.CHOICE_VALUE, name, item.value)
            elif item.value in seen:
                self._add(FormProblem.CHOICE_TWICE, name, item.value, last=True)
            seen.add(item.value)
            self._check_texts(path, "label", item.labels)
            for names in item.media.values():
                for file in names.values():
                    if not self.is_file_name(file):
                        self._add(FormProblem.MEDIA_NAME, name, item.value, detail=file)

    def compiled(self, used: Iterable[str]) -> dict[str, tuple[Choice, ...]]:
        """The lists of these names, in the order of the sheet."""
        return {
            name: tuple(
                Choice(value=item.value, labels=item.labels, columns=item.columns, media=item.media) for item in items
            )
            for name, items in self._xform.lists.items()
            if name in set(used)
        }

    @staticmethod
    def is_file_name(name: str) -> bool:
        """Whether a name can belong to a file that is uploaded with the form."""
        return _FILE_NAME.fullmatch(name) is not None

    def _add(
        self, code: FormProblem, list_name: str, value: str, *, last: bool = False, detail: str | None = None
    ) -> None:
        problem = self._places.choice_problem(code, list_name=list_name, value=value, last=last)
        self.problems.append(
            Problem(
                code=code,
                sheet=problem.sheet,
                row=problem.row,
                column=problem.column,
                detail=problem.detail if detail is None else detail,
            )
        )
