"""What goes wrong with questionnaires and with answers, as data: a stable code, a place, the details.

The sentences live in `states.py`, so that they are translated once. A problem must never carry an answer of a person.
"""

import msgspec

from councils.surveys.states import AnswerFault, FormProblem


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a questionnaire is refused, and where in the workbook it stands.

    `row` counts from 1 with the header row, as spreadsheets do; `column` is the letter. Either is empty when the
    problem has no such place. `detail` is the offending word, type, function or the converter's own sentence.
    """

    code: FormProblem
    sheet: str = ""
    row: int | None = None
    column: str = ""
    detail: str = ""

    @property
    def message(self) -> str:
        """The sentence in the active language, without the place."""
        return str(self.code.label) % {"detail": self.detail}

    @property
    def place(self) -> str:
        """Where: `survey!C7`, `survey!7`, `survey`, or "" for the whole file."""
        cell = f"{self.column}{self.row or ''}"
        return f"{self.sheet}!{cell}" if self.sheet and cell else self.sheet


class FormRefusedError(Exception):
    """The questionnaire cannot be imported. `problems` has every reason found, in the order of the sheets."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.place} {problem.code.value} {problem.detail}" for problem in problems))
        self.problems = problems


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why one answer cannot be taken. `text` is the questionnaire's own sentence in the respondent's language."""

    code: AnswerFault
    text: str = ""
    limit: str = ""

    @property
    def message(self) -> str:
        """The questionnaire's own sentence, else ours in the active language."""
        return self.text or str(self.code.label) % {"limit": self.limit}
