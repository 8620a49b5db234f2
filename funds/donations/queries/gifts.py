"""What pages show of gifts.

Public rows never hold an e-mail address, an account or a receipt code, and a name only if the donor said so.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from common.errors import NotFound
from common.money import CURRENCIES, Money
from funds.donations.models import Gift
from funds.donations.queries.receipts import TOLD_ON_RECEIPTS
from funds.donations.states import GiftState
from funds.projects.models import Project
from funds.projects.states import ProjectState

Place = tuple[datetime, UUID]
"""Where a page of gifts ended: the last one's `received_at` and `id`."""


@dataclass(frozen=True, slots=True)
class PublicGift:
    """A received gift as everybody may see it. `donor_name` is "" unless the donor chose to be named."""

    id: UUID
    donor_name: str
    amount: Money
    received_at: datetime
    message: str
    seq: int
    project_id: UUID | None

    @property
    def name(self) -> str:
        """The donor's name, or "Anonymous" in the reader's language."""
        return self.donor_name or _("Anonymous")


@dataclass(frozen=True, slots=True)
class Raised:
    """How many gifts were received and how much, one amount per currency that occurred."""

    gifts: int = 0
    amounts: tuple[Money, ...] = ()

    def in_currency(self, currency: str) -> Money:
        """What was received in one currency, zero included."""
        return next((amount for amount in self.amounts if amount.currency == currency), Money(0, currency))


NOTHING_RAISED = Raised()


def gifts_of_project(*, project_id: UUID, limit: int = 20, before: Place | None = None) -> list[PublicGift]:
    """Received gifts of a project, newest first; `before` continues after the last one of the page above."""
    return _public(Gift.objects.filter(project_id=project_id), limit, before)


def recent_gifts(*, fund_id: UUID, limit: int = 10, before: Place | None = None) -> list[PublicGift]:
    """Received gifts of a fund, whatever they are for, newest first."""
    return _public(Gift.objects.filter(fund_id=fund_id), limit, before)


def raised_by_projects(*, project_ids: Sequence[UUID]) -> dict[UUID, Raised]:
    """What each project received, one query for all; projects without gifts are missing: `.get(id, NOTHING_RAISED)`."""
    rows = (
        Gift.objects.filter(project_id__in=project_ids, state=GiftState.SUCCEEDED)
        .values_list("project_id", "currency")
        .annotate(total=Sum("amount_minor"), gifts=Count("pk"))
    )
    found: dict[UUID, list[tuple[str, int, int]]] = defaultdict(list)
    for project_id, currency, total, gifts in rows:
        found[project_id].append((currency, total, gifts))
    return {project_id: _raised(sums) for project_id, sums in found.items()}


def raised_by_fund(*, fund_id: UUID) -> Raised:
    """What a fund received in all, its projects included."""
    rows = (
        Gift.objects.filter(fund_id=fund_id, state=GiftState.SUCCEEDED)
        .values_list("currency")
        .annotate(total=Sum("amount_minor"), gifts=Count("pk"))
    )
    return _raised(list(rows))


def gift_by_receipt_code(*, receipt_code: str) -> Gift:
    """The gift whose secret this is, with everything its receipt shows; raises NotFound."""
    gift = Gift.objects.select_related(*TOLD_ON_RECEIPTS).filter(receipt_code=receipt_code).first()
    if gift is None:
        raise NotFound("no_receipt", _("There is no receipt at this address. Check that the whole address was copied."))
    return gift


def unsent_receipts(*, since: datetime, limit: int = 100) -> list[UUID]:
    """Gifts received after `since` whose donor left an address and was not written to yet, oldest first."""
    waiting = Gift.objects.filter(
        state=GiftState.SUCCEEDED, receipt_sent_at__isnull=True, succeeded_at__gt=since
    ).exclude(donor_email="")
    return list(waiting.order_by("succeeded_at").values_list("pk", flat=True)[:limit])


def open_projects(*, fund_id: UUID) -> list[Project]:
    """What one can give to in a fund, the oldest first."""
    return list(Project.objects.filter(fund_id=fund_id, state=ProjectState.OPEN).order_by("opened_at", "pk"))


def _raised(sums: list[tuple[str, int, int]]) -> Raised:
    by_currency = {currency: total for currency, total, _gifts in sums}
    amounts = tuple(Money(by_currency[currency], currency) for currency in CURRENCIES if currency in by_currency)
    return Raised(gifts=sum(gifts for _currency, _total, gifts in sums), amounts=amounts)


def _public(gifts: QuerySet[Gift], limit: int, before: Place | None) -> list[PublicGift]:
    if before is not None:
        at, gift_id = before
        gifts = gifts.filter(Q(succeeded_at__lt=at) | Q(succeeded_at=at, pk__lt=gift_id))
    rows = (
        gifts.filter(state=GiftState.SUCCEEDED)
        .order_by("-succeeded_at", "-pk")
        .values_list(
            "pk",
            "donor_name",
            "name_public",
            "amount_minor",
            "currency",
            "succeeded_at",
            "message",
            "transaction__seq",
            "project_id",
        )[:limit]
    )
    return [
        PublicGift(
            id=pk,
            donor_name=name if name_public else "",
            amount=Money(amount_minor, currency),
            received_at=received_at,
            message=message,
            seq=seq,
            project_id=project_id,
        )
        for pk, name, name_public, amount_minor, currency, received_at, message, seq, project_id in rows
        if received_at is not None and seq is not None
    ]
