"""Offers as pages show them. A public row never holds an address, and a name only if the giver said so."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.errors import NotFound
from common.postgresql.asking import ask
from funds.projects.models import Offer
from funds.projects.rules.offers import PUBLIC
from funds.projects.states import OfferState

PAGE = 20


@dataclass(frozen=True, slots=True)
class PublicOffer:
    """An offer as everybody may see it. `giver` is "" unless the giver chose to be named."""

    id: UUID
    kind: str
    title: str
    text: str
    language: str
    giver: str
    state: str
    available_through: date | None
    offered_at: datetime
    project_id: UUID | None
    project: str

    @property
    def name(self) -> str:
        """The giver's name, or "Anonymous" in the reader's language."""
        return self.giver or _("Anonymous")


def offer_version(offer_id: UUID) -> int:
    """The version of the town that an offer belongs to: one query for its page's ETag."""
    return int(
        ask(
            "SELECT coalesce(sum(v.number), 0) FROM audit_version v WHERE v.town_slug IN ('', (SELECT t.slug"
            " FROM projects_offer o JOIN ledger_fund f ON f.id = o.fund_id JOIN towns_town t ON t.id = f.town_id"
            " WHERE o.id = $1::uuid))",
            [offer_id],
        )[0][0]
    )


def offers_of_fund(*, fund_id: UUID, before: UUID | None = None, limit: int = PAGE) -> list[PublicOffer]:
    """A fund's public offers, newest first; `before` is the id of the last one of the page above."""
    rows = Offer.objects.filter(fund_id=fund_id)
    if before is not None:
        place = Offer.objects.filter(pk=before).values_list("offered_at", flat=True).first()
        if place is not None:
            rows = rows.filter(offered_at__lte=place).exclude(offered_at=place, pk__gte=before)
    return _public(rows, limit)


def offers_of_project(*, project_id: UUID, limit: int = PAGE) -> list[PublicOffer]:
    """What was offered to a project, newest first."""
    return _public(Offer.objects.filter(project_id=project_id), limit)


def offer_of(*, offer_id: UUID) -> Offer:
    """One offer that everybody may see, with its fund, town and project; raises NotFound."""
    found = Offer.objects.select_related("fund__town", "project").filter(pk=offer_id, state__in=PUBLIC).first()
    if found is None:
        raise NotFound("no_offer", _("There is no such offer."))
    return found


def offer_by_code(*, code: str) -> Offer:
    """The offer whose giver's secret this is; raises NotFound."""
    found = Offer.objects.select_related("fund__town", "project").filter(follow_code=code).first()
    if found is None:
        raise NotFound("no_offer", _("There is no offer at this address. Check that the whole address was copied."))
    return found


def _public(rows: QuerySet[Offer], limit: int) -> list[PublicOffer]:
    found = rows.filter(state__in=PUBLIC).select_related("project").order_by("-offered_at", "-pk")[:limit]
    return [
        PublicOffer(
            id=row.pk,
            kind=row.get_kind_display(),
            title=row.title,
            text=row.text,
            language=row.language,
            giver=row.giver_name if row.name_public else "",
            state=OfferState(row.state),
            available_through=row.available_through,
            offered_at=row.offered_at,
            project_id=row.project_id,
            project=row.project.title if row.project else "",
        )
        for row in found
    ]
