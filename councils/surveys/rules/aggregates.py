"""Functions over sets of nodes, places and digests: sums over repeats, checklists, areas, distances, hashes.

Each takes what its arguments gave (`Nodes` for a path, else one value) and is total: odd input gives NaN, "" or false.
None of them may read a clock, a file or chance.
"""

import base64
import binascii
import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from councils.surveys.rules.atoms import TEXT_LIMIT, Atomic, Nodes, to_boolean, to_number, to_string

Argument = Atomic | Nodes

_EARTH_RADIUS = 6_378_100.0  # metres, as in ODK
_MOST_POINTS = 10_000
_POLE = 90.0  # degrees
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def spread(arguments: Iterable[Argument]) -> list[Atomic]:
    """Every value of the arguments, node by node."""
    values: list[Atomic] = []
    for argument in arguments:
        if isinstance(argument, tuple):
            values += argument
        else:
            values.append(argument)
    return values


def total(arguments: Sequence[Argument]) -> float:
    """The sum of all values; NaN when one of them is no number, as in XPath. Of nothing: 0."""
    return sum(_numbers(arguments), 0.0)


def extreme(choose: Callable[[list[float]], float]) -> Callable[[Sequence[Argument]], float]:
    """The largest or smallest value; NaN when one is no number or there is none."""

    def call(arguments: Sequence[Argument]) -> float:
        numbers = _numbers(arguments)
        return choose(numbers) if numbers and not any(map(math.isnan, numbers)) else math.nan

    return call


def count(arguments: Sequence[Argument]) -> int:
    return len(spread(arguments))


def count_non_empty(arguments: Sequence[Argument]) -> int:
    return sum(1 for value in spread(arguments) if to_string(value))


def concat(arguments: Sequence[Argument]) -> str:
    return "".join(map(to_string, spread(arguments)))[:TEXT_LIMIT]


def join(arguments: Sequence[Argument]) -> str:
    glue, *texts = map(to_string, spread(arguments))
    return glue.join(texts)[:TEXT_LIMIT]


def checklist(arguments: Sequence[Argument]) -> bool:
    """Whether the number of true values lies within the first two arguments; a most of -1 is no limit."""
    least, most, *values = spread(arguments)
    return _is_within(sum(map(to_boolean, values)), to_number(least), to_number(most))


def weighted_checklist(arguments: Sequence[Argument]) -> bool:
    """As `checklist`, with value and weight by turns."""
    least, most, *rest = spread(arguments)
    pairs = zip(rest[::2], rest[1::2], strict=False)
    weight = math.fsum(
        number for value, factor in pairs if to_boolean(value) and math.isfinite(number := to_number(factor))
    )
    return _is_within(weight, to_number(least), to_number(most))


def digest(arguments: Sequence[Atomic]) -> str:
    """A hash of a text: MD5, SHA-1, SHA-256, SHA-384 or SHA-512; in base64, or in hex when asked. "" for any other."""
    text, algorithm, *encoding = map(to_string, arguments)
    name = _ALGORITHMS.get(algorithm.upper())
    if name is None:
        return ""
    hashed = hashlib.new(name, text.encode("utf-8", "replace"), usedforsecurity=False)
    return hashed.hexdigest() if encoding and encoding[0] == "hex" else base64.b64encode(hashed.digest()).decode()


def base64_decode(arguments: Sequence[Atomic]) -> str:
    try:
        return base64.b64decode(to_string(arguments[0]), validate=True).decode("utf-8", "replace")[:TEXT_LIMIT]
    except (binascii.Error, ValueError):
        return ""


def area(arguments: Sequence[Argument]) -> float:
    """Square metres within a geoshape, or within the points of the nodes, on a plane at the first one, as in ODK."""
    points = _points(arguments)
    if not points:
        return 0.0
    (first_lat, first_lon), scale = points[0], 2 * math.pi * _EARTH_RADIUS / 360
    flat = [((lon - first_lon) * scale * math.cos(math.radians(lat)), (lat - first_lat) * scale) for lat, lon in points]
    return abs(sum(y1 * x2 - x1 * y2 for (x1, y1), (x2, y2) in pairwise(flat[1:]))) / 2


def distance(arguments: Sequence[Argument]) -> float:
    """Metres along a geotrace or geoshape, or from point to point of the nodes and arguments, on the sphere."""
    return sum((_apart(one, other) for one, other in pairwise(_points(arguments))), 0.0)


def geofence(arguments: Sequence[Argument]) -> bool:
    """Whether a point lies within a geoshape, by the even-odd rule on latitude and longitude."""
    place, shape = _points(arguments[:1]), _points(arguments[1:])
    if not place:
        return False
    (lat, lon), inside = place[0], False
    for (lat1, lon1), (lat2, lon2) in pairwise([*shape, *shape[:1]]):
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            inside = not inside
    return inside


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    if one == other:
        return 0.0
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (one, other))
    cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(lon1 - lon2)
    return math.acos(max(-1.0, min(1.0, cosine))) * _EARTH_RADIUS


def _points(arguments: Sequence[Argument]) -> list[tuple[float, float]]:
    """Latitude and longitude of every readable point, in order."""
    points = []
    for value in spread(arguments):
        for part in to_string(value).split(";")[:_MOST_POINTS]:
            match [to_number(word) for word in part.split()[:2]]:
                case [lat, lon] if abs(lat) <= _POLE and abs(lon) <= 2 * _POLE:
                    points.append((lat, lon))
    return points[:_MOST_POINTS]


def _numbers(arguments: Sequence[Argument]) -> list[float]:
    return [to_number(value) for value in spread(arguments)]


def _is_within(value: float, least: float, most: float) -> bool:
    return value >= least and (most < 0 or value <= most)
