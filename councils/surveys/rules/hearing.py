"""Whom a survey has not heard yet, and how many interviews would mend it: guidance for helpers, from rounded counts.

The population tables say how many people a group has; a group should have its share of the answers hoped for, or of
those that came. Nothing here may look at what anybody answered.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


def groups(*, cells: Mapping[str, int], people: Mapping[str, int], target: int | None) -> tuple[Group, ...]:
    """Sex and age groups in the order of the population table; () without one.

    `cells` are {"sex|age|quarter": answers}; `people` {"sex_age": number}; `target` answers hoped for, else the number
    that came. A group is hoped to have its share, and at least `FEWEST` where the whole would allow it.
    """
    heard: Counter[str] = Counter()
    for cell, number in cells.items():
        sex, age = ([*cell.split("|"), "", ""])[:2]
        heard[f"{sex}_{age}"] += number
    everybody, came = sum(people.values()), sum(heard.values())
    aim = target or came
    result = []
    for name, number in people.items():
        sex, _, age = name.partition("_")
        share = math.ceil(aim * number / everybody) if everybody else 0
        floor = min(FEWEST, number) if aim >= FEWEST * len(people) else 0
        result.append(Group(sex=sex, age=age, heard=heard[name], people=number, hoped=max(share, floor)))
    return tuple(result)


def unheard(found: Iterable[Group], *, most: int = 3) -> tuple[Group, ...]:
    """The groups that lack the most interviews, the largest lack first."""
    lacking = sorted((group for group in found if group.missing), key=lambda group: -group.missing)
    return tuple(lacking[:most])


def by_quarter(cells: Mapping[str, int]) -> dict[str, int]:
    """Answers so far by quarter of the town; {} where the questionnaire does not ask it."""
    heard: Counter[str] = Counter()
    for cell, number in cells.items():
        quarter = ([*cell.split("|"), "", "", ""])[2]
        if quarter:
            heard[quarter] += number
    return dict(sorted(heard.items()))
