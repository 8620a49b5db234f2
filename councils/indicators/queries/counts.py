"""Reads for counting: the catalogue, what codes mean, the codes themselves, the cube. Closed waves alone."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from councils.indicators.models import CountRun
from councils.indicators.rules import binding
from councils.indicators.rules.catalogue import Catalogue, Raking, check_binding, parse
from councils.indicators.rules.copied import codes_from_copy
from councils.indicators.rules.cube import Counted, Layout
from councils.indicators.rules.margins import CellSpace
from councils.indicators.rules.packed import from_bytes
from councils.indicators.rules.refusals import CatalogueError
from councils.surveys.models import Response, Wave
from councils.surveys.queries import form_of
from councils.surveys.rules import code_layout
from councils.surveys.states import WaveState

CATALOGUE_FILE = Path(__file__).parents[1] / "data" / "catalogue.toml"
_CODES = "COPY (SELECT codes FROM surveys_response WHERE wave_id = %s AND batch = %s) TO STDOUT (FORMAT BINARY)"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue of indicators that this release knows."""
    return parse(text=CATALOGUE_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def layout_for(*, version_id: UUID, with_education: bool) -> tuple[Layout, Raking]:
    """What the slots of a questionnaire version's codes mean, with the cells that are counted. Kept per process."""
    raking = catalogue().raking
    space = raking.space_with_education if with_education else raking.space
    needs = catalogue().needs
    crossings = needs.crossings if needs else ()
    return binding.layout_of(slots=code_layout(form_of(version_id)), space=space, crossings=crossings), raking


@lru_cache(maxsize=64)
def plain_layout(*, version_id: UUID) -> Layout:
    """The same for a questionnaire without indicators: counted whole, in no cells. Kept per process."""
    return binding.layout_of(slots=code_layout(form_of(version_id)), space=CellSpace((), ()))


def fits_catalogue(layout: Layout) -> bool:
    """Whether a version has every question and answer that the indicators need."""
    try:
        check_binding(catalogue=catalogue(), layout=layout)
    except CatalogueError:
        return False
    return True


def batches_of(wave_id: UUID) -> int:
    """How many batches of answers a closed wave has."""
    highest = Response.objects.filter(wave_id=wave_id).order_by("-batch").values_list("batch", flat=True).first()
    return 0 if highest is None else highest + 1


def codes_in(*, wave_id: UUID, batch: int, slots: int) -> Iterator[NDArray[np.int16]]:
    """The codes (n, slots) of one batch of a closed wave; nothing while the wave is open."""
    if not Wave.objects.filter(pk=wave_id, state=WaveState.CLOSED).exists():
        return
    with connection.cursor() as cursor, cursor.copy(_CODES, [wave_id, batch]) as blocks:
        found = list(codes_from_copy(blocks=blocks, slots=slots))
    if found:
        yield np.concatenate(found)


def cube_of(run: CountRun, *, layout: Layout) -> Counted | None:
    """The cube of a count as far as it is; None before the first batch."""
    return None if run.cube is None else from_bytes(layout=layout, data=bytes(run.cube))


def unpublished_waves(*, limit: int = 50) -> list[UUID]:
    """Closed waves without a publication: what the sweep has to do."""
    rows = Wave.objects.filter(state=WaveState.CLOSED, publications__isnull=True).order_by("closed_at")
    return list(rows.values_list("pk", flat=True)[:limit])
