"""How much a pledge adds to a gift. Pure: whole minor units, rounded down, never above the cap."""

from datetime import date


def added(*, percent: int, amount_minor: int, returned_minor: int, left_minor: int) -> int:
    """What `percent` of a gift's unreturned part is, at most `left_minor`; minor units, rounded down, never below 0."""
    kept = max(amount_minor - returned_minor, 0)
    return max(min(kept * percent // 100, left_minor), 0)


def runs(*, starts: date, ends: date, on: date) -> bool:
    """Whether a pledge matches gifts of this day."""
    return starts <= on <= ends
