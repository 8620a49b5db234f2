"""What enterprises have promised to add, how much of it gifts have called for, and how much has been paid."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from common.money import Money
from funds.donations.models import Pledge
from funds.donations.rules.matching import runs
from funds.donations.states import GiftState, PledgeState

PAGE = 20


@dataclass(frozen=True, slots=True)
class PledgeMeter:
    """A pledge as everybody sees it. `matched` is what gifts have called for, `paid` what has really arrived of it."""

    id: UUID
    enterprise: str
    project_id: UUID | None
    project: str
    percent: int
    cap: Money
    matched: Money
    paid: Money
    starts_date: date
    ends_date: date
    state: PledgeState
    running: bool

    @property
    def full(self) -> bool:
        """Gifts have called for all of it: nothing is added to the next one."""
        return self.left.minor == 0

    @property
    def left(self) -> Money:
        """What may still be matched."""
        return self.cap - self.matched

    @property
    def share(self) -> float:
        """How full the meter is, 0 to 1."""
        return self.matched.minor / self.cap.minor

    @property
    def paid_share(self) -> float:
        """How much of the cap has been paid, 0 to 1."""
        return min(self.paid.minor / self.cap.minor, 1.0)


def pledges_of_fund(*, fund_id: UUID, on: date, before: UUID | None = None, limit: int = PAGE) -> list[PledgeMeter]:
    """All pledges of a fund, the newest first; `before` is the last one of the page above. Their ids grow with time."""
    rows = Pledge.objects.filter(fund_id=fund_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _meters(rows.order_by("-pk"), on, limit)


def running_pledges(*, fund_id: UUID, project_id: UUID | None, on: date) -> list[PledgeMeter]:
    """Pledges that would add to a gift made today for this purpose, those that end first first."""
    purpose = Q(project__isnull=True) if project_id is None else Q(project__isnull=True) | Q(project_id=project_id)
    rows = Pledge.objects.filter(
        purpose,
        fund_id=fund_id,
        state=PledgeState.OPEN,
        starts_date__lte=on,
        ends_date__gte=on,
        matched_minor__lt=F("cap_minor"),
    )
    return _meters(rows.order_by("ends_date", "pk"), on, 5)


def waiting_pledges(*, limit: int = 200) -> list[UUID]:
    """Pledges that may have something to do: running ones, and those of which a matched gift went back."""
    went_back = Q(matches__amount_minor__gt=0) & (
        Q(matches__gift__refunded_minor__gt=0) | Q(matches__gift__disputed_minor__gt=0)
    )
    rows = Pledge.objects.filter(Q(state=PledgeState.OPEN) | went_back)
    return sorted(set(rows.order_by("pk").values_list("pk", flat=True).distinct()[:limit]))


def _meters(rows: QuerySet[Pledge], on: date, limit: int) -> list[PledgeMeter]:
    paid = Sum(
        F("payments__amount_minor") - F("payments__refunded_minor"),
        filter=Q(payments__state=GiftState.SUCCEEDED, payments__currency=F("currency")),
    )
    found = rows.select_related("project").annotate(paid_minor=Coalesce(paid, 0))[:limit]
    return [
        PledgeMeter(
            id=row.pk,
            enterprise=row.enterprise,
            project_id=row.project_id,
            project=row.project.title if row.project else "",
            percent=row.percent,
            cap=Money(row.cap_minor, row.currency),
            matched=Money(row.matched_minor, row.currency),
            paid=Money(row.paid_minor, row.currency),
            starts_date=row.starts_date,
            ends_date=row.ends_date,
            state=PledgeState(row.state),
            running=row.state == PledgeState.OPEN
            and row.matched_minor < row.cap_minor
            and runs(starts=row.starts_date, ends=row.ends_date, on=on),
        )
        for row in found
    ]
