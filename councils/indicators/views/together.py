"""All domains of a town together: bands and no number, with what they are made of.

A domain without a published figure leaves the whole without a band: another set of domains would be another summary.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.formats import number
from councils.indicators.queries import Result, WaveResults, catalogue
from councils.indicators.rules.chart import Axis, Legend, Point, Row, chart
from councils.indicators.rules.composite import Placed, composite
from councils.indicators.states import Direction, Unit

_AXIS = Axis(0.0, 1.0, ((0.0, "0"), (0.5, "50"), (1.0, "100")))


@dataclass(frozen=True, slots=True)
class Together:
    """Picture and rows of (name, band, published figures, figures), the whole first; or the domains in the way."""

    picture: SafeString
    rows: list[tuple[str, str, str, str]]
    missing: list[str]


def together(results: WaveResults, language: str) -> Together:
    """The composite of all domains in which one way is better, from published figures alone."""
    names: dict[str, str] = {}
    own: dict[str, list[Placed]] = {}
    asked: dict[str, int] = {}
    for code, words in catalogue().domains.items():
        counted = [one for one in results.indicators if one.indicator.domain == code and _has_a_better_way(one)]
        if counted:
            names[code], asked[code] = words[language], len(counted)
            own[code] = [placed for one in counted if (placed := _placed(one)) is not None]
    missing = [names[code] for code, found in own.items() if not found]
    if missing or not own:
        return Together(SafeString(""), [], missing)
    band = composite(pillars=own)
    ends = {"": (band.low, band.high), **band.pillars}
    titles = {"": _("All domains together"), **names}
    told = {code: _band_words(low, high, language) for code, (low, high) in ends.items()}
    used: Mapping[str, tuple[int, int]] = {
        "": (sum(map(len, own.values())), sum(asked.values())),
        **{code: (len(own[code]), asked[code]) for code in own},
    }
    rows = [
        (titles[code], told[code], number(used[code][0], language), number(used[code][1], language)) for code in ends
    ]
    drawn = _drawn([Row(titles[code], Point(None, *ends[code], told[code]), None) for code in ends])
    return Together(drawn, rows, [])


def _has_a_better_way(one: Result) -> bool:
    return one.indicator.unit is Unit.SHARE and one.indicator.direction is not Direction.NEUTRAL


def _placed(one: Result) -> Placed | None:
    """A share between its natural goalposts, nobody and everybody; None where it is not published."""
    shown = one.shown
    if shown.value is None or shown.se is None:
        return None
    worst, best = (0.0, 1.0) if one.indicator.direction is Direction.HIGHER else (1.0, 0.0)
    return Placed(shown.value, shown.se, worst, best)


def _band_words(low: float, high: float, language: str) -> str:
    return _("%(low)s–%(high)s of 100") % {
        "low": number(round(100 * low), language),
        "high": number(round(100 * high), language),
    }


def _drawn(rows: Sequence[Row]) -> SafeString:
    svg = chart(
        chart_id="chart-together",
        title=_("All domains together"),
        description=_("Bands without a number in them. The table below says the same."),
        rows=rows,
        axis=_AXIS,
        legend=Legend(weighted="", raw=""),
    )
    # Built by our own pure function, which escapes every word it is given.
    return mark_safe(svg)  # noqa: S308
