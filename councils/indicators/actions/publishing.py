"""Publishing the figures of a counted wave: immutable, with all that they rest on, and named in the town's log.

A correction is a new publication that says what changed and why. A suppressed figure's value is never stored.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from councils.indicators.actions.counting import count_some, recount
from councils.indicators.actions.plain import figures_in, plain_tables_of
from councils.indicators.actions.trends import note_trends
from councils.indicators.models import CountRun, Estimate, Publication
from councils.indicators.queries import catalogue, cube_of, layout_for
from councils.indicators.rules import estimates, weights
from councils.indicators.rules.catalogue import Raking
from councils.indicators.rules.channels import by_channel
from councils.indicators.rules.cube import Cube
from councils.indicators.rules.margins import Margin, education_margin, population_table, sex_age_margin
from councils.indicators.rules.needs import figures_with_needs
from councils.indicators.rules.needs_order import Shown, order_of
from councils.indicators.rules.needs_plan import NAMED
from councils.indicators.rules.publication import Figure
from councils.indicators.rules.refusals import WeightingRefusedError
from councils.indicators.rules.statement import PublishedFigure, figures_sha256
from councils.indicators.states import ConfStatus, ObsStatus, Weighting, WeightingRefusal, Withheld
from councils.surveys.models import Wave
from councils.surveys.states import WaveState
from towns.models import Town
from towns.states import MarginDimension
from transparency.actions import append
from transparency.states import Kind

METHOD_VERSION = "2.1"


@dataclass(frozen=True, slots=True)
class _Population:
    margins: list[Margin]
    coarse: Margin | None
    refusal: WeightingRefusal = WeightingRefusal.NO_MARGINS  # why `margins` is empty, where it is


def count_wave(*, wave_id: UUID, now: datetime) -> Publication:
    """Count a closed wave, recount it, publish its figures; a wave that was published gives its first publication.

    Refuses an open wave (`sealed`). A questionnaire that the catalogue does not know gets plain tables.
    """
    run = count_some(wave_id=wave_id, now=now)
    while run.counted_at is None:
        run = count_some(wave_id=wave_id, now=now)
    if run.recounted_at is None:
        recount(wave_id=wave_id, now=now)
    return publish(wave_id=wave_id, now=now)


@transaction.atomic
def publish(*, wave_id: UUID, now: datetime) -> Publication:
    """Publish a counted wave for the first time; a published one gives its first publication."""
    wave = Wave.objects.select_for_update(of=("self",)).select_related("town", "version__questionnaire").get(pk=wave_id)
    before = Publication.objects.filter(wave=wave, number=1).first()
    if before is not None:
        return before
    run = CountRun.objects.filter(wave=wave, counted_at__isnull=False).first()
    if wave.state != WaveState.CLOSED or run is None:
        raise DomainError("sealed", _("The survey is still open: its results are sealed until it closes."))
    publication, rows = figured(wave=wave, run=run, margins=wave.margins, number=1, now=now)
    return store(wave=wave, publication=publication, rows=rows, now=now)


def figured(
    *,
    wave: Wave,
    run: CountRun,
    margins: list[dict[str, Any]],
    number: int,
    now: datetime,
    hidden: Collection[tuple[str, str]] = (),
    tables: Sequence[dict[str, Any]] = (),
) -> tuple[Publication, list[Estimate]]:
    """A vintage and its figures, not stored. Without a catalogue there are plain tables instead, and a note says so.

    `hidden` are figures (indicator, option) that an earlier vintage hid: they stay hidden, raw and weighted. `tables`
    are those of the earlier vintage: answers never change, so they stay as they are.
    """
    publication = Publication(
        wave=wave,
        number=number,
        published_at=now,
        responses=run.responses,
        method_version=METHOD_VERSION,
        catalogue_version=catalogue().version,
        question_version=f"{wave.version.questionnaire.slug}/{wave.version.number}",
        weighting=Weighting.UNWEIGHTED.value,
        weighting_note=run.note,
        margins=_named(margins),
        channels=_channels(wave),
    )
    layout, raking = layout_for(version_id=wave.version_id, with_education=run.with_education)
    counted = None if run.note else cube_of(run, layout=layout)
    publication.tables = list(tables) if tables else plain_tables_of(wave, run)
    found: list[Figure] = []
    if counted is not None:
        cube = counted.cube
        weighted, publication.weighting_note = _weigh(cube, _population(margins, raking))
        publication.weighting = weighted.method.value
        found = figures_with_needs(layout=layout, cube=cube, weights=weighted, catalogue=catalogue())
        if cube.respondents.sum():
            kish = weights.kish(counts=cube.respondents, weights=weighted.columns)
            publication.n_eff, publication.deff = kish.n_eff, kish.deff
    rows = [row for figure in found for row in _rows(publication, figure)]
    versions = {indicator.code: indicator.version for indicator in catalogue().published}
    for row in rows:
        row.version = versions[row.indicator]
        if (row.indicator, row.option) in hidden:
            withhold(row)
    # Only now: whether a hidden figure rose or fell would tell of it.
    note_trends(wave=wave, publication=publication, rows=rows)
    return publication, rows


def withhold(row: Estimate) -> None:
    """Take away what a figure says, as if it protected others; one that is hidden already stays as it is."""
    if row.conf_status == ConfStatus.FREE:
        row.value = row.se = row.ci_low = row.ci_high = row.n_eff = row.deff = None
        row.conf_status, row.obs_status = ConfStatus.SECONDARY.value, ObsStatus.SUPPRESSED.value
        row.note = Withheld.PROTECTS_OTHERS.value


def store(*, wave: Wave, publication: Publication, rows: list[Estimate], now: datetime) -> Publication:
    """Store a vintage with its figures, and name it in the town's log. Inside the caller's transaction.

    Its files hold the official figures entered until `published_at`. Who enters one at this moment has been waited
    for, or waits and is later than the vintage (`enter_official`): what files hold never changes.
    """
    Town.objects.select_for_update(no_key=True).get(pk=wave.town_id)
    publication.needs = _order(rows)
    publication.sha256 = figures_sha256([*map(_published, rows), *figures_in(publication.tables)])
    publication.save(force_insert=True)
    Estimate.objects.bulk_create(rows, batch_size=2000)
    number = len(rows) + sum(1 for _figure in figures_in(publication.tables))
    _write_into_log(wave=wave, publication=publication, figures=number, now=now)
    record(
        now=now,
        actor_id=publication.published_by_id,
        town_slug=wave.town.slug,
        action="indicators.publish",
        object_type="publication",
        object_id=publication.pk,
        detail={"weighting": publication.weighting, "method": publication.method_version, "number": publication.number},
    )
    return publication


def _order(rows: list[Estimate]) -> dict[str, Any]:
    """The order of needs as the published rows give it: whoever has the files can compute it again."""
    shown: dict[tuple[str, str], Shown] = {}
    for row in rows:
        # Weighted rows come after raw ones and stand in their place.
        if row.value is not None and row.ci_low is not None and row.ci_high is not None and row.n_eff is not None:
            shown[row.indicator, row.option] = Shown(row.value, row.ci_low, row.ci_high, row.n_eff)
    needs = dict.fromkeys(row.option for row in rows if row.indicator == NAMED)
    return order_of(plan=catalogue().needs, needs=list(needs), shown=shown).as_json()


def _channels(wave: Wave) -> dict[str, float | None]:
    """The share of answers by channel, protected as every count is. One query."""
    rows = wave.responses.order_by("channel").values_list("channel").annotate(number=Count("pk"))
    return {one.channel: one.share for one in by_channel(respondents=dict(rows)).shares}


def _published(row: Estimate) -> PublishedFigure:
    return PublishedFigure(
        indicator=row.indicator,
        option=row.option,
        weighted=row.weighted,
        value=row.value,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        base=row.n,
    )


def _write_into_log(*, wave: Wave, publication: Publication, figures: int, now: datetime) -> None:
    """The publication in the public log: where the figures stand and the hash of all of them."""
    body: dict[str, object] = {
        "wave": str(wave.pk),
        "address": f"/indicators/{wave.pk}/",
        "number": publication.number,
        "figures": figures,
        "figures_sha256": publication.sha256,
        "method": publication.method_version,
        "weighting": publication.weighting,
    }
    if publication.replaces_id:
        body["replaces"] = str(publication.replaces_id)
    append(slug=wave.town.slug, kind=Kind.PUBLICATION, body=body, ref=publication.pk, now=now)


def _named(margins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Which population tables a publication rests on: their names and the hash of their numbers."""
    return [
        {name: value for name, value in table.items() if name != "counts"}
        | {"sha256": hashlib.sha256(json.dumps(table["counts"], sort_keys=True).encode()).hexdigest()}
        for table in margins
    ]


def _population(attached: list[dict[str, Any]], raking: Raking) -> _Population:
    """The attached margins for sex x age and, where they exist, for education. None, or damaged ones: raw figures."""
    tables = {str(table["dimension"]): table["counts"] for table in attached}
    by_sex_age = tables.get(MarginDimension.SEX_AGE.value)
    if not by_sex_age:
        return _Population([], None)
    by_education = tables.get(MarginDimension.EDUCATION.value)
    space = raking.space_with_education if by_education else raking.space
    try:
        people = population_table(space=space, counts=by_sex_age)
    except WeightingRefusedError as refused:
        return _Population([], None, refused.code)
    margins = [sex_age_margin(space=space, population=people)]
    if by_education:
        totals = [by_education.get(level, 0) for level in space.educations]
        margins.append(education_margin(space=space, totals=np.array(totals, dtype=np.float64)))
    return _Population(margins, sex_age_margin(space=space, population=people, bands=raking.bands))


def _weigh(cube: Cube, population: _Population) -> tuple[weights.Weights, str]:
    cells = cube.respondents[:-1]
    if not population.margins:
        return weights.unweighted(cells=len(cells), refusal=population.refusal), population.refusal.value
    try:
        found = weights.weigh(counts=cells, margins=population.margins, coarse=population.coarse)
    except WeightingRefusedError as refused:
        return weights.unweighted(cells=len(cells), refusal=refused.code), refused.code.value
    return found, found.refusal.value if found.refusal else ""


def _rows(publication: Publication, figure: Figure) -> list[Estimate]:
    """The raw row of a figure, and the weighted one where answers were weighted. Withheld figures carry no value."""
    rows = [_row(publication, figure, figure.raw, weighted=False)]
    if figure.weighted is not None:
        rows.append(_row(publication, figure, figure.weighted, weighted=True))
    return rows


def _row(publication: Publication, figure: Figure, estimate: estimates.Estimate | None, *, weighted: bool) -> Estimate:
    row = Estimate(
        publication=publication,
        indicator=figure.indicator,
        option=figure.option,
        weighted=weighted,
        n=figure.base,
        obs_status=figure.obs_status,
        conf_status=figure.conf_status,
        note=figure.withheld.value if figure.withheld else "",
    )
    if estimate is not None and figure.conf_status == ConfStatus.FREE:
        # Rounded before they are stored: with all digits a share tells the exact number of people behind it.
        row.value, row.se = round(estimate.value, 3), round(estimate.se, 4)
        row.ci_low, row.ci_high = round(estimate.low, 3), round(estimate.high, 3)
        row.n_eff, row.deff = 5.0 * round(estimate.n_eff / 5), round(estimate.deff, 2)
    return row
