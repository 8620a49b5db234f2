"""What stands beside residents' answers, in words: trend, official figure, norm, and how the figures were made.

A word about change is the published one; an official figure never appears without its year and source.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.formats import number, percent
from councils.indicators.actions.files import official_words, share_words, tables_words, weighting_words
from councils.indicators.models import Norm, OfficialFigure, Publication
from councils.indicators.queries import Result, WaveResults
from councils.indicators.queries.dashboards import Dashboard
from councils.indicators.rules.comparison import Obstacle
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.states import YEAR_BASES, Trend
from councils.indicators.views.figures import Extra
from councils.surveys.states import Channel
from towns.invented import in_words
from towns.states import MarginDimension

OBSTACLES: Mapping[Obstacle, Promise] = {
    Obstacle.MISSING: gettext_lazy("one of the two waves has no published figure"),
    Obstacle.WORDING: gettext_lazy("the question or its answers were worded differently"),
    Obstacle.MARGINS: gettext_lazy("the population tables differ"),
    Obstacle.WEIGHTING: gettext_lazy("the answers were weighted differently"),
}

Fact = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Beside:
    """`trend` in words, "" where there is no earlier wave; official figure and norm with where they are from.

    `extra` is how they are drawn: their words, and their places on the axis of shares.
    """

    trend: str
    extra: Extra
    official: str
    official_source: str
    official_url: str
    norm: str
    norm_source: str
    norm_url: str


def trend_words(result: Result, obstacle: Obstacle | None) -> str:
    """The published word, and of what cannot be compared also why."""
    found = next((row.trend for row in (result.weighted, result.raw) if row and row.trend), "")
    if not found:
        return ""
    label = str(Trend(found).label)
    if found == Trend.NOT_COMPARABLE and obstacle is not None:
        return f"{label}: {OBSTACLES[obstacle]}"
    return label


def beside(result: Result, dashboard: Dashboard, language: str) -> Beside:
    """What stands beside one indicator."""
    code = result.indicator.code
    official, norm = dashboard.officials.get(code), dashboard.norms.get(code)
    trend = trend_words(result, dashboard.obstacles.get(code))
    official_told = official_words(official, language) if official else ""
    norm_words = _norm(norm, language) if norm else ""
    return Beside(
        trend=trend,
        extra=Extra(
            note=" · ".join(filter(None, (trend, official_told, norm_words))),
            official=float(official.value) / 100 if official else None,
            norm=float(norm.value) / 100 if norm else None,
        ),
        official=official_told,
        official_source=_source(official) if official else "",
        official_url=official.source_url if official else "",
        norm=norm_words,
        norm_source=norm.source if norm else "",
        norm_url=norm.source_url if norm else "",
    )


def _source(figure: OfficialFigure) -> str:
    said = [figure.source, str(YEAR_BASES[figure.year_basis]), figure.get_confidence_display()]
    said.append(figure.get_territory_display())
    if figure.reason:
        said.append(_("Corrected: %(reason)s") % {"reason": figure.reason})
    return " · ".join(said)


def _norm(norm: Norm, language: str) -> str:
    return _("Norm: %(value)s") % {"value": share_words(norm.value, language)}


def method_facts(results: WaveResults, language: str) -> list[Fact]:
    """How the figures of a vintage were made: (term, value, note) rows. Numbers of people are rounded to 5."""
    publication = results.publication
    rows: list[Fact] = [
        (_("Answers"), number(rounded_base(n=publication.responses), language), _("rounded to 5")),
        (_("Weighting"), weighting_words(results), tables_words(results)),
    ]
    if publication.n_eff is not None and publication.deff is not None:
        effective = number(5 * round(publication.n_eff / 5), language)
        rows.append((_("Effective answers (n_eff)"), effective, _("what the answers are worth after weighting")))
        rows.append((_("Design effect (deff)"), number(publication.deff, language, 2), ""))
    for table in publication.margins:
        dimension = MarginDimension(table["dimension"]).label
        term = _("Population table: %(what)s") % {"what": dimension}
        rows.append((term, in_words(str(table["source"])), str(table["year"])))
    rows += [
        (_("Ways of answering"), _channels(publication, language), ""),
        (_("Question version"), publication.question_version, ""),
        (_("Version of the method"), publication.method_version, ""),
        (_("Version of the catalogue"), publication.catalogue_version, ""),
    ]
    return rows


def _channels(publication: Publication, language: str) -> str:
    told = []
    for code, share in publication.channels.items():
        words = percent(share, language) if share is not None else _("hidden")
        told.append(f"{Channel(code).label} {words}")
    return ", ".join(told)
