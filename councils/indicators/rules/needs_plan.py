"""What the order of needs is made of: which question names needs, which says how severe they are, who is poor.

It is read from the catalogue and checked once. It must never count anything itself, nor know a need by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from councils.indicators.rules.cube import ANSWERED, Crossing, Kind, Layout

NAMED, SEVERE, STRAINED = "need_named", "need_severe", "need_low_income"
"""Codes of the published shares: who names a need, for how many of those who put it first it is severe, how many of
those who name it live on little."""
EVERYBODY = "_T"
"""The option under which the share of the whole town stands beside those of the needs."""
SEVERITY, INCOME = "first need by severity", "named needs by income"

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NeedsPlan:
    """`question` is a multiple choice of at most `most` needs, `first` asks for the most urgent of them where several
    were named. `severity` and `strain` map an answer to True (severe, poor) or False; answers in neither leave the
    base. `hardship` is the indicator that tells severity for the whole town. `unranked` needs have no place.
    """

    version: int
    question: str
    first: str
    most: int
    severity_question: str
    severity: Mapping[str, bool]
    hardship: str
    income_question: str
    strain: Mapping[str, bool]
    unranked: tuple[str, ...]
    names: Mapping[str, Texts]
    definitions: Mapping[str, Texts]

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """What the count cube must keep together: answers to two questions of one person."""
        return (
            Crossing(SEVERITY, many=self.question, by=self.severity_question, first=self.first),
            Crossing(INCOME, many=self.question, by=self.income_question),
        )

    def needs_in(self, *, layout: Layout) -> tuple[str, ...]:
        """The needs of a questionnaire version, in its order; () where it lacks a question or an answer of the plan.

        Such a wave is published without an order, and its page says so.
        """
        if {one.name for one in self.crossings} != {one.name for one in layout.crossings}:
            return ()
        asked = [(self.severity_question, self.severity), (self.income_question, self.strain)]
        if any((name, answer) not in layout.row_of for name, answers in asked for answer in answers):
            return ()
        return tuple(option for name, option in layout.rows if name == self.question and option != ANSWERED)


def fitting(*, crossings: tuple[Crossing, ...], layout: Layout) -> tuple[Crossing, ...]:
    """The crossings whose questions a version has, of the kinds that they need."""
    kinds = {(one.name, one.kind): set(one.options) for one in layout.questions}
    return tuple(
        one
        for one in crossings
        if (one.many, Kind.MANY) in kinds
        and (one.by, Kind.ONE) in kinds
        and (not one.first or kinds.get((one.first, Kind.ONE)) == kinds[one.many, Kind.MANY])
    )
