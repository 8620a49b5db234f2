"""Whom a survey has not heard yet, and how many interviews would mend it: guidance for helpers, from rounded counts.

The population tables say how many people a group has; a group should have its share of the answers hoped for, or of
those that came. Quotas say what is hoped for of one option. Nothing here may look at what else anybody answered.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

FEWEST = 20  # answers; below it weighting merges a group with its neighbour (docs/evidence.md)


@dataclass(frozen=True, slots=True)
class Group:
    """One sex and age group: answers so far (rounded), people in the town, answers hoped for, interviews missing."""

    sex: str
    age: str
    heard: int
    people: int
    hoped: int

    @property
    def missing(self) -> int:
        return max(0, self.hoped - self.heard)


@dataclass(frozen=True, slots=True)
class Option:
    """One option of sex, age or quarter: answers so far (rounded), and those hoped for where a quota says so."""

    value: str
    heard: int
    hoped: int | None = None

    @property
    def missing(self) -> int:
        return max(0, (self.hoped or 0) - self.heard)


def named_cells(values: Iterable[tuple[str, str, str]]) -> Counter[str]:
    """Answers by group, from the sex, age and quarter of each: `female|old|`, `female||`, `|old|` and `||north`.

    Each sum is counted by itself, so that it is rounded once: sums of rounded numbers would lose up to four answers
    for each of their parts.
    """
    cells: Counter[str] = Counter()
    for sex, age, quarter in values:
        names = {f"{sex}||", f"|{age}|", f"||{quarter}"} - {"||"}
        cells.update(names | ({f"{sex}|{age}|"} if sex and age else set()))
    return cells


def groups(
    *, cells: Mapping[str, int], people: Mapping[str, int], target: int | None, came: int = 0
) -> tuple[Group, ...]:
    """Sex and age groups in the order of the population table; () without one.

    `cells` are those of `named_cells`; `people` {"sex_age": number}; `target` answers hoped for, else the number that
    `came`. A group is hoped to have its share, and at least `FEWEST` where the whole would allow it.
    """
    everybody = sum(people.values())
    aim = target or came
    result = []
    for name, number in people.items():
        sex, _, age = name.partition("_")
        share = math.ceil(aim * number / everybody) if everybody else 0
        floor = min(FEWEST, number) if aim >= FEWEST * len(people) else 0
        result.append(
            Group(sex=sex, age=age, heard=cells.get(f"{sex}|{age}|", 0), people=number, hoped=max(share, floor))
        )
    return tuple(result)


def options(
    *, cells: Mapping[str, int], place: int, values: Iterable[str], quotas: Mapping[str, int]
) -> tuple[Option, ...]:
    """Each option of the question at this place of `named_cells`, also those that nobody has chosen yet."""
    names = {value: "|".join(value if at == place else "" for at in range(3)) for value in values}
    return tuple(
        Option(value=value, heard=cells.get(name, 0), hoped=quotas.get(value)) for value, name in names.items()
    )


Lacks = TypeVar("Lacks", Group, Option)


def unheard(found: Iterable[Lacks], *, most: int = 3) -> tuple[Lacks, ...]:
    """The groups that lack the most interviews, the largest lack first."""
    lacking = sorted((group for group in found if group.missing), key=lambda group: -group.missing)
    return tuple(lacking[:most])
