"""What enterprises have promised to add, how much of it gifts have called for, and how much has been paid."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest

from common.money import Money
from funds.donations.models import Match, Pledge
from funds.donations.rules.matching import runs
from funds.donations.states import GiftState, PledgeState

PAGE = 20
HEARD_OF_LATE: Final = timedelta(days=60)
"""So long after its last day a pledge still looks for gifts of its days: bank statements are read by the month."""


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


def waiting_pledges(*, on: date, limit: int = 200) -> list[UUID]:
    """Pledges that may have something to do: running ones, those that ended lately, and those with an uneven match."""
    astray = Exists(uneven(Match.objects.filter(pledge=OuterRef("pk"))))
    lately = Q(state=PledgeState.ENDED, ends_date__gte=on - HEARD_OF_LATE)
    rows = Pledge.objects.filter(Q(state=PledgeState.OPEN) | lately | astray)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def uneven(matches: QuerySet[Match]) -> QuerySet[Match]:
    """Matches that are not what `rules.matching.added` gives for their gift as it stands now: more than its share, or
    less while the cap has room."""
    kept = Greatest(F("gift__amount_minor") - F("gift__refunded_minor") - F("gift__disputed_minor"), 0)
    share = ExpressionWrapper(kept * F("pledge__percent") / 100, output_field=BigIntegerField())
    has_room = Q(pledge__matched_minor__lt=F("pledge__cap_minor"))
    return matches.annotate(share=share).filter(
        Q(amount_minor__gt=F("share")) | Q(amount_minor__lt=F("share")) & has_room
    )


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
