"""Whom a closed wave has heard: answers by sex, by age and by quarter, beside the people who live in the town.

Taken from the count of the wave, never from single answers, and only what `rules.reach` lets out: fives, and of fewer
than five no number.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from councils.indicators.models import CountRun, Publication
from councils.indicators.queries.counts import cube_of, layout_for
from councils.indicators.rules.reach import Reached, folded, reached
from councils.surveys.models import Wave
from councils.surveys.rules.keeping import QUARTER
from towns.queries import margins_for
from towns.states import MarginDimension

_SEX_AGE = MarginDimension.SEX_AGE.value


@dataclass(frozen=True, slots=True)
class Reach:
    """`sexes` and `ages` in the catalogue's order, `quarters` in the questionnaire's: [] where it does not ask.

    `whole` is everybody, against the people of the population table that the figures were weighted to; `source` names
    it, "" where there is none.
    """

    whole: Reached
    sexes: list[Reached]
    ages: list[Reached]
    quarters: list[Reached]
    source: str


def reach_of(*, wave: Wave, publication: Publication) -> Reach | None:
    """Whom the wave has heard; None before it was counted. One query, two after its population table was replaced."""
    run = CountRun.objects.filter(wave=wave, counted_at__isnull=False).first()
    if run is None or run.note:
        return None
    layout, raking = layout_for(version_id=wave.version_id, with_education=run.with_education)
    counted = cube_of(run, layout=layout)
    if counted is None:
        return None
    space, cube = layout.space, counted.cube
    heads = cube.respondents[:-1].reshape(len(space.sexes), len(space.ages), -1).sum(axis=2)
    answers = {
        f"{sex}_{age}": int(heads[row, column])
        for row, sex in enumerate(space.sexes)
        for column, age in enumerate(space.ages)
    }
    people, source = _people(wave, publication)
    (by_sex, by_age), (live_sex, live_age) = (
        folded(table=table, sexes=raking.space.sexes, ages=raking.space.ages) for table in (answers, people)
    )
    quarters = {
        option: int(cube.counts[row].sum())
        for (question, option), row in layout.row_of.items()
        if question == QUARTER and option
    }
    [whole] = reached(counts={"": int(cube.respondents.sum())}, people={"": sum(people.values())})
    return Reach(
        whole=whole,
        sexes=reached(counts=by_sex, people=live_sex),
        ages=reached(counts=by_age, people=live_age),
        quarters=reached(counts=quarters, people={}),
        source=source,
    )


def _people(wave: Wave, publication: Publication) -> tuple[Mapping[str, int], str]:
    """The population table that the publication names, found by the hash of its numbers; ({}, "") when it is gone."""
    named = next((table for table in publication.margins if table["dimension"] == _SEX_AGE), None)
    if named is None:
        return {}, ""
    source = f"{named['source']}, {named['year']}"
    attached: list[dict[str, Any]] = [table for table in wave.margins if table["dimension"] == _SEX_AGE]
    if attached and _hash(attached[0]["counts"]) == named["sha256"]:
        return attached[0]["counts"], source
    newest = margins_for(town=wave.town, dimension=MarginDimension.SEX_AGE)
    return (newest, source) if _hash(newest) == named["sha256"] else ({}, "")


def _hash(counts: Mapping[str, int]) -> str:
    return hashlib.sha256(json.dumps(counts, sort_keys=True).encode()).hexdigest()
