"""The order of a wave's needs from its published shares alone, so that anybody can compute it from the files.

Where the severity of a need is not published, that of all residents stands in; where the income of those who name it
is not, they count like everybody. It must never read a count, nor rank a need whose share is hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from councils.indicators.rules.needs_plan import EVERYBODY, NAMED, SEVERE, STRAINED, NeedsPlan
from councils.indicators.rules.ranking import Breadth, product_limits, ranked
from councils.indicators.states import NeedsRefusal

MOST_VULNERABLE = 2.0
"""However poor those are who name a need, it counts at most twice."""
_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Shown:
    """A published share with its limits, all 0..1, and its effective answers."""

    value: float
    low: float
    high: float
    n_eff: float


@dataclass(frozen=True, slots=True)
class Place:
    """A need in the order: its `place`, the ranks `best`..`worst` that the data allow, and what it is made of.

    `own_severity` False: the town's stands in. `own_vulnerability` False: counted like everybody.
    """

    need: str
    place: int
    best: int
    worst: int
    key: float
    low: float
    high: float
    severity: float
    own_severity: bool
    vulnerability: float
    own_vulnerability: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The needs in order, or why there is none."""

    places: tuple[Place, ...]
    refusal: NeedsRefusal | None = None

    def as_json(self) -> dict[str, Any]:
        return {"refusal": self.refusal.value if self.refusal else "", "order": [asdict(one) for one in self.places]}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Order":
        """What `as_json` wrote; of a vintage that knew no order: that it has none."""
        refusal = told.get("refusal", NeedsRefusal.NO_QUESTIONS.value)
        return cls(tuple(Place(**one) for one in told.get("order", ())), NeedsRefusal(refusal) if refusal else None)


def order_of(*, plan: NeedsPlan | None, needs: Sequence[str], shown: Mapping[tuple[str, str], Shown]) -> Order:
    """The order of `needs` by `shown`, the published figures by (code, option): weighted where there are such."""
    if plan is None or not needs:
        return Order((), NeedsRefusal.NO_QUESTIONS)
    named = {need: shown[NAMED, need] for need in needs if need not in plan.unranked and (NAMED, need) in shown}
    hardship = shown.get((plan.hardship, ""))
    if not named or hardship is None:
        return Order((), NeedsRefusal.NO_SEVERITY if named else NeedsRefusal.NO_SHARES)
    found = {}
    for need, share in named.items():
        severity = shown.get((SEVERE, need), hardship)
        factor, low, high = _vulnerability(shown.get((STRAINED, need)), shown.get((STRAINED, EVERYBODY)))
        found[need] = Breadth(
            need=need,
            share=share.value,
            n_eff=share.n_eff,
            severity=severity.value,
            vulnerability=factor,
            severity_limits=(min(severity.low, severity.value), max(severity.high, severity.value)),
            vulnerability_limits=(low, high),
        )
    return Order(
        tuple(
            Place(
                need=one.need,
                place=one.place,
                best=one.best,
                worst=one.worst,
                key=round(one.key, 4),
                low=round(one.low, 4),
                high=round(one.high, 4),
                severity=found[one.need].severity,
                own_severity=(SEVERE, one.need) in shown,
                vulnerability=round(found[one.need].vulnerability, 3),
                own_vulnerability=(STRAINED, one.need) in shown and (STRAINED, EVERYBODY) in shown,
            )
            for one in ranked(needs=list(found.values()))
        )
    )


def _vulnerability(own: Shown | None, town: Shown | None) -> tuple[float, float, float]:
    """(factor, low, high): the share of poor among those who name a need over the town's, from 1 to 2."""
    if own is None or town is None or town.value <= 0 or own.value <= 0:
        return 1.0, 1.0, 1.0
    # The limits of a ratio are those of a product with the inverse.
    low, high = product_limits(
        low=np.array([[min(own.low, own.value), 1 / max(town.high, town.value)]]),
        value=np.array([[own.value, 1 / town.value]]),
        high=np.array([[max(own.high, own.value), 1 / max(min(town.low, town.value), _HAIR)]]),
    )
    factor, least, largest = (
        min(max(one, 1.0), MOST_VULNERABLE) for one in (own.value / town.value, float(low[0]), float(high[0]))
    )
    return factor, min(least, factor), max(largest, factor)
