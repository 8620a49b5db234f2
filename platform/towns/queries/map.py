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
_WIDE_LETTERS: Final = 15.0  # of 1000 units: 15 px on a map 1000 px wide
_NARROW_LETTERS: Final = 37.0  # 12 px on a map 328 px wide (a 360 px phone)


@dataclass(frozen=True, slots=True)
class MapPoint:
    slug: str
    title: str
    x: float
    y: float
    r: float


@dataclass(frozen=True, slots=True)
class TownMap:
    """`width` x `height` units; points from the largest town to the smallest, so that none hides another."""

    width: int
    height: int
    outline: str
    points: tuple[MapPoint, ...]
    wide: tuple[geography.Label, ...]
    narrow: tuple[geography.Label, ...]
    wide_letters: float = _WIDE_LETTERS
    narrow_letters: float = _NARROW_LETTERS


_Place = tuple[str, str, float, float, int, bool]


@lru_cache(maxsize=1)
def _outline() -> tuple[geography.Frame, str]:
    ring = [(lon, lat) for lon, lat in json.loads(_OUTLINE.read_text(encoding="utf-8"))["ring"]]
    frame = geography.frame_of(ring)
    return frame, geography.path_of(ring, frame)


@lru_cache(maxsize=16)
def _drawn(places: tuple[_Place, ...], language: str) -> TownMap:
    frame, outline = _outline()
    greatest = max((place[4] for place in places), default=1)
    spots, points = [], []
    for rank, (slug, name, lon, lat, people, approximate) in enumerate(places):
        x, y = frame.place(lon, lat)
        r = geography.radius(people, greatest)
        written = figures.people_words(people, approximate=approximate, language=language)
        points.append(MapPoint(slug=slug, title=f"{name}: {written}", x=x, y=y, r=r))
        spots.append(geography.Spot(key=slug, name=name, x=x, y=y, r=r, rank=rank))
    wide = geography.place_labels(spots, size=_WIDE_LETTERS, height=frame.height, everyone=True)
    narrow = geography.place_labels(spots, size=_NARROW_LETTERS, height=frame.height, everyone=False)
    return TownMap(
        width=int(geography.WIDTH),
        height=round(frame.height),
        outline=outline,
        points=tuple(points),
        wide=tuple(wide),
        narrow=tuple(narrow),
    )


def town_map(*, language: str) -> TownMap:
    """The map with the names in `language`. One query; the drawing is kept while towns and names stay the same."""
    places = tuple(
        (slug, name, float(lon), float(lat), people, approximate)
        for slug, name, lon, lat, people, approximate in Town.objects.order_by("-population", "slug").values_list(
            "slug", f"name_{language}", "longitude", "latitude", "population", "population_approximate"
        )
    )
    return _drawn(places, language)
