"""Reads about priorities. Lists are public; the draft is for those who may change it (`permissions.can_draft`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext

from audit.models import Version
from common.errors import NotFound
from councils.indicators.queries.order import NeedsOrder, order_of_publication
from councils.members.models import Council
from councils.priorities.models import Priority, PriorityDraft, PriorityList
from towns.models import Town

MOST_LISTS = 100


@dataclass(frozen=True, slots=True)
class StandingPlace:
    """Where a need stands on the newest list of a town's council."""

    place: int
    number: int


@dataclass(frozen=True, slots=True)
class TownCounts:
    """How a council's lists stand to the evidence: the newest one, and all it has published."""

    newest: PriorityList
    lists: int
    judged: int
    departed: int


def lists() -> QuerySet[PriorityList]:
    """All published lists with their places, the list's order first, then what was left out."""
    places = Priority.objects.order_by(F("place").asc(nulls_last=True), "id")
    return PriorityList.objects.select_related("council__town").prefetch_related(Prefetch("priorities", places))


def newest_list(*, town: Town) -> PriorityList | None:
    """The list that stands. Two queries."""
    return lists().filter(council__town=town).order_by("-number").first()


def one_list(list_id: UUID) -> PriorityList:
    """A list, also one that was replaced; raises NotFound."""
    found = lists().filter(pk=list_id).first()
    if found is None:
        raise NotFound("no_such_list", gettext("There is no such list of priorities here. Check the address."))
    return found


def lists_of(*, town: Town) -> list[PriorityList]:
    """Every list of a town's council, the newest first, without its places. One query."""
    return list(PriorityList.objects.filter(council__town=town).order_by("-number")[:MOST_LISTS])


def lists_after(*, rows: QuerySet[PriorityList], after: UUID | None, limit: int) -> list[PriorityList]:
    """Some lists in the order of their publication, those that follow `after`. An unknown cursor gives none."""
    if after is not None:
        mark = PriorityList.objects.filter(pk=after).values("published_at")[:1]
        rows = rows.filter(Q(published_at__gt=mark) | Q(published_at=mark, pk__gt=after))
    return list(rows.order_by("published_at", "pk")[:limit])


def evidence_beside(one: PriorityList) -> NeedsOrder:
    """The published order that a list was laid beside. Three queries."""
    return order_of_publication(one.publication_id)


def place_of(*, town_id: UUID, need: str) -> StandingPlace | None:
    """Where a need stands on the newest list of a town's council. One query."""
    newest = (
        PriorityList.objects.filter(council__town=OuterRef("list__council__town"))
        .order_by("-number")
        .values("number")[:1]
    )
    row = (
        Priority.objects.filter(
            list__council__town=town_id, need=need, place__isnull=False, list__number=Subquery(newest)
        )
        .values_list("place", "list__number")
        .first()
    )
    return StandingPlace(place=row[0], number=row[1]) if row and row[0] is not None else None


def counts_by_town() -> Mapping[str, TownCounts]:
    """For each town whose council has published a list, by slug. Two queries."""
    sums = {
        row["council_id"]: row
        for row in PriorityList.objects.values("council_id").annotate(
            lists=Max("number"), all_judged=Sum("judged"), all_departed=Sum("departed")
        )
    }
    rows = PriorityList.objects.select_related("council__town").order_by("council_id", "-number").distinct("council_id")
    return {
        row.council.town.slug: TownCounts(
            row,
            sums[row.council_id]["lists"],
            sums[row.council_id]["all_judged"],
            sums[row.council_id]["all_departed"],
        )
        for row in rows
    }


def draft_of(council: Council) -> PriorityDraft | None:
    """What chair and secretary have saved. Ask `permissions.can_draft` before showing it."""
    return PriorityDraft.objects.filter(council=council).select_related("saved_by").first()


def list_version(list_id: UUID) -> int:
    """Changes with every write of the list's town. One query."""
    town = PriorityList.objects.filter(pk=list_id).values("council__town__slug")
    seen = Version.objects.filter(Q(town_slug="") | Q(town_slug__in=town))
    return int(seen.aggregate(sum=Sum("number"))["sum"] or 0)
