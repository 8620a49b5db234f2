"""Sets the population counts of a town that survey weights are raked to. It never mixes two sources."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from towns.models import Margin, Town
from towns.states import MarginDimension


@transaction.atomic
def replace_margins(
    *,
    town: Town,
    dimension: MarginDimension,
    counts: Mapping[str, int],
    year: int,
    source: str,
    actor_id: UUID | None,
    now: datetime,
) -> list[Margin]:
    """Put `counts` (category code -> people) in place of what `source` said before of this town and dimension.

    Refuses an empty table, negative counts, and a total of nobody. Counts of other sources stay.
    """
    if not counts or sum(counts.values()) == 0 or min(counts.values()) < 0:
        raise DomainError("margins_empty", _("Give at least one group with people in it; no count may be below zero."))
    if not source.strip():
        raise DomainError("margins_without_source", _("Name the source of these counts."))
    Town.objects.select_for_update().get(pk=town.pk)
    Margin.objects.filter(town=town, dimension=dimension, source=source).delete()
    rows = Margin.objects.bulk_create(
        Margin(town=town, dimension=dimension, category=category, population=people, year=year, source=source)
        for category, people in sorted(counts.items())
    )
    record(
        now=now,
        actor_id=actor_id,
        town_slug=town.slug,
        action="towns.replace_margins",
        object_type="towns.margin",
        object_id=town.pk,
        detail={"dimension": dimension.value, "year": year, "groups": len(rows), "people": sum(counts.values())},
    )
    return rows
