"""The map of the towns, ready to be drawn: outline, points, and the names for a wide and for a narrow screen.

Nothing on it is guessed: points stand at their coordinates, and a name that finds no room is left to the list.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from towns.models import Town
from towns.rules import figures, geography

_OUTLINE: Final = Path(__file__).resolve().parents[1] / "data" / "kazakhstan.json"


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A town on one layer; `label` is its name's place, None where there was no room for it."""

    slug: str
    title: str
    x: float
    y: float
    r: float
    label: geography.Label | None


@dataclass(frozen=True, slots=True)
class Layer:
    """The points and names for one width of screen, from the largest town to the smallest, so that none is hidden."""

    code: str
    points: tuple[MapPoint, ...]


@dataclass(frozen=True, slots=True)
class TownMap:
    """`width` x `height` units and one layer for wide and one for narrow screens."""

    width: int
    height: int
    outline: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class _Style:
    """Sizes in units of the drawing (1000 wide). asar.css sets the same letter sizes: .map-wide, .map-narrow."""

    code: str
    letters: float
    least: float
    most: float
    everyone: bool


_STYLES: Final = (
    _Style(code="wide", letters=15.0, least=3.6, most=10.0, everyone=True),
    # On a phone of 360 px the map is 328 px wide: 38 units are 12.5 px. Only names with room beside their point.
    _Style(code="narrow", letters=38.0, least=10.0, most=26.0, everyone=False),
)
_Place = tuple[str, str, float, float, int, bool]


@lru_cache(maxsize=1)
def _outline() -> tuple[geography.Frame, str]:
    ring = [(lon, lat) for lon, lat in json.loads(_OUTLINE.read_text(encoding="utf-8"))["ring"]]
    frame = geography.frame_of(ring)
    return frame, geography.path_of(ring, frame)


def _layer(
    places: tuple[_Place, ...], frame: geography.Frame, style: _Style, language: str, named: frozenset[str] | None
) -> Layer:
    greatest = max((place[4] for place in places), default=1)
    spots = []
    for rank, (slug, name, lon, lat, people, _approximate) in enumerate(places):
        x, y = frame.place(lon, lat)
        r = geography.radius(people, greatest, least=style.least, most=style.most)
        spots.append(geography.Spot(key=slug, name=name, x=x, y=y, r=r, rank=rank))
    labels = geography.place_labels(
        spots, size=style.letters, height=frame.height, everyone=style.everyone or named is not None, named=named
    )
    by_town = {label.key: label for label in labels}
    points = []
    for spot, place in zip(spots, places, strict=True):
        written = figures.people_words(place[4], approximate=place[5], language=language)
        points.append(
            MapPoint(
                slug=spot.key,
                title=f"{spot.name}: {written}",
                x=spot.x,
                y=spot.y,
                r=spot.r,
                label=by_town.get(spot.key),
            )
        )
    return Layer(code=style.code, points=tuple(points))


@lru_cache(maxsize=64)
def _drawn(places: tuple[_Place, ...], language: str, named: frozenset[str] | None) -> TownMap:
    frame, outline = _outline()
    return TownMap(
        width=int(geography.WIDTH),
        height=round(frame.height),
        outline=outline,
        layers=tuple(_layer(places, frame, style, language, named) for style in _STYLES),
    )


def town_map(*, language: str, named: frozenset[str] | None = None) -> TownMap:
    """The map with names in `language`, of all towns or those `named` by slug. One query.

    The drawing is kept in memory while towns and names stay the same.
    """
    places = tuple(
        (slug, name, float(lon), float(lat), people, approximate)
        for slug, name, lon, lat, people, approximate in Town.objects.order_by("-population", "slug").values_list(
            "slug", f"name_{language}", "longitude", "latitude", "population", "population_approximate"
        )
    )
    return _drawn(places, language, named)
