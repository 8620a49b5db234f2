"""The register of gifts from abroad and the screened gifts, for whoever keeps or audits a fund. Nothing here is public.

Names are told to the treasurer alone: `named=False` gives the same rows without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common.clock import day_of
from common.errors import NotFound
from common.formats import money
from common.money import Money
from common.workdays import working_days_after
from funds.donations.models import ForeignNotice, Gift, Screening
from funds.donations.queries.receipts import number_of
from funds.donations.rules.screening import finding_of
from funds.donations.states import GiftState, Method, Origin, ScreeningVerdict
from funds.ledger.models import Fund
from users.models import Appointment, User
from users.states import Role

REMINDED_BEFORE = 3
"""Working days before a deadline at which the treasurer is written to."""
_AROUND = ("gift__fund__town", "gift__transaction", "notified_by")


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One gift of the register. `tenge` is None where no rate is known: it is never worked out."""

    notice: ForeignNotice
    number: str
    name: str
    amount: Money
    tenge: Money | None
    overdue: bool

    @property
    def gift(self) -> Gift:
        """The gift that the notice is about."""
        return self.notice.gift


@dataclass(frozen=True, slots=True)
class ScreenedRow:
    """One gift that a list or a threshold pointed at."""

    screening: Screening
    number: str
    name: str
    amount: Money

    @property
    def gift(self) -> Gift:
        """The gift that was screened."""
        return self.screening.gift

    @property
    def found(self) -> str:
        """What pointed at it, in the language of the reader."""
        finding, words = finding_of(self.screening.found), []
        if finding.line is not None:
            words.append(_("line %(number)d of the list") % {"number": finding.line})
        if finding.threshold is not None:
            limit = money(finding.threshold.minor, finding.threshold.currency)
            words.append(_("reaches %(amount)s") % {"amount": limit})
        return "; ".join(words)


def unnoted_gifts(*, limit: int) -> list[Gift]:
    """Received gifts from abroad that the register does not hold yet, oldest first."""
    abroad = Q(origin__in=[Origin.FOREIGN, Origin.STATELESS]) | (Q(origin="") & ~Q(country__in=["", "KZ"]))
    found = Gift.objects.filter(abroad, state=GiftState.SUCCEEDED, foreign_notice__isnull=True)
    return list(found.select_related("fund__town").order_by("succeeded_at", "pk")[:limit])


def register_of(
    *, fund_id: UUID, today: date, named: bool, open_only: bool | None = None, year: int | None = None, limit: int = 200
) -> list[NoticeRow]:
    """Rows of the register: open ones by deadline, told ones newest first. `year` is that of the receipt."""
    notices = ForeignNotice.objects.filter(gift__fund_id=fund_id).select_related(*_AROUND)
    if open_only is not None:
        notices = notices.filter(notified_date__isnull=open_only)
    if year is not None:
        notices = notices.filter(received_date__year=year)
    order = ("-notified_date", "-pk") if open_only is False else ("due_date", "pk")
    return [_notice_row(one, today=today, named=named) for one in notices.order_by(*order)[:limit]]


def years_of_register(*, fund_id: UUID) -> list[int]:
    """The years from which the register holds gifts, newest first."""
    dates = ForeignNotice.objects.filter(gift__fund_id=fund_id).dates("received_date", "year", order="DESC")
    return [day.year for day in dates]


def notice_by_id(*, notice_id: UUID) -> ForeignNotice:
    """One row of the register; raises NotFound."""
    notice = ForeignNotice.objects.select_related(*_AROUND).filter(pk=notice_id).first()
    if notice is None:
        raise NotFound("no_notice", _("The register holds no such gift."))
    return notice


def notice_row(notice: ForeignNotice, *, today: date, named: bool) -> NoticeRow:
    """The same as a row."""
    return _notice_row(notice, today=today, named=named)


def due_soon(*, today: date) -> QuerySet[ForeignNotice]:
    """Notices whose deadline is at most three working days away and of which nobody was reminded."""
    last = working_days_after(today, REMINDED_BEFORE)
    waiting = ForeignNotice.objects.filter(notified_date__isnull=True, reminded_at__isnull=True, due_date__lte=last)
    return waiting.select_related("gift__fund__town").order_by("gift__fund_id", "due_date")


def unscreened_gifts(*, limit: int) -> list[UUID]:
    """Received gifts that nobody has screened, oldest first."""
    found = Gift.objects.filter(state=GiftState.SUCCEEDED, screening__isnull=True)
    return list(found.order_by("succeeded_at", "pk").values_list("pk", flat=True)[:limit])


def screened_by_another_list(*, sha256: str, since: datetime, limit: int) -> list[UUID]:
    """What nobody has decided on and another list than this was asked about: open ones, and clear ones of gifts
    received since a moment. The oldest first."""
    recent = Q(verdict=ScreeningVerdict.HIT) | Q(verdict=ScreeningVerdict.CLEAR, gift__succeeded_at__gte=since)
    rows = Screening.objects.filter(recent).exclude(list_sha256=sha256)
    return list(rows.order_by("screened_at", "pk").values_list("pk", flat=True)[:limit])


def hits_of(*, fund_id: UUID, verdicts: Sequence[ScreeningVerdict], named: bool, limit: int = 200) -> list[ScreenedRow]:
    """Screened gifts of a fund with one of these verdicts, the oldest first."""
    found = Screening.objects.filter(gift__fund_id=fund_id, verdict__in=verdicts).select_related(
        "gift__fund__town", "gift__transaction", "decided_by"
    )
    order = ("screened_at", "pk") if ScreeningVerdict.HIT in verdicts else ("-decided_at", "-pk")
    return [screened_row(one, named=named) for one in found.order_by(*order)[:limit]]


def screening_by_id(*, screening_id: UUID) -> Screening:
    """One screened gift; raises NotFound."""
    found = (
        Screening.objects.select_related("gift__fund__town", "gift__transaction", "decided_by")
        .filter(pk=screening_id)
        .first()
    )
    if found is None:
        raise NotFound("no_screening", _("There is no such check."))
    return found


def screened_row(screening: Screening, *, named: bool) -> ScreenedRow:
    """A screened gift as a row."""
    gift = screening.gift
    return ScreenedRow(
        screening=screening,
        number=number_of(gift),
        name=gift.donor_name if named else "",
        amount=Money(gift.amount_minor, gift.currency),
    )


def counts_of(*, fund_id: UUID, since: datetime) -> dict[str, int]:
    """How many gifts of the fund were screened since a moment, and how many of them are open."""
    rows = Screening.objects.filter(gift__fund_id=fund_id)
    return {
        "screened": rows.filter(screened_at__gte=since).count(),
        "open": rows.filter(verdict=ScreeningVerdict.HIT).count(),
    }


def _notice_row(notice: ForeignNotice, *, today: date, named: bool) -> NoticeRow:
    gift = notice.gift
    return NoticeRow(
        notice=notice,
        number=number_of(gift),
        name=gift.donor_name if named else "",
        amount=Money(gift.amount_minor, gift.currency),
        tenge=_tenge(gift),
        overdue=notice.notified_date is None and notice.due_date < today,
    )


def _tenge(gift: Gift) -> Money | None:
    if gift.currency == "KZT":
        return Money(gift.amount_minor, "KZT")
    if gift.method == Method.CARD and gift.settled_currency == "KZT" and gift.settled_minor is not None:
        return Money(gift.settled_minor, "KZT")
    return None


def funds_read_by(*, user: User, on: date) -> list[Fund]:
    """The funds of which somebody is the treasurer or the auditor on that day, in the order of their founding."""
    held = Appointment.objects.current(on=on).filter(user=user, role__in=[Role.TREASURER, Role.AUDITOR])
    towns = list(held.values_list("town_id", flat=True))
    funds = Fund.objects.select_related("town").order_by("founded_date", "pk")
    return list(funds if None in towns else funds.filter(town_id__in=towns))


def received_on(gift: Gift) -> date:
    """The day on which a gift arrived, in Kazakhstan."""
    return day_of(gift.succeeded_at or gift.created_at)
