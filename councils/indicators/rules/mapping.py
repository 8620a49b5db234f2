"""How a share is marked on a map: a disc filled by quarters, and a ring that says how sure it is.

The filling says the class, so nothing hangs on colour; a broken ring says that the interval reaches into another class;
the wider the interval, the wider the ring. A share must never be marked without its interval.
"""

from dataclasses import dataclass

# A disc a quarter full stands for less than a quarter of the residents, a full one for three quarters and more.
CLASSES = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A town's mark in units of the drawing: `wedge` is the path of the filled part, `ring` the outer radius.

    `quarters` is the class 1..4; `sure` says that the whole interval lies in it.
    """

    quarters: int
    sure: bool
    radius: float
    ring: float
    wedge: str


def class_of(share: float) -> int:
    """1 for a share under a quarter .. 4 for three quarters and more."""
    return min(int(share * CLASSES) + 1, CLASSES)


def mark(*, x: float, y: float, value: float, low: float, high: float, radius: float) -> Mark:
    """The mark of a share at (x, y). Raises ValueError for shares out of range or out of their interval."""
    if not 0 <= low <= value <= high <= 1:
        raise ValueError("a share outside 0..1 or outside its interval")
    quarters = class_of(value)
    return Mark(
        quarters=quarters,
        sure=class_of(low) == quarters == class_of(high),
        radius=radius,
        ring=round(radius * (1.3 + 2.2 * (high - low)), 1),
        wedge=wedge(x=x, y=y, radius=radius, quarters=quarters),
    )


def wedge(*, x: float, y: float, radius: float, quarters: int) -> str:
    """The path of a disc filled clockwise from the top by 1 to 4 quarters."""
    top = f"{x:g} {round(y - radius, 1):g}"
    arc = f"A{radius:g} {radius:g} 0"
    if quarters >= CLASSES:
        return f"M{top}{arc} 1 1 {x:g} {round(y + radius, 1):g}{arc} 1 1 {top}z"
    ends = {1: (x + radius, y), 2: (x, y + radius), 3: (x - radius, y)}
    end_x, end_y = (round(value, 1) for value in ends[quarters])
    return f"M{x:g} {y:g}L{top}{arc} {int(quarters > CLASSES // 2)} 1 {end_x:g} {end_y:g}z"
