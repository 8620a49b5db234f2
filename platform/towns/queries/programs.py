"""Towns as the API gives them: model rows with what belongs to them, in few queries however many rows there are."""

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from towns.models import OfficialValue, Town
from towns.rules import spelling


def towns_for_programs(*, q: str = "") -> list[Town]:
    """All towns with their oblasts by slug, or those that `q` finds in any spelling. One query."""
    towns = Town.objects.select_related("oblast").order_by("slug")
    return [town for town in towns if spelling.matches(q, town.search_text)]


def town_for_programs(*, slug: str) -> Town:
    """One town with `aliases` and `current_values` (official figures in force, by key). Three queries."""
    current = OfficialValue.objects.filter(superseded_by__isnull=True, withdrawn_at__isnull=True)
    figures = Prefetch("official_values", current.select_related("unit", "source").order_by("key"), "current_values")
    try:
        return Town.objects.select_related("oblast").prefetch_related("aliases", figures).get(slug=slug)
    except Town.DoesNotExist:
        raise _no_such_town() from None


def known_town(*, slug: str) -> None:
    """Refuse a slug that no town has, as the API says it everywhere. One query."""
    if not Town.objects.filter(slug=slug).exists():
        raise _no_such_town()


def _no_such_town() -> NotFound:
    return NotFound("no_such_town", _("There is no town with this slug; /api/v1/towns/ lists them."))
