"""What goes wrong with questionnaires and with answers, as data: a stable code, a place, the details.

The sentences live in `states.py`, so that they are translated once. A problem must never carry an answer of a person.
"""

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from councils.surveys.states import AnswerFault, FormProblem, FormRemark


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the workbook, and what is said about it.

    `row` counts from 1 with the header row, as spreadsheets do; `column` is the letter. Either is empty when there is
    no such place. `detail` is the word, type, function or setting in question.
    """

    sheet: str = ""
    row: int | None = None
    column: str = ""
    detail: str = ""

    @property
    def place(self) -> str:
        """Where: `survey!C7`, `survey!7`, `survey`, or "" for the whole file."""
        cell = f"{self.column}{self.row or ''}"
        return f"{self.sheet}!{cell}" if self.sheet and cell else self.sheet


class Problem(Placed, frozen=True, kw_only=True):
    """One reason why a questionnaire is refused, and where in the workbook it stands.

    `words` are the converter's own English sentence, where it was the converter that refused.
    """

    code: FormProblem
    words: str = ""

    @property
    def message(self) -> str:
        """The sentence in the active language, without the place."""
        return str(self.code.label) % {"detail": self.detail}


class Remark(Placed, frozen=True, kw_only=True):
    """One line of the import report: what is carried differently or not kept. The form is taken all the same."""

    code: FormRemark

    @property
    def message(self) -> str:
        """The sentence in the active language, without the place."""
        return str(self.code.label) % {"detail": self.detail}

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON-ready data; `from_dict` takes it back."""
        return {"code": self.code.value, "sheet": self.sheet, "row": self.row, "column": self.column} | {
            "detail": self.detail
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The remark from stored data. Refuses (msgspec.ValidationError) what is not of this shape."""
        return msgspec.convert(data, cls)


class FormRefusedError(Exception):
    """The questionnaire cannot be imported. `problems` has every reason found, in the order of the sheets.

    `is_whole`: the file could be read to its end, so that there is no reason that these hide.
    """

    def __init__(self, problems: tuple[Problem, ...], *, is_whole: bool = True) -> None:
        super().__init__("; ".join(f"{one.place} {one.code.value} {one.detail or one.words}" for one in problems))
        self.problems = problems
        self.is_whole = is_whole


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why one answer cannot be taken. `text` is the questionnaire's own sentence in the respondent's language."""

    code: AnswerFault
    text: str = ""
    limit: str = ""

    @property
    def message(self) -> str:
        """The questionnaire's own sentence, else ours in the active language."""
        return self.text or str(self.code.label) % {"limit": self.limit}
