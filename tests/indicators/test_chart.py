"""The chart as a reader, a screen reader and the content policy meet it."""

from xml.etree import ElementTree as ET

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from councils.indicators.rules.chart import WIDTH, Axis, Legend, Point, Row, chart

SVG = "{http://www.w3.org/2000/svg}"
AXIS = Axis(0.0, 1.0, ((0.0, "0"), (0.5, "50"), (1.0, "100 %")))
LEGEND = Legend("халық құрамына келтірілген", "жауап берілгендей")
ROWS = (
    Row("Жолдарға қанағаттанатындар", Point(0.6, 0.5, 0.7, "60 % (50–70)"), Point(0.7, 0.66, 0.74, "70 % (66–74)")),
    Row("Мектеп", None, None, "Көрсетілмейді (жауап аз)"),
)


def drawn(rows: tuple[Row, ...] = ROWS, axis: Axis = AXIS) -> ET.Element:
    text = chart(
        chart_id="c1", title="Жолдар & <мектеп>", description="екі көрсеткіш", rows=rows, axis=axis, legend=LEGEND
    )
    root: ET.Element = fromstring(text)
    return root


def test_it_has_a_name_and_a_description() -> None:
    root = drawn()
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "c1-title c1-desc"
    texts = {element.get("id"): element.text for element in root if element.get("id")}
    assert texts == {"c1-title": "Жолдар & <мектеп>", "c1-desc": "екі көрсеткіш"}


def test_no_inline_style_no_script_no_outside_reference() -> None:
    for element in drawn().iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "desc", "text", "line", "rect", "circle", "path", "g"}
        assert not {"style", "onload", "onclick", "href"} & set(element.attrib)


def test_every_word_is_there_once() -> None:
    words = [element.text for element in drawn().iter(f"{SVG}text")]
    assert words == [
        "халық құрамына келтірілген",
        "жауап берілгендей",
        "Жолдарға қанағаттанатындар",
        "60 % (50–70)",
        "70 % (66–74)",
        "Мектеп",
        "Көрсетілмейді (жауап аз)",
        "0",
        "50",
        "100 %",
    ]


def test_marks_and_intervals_stand_where_the_numbers_are() -> None:
    root = drawn()
    discs = [element.get("cx") for element in root.iter(f"{SVG}circle")]
    bands = [(element.get("x"), element.get("width")) for element in root.iter(f"{SVG}rect")]
    whiskers = [
        (line.get("x1"), line.get("x2"))
        for line in root.iter(f"{SVG}line")
        if line.get("class") == "chart-raw" and line.get("x1") != line.get("x2")
    ]
    # 0..1 lies on 10..310 of 320 units.
    assert discs == ["16", "190"]
    assert bands == [("160", "60")]
    assert whiskers == [("208", "232")]


def test_without_weights_only_the_raw_mark_is_explained() -> None:
    words = [element.text for element in drawn((Row("a", None, ROWS[0].raw),)).iter(f"{SVG}text")]
    assert LEGEND.weighted not in words
    assert LEGEND.raw in words


def test_long_labels_are_wrapped() -> None:
    label = "Ең шұғыл қажеттілік күнделікті өміріне өте қатты немесе айтарлықтай әсер ететін тұрғындардың үлесі"
    lines = [
        e.text or ""
        for e in drawn((Row(label, None, ROWS[0].raw),)).iter(f"{SVG}text")
        if e.get("class") == "chart-label"
    ]
    assert " ".join(lines) == label
    assert max(len(line) for line in lines) <= 33


def test_it_stays_legible_and_inside_at_320_px() -> None:
    root = drawn()
    assert (root.get("viewBox") or "").split()[2] == "320"
    assert {element.get("font-size") for element in root.iter(f"{SVG}text")} == {"12", "14"}


@pytest.mark.parametrize(
    ("rows", "axis"),
    [
        ((), AXIS),
        (ROWS, Axis(1.0, 1.0, ())),
        ((Row("a", Point(0.5, 0.6, 0.7, ""), None),), AXIS),
    ],
)
def test_what_cannot_be_drawn_is_refused(rows: tuple[Row, ...], axis: Axis) -> None:
    with pytest.raises(ValueError, match=r"rows|interval"):
        drawn(rows, axis)


values = st.tuples(*(st.floats(-2, 2) for _ in range(3))).map(sorted)


@given(
    label=st.text(max_size=80).filter(str.isprintable), value=values, note=st.text(max_size=40).filter(str.isprintable)
)
def test_any_text_and_any_number_stay_inside(label: str, value: list[float], note: str) -> None:
    point = Point(value[1], value[0], value[2], label)
    axis = Axis(-1.0, 1.0, ((-1.0, "-100"), (0.0, "0"), (1.0, "100")), zero=0.0)
    root = drawn((Row(label, point, point, note),), axis)
    height = float((root.get("viewBox") or "").split()[3])
    for element in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, "0")) <= WIDTH
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, "0")) <= height
