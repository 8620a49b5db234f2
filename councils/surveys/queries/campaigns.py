"""Reads about waves that were opened in several towns together. Nothing here may count answers."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Prefetch

from councils.surveys.models import Campaign, Wave
from councils.surveys.queries.waves import waves
from councils.surveys.states import WaveState
from towns.models import Town

NEWEST = 5


def towns_with_open_wave(*, questionnaire_id: UUID, towns: Sequence[Town]) -> list[Town]:
    """Those of the towns where a wave of the questionnaire has not been closed yet, in the order given."""
    standing = Wave.objects.filter(
        questionnaire_id=questionnaire_id, town__in=towns, state__in=[WaveState.OPEN, WaveState.ENDED]
    )
    found = set(standing.values_list("town_id", flat=True))
    return [town for town in towns if town.pk in found]


def newest_campaigns() -> list[Campaign]:
    """The newest campaigns with their waves. Two queries."""
    mine = Prefetch("waves", queryset=waves().order_by("town__slug"))
    return list(Campaign.objects.prefetch_related(mine).order_by("-opened_at", "-pk")[:NEWEST])
