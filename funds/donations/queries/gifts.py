"""What pages show of gifts.

Public rows never hold an e-mail address, an account or a receipt code, and a name only if the donor said so.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from common.clock import KAZAKHSTAN, day_of
from common.errors import NotFound
from common.money import CURRENCIES, Money
from funds.donations.models import Gift
from funds.donations.queries.receipts import TOLD_ON_RECEIPTS
from funds.donations.rules import band
from funds.donations.states import GiftState
from funds.projects.models import Project
from funds.projects.states import ProjectState

_WHOLE = BigIntegerField()

Place = tuple[datetime, UUID]
"""Where a page of gifts ended: the last one's `received_at` and `id`."""


@dataclass(frozen=True, slots=True)
class PublicGift:
    """A received gift as everybody may see it. `donor_name` is "" unless the donor chose to be named.

    Only a named gift tells its `amount`, and the `seq` of a line of its own. Every other tells a `band` (from, to) and
    the day on which it was booked together with others; `seq` is None until then, and `received_at` its day alone.
    `back` is whether it was given or taken back, in whole or in part; `place` is where the next page goes on, shown to
    nobody.
    """

    id: UUID
    donor_name: str
    amount: Money | None
    band: tuple[Money, Money] | None
    received_at: datetime
    message: str
    seq: int | None
    project_id: UUID | None
    place: Place
    back: bool = False

    @property
    def name(self) -> str:
        """The donor's name, or "Anonymous" in the reader's language."""
        return self.donor_name or _("Anonymous")


@dataclass(frozen=True, slots=True)
class Raised:
    """How many gifts were booked and how much of them stayed, one amount per currency that occurred.

    `waiting` gifts were received and are not booked yet; what they bring is told when they are.
    """

    gifts: int = 0
    amounts: tuple[Money, ...] = ()
    waiting: int = 0

    def in_currency(self, currency: str) -> Money:
        """What was received in one currency, zero included."""
        return next((amount for amount in self.amounts if amount.currency == currency), Money(0, currency))


NOTHING_RAISED = Raised()


def gifts_of_project(*, project_id: UUID, limit: int = 20, before: Place | None = None) -> list[PublicGift]:
    """Received gifts of a project, newest first; `before` continues after the last one of the page above."""
    return _public(_for_projects([project_id]), limit, before)


def recent_gifts(*, fund_id: UUID, limit: int = 10, before: Place | None = None) -> list[PublicGift]:
    """Received gifts of a fund, whatever they are for, newest first."""
    return _public(Gift.objects.filter(fund_id=fund_id), limit, before)


def raised_by_projects(*, project_ids: Sequence[UUID]) -> dict[UUID, Raised]:
    """What each project received, one query for all; projects without gifts are missing: `.get(id, NOTHING_RAISED)`."""
    found: dict[UUID, list[tuple[str, int, int, int]]] = defaultdict(list)
    its_own = Project.objects.filter(decision__need_id=OuterRef("need_id")).values("pk")[:1]
    of_these = _for_projects(project_ids).annotate(aim=Coalesce("project_id", Subquery(its_own)))
    for project_id, currency, total, gifts, waiting in _sums(of_these, "aim"):
        found[project_id].append((currency, total, gifts, waiting))
    return {project_id: _raised(sums) for project_id, sums in found.items()}


def raised_by_fund(*, fund_id: UUID) -> Raised:
    """What a fund received in all, its projects included."""
    rows = _sums(Gift.objects.filter(fund_id=fund_id), "fund_id")
    return _raised([(currency, total, gifts, waiting) for _fund, currency, total, gifts, waiting in rows])


def _for_projects(project_ids: Sequence[UUID]) -> QuerySet[Gift]:
    """Gifts for these projects, and those that were given for the needs that they grew out of: their money followed."""
    needs = Project.objects.filter(pk__in=project_ids).values("decision__need_id")
    return Gift.objects.filter(Q(project_id__in=project_ids) | Q(need_id__in=needs))


def _sums(gifts: QuerySet[Gift], whose: str) -> list[tuple[UUID, str, int, int, int]]:
    """(whose, currency, what stayed, booked gifts, waiting gifts): sums of what the ledger tells, nothing else."""
    booked = Q(transaction__isnull=False) | Q(batch__isnull=False)
    stayed = F("amount_minor") - F("refunded_minor") - F("disputed_minor")
    rows = gifts.filter(state=GiftState.SUCCEEDED).values_list(whose, "currency")
    return list(
        rows.annotate(
            total=Coalesce(
                Sum(stayed, filter=booked, output_field=_WHOLE),
                0,
            ),
            gifts=Count("pk", filter=booked),
            waiting=Count("pk", filter=~booked & Q(refunded_minor__lt=F("amount_minor"))),
        ).order_by()
    )


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


def unsent_announcements(*, since: datetime, limit: int = 100) -> list[UUID]:
    """Transfers announced after `since` whose giver left an address and was not written to yet, oldest first."""
    waiting = Gift.objects.filter(
        state=GiftState.PENDING,
        reference_code__isnull=False,
        announced_sent_at__isnull=True,
        created_at__gt=since,
    ).exclude(donor_email="")
    return list(waiting.order_by("created_at").values_list("pk", flat=True)[:limit])


def open_projects(*, fund_id: UUID) -> list[Project]:
    """What one can give to in a fund, the oldest first."""
    return list(Project.objects.filter(fund_id=fund_id, state=ProjectState.OPEN).order_by("opened_at", "pk"))


def _raised(sums: list[tuple[str, int, int, int]]) -> Raised:
    by_currency = {currency: total for currency, total, gifts, _waiting in sums if gifts}
    return Raised(
        gifts=sum(gifts for _currency, _total, gifts, _waiting in sums),
        amounts=tuple(Money(by_currency[code], code) for code in CURRENCIES if code in by_currency),
        waiting=sum(waiting for _currency, _total, _gifts, waiting in sums),
    )


def _public(gifts: QuerySet[Gift], limit: int, before: Place | None) -> list[PublicGift]:
    if before is not None:
        at, gift_id = before
        gifts = gifts.filter(Q(succeeded_at__lt=at) | Q(succeeded_at=at, pk__lt=gift_id))
    # What was taken back before it was booked never was a gift for anybody.
    never = Q(transaction=None, batch=None, refunded_minor=F("amount_minor"))
    rows = gifts.filter(state=GiftState.SUCCEEDED).exclude(never).select_related("transaction", "batch__transaction")
    return [_public_gift(gift) for gift in rows.order_by("-succeeded_at", "-pk")[:limit] if gift.succeeded_at]


def _public_gift(gift: Gift) -> PublicGift:
    amount, named = Money(gift.amount_minor, gift.currency), gift.name_public
    line = gift.transaction if named else gift.batch.transaction if gift.batch is not None else None
    at = gift.succeeded_at if named else gift.batch.published_at if gift.batch is not None else gift.succeeded_at
    if at is None:
        raise ValueError("a received gift has its moment")
    return PublicGift(
        id=gift.pk,
        donor_name=gift.donor_name if named else "",
        amount=amount if named else None,
        band=None if named else band(amount),
        received_at=at if named else datetime.combine(day_of(at), time(12), tzinfo=KAZAKHSTAN),
        message=gift.message if named else "",
        seq=None if line is None else line.seq,
        project_id=gift.project_id,
        place=(gift.succeeded_at or at, gift.pk),
        back=bool(gift.refunded_minor or gift.disputed_minor),
    )
