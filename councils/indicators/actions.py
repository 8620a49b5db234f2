"""Counting a closed wave: cube, weights and published figures in one transaction. Counting twice changes nothing.

A wave that is still open is never counted, and a suppressed figure's value is never stored.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from councils.indicators.models import CountCell, CountRun, Estimate
from councils.indicators.queries import catalogue, codes_of, layout_of, stored_cells
from councils.indicators.rules import binding, estimates, weights
from councils.indicators.rules.catalogue import Raking, check_binding
from councils.indicators.rules.cube import UNKNOWN, Cube, Layout, from_rows, to_rows
from councils.indicators.rules.margins import Margin, education_margin, population_table, sex_age_margin
from councils.indicators.rules.publication import Figure, figures
from councils.indicators.rules.refusals import CatalogueError, WeightingRefusedError
from councils.indicators.rules.statement import PublishedFigure, figures_sha256
from councils.indicators.states import ConfStatus, Weighting, WeightingRefusal
from councils.surveys.models import Wave
from councils.surveys.states import WaveState
from towns.models import Town
from towns.queries import margins_for
from towns.states import MarginDimension
from transparency.actions import append
from transparency.states import Kind

METHOD_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class _Population:
    margins: list[Margin]
    coarse: Margin | None
    source: str
    refusal: WeightingRefusal = WeightingRefusal.NO_MARGINS  # why `margins` is empty, where it is


@transaction.atomic
def count_wave(*, wave_id: UUID, now: datetime) -> CountRun:
    """Count a closed wave and publish its figures; a wave that was counted before gives its first count.

    Refuses an open wave (`sealed`). A questionnaire that the catalogue does not know is counted without figures, once.
    """
    wave = Wave.objects.select_for_update(of=("self",)).select_related("town", "version").get(pk=wave_id)
    if wave.state != WaveState.CLOSED:
        raise DomainError("sealed", _("The survey is still open: its results are sealed until it closes."))
    before = CountRun.objects.filter(wave=wave).first()
    if before is not None:
        return before
    population = _population(wave.town, catalogue().raking)
    try:
        layout, cube = counted(wave=wave, with_education=len(population.margins) > 1)
    except CatalogueError:
        return _without_figures(wave, now)
    weighted, note = _weigh(cube, population)
    found = figures(layout=layout, cube=cube, weights=weighted, indicators=catalogue().indicators)
    kish = weights.kish(counts=cube.respondents, weights=weighted.columns)
    run = CountRun.objects.create(
        wave=wave,
        counted_at=now,
        responses=int(cube.respondents.sum()),
        method_version=f"{METHOD_VERSION}/{catalogue().version}",
        weighting=weighted.method,
        weighting_note=note,
        margins_source=population.source,
        n_eff=kish.n_eff if cube.respondents.sum() else None,
        deff=kish.deff if cube.respondents.sum() else None,
    )
    CountCell.objects.bulk_create(
        [CountCell(wave=wave, question=q, option=o, cell=c, n=n) for q, o, c, n in to_rows(layout=layout, cube=cube)],
        batch_size=2000,
    )
    rows = [row for figure in found for row in _rows(wave, figure)]
    Estimate.objects.bulk_create(rows, batch_size=2000)
    _write_into_log(wave=wave, run=run, rows=rows, now=now)
    record(
        now=now,
        actor_id=None,
        town_slug=wave.town.slug,
        action="indicators.count",
        object_type="wave",
        object_id=wave.pk,
        detail={"weighting": weighted.method.value, "method": run.method_version},
    )
    return run


def _write_into_log(*, wave: Wave, run: CountRun, rows: list[Estimate], now: datetime) -> None:
    """The publication in the public log: where the figures stand and the hash of all of them."""
    published = [
        PublishedFigure(
            indicator=row.indicator,
            option=row.option,
            weighted=row.weighted,
            value=row.value,
            ci_low=row.ci_low,
            ci_high=row.ci_high,
            base=row.n,
        )
        for row in rows
    ]
    body = {
        "wave": str(wave.pk),
        "address": f"/indicators/{wave.pk}/",
        "figures": len(published),
        "figures_sha256": figures_sha256(published),
        "method": run.method_version,
        "weighting": Weighting(run.weighting).value,
    }
    append(slug=wave.town.slug, kind=Kind.PUBLICATION, body=body, ref=wave.pk, now=now)


def _without_figures(wave: Wave, now: datetime) -> CountRun:
    """The count of a wave whose questionnaire has no indicators: how many answered, and why there is nothing else."""
    run = CountRun.objects.create(
        wave=wave,
        counted_at=now,
        responses=wave.responses.count(),
        method_version=f"{METHOD_VERSION}/{catalogue().version}",
        weighting=Weighting.UNWEIGHTED,
        weighting_note=WeightingRefusal.NO_CATALOGUE,
    )
    record(
        now=now,
        actor_id=None,
        town_slug=wave.town.slug,
        action="indicators.count",
        object_type="wave",
        object_id=wave.pk,
        detail={"without": "catalogue"},
    )
    return run


def counted(*, wave: Wave, with_education: bool) -> tuple[Layout, Cube]:
    """The cube of a closed wave, counted from its responses alone."""
    raking = catalogue().raking
    space = raking.space_with_education if with_education else raking.space
    layout = layout_of(version_id=wave.version_id, space=space)
    check_binding(catalogue=catalogue(), layout=layout)
    codes = codes_of(wave=wave, layout=layout)
    return layout, binding.count(layout=layout, raking=raking, codes=codes)


def recount_agrees(*, wave: Wave) -> bool:
    """Count a wave anew and compare it with what is stored, cell by cell.

    The stored cells say whether education was counted: the town's tables may have changed since.
    """
    rows, raking = stored_cells(wave=wave), catalogue().raking
    named = {cell for _question, _option, cell, _n in rows if cell != UNKNOWN}
    for space, with_education in ((raking.space, False), (raking.space_with_education, True)):
        if named <= set(space.names):
            layout, cube = counted(wave=wave, with_education=with_education)
            if from_rows(layout=layout, rows=rows).same(other=cube):
                return True
    return False


def _population(town: Town, raking: Raking) -> _Population:
    """The town's margins for sex x age and, where they exist, for education. None, or damaged ones: raw figures."""
    by_sex_age = margins_for(town=town, dimension=MarginDimension.SEX_AGE)
    if not by_sex_age:
        return _Population([], None, "")
    newest = town.margins.filter(dimension=MarginDimension.SEX_AGE).order_by("-year", "source").first()
    source = f"{newest.source}, {newest.year}" if newest else ""
    by_education = margins_for(town=town, dimension=MarginDimension.EDUCATION)
    space = raking.space_with_education if by_education else raking.space
    try:
        people = population_table(space=space, counts=by_sex_age)
    except WeightingRefusedError as refused:
        return _Population([], None, source, refused.code)
    margins = [sex_age_margin(space=space, population=people)]
    if by_education:
        totals = [by_education.get(level, 0) for level in space.educations]
        margins.append(education_margin(space=space, totals=np.array(totals, dtype=np.float64)))
    return _Population(margins, sex_age_margin(space=space, population=people, bands=raking.bands), source)


def _weigh(cube: Cube, population: _Population) -> tuple[weights.Weights, str]:
    cells = cube.respondents[:-1]
    if not population.margins:
        return weights.unweighted(cells=len(cells), refusal=population.refusal), population.refusal.value
    try:
        found = weights.weigh(counts=cells, margins=population.margins, coarse=population.coarse)
    except WeightingRefusedError as refused:
        return weights.unweighted(cells=len(cells), refusal=refused.code), refused.code.value
    return found, found.refusal.value if found.refusal else ""


def _rows(wave: Wave, figure: Figure) -> list[Estimate]:
    """The raw row of a figure, and the weighted one where answers were weighted. Withheld figures carry no value."""
    rows = [_row(wave, figure, figure.raw, weighted=False)]
    if figure.weighted is not None:
        rows.append(_row(wave, figure, figure.weighted, weighted=True))
    return rows


def _row(wave: Wave, figure: Figure, estimate: estimates.Estimate | None, *, weighted: bool) -> Estimate:
    row = Estimate(
        wave=wave,
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
