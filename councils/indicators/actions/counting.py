"""Counting a closed wave batch by batch, and once more as a whole. Counting twice changes nothing.

The cube and its watermark are one row, written in one transaction: a batch is in it once, whatever is killed. A full
recount at closing and every night proves that the increments never drifted. An open wave is never counted.
"""

from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from councils.indicators.models import CountRun
from councils.indicators.queries import batches_of, codes_in, cube_of, fits_catalogue, layout_for, plain_layout
from councils.indicators.rules import binding
from councils.indicators.rules.catalogue import Raking
from councils.indicators.rules.cube import Counted, Layout, add_batch, empty
from councils.indicators.rules.packed import to_bytes
from councils.indicators.states import WeightingRefusal
from councils.surveys.models import Wave
from councils.surveys.states import WaveState
from towns.states import MarginDimension

AT_ONCE = 20  # batches of up to a thousand answers in one transaction


@transaction.atomic
def count_some(*, wave_id: UUID, now: datetime, most: int = AT_ONCE) -> CountRun:
    """Count up to `most` more batches of a closed wave. `batch` equals `batches` when nothing is left.

    Refuses an open wave (`sealed`). A questionnaire that the catalogue does not know is counted in no cells, with a
    note; one without closed questions is done at once.
    """
    wave = _closed(wave_id)
    run, layout, raking = _run(wave)
    if run.counted_at is not None:
        return run
    run.note = "" if raking else WeightingRefusal.NO_CATALOGUE.value
    if not layout.slots:
        run.responses, run.counted_at = wave.responses.count(), now
        run.save()
        return run
    counted = cube_of(run, layout=layout) or Counted(empty(layout=layout))
    run.batches = batches_of(wave.pk)
    for number in range(counted.through + 1, min(run.batches, counted.through + most) + 1):
        counted = _with_batch(wave.pk, layout, raking, counted, number)
    run.cube, run.batch = to_bytes(counted=counted), counted.through
    run.responses = int(counted.cube.respondents.sum())
    if run.batch == run.batches:
        run.counted_at = now
    run.save()
    return run


@transaction.atomic
def recount(*, wave_id: UUID, now: datetime) -> bool:
    """Count a wave anew as a whole and compare: True when both agree cell by cell; else the recount is stored."""
    wave = _closed(wave_id)
    run, layout, raking = _run(wave)
    if not layout.slots:
        CountRun.objects.filter(wave=wave).update(recounted_at=now)
        return True
    whole = Counted(empty(layout=layout))
    for number in range(1, batches_of(wave.pk) + 1):
        whole = _with_batch(wave.pk, layout, raking, whole, number)
    stored = cube_of(run, layout=layout)
    agrees = stored is not None and stored.cube.same(other=whole.cube)
    if not agrees:
        run.cube, run.batch, run.batches = to_bytes(counted=whole), whole.through, whole.through
        run.responses = int(whole.cube.respondents.sum())
        run.drifted = stored is not None and run.counted_at is not None
        run.counted_at = run.counted_at or now
    run.recounted_at = now
    run.save()
    return agrees


def _closed(wave_id: UUID) -> Wave:
    wave = Wave.objects.select_for_update(of=("self",)).get(pk=wave_id)
    if wave.state != WaveState.CLOSED:
        raise DomainError("sealed", _("The survey is still open: its results are sealed until it closes."))
    return wave


def _run(wave: Wave) -> tuple[CountRun, Layout, Raking | None]:
    """The row of the count, made at the first batch: what it counts by is fixed then.

    Without raking questions where the catalogue does not know the questionnaire.
    """
    tables = {table["dimension"] for table in wave.margins}
    run, _made = CountRun.objects.get_or_create(
        wave=wave, defaults={"with_education": MarginDimension.EDUCATION.value in tables}
    )
    layout, raking = layout_for(version_id=wave.version_id, with_education=run.with_education)
    begun = run.cube is not None or run.counted_at is not None
    if not run.note if begun else fits_catalogue(layout):
        return run, layout, raking
    return run, plain_layout(version_id=wave.version_id), None


def _with_batch(wave_id: UUID, layout: Layout, raking: Raking | None, counted: Counted, number: int) -> Counted:
    for codes in codes_in(wave_id=wave_id, batch=number - 1, slots=layout.slots):
        cells = np.full(len(codes), -1, dtype=np.int64)
        if raking is not None:
            cells = binding.cells_of(layout=layout, raking=raking, codes=codes)
        return add_batch(layout=layout, counted=counted, codes=codes, cells=cells, number=number)
    raise DomainError("batch_missing", _("A batch of answers is missing: the count stops."))
