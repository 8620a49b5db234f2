"""Published figures as rows for charts and tables: words and numbers in the reader's language, formatted once.

A figure never appears here without its interval, nor a weighted one without the raw one beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.formats import number, percent, percent_range
from councils.indicators.models import Estimate
from councils.indicators.queries import Result, WaveResults, catalogue
from councils.indicators.rules.chart import Axis, Legend, Point, Row, chart
from councils.indicators.states import ObsStatus, Unit, Withheld
from councils.surveys.models import Wave
from councils.surveys.queries import wave_title


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator as the table behind the chart prints it.

    `interval` is that of the weighted figure, and the raw one then carries its own; else it is that of the raw one.
    """

    name: str
    definition: str
    weighted: str
    raw: str
    interval: str
    base: str
    note: str


@dataclass(frozen=True, slots=True)
class Domain:
    """The indicators of one domain: a picture and the table behind it."""

    code: str
    name: str
    picture: SafeString
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Extra:
    """What else is drawn with a figure: words under it, and shares of what is no sample's on its axis."""

    note: str = ""
    official: float | None = None
    norm: float | None = None


def wave_name(wave: Wave, language: str) -> str:
    """A survey as it is told from others of its town with the same questionnaire: with its number."""
    return f"№ {wave.number} · {wave_title(wave, language)}"


def _value(estimate: Estimate, unit: Unit, language: str) -> str:
    if estimate.value is None:
        return "–"
    return percent(estimate.value, language) if unit is Unit.SHARE else number(estimate.value, language, 2)


def interval(estimate: Estimate, unit: Unit, language: str) -> str:
    if estimate.ci_low is None or estimate.ci_high is None:
        return "–"
    if unit is Unit.SHARE:
        return percent_range(estimate.ci_low, estimate.ci_high, language)
    return f"{number(estimate.ci_low, language, 2)}–{number(estimate.ci_high, language, 2)}"


def effective(estimate: Estimate, language: str) -> str:
    """What the answers behind a figure are worth after weighting, rounded to 5."""
    return "–" if estimate.n_eff is None else number(5 * round(estimate.n_eff / 5), language)


def _note(result: Result) -> str:
    if result.raw.note:
        return str(Withheld(result.raw.note).label)
    notes = {
        ObsStatus.UNRELIABLE.value: _("uncertain: the interval is wide"),
        ObsStatus.PROVISIONAL.value: _("provisional: not weighted to the population yet"),
    }
    return notes.get(result.shown.obs_status, "")


def line(result: Result, language: str) -> Line:
    """One indicator in words."""
    unit = result.indicator.unit
    raw = _value(result.raw, unit, language)
    if result.weighted:
        raw = f"{raw} ({interval(result.raw, unit, language)})"
    return Line(
        name=result.indicator.name[language],
        definition=result.indicator.definition[language],
        weighted=_value(result.weighted, unit, language) if result.weighted else "–",
        raw=raw,
        interval=interval(result.shown, unit, language),
        base=number(result.shown.n or 0, language),
        note=_note(result),
    )


def _point(estimate: Estimate | None, language: str) -> Point | None:
    if estimate is None or estimate.value is None or estimate.ci_low is None or estimate.ci_high is None:
        return None
    low, high = min(estimate.ci_low, estimate.value), max(estimate.ci_high, estimate.value)
    text = f"{percent(estimate.value, language)} ({percent_range(low, high, language)})"
    return Point(estimate.value, low, high, text)


def picture(
    *, chart_id: str, title: str, results: Sequence[Result], language: str, extras: Mapping[str, Extra] | None = None
) -> SafeString:
    """The chart of some share indicators, weighted over raw; "" when none of them is a share.

    `extras` is what else is drawn with an indicator's figure, by its code.
    """
    more = extras or {}
    named = [
        (result.indicator.name[language], result, more.get(result.indicator.code, Extra()))
        for result in results
        if result.indicator.unit is Unit.SHARE
    ]
    return drawn(chart_id=chart_id, title=title, named=named, language=language)


def drawn(*, chart_id: str, title: str, named: Sequence[tuple[str, Result, Extra]], language: str) -> SafeString:
    """The chart of (label, figure, what else is drawn with it), all of them shares; "" when there are none."""
    rows = [
        Row(
            label=label,
            weighted=_point(result.weighted, language),
            raw=_point(result.raw, language),
            note=" · ".join(filter(None, (_note(result), more.note))),
            official=more.official,
            norm=more.norm,
        )
        for label, result, more in named
    ]
    if not rows:
        return SafeString("")
    svg = chart(
        chart_id=chart_id,
        title=title,
        description=_(
            "Each bar is an interval that holds the true figure in 95 of 100 surveys. The table below says the same."
        ),
        rows=rows,
        axis=Axis(0.0, 1.0, ((0.0, "0"), (0.5, "50"), (1.0, percent(1, language)))),
        legend=Legend(
            weighted=_("weighted to the population"),
            raw=_("as answered"),
            official=_("official figure"),
            norm=_("norm"),
        ),
    )
    # Built by our own pure function, which escapes every word it is given.
    return mark_safe(svg)  # noqa: S308


def domains(results: WaveResults, language: str) -> list[Domain]:
    """The published indicators by domain, in the order of the catalogue."""
    found = []
    for code, names in catalogue().domains.items():
        own = [result for result in results.indicators if result.indicator.domain == code]
        if own:
            found.append(
                Domain(
                    code=code,
                    name=names[language],
                    picture=picture(chart_id=f"chart-{code}", title=names[language], results=own, language=language),
                    lines=[line(result, language) for result in own],
                )
            )
    return found
