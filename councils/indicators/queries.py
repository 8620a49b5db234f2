"""Reads of published indicators, and what a questionnaire version means for counting. Only closed waves ever appear."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np
from django.db import connection
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from common.errors import NotFound
from councils.indicators.models import CountCell, CountRun, Estimate
from councils.indicators.rules import binding
from councils.indicators.rules.catalogue import Catalogue, Indicator, parse
from councils.indicators.rules.cube import Layout
from councils.indicators.rules.margins import CellSpace
from councils.surveys.models import Wave
from councils.surveys.queries import form_of, response_codes, waves
from councils.surveys.rules import code_layout
from councils.surveys.states import WaveState

CATALOGUE_FILE = Path(__file__).parent / "data" / "catalogue.toml"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue of indicators that this release knows."""
    return parse(text=CATALOGUE_FILE.read_text(encoding="utf-8"))


def layout_of(*, version_id: UUID, space: CellSpace) -> Layout:
    """What the slots of a questionnaire version's codes mean, and the cells that are counted."""
    return binding.layout_of(slots=code_layout(form_of(version_id)), space=space)


def codes_of(*, wave: Wave, layout: Layout) -> NDArray[np.int16]:
    """The codes of all responses of a closed wave, shape (N, slots); refuses while the wave is open."""
    rows = [codes for _batch, codes in response_codes(wave.pk)]
    return np.array(rows, dtype=np.int16) if rows else np.zeros((0, layout.slots), dtype=np.int16)


def stored_cells(*, wave: Wave) -> list[tuple[str, str, str, int]]:
    """The count cube of a wave as it was stored."""
    return list(CountCell.objects.filter(wave=wave).values_list("question", "option", "cell", "n"))


def uncounted_waves(*, limit: int = 50) -> list[UUID]:
    """Closed waves without a count: what the sweep has to do."""
    rows = Wave.objects.filter(state=WaveState.CLOSED, count_run__isnull=True).order_by("closed_at")
    return list(rows.values_list("pk", flat=True)[:limit])


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
    """All published figures of a wave with the run that counted them."""

    wave: Wave
    run: CountRun
    indicators: list[Result]
    answers: dict[str, list[Result]]


def published_wave(wave_id: UUID) -> Wave:
    """A closed and counted wave; raises NotFound for all others alike, so that nobody learns how far one is."""
    wave = (
        waves().select_related("count_run").filter(pk=wave_id, state=WaveState.CLOSED, count_run__isnull=False).first()
    )
    if wave is None:
        raise NotFound("no_results", _("There are no results here. They appear soon after a survey has closed."))
    return wave


def results_of(*, wave: Wave) -> WaveResults:
    """Every figure of a published wave, in the order of the catalogue. One query."""
    by_key: dict[tuple[str, str], dict[bool, Estimate]] = {}
    for estimate in Estimate.objects.filter(wave=wave).order_by("id"):
        by_key.setdefault((estimate.indicator, estimate.option), {})[estimate.weighted] = estimate
    known = {indicator.code: indicator for indicator in catalogue().indicators}
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
    return WaveResults(wave, wave.count_run, indicators, answers)


def headline(*, results: WaveResults, codes: Sequence[str]) -> list[Result]:
    """Some indicators of a wave, in the given order, for a town's page."""
    found = {result.indicator.code: result for result in results.indicators}
    return [found[code] for code in codes if code in found]
