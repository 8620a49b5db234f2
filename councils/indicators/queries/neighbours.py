"""The newest published figures of all towns side by side.

Published figures only, each with its interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from councils.indicators.models import Estimate, Publication
from councils.indicators.queries.publications import Result, gathered
from councils.indicators.queries.types import Axes, axes_of
from councils.indicators.states import WeightingRefusal
from towns.models import Town

COMPARED = ("life_satisfied", "stay", "stay_young", "water_satisfied", "core_dependence", "akimat_trust")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A town with its newest published figures by indicator, and of how many people about how many answered."""

    town: Town
    publication: Publication
    results: Mapping[str, Result]


def axes_by_town(among: Sequence[Neighbour]) -> dict[str, Axes]:
    """Where each town lies that has a published figure on all axes of the types, by its slug."""
    return {one.town.slug: axes for one in among if (axes := axes_of(one.results)) is not None}


def neighbours(*, indicators: Sequence[str] = COMPARED) -> list[Neighbour]:
    """Every town with published figures, from its newest wave. Two queries."""
    rows = (
        Publication.objects.filter(replaced_by__isnull=True)
        .exclude(weighting_note=WeightingRefusal.NO_CATALOGUE)
        .select_related("wave__town__oblast")
        .order_by("wave__town__slug", "-wave__number")
        .distinct("wave__town__slug")
    )
    newest = {row.pk: row for row in rows}
    by_publication: dict[object, list[Estimate]] = {}
    asked = Estimate.objects.filter(publication__in=list(newest), indicator__in=indicators, option="")
    for row in asked.order_by("id"):
        by_publication.setdefault(row.publication_id, []).append(row)
    found = []
    for key, one in newest.items():
        results = gathered(wave=one.wave, publication=one, newest=one.number, rows=by_publication.get(key, []))
        own = {result.indicator.code: result for result in results.indicators}
        found.append(Neighbour(one.wave.town, one, own))
    return found
