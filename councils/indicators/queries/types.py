"""Which type a town is, among all that have published figures: read from what is published, and from nothing else.

The three figures of the rules must all be public, or the town has no type: a hidden figure is never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from councils.indicators.models import Estimate
from councils.indicators.queries.publications import Result
from councils.indicators.rules.typology import AXES, Thresholds, typed
from councils.indicators.states import WeightingRefusal

# The figure of each axis; with True the rest of the share counts: utilities are poor where few are content.
AXIS_INDICATORS = (("core_dependence", False), ("stay_young", False), ("water_satisfied", True))
FEWEST_TOWNS = 4
LEAST_ALIKE = 0.01
"""Towns that are less probably of the same type are not called alike: rounded, their probability reads 0 %."""
SEED = 20250902

Axes = tuple[tuple[float, float], ...]  # share and standard error on each axis of `AXES`


@dataclass(frozen=True, slots=True)
class Type:
    """The likeliest type of a town: for each axis whether it lies above the `thresholds`, and how probable that is.

    `probabilities` has all eight types, bit 0 the first axis of `AXES`; `towns` is how many the thresholds are the
    median of. `alike` are the slugs of other towns and the probability that they are of the same type, most probable
    first; towns below `LEAST_ALIKE` are left out.
    """

    above: Mapping[str, bool]
    thresholds: Mapping[str, float]
    probability: float
    probabilities: tuple[float, ...]
    towns: int
    alike: list[tuple[str, float]]


def axes_in(shown: Mapping[str, tuple[float | None, float | None]]) -> Axes | None:
    """Where a town lies, from (share, standard error) by indicator; None when one of them is not published."""
    found = []
    for code, rest in AXIS_INDICATORS:
        value, error = shown.get(code, (None, None))
        if value is None or error is None:
            return None
        found.append((1 - value if rest else value, error))
    return tuple(found)


def axes_of(results: Mapping[str, Result]) -> Axes | None:
    """The same from a town's results."""
    return axes_in({code: (one.shown.value, one.shown.se) for code, one in results.items()})


def published_axes() -> dict[str, Axes]:
    """Where every town lies whose newest wave has all three figures, by its slug. One query."""
    rows = (
        Estimate.objects.filter(
            publication__replaced_by__isnull=True, option="", indicator__in=[code for code, _rest in AXIS_INDICATORS]
        )
        .exclude(publication__weighting_note=WeightingRefusal.NO_CATALOGUE)
        .order_by("publication__wave__town__slug", "-publication__wave__number", "weighted")
        .values_list("publication__wave__town__slug", "publication__wave__number", "indicator", "value", "se")
    )
    newest: dict[str, int] = {}
    shown: dict[str, dict[str, tuple[float | None, float | None]]] = {}
    for slug, number, code, value, error in rows:
        if newest.setdefault(slug, number) == number:
            shown.setdefault(slug, {})[code] = (value, error)  # the weighted row comes after the raw one
    return {slug: axes for slug, own in shown.items() if (axes := axes_in(own)) is not None}


def type_in(*, slug: str, known: Mapping[str, Axes]) -> Type | None:
    """The type of a town among those with figures on all axes; None when it lacks one, or too few towns have them.

    A threshold is the median of these towns: above or below what is usual among them, no norm.
    """
    if slug not in known or len(known) < FEWEST_TOWNS:
        return None
    return _typed(slug, tuple(sorted(known.items())))


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
        probabilities=tuple(float(part) for part in types.probability[at]),
        towns=len(slugs),
        alike=[(slugs[other], float(same[other])) for other in types.like(town=at) if same[other] >= LEAST_ALIKE],
    )
