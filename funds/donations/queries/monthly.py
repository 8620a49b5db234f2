"""Monthly gifts as their givers, the sweeps and the letters need them. The address of one is a secret of its giver."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.db.models import F, Max, Min, Q
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from funds.donations.models import Gift, MonthlyGift
from funds.donations.rules.monthly import idle_months
from funds.donations.states import GiftState, MonthlyState
from funds.ledger.models import Transaction
from funds.ledger.states import Kind
from funds.projects.states import ProjectState

_KEPT: Final = 600  # seconds
_SALT: Final = "funds.donations.monthly"
_NOBODY: Final = _("This address leads to no monthly gift any more. Ask for a new link with your e-mail address.")
RUNNING: Final = (MonthlyState.ACTIVE, MonthlyState.PAST_DUE, MonthlyState.PAUSED)


def token_of(monthly: MonthlyGift) -> str:
    """The secret part of a monthly gift's address: its id and the version of its link, signed with the site's key."""
    return Signer(salt=_SALT, sep=".").sign(f"{monthly.pk.hex}-{monthly.link_version}")


def monthly_by_token(*, token: str) -> MonthlyGift:
    """The monthly gift that an address is of, with its purpose; raises NotFound for every other address alike."""
    try:
        identity, _dash, version = Signer(salt=_SALT, sep=".").unsign(token).partition("-")
        key, number = UUID(identity), int(version)
    except (BadSignature, ValueError) as error:
        raise NotFound("no_monthly", _NOBODY) from error
    found = (
        MonthlyGift.objects.select_related("fund__town", "project", "need").filter(pk=key, link_version=number).first()
    )
    if found is None:
        raise NotFound("no_monthly", _NOBODY)
    return found


def payments_of_monthly(*, monthly: MonthlyGift, limit: int = 24) -> list[Gift]:
    """What a monthly gift has brought so far, newest first."""
    rows = Gift.objects.filter(monthly=monthly, state=GiftState.SUCCEEDED).select_related("project", "need")
    return list(rows.order_by("-succeeded_at", "-pk")[:limit])


def monthlies_of_address(*, email: str, limit: int = 10) -> list[MonthlyGift]:
    """The monthly gifts that were begun with an e-mail address and have not ended, the newest first."""
    rows = MonthlyGift.objects.filter(donor_email__iexact=email, state__in=RUNNING).select_related("fund__town")
    return list(rows.order_by("-created_at")[:limit])


def monthlies_without_purpose(*, limit: int = 100) -> list[UUID]:
    """Running monthly gifts whose project collects no more."""
    rows = MonthlyGift.objects.filter(state__in=RUNNING, project__isnull=False)
    return list(rows.exclude(project__state=ProjectState.OPEN).values_list("pk", flat=True)[:limit])


def last_payments(*, fund_ids: Sequence[UUID]) -> dict[UUID, date]:
    """The day on which each fund last paid something; of its first booked line where it never did. One query.

    A payment that was reversed did not happen. Its reversal is no payment either: it has a kind of its own.
    Funds with an empty ledger are missing: nothing can stand idle there.
    """
    rows = (
        Transaction.objects.filter(fund_id__in=fund_ids)
        .values_list("fund_id")
        .annotate(
            paid=Max("effective_date", filter=Q(kind=Kind.PAYMENT, reversed_by=None)), begun=Min("effective_date")
        )
    )
    return {fund_id: paid or begun for fund_id, paid, begun in rows}


def idle_since(*, fund_id: UUID, today: date) -> date | None:
    """The day of a fund's last payment (or first line), where it has spent nothing for IDLE_FUND_MONTHS; else None.

    What was found is kept for ten minutes: a long ledger is not read through for everybody who thinks of giving.
    """
    if settings.IDLE_FUND_MONTHS <= 0:
        return None
    # An empty ledger has no day: nothing can stand idle there.
    last = cache.get_or_set(
        f"donations.last_payment.{fund_id}", lambda: last_payments(fund_ids=[fund_id]).get(fund_id, ""), _KEPT
    )
    if not isinstance(last, date):
        return None
    return last if idle_months(last_payment=last, today=today) >= settings.IDLE_FUND_MONTHS else None


def idle_candidates(*, told_before: datetime, limit: int = 500) -> list[MonthlyGift]:
    """Monthly gifts that are charged and whose givers were not told since `told_before` that their fund stands idle."""
    untold = Q(idle_notice_at__isnull=True) | Q(idle_notice_at__lt=told_before)
    rows = MonthlyGift.objects.filter(untold, state=MonthlyState.ACTIVE, created_at__lt=told_before)
    return list(rows.order_by(F("idle_notice_at").asc(nulls_first=True), "pk")[:limit])
