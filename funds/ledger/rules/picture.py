"""Where the bars and ribbons of the money map lie: geometry alone, in the units of an SVG's viewBox. Pure.

Widths are true to the sums, down to the thinnest line that a screen can show; labels keep apart. It never writes text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

THINNEST: Final = 1.5  # units: below it a flow would vanish
_BAR: Final = 14.0  # thickness of a node
_LABEL: Final = 64.0  # height of three lines of text beside a bar


@dataclass(frozen=True, slots=True)
class Node:
    """A bar: its corner and size, where its label begins, and the ribbon that joins it to the fund."""

    x: float
    y: float
    width: float
    height: float
    label_x: float
    label_y: float
    ribbon: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole map: nodes in the order of the sums given, and the fund's own bar (x, y, width, height)."""

    width: float
    height: float
    trunk: tuple[float, float, float, float]
    sources: tuple[Node, ...]
    uses: tuple[Node, ...]


def _lengths(sums: Sequence[int], total: int, scale: float) -> list[float]:
    return [max(one / total * scale, THINNEST) for one in sums]


def _slots(lengths: Sequence[float], apart: float) -> list[float]:
    """Where each node begins, so that no two labels come nearer than `apart`."""
    starts, at = [], 0.0
    for length in lengths:
        starts.append(at + max(0.0, (apart - length) / 2))
        at += max(length, apart) + 4
    return starts


def _round(*numbers: float) -> tuple[str, ...]:
    return tuple(f"{number:.1f}" for number in numbers)


def _across(x1: float, y1: float, h1: float, x2: float, y2: float, h2: float) -> str:
    """A ribbon from a vertical edge to another."""
    mid = (x1 + x2) / 2
    a = _round(x1, y1, mid, y1, mid, y2, x2, y2)
    b = _round(x2, y2 + h2, mid, y2 + h2, mid, y1 + h1, x1, y1 + h1)
    return f"M{a[0]} {a[1]}C{' '.join(a[2:])}L{b[0]} {b[1]}C{' '.join(b[2:])}Z"


def _down(x1: float, y1: float, w1: float, x2: float, y2: float, w2: float) -> str:
    """A ribbon from a horizontal edge to another below it."""
    mid = (y1 + y2) / 2
    a = _round(x1, y1, x1, mid, x2, mid, x2, y2)
    b = _round(x2 + w2, y2, x2 + w2, mid, x1 + w1, mid, x1 + w1, y1)
    return f"M{a[0]} {a[1]}C{' '.join(a[2:])}L{b[0]} {b[1]}C{' '.join(b[2:])}Z"


def wide(sources: Sequence[int], uses: Sequence[int], *, width: float = 960, side: float = 250) -> Picture:
    """From left to right, labels of `side` units beside. The sums are positive; both sides add up alike."""
    total, scale = sum(sources), 260.0
    columns = [_lengths(sums, total, scale) for sums in (sources, uses)]
    slots = [_slots(column, _LABEL) for column in columns]
    ends = [slot[-1] + max(column[-1], _LABEL) for slot, column in zip(slots, columns, strict=True)]
    trunks = [sum(column) for column in columns]
    height = max(*ends, *trunks)
    trunk_x, trunk_h = (width - _BAR) / 2, max(trunks)
    trunk_y = (height - trunk_h) / 2
    nodes: list[tuple[Node, ...]] = []
    for left, column, slot, end in zip((True, False), columns, slots, ends, strict=True):
        at, offset, made = trunk_y + (trunk_h - sum(column)) / 2, (height - end) / 2, []
        x = side if left else width - side - _BAR
        for start, length in zip(slot, column, strict=True):
            y = start + offset
            ribbon = (
                _across(x + _BAR, y, length, trunk_x, at, length)
                if left
                else _across(trunk_x + _BAR, at, length, x, y, length)
            )
            label_x = x - 10 if left else x + _BAR + 10
            made.append(Node(x, y, _BAR, length, label_x, y + length / 2, ribbon))
            at += length
        nodes.append(tuple(made))
    return Picture(width, height, (trunk_x, trunk_y, _BAR, trunk_h), nodes[0], nodes[1])


def tall(sources: Sequence[int], uses: Sequence[int], *, width: float = 328, height: float = 360) -> Picture:
    """From top to bottom for narrow screens: the nodes carry numbers, the words stand in the list below."""
    total, apart = sum(sources), 26.0
    most = max(len(sources), len(uses))
    scale = max(width - most * (apart + 4), width / 3)
    columns = [_lengths(sums, total, scale) for sums in (sources, uses)]
    slots = [_slots(column, apart) for column in columns]
    ends = [slot[-1] + max(column[-1], apart) for slot, column in zip(slots, columns, strict=True)]
    width = max(width, *ends)
    trunk_w, trunk_y = max(sum(column) for column in columns), (height - _BAR) / 2
    trunk_x = (width - trunk_w) / 2
    nodes: list[tuple[Node, ...]] = []
    for top, column, slot, end in zip((True, False), columns, slots, ends, strict=True):
        at, offset, made = trunk_x + (trunk_w - sum(column)) / 2, (width - end) / 2, []
        y = 26.0 if top else height - 26 - _BAR
        for start, length in zip(slot, column, strict=True):
            x = start + offset
            ribbon = (
                _down(x, y + _BAR, length, at, trunk_y, length)
                if top
                else _down(at, trunk_y + _BAR, length, x, y, length)
            )
            made.append(Node(x, y, length, _BAR, x + length / 2, y - 8 if top else y + _BAR + 20, ribbon))
            at += length
        nodes.append(tuple(made))
    return Picture(width, height, (trunk_x, trunk_y, trunk_w, _BAR), nodes[0], nodes[1])
