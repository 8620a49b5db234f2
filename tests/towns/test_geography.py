"""The map: projection, frame, sizes, and names that never cover a name, a point or a line."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from towns.rules.geography import WIDTH, Frame, Label, Spot, frame_of, path_of, place_labels, radius

BOX = [(46.5, 40.6), (87.3, 40.6), (87.3, 55.4), (46.5, 55.4)]


def test_the_frame_just_holds_the_outline() -> None:
    frame = frame_of(BOX)
    corners = [frame.place(lon, lat) for lon, lat in BOX]
    assert min(x for x, _ in corners) == 24
    assert max(x for x, _ in corners) == WIDTH - 24
    assert min(y for _, y in corners) == 24
    assert max(y for _, y in corners) == pytest.approx(frame.height - 24, abs=0.1)


def test_two_corners_are_no_outline() -> None:
    with pytest.raises(ValueError, match="at least three corners"):
        frame_of(BOX[:2])


@given(st.floats(46.6, 87.2), st.floats(40.7, 55.3), st.floats(0.05, 1))
def test_north_is_up_and_east_is_right(lon: float, lat: float, step: float) -> None:
    frame = frame_of(BOX)
    assert frame.place(lon, lat)[1] > frame.place(lon, lat + step)[1]
    assert frame.place(lon, lat)[0] < frame.place(lon + step, lat)[0]


@given(st.floats(47, 86), st.floats(41, 55))
def test_the_projection_keeps_shapes(lon: float, lat: float) -> None:
    """Conformal: a degree of longitude is cos(latitude) as long as a degree of latitude, everywhere on the map."""
    frame = Frame(left=0.0, top=0.0, scale=1e6, height=0.0)
    here, north, east = frame.place(lon, lat), frame.place(lon, lat + 0.01), frame.place(lon + 0.01, lat)
    assert math.dist(here, east) / math.dist(here, north) == pytest.approx(math.cos(math.radians(lat)), rel=0.01)


def test_a_path_starts_at_the_first_corner_and_closes() -> None:
    path = path_of(BOX, frame_of(BOX))
    assert path.startswith("M")
    assert path.endswith("z")
    assert len(path) < 60


def test_the_area_of_a_point_grows_with_the_people() -> None:
    assert radius(160_000, 160_000, least=1, most=10) == 10
    assert radius(40_000, 160_000, least=1, most=10) == 5
    assert radius(10, 160_000, least=3.6, most=10) == 3.6


@pytest.mark.parametrize(("people", "greatest"), [(-1, 10), (10, 0)])
def test_impossible_populations_have_no_radius(people: int, greatest: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        radius(people, greatest, least=1, most=2)


def _box(label: Label, size: float) -> tuple[float, float, float, float]:
    width = len(label.name) * size * 0.58
    left = {"start": label.x, "end": label.x - width, "middle": label.x - width / 2}[label.anchor]
    return left, label.y - size * 0.75, left + width, label.y + size * 0.2


@st.composite
def crowds(draw: st.DrawFn) -> list[Spot]:
    places = draw(st.lists(st.tuples(st.integers(10, 990), st.integers(10, 500)), min_size=1, max_size=15, unique=True))
    return [
        Spot(key=f"k{rank:02d}", name="Town" + "n" * (rank % 6), x=float(x), y=float(y), r=4.0, rank=rank)
        for rank, (x, y) in enumerate(places)
    ]


@given(crowds(), st.booleans())
def test_names_cover_nothing_and_are_always_the_same(spots: list[Spot], everyone: bool) -> None:
    labels = place_labels(spots, size=15, height=520, everyone=everyone)
    assert labels == place_labels(list(reversed(spots)), size=15, height=520, everyone=everyone)
    boxes = [_box(label, 15) for label in labels]
    for place, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert right <= WIDTH
        assert top >= 0
        assert bottom <= 520
        for other in boxes[place + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
        for spot in spots:
            assert not (left < spot.x < right and top < spot.y < bottom)


def test_a_lone_town_has_its_name_to_the_right() -> None:
    (label,) = place_labels([Spot("a", "Абай", 500, 200, 5, 0)], size=15, height=400, everyone=False)
    assert (label.anchor, label.x, label.leader) == ("start", 508.0, False)


def test_of_two_points_in_one_place_only_the_first_is_named_on_a_small_map() -> None:
    spots = [Spot("a", "Сәтбаев", 500, 200, 9, 1), Spot("b", "Жезқазған", 504, 204, 10, 0)]
    assert [label.key for label in place_labels(spots, size=38, height=500, everyone=False)] == ["b"]
    assert {label.key for label in place_labels(spots, size=15, height=500, everyone=True)} == {"a", "b"}


def test_only_the_named_get_names() -> None:
    spots = [Spot("a", "Абай", 300, 200, 5, 0), Spot("b", "Балқаш", 600, 200, 5, 1)]
    assert [label.key for label in place_labels(spots, size=15, height=500, everyone=True, named={"b"})] == ["b"]
