"""Reads of what was published. Only closed waves appear, and of each the newest vintage unless one is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from councils.indicators.models import Estimate, Publication
from councils.indicators.queries.counts import catalogue
from councils.indicators.rules.catalogue import Indicator
from councils.surveys.models import Wave
from councils.surveys.queries import waves
from councils.surveys.states import WaveState
from towns.models import Town


def wave_version(wave_id: UUID) -> str:
    """The version of a wave's result pages: its town's. One small query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(v.number), 0) FROM audit_version v WHERE v.town_slug IN ('', (SELECT t.slug"
            " FROM surveys_wave w JOIN towns_town t ON t.id = w.town_id WHERE w.id = %s))",
            [wave_id],
        )
        return str(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Result:
    """One indicator, or one answer of its question, as published: raw beside weighted."""

    indicator: Indicator
    option: str
    weighted: Estimate | None
    raw: Estimate

    @property
    def shown(self) -> Estimate:
        """The weighted figure where there is one, else the raw one."""
        return self.weighted or self.raw


@dataclass(frozen=True, slots=True)
class WaveResults:
    """All published figures of one vintage of a wave. `newest` is the number of the newest vintage."""

    wave: Wave
    publication: Publication
    newest: int
    indicators: list[Result]
    answers: dict[str, list[Result]]


def published_wave(wave_id: UUID) -> Wave:
    """A closed and published wave; raises NotFound for all others alike, so that nobody learns how far one is."""
    wave = waves().filter(pk=wave_id, state=WaveState.CLOSED, publications__number=1).first()
    if wave is None:
        raise NotFound("no_results", _("There are no results here. They appear soon after a survey has closed."))
    return wave


def publications_of(wave: Wave) -> list[Publication]:
    """Every vintage of a wave, the newest first."""
    return list(Publication.objects.filter(wave=wave).order_by("-number"))


def results_of(*, wave: Wave, number: int | None = None) -> WaveResults:
    """Every figure of a vintage (the newest one), in the order of the catalogue. Two queries."""
    vintages = publications_of(wave)
    publication = next((one for one in vintages if number is None or one.number == number), None)
    if publication is None:
        raise NotFound("no_vintage", _("There is no such version of these results. Look at the newest one."))
    rows = list(Estimate.objects.filter(publication=publication).order_by("id"))
    return gathered(wave=wave, publication=publication, newest=vintages[0].number, rows=rows)


def gathered(*, wave: Wave, publication: Publication, newest: int, rows: Sequence[Estimate]) -> WaveResults:
    """The figures of a vintage from its stored rows, those of indicators that this release knows. No query."""
    by_key: dict[tuple[str, str], dict[bool, Estimate]] = {}
    for estimate in rows:
        by_key.setdefault((estimate.indicator, estimate.option), {})[estimate.weighted] = estimate
    known = {indicator.code: indicator for indicator in catalogue().published}
    indicators: list[Result] = []
    answers: dict[str, list[Result]] = {}
    for (code, option), pair in by_key.items():
        if code not in known or False not in pair:
            continue
        result = Result(known[code], option, pair.get(True), pair[False])
        if option:
            answers.setdefault(code, []).append(result)
        else:
            indicators.append(result)
    return WaveResults(wave, publication, newest, indicators, answers)


def newest_figures(*, town: Town, codes: Sequence[str]) -> tuple[Wave | None, list[Result]]:
    """Some indicators of the newest published wave of a town, in the given order, and the wave. One query."""
    rows = Estimate.objects.filter(
        publication__wave__town=town, publication__replaced_by__isnull=True, indicator__in=codes, option=""
    ).select_related("publication__wave__version__questionnaire", "publication__wave__town")
    heavy = [f"publication__wave__version__{field}" for field in ("source", "xform", "compiled", "report")]
    found = list(rows.defer(*heavy).order_by("-publication__wave__number", "id")[: 2 * len(codes)])
    if not found:
        return None, []
    wave = found[0].publication.wave
    pairs: dict[str, dict[bool, Estimate]] = {}
    for row in found:
        if row.publication.wave_id == wave.pk:
            pairs.setdefault(row.indicator, {})[row.weighted] = row
    known = {indicator.code: indicator for indicator in catalogue().indicators}
    results = [
        Result(known[code], "", pairs[code].get(True), pairs[code][False])
        for code in codes
        if code in known and False in pairs.get(code, {})
    ]
    return wave, results
