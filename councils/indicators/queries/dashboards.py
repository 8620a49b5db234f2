"""Everything a town's page of figures stands on: waves, editions, figures, official values, norms, the seal.

Published figures only: of an open wave it tells no more than that it is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from councils.indicators.models import Estimate, Norm, OfficialFigure, Publication
from councils.indicators.queries.comparing import wave_figures
from councils.indicators.queries.publications import WaveResults, gathered
from councils.indicators.queries.reach import Reach, reach_of
from councils.indicators.queries.types import Axes, published_axes
from councils.indicators.rules.comparison import Obstacle, compare
from councils.indicators.states import Trend, WeightingRefusal
from councils.surveys.models import Wave
from councils.surveys.queries import waves
from councils.surveys.states import WaveState
from towns.models import Town
from transparency.queries.seals import Seal

WAVES_LOOKED_AT = 20
_SEAL = (
    "SELECT l.slug, e.index, (SELECT c.signed_at FROM transparency_checkpoint c WHERE c.log_id = e.log_id"
    " AND c.size > e.index ORDER BY c.size LIMIT 1) FROM transparency_topic e"
    " JOIN transparency_log l ON l.id = e.log_id WHERE e.ref = %s AND e.kind = 'publication'"
)


@dataclass(frozen=True, slots=True)
class Editions:
    """A closed wave with every edition of its figures, the newest first."""

    wave: Wave
    editions: list[Publication]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A town's newest figures and what stands beside them; `results` is None before the first publication.

    `obstacles` says why an indicator is not comparable with the wave before; `reach` whom the wave has heard; `axes`
    where every town lies whose type can be told.
    """

    results: WaveResults | None
    published: list[Editions]
    open_waves: list[Wave]
    obstacles: dict[str, Obstacle]
    officials: dict[str, OfficialFigure]
    norms: dict[str, Norm]
    seal: Seal | None
    reach: Reach | None
    axes: Mapping[str, Axes]


def seal_of_publication(publication_id: UUID) -> Seal | None:
    """Where the town's log names a publication; None when it does not. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SEAL, [publication_id])
        row = cursor.fetchone()
    return Seal(slug=row[0], index=row[1], signed_at=row[2], personal=False) if row else None


def officials_of(*, town: Town) -> dict[str, OfficialFigure]:
    """For each indicator the standing official figure of the newest year. One query."""
    rows = OfficialFigure.objects.filter(town=town, replaced_by__isnull=True).order_by(
        "indicator", "year", "entered_at"
    )
    return {row.indicator: row for row in rows}


def official_history(*, town: Town, limit: int = 200) -> list[OfficialFigure]:
    """All official figures of a town, also the corrected ones, the last entered first. One query."""
    rows = OfficialFigure.objects.filter(town=town).select_related("replaced_by")
    return list(rows.order_by("-entered_at", "-id")[:limit])


def norms_standing() -> dict[str, Norm]:
    """The standing threshold of each indicator. One query."""
    return {row.indicator: row for row in Norm.objects.filter(replaced_by__isnull=True).order_by("entered_at", "id")}


def norm_history(*, limit: int = 200) -> list[Norm]:
    """All thresholds, also those that were replaced, the last entered first. One query."""
    return list(Norm.objects.select_related("replaced_by").order_by("-entered_at", "-id")[:limit])


def dashboard_of(*, town: Town) -> Dashboard:
    """The newest wave with figures (else the newest published one) and all that its page shows. Eight queries."""
    known = waves().filter(town=town, state__in=[WaveState.OPEN, WaveState.CLOSED])
    found = list(known.order_by("-number")[:WAVES_LOOKED_AT])
    by_wave: dict[UUID, list[Publication]] = {}
    for one in Publication.objects.filter(wave__in=[wave.pk for wave in found]).order_by("-number"):
        by_wave.setdefault(one.wave_id, []).append(one)
    published = [Editions(wave, by_wave[wave.pk]) for wave in found if wave.pk in by_wave]
    shown = next((one for one in published if _has_figures(one)), published[0] if published else None)
    before = _before(published, shown) if shown else None
    results, obstacles = None, {}
    if shown:
        newest = shown.editions[0]
        asked = [newest.pk, *([before.pk] if before else [])]
        rows = list(Estimate.objects.filter(publication__in=asked).order_by("id"))
        own = [row for row in rows if row.publication_id == newest.pk]
        results = gathered(wave=shown.wave, publication=newest, newest=newest.number, rows=own)
        newest.wave = shown.wave
        if before:
            obstacles = _obstacles(newest, before, own, [row for row in rows if row.publication_id == before.pk])
    return Dashboard(
        results=results,
        published=published,
        open_waves=[wave for wave in found if wave.state == WaveState.OPEN],
        obstacles=obstacles,
        officials=officials_of(town=town),
        norms=norms_standing(),
        seal=seal_of_publication(results.publication.pk) if results else None,
        reach=reach_of(wave=results.wave, publication=results.publication) if results else None,
        axes=published_axes() if results else {},
    )


def _has_figures(one: Editions) -> bool:
    return one.editions[0].weighting_note != WeightingRefusal.NO_CATALOGUE


def _before(published: Sequence[Editions], shown: Editions) -> Publication | None:
    """The newest edition of the wave before with the same questionnaire, as the trends compare it."""
    for one in published:
        if one.wave.questionnaire_id == shown.wave.questionnaire_id and one.wave.number < shown.wave.number:
            one.editions[0].wave = one.wave
            return one.editions[0]
    return None


def _obstacles(
    after: Publication, before: Publication, own: Sequence[Estimate], earlier: Sequence[Estimate]
) -> dict[str, Obstacle]:
    """Why figures that were published as not comparable are not. The words of the trend itself stay as published."""
    hindered = {row.indicator for row in own if not row.option and row.trend == Trend.NOT_COMPARABLE}
    if not hindered:
        return {}
    found = compare(
        before=wave_figures(before, [row for row in earlier if not row.option]),
        after=wave_figures(after, [row for row in own if not row.option]),
    )
    return {
        code: one.obstacle for (code, _option), one in found.items() if code in hindered and one.obstacle is not None
    }
