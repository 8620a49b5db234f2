"""The order of needs by evidence: the picture of rank bands, the table behind it, why something has no place.

A place never appears without the places that the data allow, nor a share without its interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.queries import town_version
from common.formats import number
from common.http import public_page
from councils.indicators.queries import Result, catalogue
from councils.indicators.queries.dashboards import seal_of_publication
from councils.indicators.queries.order import NeedsOrder, need_names, order_of_town
from councils.indicators.rules.chart import Axis, Legend, Point, Row, chart
from councils.indicators.rules.needs_order import Place
from councils.indicators.states import Withheld
from councils.indicators.views.beside import trend_words
from councils.indicators.views.figures import line, wave_name
from towns.queries import town_by_slug


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One need of the table: its place and band, and the three figures behind them in words, with notes.

    `trend` is how the share of those who name it stands to the survey before, "" where there is none.
    """

    code: str
    place: int
    band: str
    name: str
    share: str
    interval: str
    trend: str
    raw: str
    base: str
    severity: str
    severity_note: str
    vulnerability: str
    vulnerability_note: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order in words; `refusal` says why there is none, `without` names the needs that have no place, and why."""

    picture: SafeString
    rows: list[PlaceRow]
    without: list[tuple[str, str]]
    refusal: str


def band_words(*, best: int, worst: int) -> str:
    """The places that the data allow."""
    if best == worst:
        return _("place %(place)d for certain") % {"place": best}
    return _("between place %(best)d and place %(worst)d") % {"best": best, "worst": worst}


def ordered(found: NeedsOrder, language: str) -> Ordered:
    """The order of a vintage in the reader's language."""
    names = need_names(wave=found.wave, language=language)
    order = found.order
    if order.refusal is not None:
        return Ordered(SafeString(""), [], [], str(order.refusal.label))
    rows = [_row(found, place, names, language) for place in order.places]
    placed = {place.need for place in order.places}
    plan = catalogue().needs
    without = [
        (names.get(need, need), _why(shares.named, unranked=bool(plan and need in plan.unranked)))
        for need, shares in found.shares.items()
        if need not in placed
    ]
    return Ordered(picture(found, names), rows, without, "")


def picture(found: NeedsOrder, names: Mapping[str, str]) -> SafeString:
    """Rank bands as SVG: for each need its place and all places that the data allow."""
    places = found.order.places
    last = float(max(2, len(places)))
    svg = chart(
        chart_id="chart-needs",
        title=_("Needs in the order of the evidence"),
        description=_(
            "Each bar holds the places that a need can have, the mark is the one that it gets. The table below says"
            " the same."
        ),
        rows=[
            Row(
                label=f"{one.place}. {names.get(one.need, one.need)}",
                weighted=Point(float(one.place), float(one.best), float(one.worst), _band(one)),
                raw=None,
            )
            for one in places
        ],
        axis=Axis(1.0, last, ((1.0, "1"), (last, f"{last:.0f}"))),
        legend=Legend(weighted=_("place by evidence, within the places that the data allow"), raw=""),
    )
    # Built by our own pure function, which escapes every word it is given.
    return mark_safe(svg)  # noqa: S308


def _band(place: Place) -> str:
    return band_words(best=place.best, worst=place.worst)


def _row(found: NeedsOrder, place: Place, names: Mapping[str, str], language: str) -> PlaceRow:
    shares = found.shares[place.need]
    named = line(shares.named, language) if shares.named else None
    severe = shares.severe if place.own_severity else found.hardship
    poor = line(shares.strained, language) if shares.strained and place.own_vulnerability else None
    return PlaceRow(
        code=place.need,
        place=place.place,
        band=_band(place),
        name=names.get(place.need, place.need),
        share=_weighted(shares.named, language),
        interval=named.interval if named else "–",
        trend=trend_words(shares.named, None) if shares.named else "",
        raw=named.raw if named else "–",
        base=named.base if named else "–",
        severity=_told(severe, language),
        severity_note="" if place.own_severity else _("of all residents: this need’s own is not published"),
        vulnerability=f"× {number(place.vulnerability, language, 2)}",
        vulnerability_note=_("income for food at most: %(share)s") % {"share": _told(shares.strained, language)}
        if poor
        else _("counted like everybody: their income is not published"),
    )


def _weighted(result: Result | None, language: str) -> str:
    if result is None:
        return "–"
    told = line(result, language)
    return told.weighted if result.weighted else told.raw


def _told(result: Result | None, language: str) -> str:
    return f"{_weighted(result, language)} ({line(result, language).interval})" if result else "–"


def _why(named: Result | None, *, unranked: bool) -> str:
    if unranked:
        return _("Many different things: it has no place of its own.")
    note = named.raw.note if named else ""
    return str(Withheld(note).label) if note in Withheld.values else ""


@require_safe
@public_page(town_version)
def order(request: HttpRequest, slug: str) -> HttpResponse:
    """The order of a town's needs by evidence, with the method and the shares behind each place."""
    language = get_language() or "kk"
    town = town_by_slug(slug=slug)
    found = order_of_town(town=town)
    context = {
        "town": town,
        "found": found,
        "title": wave_name(found.wave, language) if found else "",
        "order": ordered(found, language) if found else None,
        "seal": seal_of_publication(found.publication.pk) if found else None,
    }
    return render(request, "indicators/needs.html", context)
