"""Refusals of these rules: typed, each with a stable code that the page turns into a sentence.

They are raised, never returned, so that nobody can use weights that do not exist. They must never carry an answer of
a person.
"""

from councils.indicators.states import WeightingRefusal


class WeightingRefusedError(Exception):
    """The answers cannot be weighted to these margins.

    `code` says why, `detail` names margin and category for the log.
    """

    def __init__(self, *, code: WeightingRefusal, detail: str) -> None:
        super().__init__(f"{code.value}: {detail}")
        self.code = code
        self.detail = detail


class LayoutMismatchError(Exception):
    """Answer codes, counts or rows that do not belong to this questionnaire version: counting them would be a lie."""

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class CatalogueError(Exception):
    """A catalogue entry that cannot be carried out. `where` is the indicator's code."""

    def __init__(self, *, where: str, detail: str) -> None:
        super().__init__(f"{where}: {detail}")
        self.where = where
        self.detail = detail
