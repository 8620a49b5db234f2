"""What the public log says about published figures: one hash that anybody computes from the figures themselves.

Only published values pass through here. A withheld figure has no value, and its place says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from transparency.rules.canonical import canonical


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One figure as published. `option` is empty for the indicator itself; numbers are None where it is withheld."""

    indicator: str
    option: str
    weighted: bool
    value: float | None
    ci_low: float | None
    ci_high: float | None
    base: int | None


def _number(value: float | None) -> str | None:
    """As text with three decimals: entries hold no fractions."""
    return None if value is None else f"{value:.3f}"


def figures_sha256(figures: Iterable[PublishedFigure]) -> str:
    """SHA-256 (hex) of the RFC 8785 bytes of {"figures": [...]}, sorted by indicator, option, raw before weighted."""
    rows = [
        {
            "indicator": one.indicator,
            "option": one.option,
            "weighted": one.weighted,
            "value": _number(one.value),
            "ci_low": _number(one.ci_low),
            "ci_high": _number(one.ci_high),
            "base": one.base,
        }
        for one in sorted(figures, key=lambda one: (one.indicator, one.option, one.weighted))
    ]
    return sha256(canonical({"figures": rows})).hexdigest()
