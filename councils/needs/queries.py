"""Reads about needs. Whatever the public sees comes through `public_needs`, the only door that leaves hidden texts out.

Cursors are ids, never moments: a public address must not tell when an anonymous person filed.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext

from audit.models import Version
from audit.queries import town_version
from common.errors import NotFound
from common.ids import normalise_ticket
from councils.needs.models import Need
from councils.needs.states import HIDDEN_REASONS, NeedState
from towns.models import Town
from users.models import User

PAGE = 20


@dataclass(frozen=True, slots=True)
class NeedPage:
    """Some needs in order, and the id to ask for the next ones with (None at the end)."""

    items: list[Need]
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class NeedCounts:
    """Numbers of a town's needs. `hidden` are those refused for personal data; `refused` does not count them."""

    waiting: int
    accepted: int
    refused: int
    hidden: int


def public_needs() -> QuerySet[Need]:
    """Needs whose text everybody may read: answered, and not refused for what they tell about somebody."""
    return (
        Need.objects.exclude(state=NeedState.SUBMITTED)
        .exclude(refusal_reason__in=[reason.value for reason in HIDDEN_REASONS])
        .select_related("town")
    )


def public_need(need_id: UUID) -> Need:
    """One of `public_needs`. Raises `NotFound` for all others alike: nobody learns that a hidden one exists."""
    need = public_needs().filter(pk=need_id).first()
    if need is None:
        raise NotFound(
            "no_such_need",
            gettext("There is no such need here. It becomes public when the council has answered it."),
        )
    return need


def any_need(need_id: UUID) -> Need:
    """A need in whatever state, for those who may read it; ask `permissions` before showing it."""
    need = Need.objects.select_related("town").filter(pk=need_id).first()
    if need is None:
        raise NotFound("no_such_need", gettext("There is no such need here. Check the address."))
    return need


def newest_first(needs: QuerySet[Need], *, after: UUID | None, limit: int) -> NeedPage:
    """One page of needs from the newest to the oldest. An unknown cursor gives an empty page."""
    if after is not None:
        mark = Need.objects.filter(pk=after).values("filed_at")[:1]
        needs = needs.filter(Q(filed_at__lt=mark) | Q(filed_at=mark, pk__lt=after))
    return _page(needs.order_by("-filed_at", "-pk"), limit)


def page_of_needs(
    *, town: Town, category: str = "", state: str = "", after: UUID | None = None, limit: int = PAGE
) -> NeedPage:
    """The public list of a town, newest first. Unknown filter values are refused by the form, not here."""
    needs = public_needs().filter(town=town)
    if category:
        needs = needs.filter(category=category)
    if state:
        needs = needs.filter(state=state)
    return newest_first(needs, after=after, limit=limit)


def latest_needs(*, town: Town, limit: int = 3) -> list[Need]:
    return page_of_needs(town=town, limit=limit).items


def accepted_needs(*, town: Town) -> QuerySet[Need]:
    """What the council has taken up, the longest waiting first."""
    return public_needs().filter(town=town, state=NeedState.ACCEPTED).order_by("answered_at", "pk")


def waiting_needs(*, town: Town, after: UUID | None = None, limit: int = PAGE) -> NeedPage:
    """What the council has not answered yet, the longest waiting first. Never public."""
    needs = Need.objects.filter(town=town, state=NeedState.SUBMITTED).select_related("town")
    if after is not None:
        mark = Need.objects.filter(pk=after).values("filed_at")[:1]
        needs = needs.filter(Q(filed_at__gt=mark) | Q(filed_at=mark, pk__gt=after))
    return _page(needs.order_by("filed_at", "pk"), limit)


def counts(*, town: Town) -> NeedCounts:
    hidden = Q(refusal_reason__in=[reason.value for reason in HIDDEN_REASONS])
    return NeedCounts(
        **Need.objects.filter(town=town).aggregate(
            waiting=Count("pk", filter=Q(state=NeedState.SUBMITTED)),
            accepted=Count("pk", filter=Q(state=NeedState.ACCEPTED)),
            refused=Count("pk", filter=Q(state=NeedState.REFUSED) & ~hidden),
            hidden=Count("pk", filter=hidden),
        )
    )


def counts_by_category(*, town: Town) -> dict[str, int]:
    """How many accepted needs of a town there are of each category that has any. One query."""
    rows = public_needs().filter(town=town, state=NeedState.ACCEPTED).values_list("category")
    return dict(rows.annotate(number=Count("pk")).order_by("category"))


def needs_of(*, author: User, limit: int = 50) -> list[Need]:
    """The needs that a person chose to see on their own page, newest first."""
    return list(Need.objects.filter(author=author).select_related("town").order_by("-filed_at", "-pk")[:limit])


def need_by_ticket(*, typed: str) -> Need | None:
    """The need of a ticket as somebody typed or dictated it, in whatever state."""
    return Need.objects.select_related("town").filter(ticket=normalise_ticket(typed)).first()


def list_version(slug: str) -> int:
    """Changes with every write of a town: for conditional pages whose address holds the town's slug."""
    return town_version(slug)


def need_version(need_id: UUID) -> int:
    """Changes with every write of the need's town: for conditional pages whose address holds the need's id alone."""
    town = Need.objects.filter(pk=need_id).values("town__slug")
    return int(Version.objects.filter(Q(town_slug="") | Q(town_slug__in=town)).aggregate(sum=Sum("number"))["sum"] or 0)


def _page(needs: QuerySet[Need], limit: int) -> NeedPage:
    rows = list(needs[: limit + 1])
    items = rows[:limit]
    return NeedPage(items=items, next_after=items[-1].pk if len(rows) > limit else None)
