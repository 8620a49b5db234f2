"""Waves of many towns for those who want to copy one, and which waves were copied. Nothing about answers."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Window
from django.db.models.functions import RowNumber

from audit.models import Record
from councils.surveys.models import Wave
from councils.surveys.queries.waves import waves
from councils.surveys.states import WaveState

COPIED = "surveys.copy_wave"


def origins_of(wave_ids: Collection[UUID]) -> dict[UUID, Wave]:
    """Of those waves that were copied, the wave that each was copied from. One query, two when there are any."""
    rows = Record.objects.filter(
        object_type="wave", object_id__in=[str(wave_id) for wave_id in wave_ids], action=COPIED
    ).values_list("object_id", "detail")
    sources = {UUID(copy): UUID(detail["from"]) for copy, detail in rows}
    if not sources:
        return {}
    found = {wave.pk: wave for wave in waves().filter(pk__in=set(sources.values()))}
    return {copy: found[source] for copy, source in sources.items() if source in found}


def newest_waves_by_town(*, towns: Collection[str], each: int) -> list[Wave]:
    """The newest waves of each of these towns (slugs), at most so many of one. One query."""
    place = Window(RowNumber(), partition_by="town", order_by="-number")
    found = waves().filter(town__slug__in=towns).exclude(state=WaveState.DRAFT).annotate(place=place)
    return list(found.filter(place__lte=each).order_by("town__slug", "-number"))
