"""The newest published figures of all towns side by side, and which towns are like one of them.

Published figures only, each with its interval; a type is never told without its probability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from councils.indicators.models import Estimate, Publication
from councils.indicators.queries.publications import Result, gathered
from councils.indicators.rules.typology import AXES, Thresholds, typed
from councils.indicators.states import WeightingRefusal
from towns.models import Town

# The three axes of the types; with True the rest of the share counts: utilities are poor where few are content.
AXIS_INDICATORS = (("core_dependence", False), ("stay_young", False), ("water_satisfied", True))
COMPARED = ("life_satisfied", "stay", "stay_young", "water_satisfied", "core_dependence", "akimat_trust")
FEWEST_TOWNS = 4
SEED = 20250902

Axes = tuple[tuple[float, float], ...]  # share and standard error on each axis of `AXES`


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A town with its newest published figures by indicator, and of how many people about how many answered."""

    town: Town
    publication: Publication
    results: Mapping[str, Result]

    @property
    def axes(self) -> Axes | None:
        """Where the town lies on the three axes; None when one of the figures is not published."""
        found = []
        for code, rest in AXIS_INDICATORS:
            shown = self.results[code].shown if code in self.results else None
            if shown is None or shown.value is None or shown.se is None:
                return None
            found.append((1 - shown.value if rest else shown.value, shown.se))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Type:
    """The likeliest type of a town: for each axis whether it lies above the `thresholds`, and how probable that is.

    `alike` are the slugs of the other towns and the probability that they are of the same type, most probable first.
    """

    above: Mapping[str, bool]
    thresholds: Mapping[str, float]
    probability: float
    alike: Sequence[tuple[str, float]]


def neighbours() -> list[Neighbour]:
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
    for row in Estimate.objects.filter(publication__in=list(newest), indicator__in=COMPARED, option="").order_by("id"):
        by_publication.setdefault(row.publication_id, []).append(row)
    found = []
    for key, one in newest.items():
        results = gathered(wave=one.wave, publication=one, newest=one.number, rows=by_publication.get(key, []))
        own = {result.indicator.code: result for result in results.indicators}
        found.append(Neighbour(one.wave.town, one, own))
    return found


def type_of(*, town: Town, among: Sequence[Neighbour]) -> Type | None:
    """The type of a town among those with figures on all axes; None when it lacks one, or too few towns have them.

    A threshold is the median of these towns: above or below what is usual among them, no norm.
    """
    known = {one.town.slug: axes for one in among if (axes := one.axes) is not None}
    if town.slug not in known or len(known) < FEWEST_TOWNS:
        return None
    return _typed(town.slug, tuple(sorted(known.items())))


@lru_cache(maxsize=256)
def _typed(slug: str, known: tuple[tuple[str, Axes], ...]) -> Type:
    slugs = [name for name, _axes in known]
    table = np.array([axes for _name, axes in known])
    limits = np.median(table[:, :, 0], axis=0)
    types = typed(
        values=table[:, :, 0],
        errors=table[:, :, 1],
        thresholds=Thresholds(*(float(limit) for limit in limits)),
        seed=SEED,
    )
    at = slugs.index(slug)
    likeliest = int(types.probability[at].argmax())
    same = types.probability @ types.probability[at]
    return Type(
        above={axis: bool(likeliest >> bit & 1) for bit, axis in enumerate(AXES)},
        thresholds={axis: float(limits[bit]) for bit, axis in enumerate(AXES)},
        probability=float(types.probability[at, likeliest]),
        alike=[(slugs[other], float(same[other])) for other in types.like(town=at)],
    )
