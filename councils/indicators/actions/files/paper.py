"""The PDF of two pages: every indicator as a bar with its interval, weighted over raw, in the active language.

No figure stands without its interval. The same vintage in the same language gives the same bytes.
"""

from typing import Any

from django.utils.translation import gettext as _

from common.clock import day_of
from common.formats import date_long, number, percent, percent_range
from common.pdf import render
from councils.indicators.actions.files.addresses import page_of
from councils.indicators.actions.files.columns import LICENCE_TITLE
from councils.indicators.actions.files.words import caution, official_words, tables_words, title_words, weighting_words
from councils.indicators.models import Estimate
from councils.indicators.queries import Result, catalogue
from councils.indicators.queries.exports import Summary
from councils.indicators.rules.suppression import rounded_base
from councils.indicators.states import ObsStatus, Unit, Withheld


def paper(summary: Summary, language: str) -> bytes:
    """The PDF; `language` is the active one."""
    return render("indicators", paper_data(summary, language), dated=summary.results.publication.published_at)


def paper_data(summary: Summary, language: str) -> dict[str, Any]:
    """What templates/pdf/indicators.typ shows."""
    results = summary.results
    wave, publication = results.wave, results.publication
    parts = _domains(summary, language)
    tables = tables_words(results)
    weighting = weighting_words(results)
    return {
        "language": language,
        "title": title_words(wave, language),
        "issuer": "Asar",
        "subject": _("What residents say"),
        "facts": [
            _fact(_("Survey"), wave.version.questionnaire.titles.get(language, wave.version.questionnaire.slug)),
            _fact(_("Survey closed"), date_long(day_of(wave.closed_at or publication.published_at), language)),
            _fact(_("Answers, rounded to 5"), number(rounded_base(n=publication.responses), language)),
            _fact(_("Weighting"), f"{weighting} ({tables})" if tables else weighting),
        ],
        "caution": caution(),
        "legend_weighted": _("weighted to the population"),
        "legend_raw": _("as answered"),
        "hundred": percent(1, language),
        "first": parts[: _half(parts)],
        "second": parts[_half(parts) :],
        "proof": [
            _fact(_("SHA-256 of the figures"), publication.sha256),
            _fact(_("Checkpoint of the public log"), summary.checkpoint or _("not signed yet")),
            _fact(_("Address"), page_of(wave.pk, language=language)),
            _fact(_("Licence"), LICENCE_TITLE),
        ],
        "footer": _("Edition %(number)d of %(day)s. Shares in percent with their 95-in-100 intervals.")
        % {"number": publication.number, "day": date_long(publication.published_at, language)},
    }


def _fact(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _domains(summary: Summary, language: str) -> list[dict[str, Any]]:
    found = []
    beside = {figure.indicator: official_words(figure, language) for figure in summary.officials}
    for code, names in catalogue().domains.items():
        own = [
            result
            for result in summary.results.indicators
            if result.indicator.domain == code and result.indicator.unit is Unit.SHARE
        ]
        if own:
            found.append(
                {
                    "name": names[language],
                    "rows": [_line(result, beside.get(result.indicator.code, ""), language) for result in own],
                }
            )
    return found


def _half(parts: list[dict[str, Any]]) -> int:
    """How many domains stand on the first page: as many as bring it to half of the lines, heading included."""
    lines = [len(part["rows"]) + 1 for part in parts]
    for place in range(len(lines)):
        if 2 * sum(lines[: place + 1]) > sum(lines):
            return place
    return len(lines)


def _line(result: Result, official: str, language: str) -> dict[str, Any]:
    note = ""
    if result.raw.note:
        note = str(Withheld(result.raw.note).label)
    elif result.shown.obs_status in (ObsStatus.UNRELIABLE, ObsStatus.PROVISIONAL):
        note = _("uncertain") if result.shown.obs_status == ObsStatus.UNRELIABLE else _("provisional")
    return {
        "name": result.indicator.name[language],
        "weighted": _point(result.weighted, language),
        "raw": _point(result.raw, language),
        "note": note,
        "official": official,
    }


def _point(estimate: Estimate | None, language: str) -> dict[str, Any] | None:
    if estimate is None or estimate.value is None or estimate.ci_low is None or estimate.ci_high is None:
        return None
    low, high = min(estimate.ci_low, estimate.value), max(estimate.ci_high, estimate.value)
    text = f"{percent(estimate.value, language)} ({percent_range(low, high, language)})"
    return {"low": low, "high": high, "value": estimate.value, "text": text}
