"""Where a town stands on the map of Kazakhstan: projection, size of its point, and names that do not overlap.

All lengths are in the units of the drawing (its width is `WIDTH`); nothing here knows about SVG or languages.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

WIDTH: Final = 1000.0
MARGIN: Final = 24.0
_PARALLELS: Final = (43.5, 52.5)  # one sixth in from the country's southern and northern edge
_MERIDIAN: Final = 67.0
_LETTER_WIDTH: Final = 0.58  # of the letter height; measured over the Kazakh, Russian, German and English names
_GAP: Final = 3.0
_CROWD: Final = 6.0  # points closer than this to touching count as a crowd


def _lambert(lon: float, lat: float) -> tuple[float, float]:
    """Lambert's conformal conic projection on a sphere of radius 1 (Snyder, USGS Paper 1395, equations 15-1 to 15-5).

    It keeps the country's shape: with plain longitude and latitude it would look stretched by a half.
    """
    first, second = (math.radians(parallel) for parallel in _PARALLELS)
    phi = math.radians(lat)

    def tangent(angle: float) -> float:
        return math.tan(math.pi / 4 + angle / 2)

    cone = math.log(math.cos(first) / math.cos(second)) / math.log(tangent(second) / tangent(first))
    scale = math.cos(first) * tangent(first) ** cone / cone
    distance = scale / tangent(phi) ** cone
    angle = cone * math.radians(lon - _MERIDIAN)
    return distance * math.sin(angle), distance * math.cos(angle)


@dataclass(frozen=True, slots=True)
class Frame:
    """The drawing that just holds an outline: `WIDTH` wide, `height` tall, a margin all around."""

    left: float
    top: float
    scale: float
    height: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Degrees east and north as (x, y) in the drawing, one decimal, y downwards."""
        x, y = _lambert(lon, lat)
        return round((x - self.left) * self.scale + MARGIN, 1), round((y - self.top) * self.scale + MARGIN, 1)


def frame_of(ring: Sequence[tuple[float, float]]) -> Frame:
    """The frame of an outline given as (longitude, latitude) pairs. Refuses fewer than three."""
    if len(ring) < 3:  # noqa: PLR2004
        raise ValueError("an outline has at least three corners")
    corners = [_lambert(lon, lat) for lon, lat in ring]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    scale = (WIDTH - 2 * MARGIN) / (right - left)
    return Frame(left=left, top=top, scale=scale, height=round((bottom - top) * scale + 2 * MARGIN, 1))


def path_of(ring: Sequence[tuple[float, float]], frame: Frame) -> str:
    """An outline as the `d` of an SVG path: whole units, relative steps, closed."""
    corners = [tuple(round(value) for value in frame.place(lon, lat)) for lon, lat in ring]
    steps = [(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(corners)]
    drawn = "".join(f"{dx}{'' if dy < 0 else ' '}{dy} " for dx, dy in steps if (dx, dy) != (0, 0))
    return f"M{corners[0][0]} {corners[0][1]}l{drawn.strip()}z".replace(" -", "-")


def radius(population: int, greatest: int, *, least: float, most: float) -> float:
    """The radius of a town's point: its area grows with the number of people, from `most` for the greatest town down.

    Never below `least`, so that the smallest town can be seen and hit.
    """
    if population < 0 or greatest <= 0:
        raise ValueError("populations are positive")
    return round(max(least, most * math.sqrt(population / greatest)), 1)


@dataclass(frozen=True, slots=True)
class Spot:
    """A town's point on the drawing. `key` says whose; `rank` orders who gets room for a name first (0 first)."""

    key: str
    name: str
    x: float
    y: float
    r: float
    rank: int


@dataclass(frozen=True, slots=True)
class Label:
    """Where a name is written: text starts (`anchor` "start") or ends ("end") at x, or is centred on it ("middle");
    y is the base line. With `leader` a thin line joins the point to (leader_x, leader_y)."""

    key: str
    name: str
    x: float
    y: float
    anchor: str
    leader: bool
    leader_x: float
    leader_y: float


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def hits(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def covers(self, spot: Spot) -> bool:
        """Whether the box reaches into a town's point."""
        beside = max(self.left - spot.x, 0.0, spot.x - self.right)
        above = max(self.top - spot.y, 0.0, spot.y - self.bottom)
        return math.hypot(beside, above) < spot.r


_Segment = tuple[tuple[float, float], tuple[float, float]]


def _crosses(segment: _Segment, box: _Box) -> bool:
    """Whether a line between two points touches a box (Liang and Barsky's clipping)."""
    (x0, y0), (x1, y1) = segment
    enters, leaves = 0.0, 1.0
    for start, step, low, high in ((x0, x1 - x0, box.left, box.right), (y0, y1 - y0, box.top, box.bottom)):
        if step == 0:
            if not low < start < high:
                return False
            continue
        first, last = sorted(((low - start) / step, (high - start) / step))
        enters, leaves = max(enters, first), min(leaves, last)
    return enters < leaves


# Directions in the order in which a name looks best: right, left, above, below, then the corners (y downwards).
_DIRECTIONS: Final = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))


def _candidate(spot: Spot, direction: tuple[int, int], away: float, size: float) -> tuple[Label, _Box]:
    """A name beside, over or under its point, `away` further out than touching it."""
    dx, dy = direction
    reach = spot.r + _GAP + away
    slant = reach if 0 in (dx, dy) else reach * 0.75
    end_x, end_y = spot.x + dx * slant, spot.y + dy * slant
    width = len(spot.name) * size * _LETTER_WIDTH
    anchor = {1: "start", -1: "end", 0: "middle"}[dx]
    left = {1: end_x, -1: end_x - width, 0: end_x - width / 2}[dx]
    base = end_y + size * {-1: 0.0, 0: 0.34, 1: 0.74}[dy]
    box = _Box(left - 1, base - size * 0.78, left + width + 1, base + size * 0.24)
    label = Label(
        key=spot.key,
        name=spot.name,
        x=round(end_x, 1),
        y=round(base, 1),
        anchor=anchor,
        leader=away > 0,
        leader_x=round(end_x, 1),
        leader_y=round(end_y, 1),
    )
    return label, box


def _directions(spot: Spot, spots: Sequence[Spot]) -> Sequence[tuple[int, int]]:
    """The order in which places are tried: in a crowd those that lead out of it first, so that names fan out."""
    push_x = push_y = 0.0
    for other in spots:
        apart = math.hypot(spot.x - other.x, spot.y - other.y)
        if other.key != spot.key and 0 < apart < spot.r + other.r + _CROWD:
            push_x += (spot.x - other.x) / apart**2
            push_y += (spot.y - other.y) / apart**2
    if push_x == push_y == 0:
        return _DIRECTIONS
    return sorted(
        _DIRECTIONS, key=lambda direction: -(direction[0] * push_x + direction[1] * push_y) / math.hypot(*direction)
    )


def _hidden(spot: Spot, spots: Sequence[Spot]) -> bool:
    """Whether a point of better rank lies over or under this one, so that a name beside it could mean either."""
    return any(
        other.rank < spot.rank and math.hypot(other.x - spot.x, other.y - spot.y) < other.r + spot.r for other in spots
    )


def place_labels(
    spots: Sequence[Spot], *, size: float, height: float, everyone: bool, named: Collection[str] | None = None
) -> list[Label]:
    """Names for the points, none over another name, a point or a leader line; same input, same result.

    Towns are served by `rank`; each takes the first free place in a fixed order, going outwards. A town for which none
    is free gets no name (its point and the list still tell). If not `everyone`, no name stands away from its point and
    of points that overlap only the first by rank is named. `named` limits the names to those keys.
    """
    # A leader may brush past a point in a crowd, but never run through another town's middle.
    middles = {
        spot.key: _Box(spot.x - spot.r / 2, spot.y - spot.r / 2, spot.x + spot.r / 2, spot.y + spot.r / 2)
        for spot in spots
    }
    names: list[_Box] = []
    leaders: list[_Segment] = []
    labels = []
    distances = (0.0, 8.0, 16.0, 26.0, 38.0, 52.0, 68.0) if everyone else (0.0,)
    served = [spot for spot in spots if named is None or spot.key in named]
    for spot in sorted(served, key=lambda each: (each.rank, each.key)):
        if not everyone and _hidden(spot, served):
            continue
        order = _directions(spot, spots)
        for away, direction in ((away, direction) for away in distances for direction in order):
            label, box = _candidate(spot, direction, away, size)
            leader = ((spot.x, spot.y), (label.leader_x, label.leader_y))
            inside = box.left >= 0 and box.right <= WIDTH and box.top >= 0 and box.bottom <= height
            if (
                inside
                and not any(box.hits(other) for other in names)
                and not any(box.covers(other) for other in spots)
                and not any(_crosses(line, box) for line in leaders)
                and not (label.leader and any(_crosses(leader, other) for other in names))
                and not (label.leader and any(_crosses(leader, middles[key]) for key in middles if key != spot.key))
            ):
                labels.append(label)
                names.append(box)
                if label.leader:
                    leaders.append(leader)
                break
    return labels
