"""How far a survey reached into a town: of each group the answers, and the part of its people that they are.

Counts are rounded to five before anything is made of them, and of a group in which fewer than five answered that is all
that is told. Nothing here may look at what anybody answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from councils.indicators.rules.suppression import K_TOWN, rounded_base


@dataclass(frozen=True, slots=True)
class Reached:
    """A group: `answers` rounded to 5 (None: fewer than five), `people` in the town and the part heard, 0..1.

    `people` is None where no population table tells them, `share` wherever one of both is not known.
    """

    group: str
    answers: int | None
    people: int | None
    share: float | None


def reached(*, counts: Mapping[str, int], people: Mapping[str, int]) -> list[Reached]:
    """The groups of `counts` in their order. `people` may lack them."""
    found = []
    for group, number in counts.items():
        answers = rounded_base(n=number) if number >= K_TOWN else None
        living = people.get(group) or None
        share = min(1.0, answers / living) if answers is not None and living else None
        found.append(Reached(group, answers, living, share))
    return found


def folded(
    *, table: Mapping[str, int], sexes: Sequence[str], ages: Sequence[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """A sex x age table ({"female_age_18_29": 12}) by sex and by age; groups that it lacks count nobody."""
    by_sex = {sex: sum(table.get(f"{sex}_{age}", 0) for age in ages) for sex in sexes}
    by_age = {age: sum(table.get(f"{sex}_{age}", 0) for sex in sexes) for age in ages}
    return by_sex, by_age
