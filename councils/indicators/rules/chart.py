"""A chart of shares or scores as SVG text: one row per figure, weighted over raw, each with its interval.

It must never draw a figure without its interval, never rely on colour alone (weighted is a disc on a band, raw a
hollow diamond on a line, an official figure a hollow square, a norm a dashed upright), and never carry a style
attribute or a script: the site's content policy forbids both. All words come from the caller, already translated and
formatted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 320
LEFT, RIGHT = 10, 10
LINE = 19
TRACK = 22
GAP = 18
# Letters per line of 300 px: semi-bold Cyrillic at 14 px takes up to 9 px a letter, regular at 12 to 14 px up to 8.
LABEL_LETTERS, TEXT_LETTERS = 33, 37


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its interval, in the units of the axis, and its text, e.g. "62 % (55-69)". None: a band alone."""

    value: float | None
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. Without points, `note` says why (suppressed, too few answers); with them it may add a flag.

    `official` and `norm` are places on the axis of what stands beside residents' answers; they come from no sample and
    have no interval. Without points they stand on an axis of their own.
    """

    label: str
    weighted: Point | None
    raw: Point | None
    note: str = ""
    official: float | None = None
    norm: float | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """Ends of the axis and its ticks as (position, text); `zero` draws a line, e.g. at 0 of a balance."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    zero: float | None = None

    def x(self, value: float) -> float:
        """Place on the drawing, 0..320; values outside the axis are set on its ends."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)


@dataclass(frozen=True, slots=True)
class Legend:
    """Words for the marks, e.g. "weighted to the population" and "as answered". One without words is not explained."""

    weighted: str
    raw: str
    official: str = ""
    norm: str = ""


def chart(*, chart_id: str, title: str, description: str, rows: Sequence[Row], axis: Axis, legend: Legend) -> str:
    """SVG text, 320 units wide and legible at 320 px.

    `chart_id` must be unique on the page: it names title and description. Classes for the style sheet: chart,
    chart-label, chart-value, chart-note, chart-tick, chart-grid, chart-weighted, chart-raw, chart-official,
    chart-norm. Raises ValueError for an empty chart, a point outside its own interval or an axis of no length.
    """
    if not rows or axis.high <= axis.low:
        raise ValueError("a chart needs rows and an axis")
    body: list[str] = []
    y = float(LINE)
    for mark, words, used in (
        (_disc, legend.weighted, any(row.weighted for row in rows)),
        (_diamond, legend.raw, any(row.raw for row in rows)),
        (_square, legend.official, any(row.official is not None for row in rows)),
        (_upright, legend.norm, any(row.norm is not None for row in rows)),
    ):
        if words and used:
            lines = _wrapped(words, TEXT_LETTERS)
            body.append(mark(LEFT + 6, y - 5))
            body += [_text("chart-tick", LEFT + 18, y + LINE * number, line) for number, line in enumerate(lines)]
            y += LINE * len(lines)
    y += GAP / 2
    for row in rows:
        drawn, y = _row(row, axis, y)
        body += drawn
    body += [_tick(axis, place, words, y - 4) for place, words in axis.ticks]
    height = round(y + 2)
    name = escape(chart_id, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {height}" width="100%" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" font-family="inherit" fill="currentColor">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(body)}</svg>"
    )


def _row(row: Row, axis: Axis, y: float) -> tuple[list[str], float]:
    drawn = []
    for line in _wrapped(row.label, LABEL_LETTERS):
        drawn.append(_text("chart-label", LEFT, y, line))
        y += LINE
    first = row.weighted or row.raw
    if first is None and (row.official is not None or row.norm is not None):
        drawn += [*_scale(axis, y - 3), *_beside(row, axis, y - 3)]
        y += TRACK - 2
    for point, mark, name in ((row.weighted, _disc, "chart-weighted"), (row.raw, _diamond, "chart-raw")):
        if point is None:
            continue
        if not point.low <= (point.low if point.value is None else point.value) <= point.high:
            raise ValueError(f"{row.label}: a value outside its interval")
        drawn.append(_text("chart-value", LEFT, y - 2, point.text))
        middle = y + TRACK / 2 - 1
        drawn += _scale(axis, middle)
        drawn.append(_interval(name, axis.x(point.low), axis.x(point.high), middle))
        if point.value is not None:
            drawn.append(mark(axis.x(point.value), middle))
        if point is first:
            drawn += _beside(row, axis, middle)
        y += LINE + TRACK - 2
    for line in _wrapped(row.note, TEXT_LETTERS) if row.note else ():
        drawn.append(_text("chart-note", LEFT, y, line))
        y += LINE
    return drawn, y + GAP


def _beside(row: Row, axis: Axis, y: float) -> list[str]:
    """Norm and official figure on one axis of the row."""
    places = ((_upright, row.norm), (_square, row.official))
    return [mark(axis.x(place), y) for mark, place in places if place is not None]


def _wrapped(words: str, letters: int) -> list[str]:
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _text(name: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    size = 12 if name == "chart-tick" else 14
    weight = ' font-weight="600"' if name == "chart-label" else ""
    place = f'x="{x:g}" y="{y:g}" font-size="{size}"{weight} text-anchor="{anchor}"'
    return f'<text class="{name}" {place}>{escape(words)}</text>'


def _line(name: str, start: tuple[float, float], end: tuple[float, float], width: float) -> str:
    return (
        f'<line class="{name}" x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" '
        f'stroke="currentColor" stroke-width="{width:g}"/>'
    )


def _tick(axis: Axis, place: float, words: str, y: float) -> str:
    x = axis.x(place)
    return _text("chart-tick", x, y, words, "start" if x <= LEFT else "end" if x >= WIDTH - RIGHT else "middle")


def _scale(axis: Axis, y: float) -> list[str]:
    """The faint axis under an interval, so that a value can be read off without lines running through the words."""
    places = [(axis.x(place), 4.0) for place, _ in axis.ticks]
    if axis.zero is not None:
        places.append((axis.x(axis.zero), 8.0))
    lines = [_line("chart-grid", (LEFT, y), (WIDTH - RIGHT, y), 1)]
    lines += [_line("chart-grid", (x, y - reach), (x, y + reach), 1) for x, reach in places]
    return [f'<g stroke-opacity="0.3">{"".join(lines)}</g>']


def _interval(name: str, low: float, high: float, y: float) -> str:
    if name == "chart-weighted":
        band = (
            f'<rect class="{name}" x="{low:g}" y="{y - 5:g}" width="{high - low:g}" height="10" fill-opacity="0.25"/>'
        )
        return band + _line(name, (low, y), (high, y), 2)
    return _line(name, (low, y), (high, y), 2) + "".join(_line(name, (x, y - 4), (x, y + 4), 2) for x in (low, high))


def _disc(x: float, y: float) -> str:
    return f'<circle class="chart-weighted" cx="{x:g}" cy="{y:g}" r="6"/>'


def _diamond(x: float, y: float) -> str:
    shape = f"M{x:g} {y - 6:g}l6 6l-6 6l-6 -6z"
    return f'<path class="chart-raw" d="{shape}" fill="Canvas" stroke="currentColor" stroke-width="2"/>'


def _square(x: float, y: float) -> str:
    return (
        f'<rect class="chart-official" x="{x - 5:g}" y="{y - 5:g}" width="10" height="10" fill="none" '
        'stroke="currentColor" stroke-width="2.5"/>'
    )


def _upright(x: float, y: float) -> str:
    return (
        f'<line class="chart-norm" x1="{x:g}" y1="{y - 10:g}" x2="{x:g}" y2="{y + 10:g}" stroke="currentColor" '
        'stroke-width="2" stroke-dasharray="4 2"/>'
    )
